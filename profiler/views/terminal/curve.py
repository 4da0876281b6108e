"""The curve over scale, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from profiler.scaling.curves import CurvePoint
from profiler.views.curve import carried_text, curve_name, curve_rows
from profiler.views.figures import HOURS, figure_of
from profiler.views.outlook import STATE_WORDS
from profiler.views.terminal.tables import add, heading, note, table


def show_curve(points: Sequence[CurvePoint], console: Console) -> None:
    """Print what dedup and the whole line keep at growing sizes."""
    heading(console, f"Over scale: what dedup keeps ({curve_name(points)}), and the whole line")
    grid = table("size", "dedup keeps", "outer", "text kept", "CPU-hours", "state")
    for row in curve_rows(points):
        add(
            grid,
            row.size,
            row.dedup,
            row.outer,
            row.bytes_kept,
            figure_of(row.cpu_hours, HOURS).middle,
            STATE_WORDS[row.state],
        )
    console.print(grid)
    note(
        console,
        f"{carried_text(points)} Dedup keeps: documents, with the 90 % interval; outer: bounds "
        "that hold whatever the law of the duplicates is. Text kept: bytes of the whole line. "
        "State: of dedup.",
    )
