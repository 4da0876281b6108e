"""The curve over scale, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from profiler.over_scale import ScalePoint
from profiler.views.curve import carried_text, curve_name, curve_rows
from profiler.views.figures import HOURS, MONEY, figure_of
from profiler.views.outlook import STATE_WORDS
from profiler.views.terminal.tables import add, heading, note, table

MOST_CENTS = 2  # decimals of money


def show_curve(points: Sequence[ScalePoint], console: Console) -> None:
    """Print what dedup and the whole line keep at growing sizes, then the work and the cost."""
    rows, forecasts = curve_rows(points), [point.forecast for point in points]
    heading(console, f"Over scale: what dedup keeps ({curve_name(forecasts)}), and the whole line")
    kept = table("size", "dedup keeps", "outer", "docs kept", "text kept", "state")
    for row in rows:
        cells = (row.dedup, row.outer, row.docs_kept, row.bytes_kept, STATE_WORDS[row.state])
        add(kept, row.size, *cells)
    console.print(kept)
    note(
        console,
        f"{carried_text(forecasts)} Dedup keeps: documents, with the 90 % interval; outer: bounds "
        "that hold whatever the law of the duplicates is. Docs and text kept: of the whole line. "
        "State: of dedup.",
    )
    heading(console, "Over scale: CPU-hours, and the total of the budget")
    paid = table("size", "CPU-hours", "total, USD")
    for row in rows:
        usd = str(figure_of(row.usd, MONEY, MOST_CENTS))
        add(paid, row.size, str(figure_of(row.cpu_hours, HOURS)), usd)
    console.print(paid)
    note(
        console,
        "CPU-hours of cores like the profiled ones. Where dedup has bounds only, the point of the "
        "total is a plan: it takes a value between them.",
    )
