"""Forecasts over sizes, for the what-if of ``report`` and for its curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from profiler.estimation import Plans
    from profiler.record.store import Record
    from profiler.scaling.curves import CurvePoint
    from profiler.scaling.evidence import Evidence
    from profiler.views.whatif import WhatIf


def what_if_of(
    record: Record, plans: Plans, evidence: Evidence, today: date, sizes: int, title: str
) -> tuple[WhatIf, tuple[CurvePoint, ...]]:
    """The what-if, and the curve over the same sizes; progress on standard error."""
    from rich.progress import track

    from profiler.cli.output import stderr_console
    from profiler.estimation import prospect
    from profiler.scaling.curves import curve_point, curve_sizes
    from profiler.scaling.size import parse_size
    from profiler.views.whatif import what_if, what_if_sizes

    found = prospect(record, plans, today, evidence)
    smallest, *_ = curve_sizes(record, found.corpus.basis, 1)
    wanted = what_if_sizes(float(round(smallest)), float(parse_size(plans.scale)), sizes)
    console = stderr_console()
    domains = [
        found.domains_at(size)
        for size in track(
            wanted, title, console=console, transient=True, disable=not console.is_terminal
        )
    ]
    curve = tuple(curve_point(record, each[0].forecast) for each in domains)
    return what_if(found, domains), curve
