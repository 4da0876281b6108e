"""``corpuscost compare A B``, of two runs."""

from __future__ import annotations

from rich.console import Console

from profiler.record.store import Record
from profiler.views.differences import StagePair, setting_differences, stage_pairs
from profiler.views.figures import ABSENT, percent, seconds, three_digits
from profiler.views.printable import printable
from profiler.views.provenance import run_line
from profiler.views.terminal.tables import add, definitions, heading, note, safe, table

SETTINGS_SHOWN = 20


def show_comparison(record_a: Record, record_b: Record, console: Console) -> None:
    """Print two runs side by side: retention, CPU, and the settings that differ."""
    run_a, run_b = record_a.run, record_b.run
    console.print(safe("Run A beside run B", style="bold"))
    definitions(console, [("A", run_line(run_a)), ("B", run_line(run_b))])
    pairs = stage_pairs(run_a, run_b)
    _show_retention(pairs, console)
    _show_cpu(pairs, console)
    heading(console, "Settings that differ")
    differences = setting_differences(run_a, run_b)
    if not differences:
        note(console, "None: same recipe, seed, machine and versions.")
    definitions(
        console,
        [
            (printable(name, 60), f"A: {printable(a, 120)}; B: {printable(b, 120)}")
            for name, a, b in differences[:SETTINGS_SHOWN]
        ],
    )
    if len(differences) > SETTINGS_SHOWN:
        note(console, f"… and {len(differences) - SETTINGS_SHOWN} more.")


def _show_retention(pairs: tuple[StagePair, ...], console: Console) -> None:
    heading(console, "Kept by each stage, of what entered it")
    grid = table(
        "stage", "docs\nA", "docs\nB", "points\nB − A", "bytes\nA", "bytes\nB", "points\nB − A"
    )
    for pair in pairs:
        a, b = pair.funnel_a, pair.funnel_b
        if a is None and b is None:
            continue
        kept = (
            (a.docs_kept if a else None, b.docs_kept if b else None),
            (a.bytes_kept if a else None, b.bytes_kept if b else None),
        )
        cells = [cell for x, y in kept for cell in (percent(x), percent(y), _points(x, y))]
        add(grid, pair.stage, *cells)
    console.print(grid)
    note(console, "Points: percentage points. Bytes are UTF-8 text. – where a run lacks the stage.")


def _show_cpu(pairs: tuple[StagePair, ...], console: Console) -> None:
    heading(console, "CPU of each stage")
    grid = table(
        "stage", "CPU s\nA", "CPU s\nB", "B / A", "MB/CPU-s\nA", "MB/CPU-s\nB", "speed\nB / A"
    )
    for pair in pairs:
        a, b = pair.cpu_a, pair.cpu_b
        spent = (a.cpu_seconds if a else None, b.cpu_seconds if b else None)
        speed = (a.mb_per_cpu_second if a else None, b.mb_per_cpu_second if b else None)
        add(
            grid,
            pair.stage,
            *(seconds(value) for value in spent),
            _times(*spent),
            *(three_digits(value) for value in speed),
            _times(*speed),
        )
    console.print(grid)
    note(console, "CPU-seconds grow with the input; compare the speeds when inputs differ.")


def _points(a: float | None, b: float | None) -> str:
    return ABSENT if a is None or b is None else f"{(b - a) * 100:+.1f}"


def _times(a: float | None, b: float | None) -> str:
    return ABSENT if not a or b is None else f"× {b / a:.2f}"
