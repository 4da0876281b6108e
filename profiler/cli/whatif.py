"""Forecasts over sizes, for the what-if of ``report`` and for its curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from profiler.estimation import Plans
    from profiler.over_scale import ScalePoint
    from profiler.record.store import Record
    from profiler.scaling.evidence import Evidence
    from profiler.views.whatif import WhatIf


def what_if_of(
    record: Record, plans: Plans, evidence: Evidence, today: date, sizes: int, title: str
) -> tuple[WhatIf, tuple[ScalePoint, ...]]:
    """The what-if, and the curve over the same sizes; progress on standard error."""
    from profiler.cli.curve import tracked
    from profiler.estimation import prospect
    from profiler.over_scale import scale_point
    from profiler.scaling.curves import curve_sizes
    from profiler.scaling.size import parse_size
    from profiler.views.whatif import what_if, what_if_sizes

    found = prospect(record, plans, today, evidence)
    smallest, *_ = curve_sizes(record, found.corpus.basis, 1)
    wanted = what_if_sizes(float(round(smallest)), float(parse_size(plans.scale)), sizes)
    domains = list(tracked(found, wanted, title))
    curve = tuple(scale_point(found, each) for each in domains)
    return what_if(found, domains), curve
