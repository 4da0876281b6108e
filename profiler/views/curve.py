"""The whole as it grows: a table, and what dedup keeps as a chart, drawn as inline SVG.

Places are percent of the width and of the height, so that the chart fills a phone as well as a
sheet of paper while its text keeps its size.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from profiler.over_scale import ScalePoint
from profiler.scaling.curves import CurvePoint, carries_until
from profiler.scaling.quantity import Estimate
from profiler.views.figures import ABSENT, PERCENT, byte_count, figure_of, known, outer_of
from profiler.views.printable import printable

STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)
LEAST_GAP = 16.0  # percent of the width between two labels of sizes
Across = Callable[[float], float]
LEGEND = {
    "point": "point",
    "span": "90 % interval",
    "bounds": "bounds only: no point is known",
    "outer": "outer bounds, whatever the law of the duplicates",
}


@dataclass(frozen=True, slots=True)
class Area:
    """A band; ``points`` are corners "x,y …" in percent from the upper left."""

    role: str
    points: str


@dataclass(frozen=True, slots=True)
class CurveChart:
    """Bands over size. ``dots`` are points (x, y), ``sizes`` and ``levels`` the labels of the
    axes with their places; ``mark`` is where the sample stops to carry a point."""

    name: str
    title: str
    text: str
    areas: tuple[Area, ...]
    dots: tuple[tuple[float, float], ...]
    sizes: tuple[tuple[float, str], ...]
    levels: tuple[tuple[float, str], ...]
    roles: tuple[tuple[str, str], ...]
    mark: float | None
    caption: str

    @property
    def height(self) -> int:
        return 240


@dataclass(frozen=True, slots=True)
class CurveRow:
    """One size as a table prints it; a share without a point shows its bounds."""

    size: str
    times: str
    dedup: str
    outer: str
    state: str
    docs_kept: str
    bytes_kept: str
    cpu_hours: Estimate
    usd: Estimate


def curve_rows(points: Sequence[ScalePoint]) -> tuple[CurveRow, ...]:
    """The points of a curve for a table, smallest size first."""
    return tuple(_row(each) for each in sorted(points, key=lambda each: each.forecast.target_bytes))


def curve_chart(points: Sequence[CurvePoint]) -> CurveChart | None:
    """Retention of the dedups over scale; None without dedup, or where there is one size only."""
    listed = [point for point in ascending(points) if point.dedup is not None]
    if len(listed) < 2:
        return None
    across = size_axis(listed)
    carried = carries_until(listed)
    areas = _areas(listed, across)
    dots = tuple(
        (across(point.target_bytes), _down(kept.point))
        for point, kept in _kept(listed)
        if kept.state != "bounds" and kept.point is not None
    )
    roles = dict.fromkeys([*(("point",) if dots else ()), *(area.role for area in areas)])
    caption = _caption(listed)
    return CurveChart(
        "curve",
        "What dedup keeps as the corpus grows",
        caption,
        areas,
        dots,
        size_labels(listed, across),
        tuple((_down(share), f"{share:.0%}".replace("%", " %")) for share in STEPS),
        tuple((role, LEGEND[role]) for role in LEGEND if role in roles),
        None if carried is None else across(carried[1]),
        caption,
    )


def curve_name(points: Sequence[CurvePoint]) -> str:
    """The dedups that the curve is of: the last, and those directly before it."""
    last = next((point.dedups[-1] for point in points if point.dedups), None)
    if last is None:
        return "dedup"
    stage, first = printable(last.stage, 40), printable(last.first, 40)
    return stage if stage == first else f"{first} to {stage}"


def carried_text(points: Sequence[CurvePoint]) -> str:
    """Up to where the sample carries a point for dedup, in a sentence."""
    carried = carries_until(points)
    if carried is None:
        return "The sample carries a point for dedup at every size shown."
    if not carried[0]:
        return "The sample carries a point for dedup at no size shown: bounds only."
    return (
        f"The sample stops to carry a point for dedup between {byte_count(carried[0])} and "
        f"{byte_count(carried[1])}: from there on it gives bounds only."
    )


def _row(each: ScalePoint) -> CurveRow:
    point = each.forecast
    kept = point.dedup
    return CurveRow(
        byte_count(point.target_bytes),
        known(point.ratio, digits=3),
        ABSENT if kept is None else str(figure_of(kept, PERCENT, 0)),
        ABSENT if kept is None else outer_of(kept),
        point.state if kept is None else kept.state,
        figure_of(point.docs_kept, PERCENT, 0).middle,
        figure_of(point.bytes_kept, PERCENT, 0).middle,
        point.cpu_hours.estimate("", point.state),
        each.usd,
    )


def ascending(points: Sequence[CurvePoint]) -> list[CurvePoint]:
    """Smallest size first."""
    return sorted(points, key=lambda point: point.target_bytes)


def size_axis(points: Sequence[CurvePoint]) -> Across:
    """The place of a size between the first and the last of them, on a logarithmic axis."""
    lowest, highest = (math.log(points[place].target_bytes) for place in (0, -1))
    return lambda size: round(100 * (math.log(size) - lowest) / (highest - lowest), 3)


def _kept(points: Sequence[CurvePoint]) -> list[tuple[CurvePoint, Estimate]]:
    return [(point, point.dedup) for point in points if point.dedup is not None]


def _areas(points: Sequence[CurvePoint], across: Across) -> tuple[Area, ...]:
    """Outer bounds over all sizes, then the interval where there is a point and where not."""
    whole = _kept(points)
    outer = [
        (point, each.outer_low, each.outer_high)
        for point, each in whole
        if each.outer_low is not None and each.outer_high is not None
    ]
    inner = [(point, each.low, each.high) for point, each in whole]
    ends = next((n for n, (_, kept) in enumerate(whole) if kept.state == "bounds"), len(whole))
    parts = (
        ("outer", outer),
        ("span", inner[: ends + 1] if ends else []),
        ("bounds", inner[ends:]),
    )
    return tuple(Area(role, _corners(band, across)) for role, band in parts if len(band) > 1)


def _corners(band: Sequence[tuple[CurvePoint, float, float]], across: Across) -> str:
    upper = [(across(point.target_bytes), _down(high)) for point, _, high in band]
    lower = [(across(point.target_bytes), _down(low)) for point, low, _ in reversed(band)]
    return written_corners([*upper, *lower])


def written_corners(places: Sequence[tuple[float, float]]) -> str:
    """Corners of an area as SVG takes them."""
    return " ".join(f"{x:g},{y:g}" for x, y in places)


def _down(share: float) -> float:
    return round(100 * (1 - min(max(share, 0.0), 1.0)), 3)


def size_labels(points: Sequence[CurvePoint], across: Across) -> tuple[tuple[float, str], ...]:
    """Powers of ten that are far enough apart, thousands first."""
    first, last = (math.log10(points[place].target_bytes) for place in (0, -1))
    powers = range(math.ceil(first - 1e-9), math.floor(last + 1e-9) + 1)
    placed: list[tuple[float, str]] = []
    for power in sorted(powers, key=lambda power: (power % 3 != 0, power)):
        place = across(10.0**power)
        if all(abs(place - other) >= LEAST_GAP for other, _ in placed):
            placed.append((place, byte_count(10.0**power)))
    return tuple(sorted(placed))


def _caption(points: Sequence[CurvePoint]) -> str:
    smallest, largest = points[0], points[-1]
    ends = [
        f"at {byte_count(point.target_bytes)} {figure_of(kept, PERCENT, 1)}"
        for point, kept in _kept((smallest, largest))
    ]
    name = curve_name(points)
    return f"Documents kept by {name}: {', '.join(ends)}. {carried_text(points)}"
