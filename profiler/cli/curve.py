"""The curve over scale that ``estimate --curve`` prints and ``report`` draws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from profiler.estimation import Plans, Prospect
    from profiler.money.lines import Domain
    from profiler.over_scale import ScalePoint
    from profiler.record.store import Record
    from profiler.scaling.evidence import Evidence


def curve_of(
    record: Record, plans: Plans, evidence: Evidence, today: date, points: int, title: str
) -> tuple[ScalePoint, ...]:
    """Forecasts and totals from the sample's size to 10 PB and at the target's."""
    from profiler.estimation import prospect
    from profiler.over_scale import scale_point
    from profiler.scaling.curves import curve_sizes
    from profiler.scaling.size import parse_size

    found = prospect(record, plans, today, evidence)
    target = float(parse_size(plans.scale))
    sizes = sorted({*curve_sizes(record, found.corpus.basis, points), target})
    return tuple(scale_point(found, domains) for domains in tracked(found, sizes, title))


def tracked(prospect: Prospect, sizes: Sequence[float], title: str) -> Iterator[tuple[Domain, ...]]:
    """Forecasts at every size, in their order; progress on standard error."""
    from rich.progress import track

    from profiler.cli.output import stderr_console
    from profiler.over_scale import domains_over

    console = stderr_console()
    yield from track(
        domains_over(prospect, sizes),
        title,
        len(sizes),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
