"""The timings of a calibration on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from rich.console import Console

from profiler.calibration import Calibration, Timing
from profiler.views.figures import ABSENT
from profiler.views.terminal.tables import add, definitions, heading, note, table


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
