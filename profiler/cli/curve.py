"""The curve over scale that ``estimate --curve`` prints and ``report`` draws."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from profiler.estimation import Plans
    from profiler.record.store import Record
    from profiler.scaling.curves import CurvePoint
    from profiler.scaling.evidence import Evidence


def curve_of(
    record: Record, plans: Plans, evidence: Evidence, points: int, title: str
) -> tuple[CurvePoint, ...]:
    """Forecasts from the sample's size to 10 PB and at the target's; progress on standard error."""
    from rich.progress import track

    from profiler.cli.output import stderr_console
    from profiler.scaling.curves import curve_points, curve_sizes
    from profiler.scaling.size import parse_size

    known = replace(evidence, like=plans.like, design=plans.design)
    basis = plans.basis or "stored"
    sizes = sorted({*curve_sizes(record, basis, points), parse_size(plans.scale)})
    console = stderr_console()
    found = track(
        curve_points(record, sizes, basis, plans.seed, known),
        title,
        len(sizes),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    return tuple(found)
