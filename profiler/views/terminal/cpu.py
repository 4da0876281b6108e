"""What burns the CPU, for a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from profiler.record.store import Record
from profiler.scaling.growth import MIN_BATCHES
from profiler.views.figures import ABSENT, megabytes, percent, seconds, three_digits, with_error
from profiler.views.funnel import CpuRow, cpu, share
from profiler.views.row_words import in_words
from profiler.views.terminal.tables import add, heading, note, table


def show_cpu(record: Record, console: Console) -> None:
    """Print CPU by stage, the phases of a dedup apart, and what belongs to no stage."""
    run = record.run
    heading(console, "What burns the CPU")
    columns = ("CPU\nseconds", "share\nof CPU", "text MB per\nCPU-second", "peak\nMB")
    grid = table("stage", *columns, "grew with\nexponent")
    rows = cpu(run)
    for row in rows:
        _add_cpu(row, grid)
    console.print(grid)
    note(
        console,
        "Share: of all CPU that the operating system counted. Rows in parentheses belong to no "
        "stage and are never scaled. Peak: memory of one worker. Exponent: CPU over documents "
        f"went as the work done to this power, ± standard error; none below {MIN_BATCHES} batches. "
        "Resolving is of one size here: `corpuscost calibrate` times others.",
    )
    words = in_words(row.stage for row in rows)
    if words:
        note(console, f"Beside the stages: {words}.")


def _add_cpu(row: CpuRow, grid: Table) -> None:
    add(
        grid,
        f"({row.stage})" if row.fixed else row.stage,
        seconds(row.cpu_seconds),
        percent(row.share),
        three_digits(row.mb_per_cpu_second),
        ABSENT if row.peak_rss_bytes is None else megabytes(row.peak_rss_bytes),
        "" if row.exponent is None else with_error(row.exponent, row.exponent_error),
        style="dim" if row.fixed else "",
    )
    for phase, spent in row.phases.items():
        part = share(spent * (row.share or 0), row.cpu_seconds)
        add(grid, f"· {phase}", seconds(spent), percent(part), "", "", "", style="dim")
