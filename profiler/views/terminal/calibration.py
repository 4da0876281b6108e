"""The timings of a calibration, and the score of a core, on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from rich.console import Console

from profiler.calibration import Calibration, Timing
from profiler.core_speed import SPREAD_WANTED, CoreRatio, CoreSpeed
from profiler.views.figures import ABSENT, duration, three_digits
from profiler.views.printable import printable
from profiler.views.terminal.tables import add, definitions, heading, note, safe, table


def show_calibration(calibration: Calibration, console: Console) -> None:
    """One line per stage and size, and why each stage's sizes end where they do."""
    heading(console, "Resolving synthetic keys")
    columns = ("stage", "documents", "kept", "CPU s", "µs/doc", "wall s", "peak MB", "spilled MB")
    grid = table(*columns, "times", names=1)
    sizes = _by_size(calibration.ladder)
    for (stage, documents), rows in sizes.items():
        opening = sizes.get((stage, 1), []) if documents > 1 else []
        add(grid, *_cells(rows, opening))
    console.print(grid)
    definitions(
        console, [(stage, f"ended: {reason}") for stage, reason in calibration.stopped.items()]
    )
    note(
        console,
        f"{calibration.threads} threads, memory limit {calibration.memory_bytes / 1e9:,.3g} GB. "
        "Medians. One document shows what opening the session takes; µs/doc leave it out. "
        "Later estimates of this run use these timings.",
    )


def show_core_speed(speed: CoreSpeed, console: Console) -> None:
    """The score, the parts of the work, and how far the score can be trusted."""
    machine, reference = speed.machine, speed.reference_machine
    title = f"Speed of a core: {three_digits(speed.score)} ({_spread(speed.spread)})"
    console.print(safe(title, style="bold"))
    definitions(
        console,
        [
            ("this machine", f"{machine.get('processor')}, {machine.get('vcpus')} vCPU"),
            ("1 is", f"{_named(reference)}, measured {speed.reference_measured_at}"),
            ("how sure", _certainty(speed)),
        ],
    )
    grid = table("part of the work", "MB per\nCPU-second", "spread", "of the\nreference")
    for part in speed.parts:
        figures = (three_digits(part.mb_per_cpu_second), _spread(part.spread))
        add(grid, part.name, *figures, f"× {part.relative:.2f}")
    console.print(grid)
    note(
        console,
        "Score: geometric mean of the last column, of one core that works alone: where all virtual "
        "cores work and two of them are threads of one, each is slower. CPU time of one thread; "
        "nearly the best of many tries, median over fresh processes, ± half its 90 % interval.",
    )


def show_core_ratio(ratio: CoreRatio, other: str, console: Console) -> None:
    """The speed of the other machine over this one's, as a scenario writes it."""
    heading(console, f"{printable(other)} over this machine: × {ratio.point:.3g}")
    definitions(console, [(name, f"× {value:.2f}") for name, value in ratio.parts.items()])
    low, point, high = (f"{value:.3g}" for value in (ratio.low, ratio.point, ratio.high))
    console.print(safe("[cleaning]"))
    console.print(safe(f"target_core_speed = {{ point = {point}, low = {low}, high = {high} }}"))
    note(
        console,
        f"For a scenario of a run that was profiled here. Measured to {_spread(ratio.spread)}; low "
        "and high are the parts that gain least and most, a recipe's mix lies between.",
    )
    for difference in ratio.differences:
        note(console, f"Not the same: {difference}. Compiled code differs with it.")


def _named(machine: dict[str, str]) -> str:
    return ", ".join(machine[key] for key in ("processor", "model") if key in machine) or "?"


def _spread(spread: float | None) -> str:
    return "spread not known" if spread is None else f"± {100 * spread:.1f} %"


def _certainty(speed: CoreSpeed) -> str:
    taken = f"{speed.repeats} repeats in {duration(speed.wall_seconds)}"
    if speed.spread is None:
        return f"not known: {taken} are too few; give more --budget-seconds"
    if not speed.settled:
        return (
            f"{taken} did not bring the spread below {100 * SPREAD_WANTED:g} %: other work on the "
            "machine; try again when it is quiet"
        )
    return f"{taken} agree"


def _by_size(ladder: Sequence[Timing]) -> dict[tuple[str, int], list[Timing]]:
    sizes: dict[tuple[str, int], list[Timing]] = {}
    for row in ladder:
        sizes.setdefault((row.stage, row.documents), []).append(row)
    return sizes


def _cells(rows: list[Timing], opening: list[Timing]) -> list[str]:
    cpu = median(row.cpu_seconds for row in rows)
    each = ABSENT
    if opening:
        more = max(0.0, cpu - median(row.cpu_seconds for row in opening))
        each = f"{more / rows[0].documents * 1e6:,.2f}"
    peaks = [row.peak_rss_bytes for row in rows if row.peak_rss_bytes is not None]
    return [
        rows[0].stage,
        f"{rows[0].documents:,}",
        f"{rows[0].retention:.1%}",
        f"{cpu:,.2f}",
        each,
        f"{median(row.wall_seconds for row in rows):,.2f}",
        f"{max(peaks) / 1e6:,.0f}" if peaks else ABSENT,
        f"{max(row.spilled_bytes for row in rows) / 1e6:,.0f}",
        str(len(rows)),
    ]
