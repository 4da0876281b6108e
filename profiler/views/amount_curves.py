"""CPU-hours and cost as the corpus grows: charts as plain data, both axes logarithmic."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from profiler.over_scale import ScalePoint
from profiler.scaling.curves import CurvePoint, carries_until
from profiler.scaling.quantity import Estimate
from profiler.views.curve import (
    Across,
    Area,
    CurveChart,
    ascending,
    carried_text,
    size_axis,
    size_labels,
    written_corners,
)
from profiler.views.figures import HOURS, MONEY, Scales, byte_count, figure_of, known

MOST_LEVELS = 5  # labels of the axis of amounts
LEAST_RATIO = 1e-3  # low over high of one band: what is less lies on the floor of the chart

Amounts = Sequence[tuple[CurvePoint, Estimate]]


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a chart is of. ``bounds`` says in the legend what the band is where points end."""

    name: str
    title: str
    unit: str
    scales: Scales
    most_decimals: int
    bounds: str
    remark: str


HOURS_OVER_SCALE = _Subject(
    "hours-over-scale",
    "CPU-hours as the corpus grows",
    "CPU-hours",
    HOURS,
    9,
    "bounds only: no point is known",
    "Of all stages, on cores like the profiled ones.",
)
COST_OVER_SCALE = _Subject(
    "cost-over-scale",
    "What it costs as the corpus grows",
    "USD",
    MONEY,
    2,
    "90 % interval, planned between the bounds of what dedup keeps",
    "All counted lines, at the prices and plans of this page; what does not grow with the size "
    "(sites to crawl, engineers) is in it at every size.",
)


def amount_charts(points: Sequence[ScalePoint]) -> tuple[CurveChart, ...]:
    """CPU-hours and cost over scale; none where there is one size only."""
    usd = {point.forecast.target_bytes: point.usd for point in points}
    listed = ascending([point.forecast for point in points])
    if len(listed) < 2:
        return ()
    hours = [(point, point.cpu_hours.estimate("", point.state)) for point in listed]
    costs = [(point, usd[point.target_bytes]) for point in listed]
    found = (_chart(HOURS_OVER_SCALE, hours), _chart(COST_OVER_SCALE, costs))
    return tuple(chart for chart in found if chart is not None)


def _chart(subject: _Subject, amounts: Amounts) -> CurveChart | None:
    """A chart from the least to the most, in whole decades; None where all amounts are 0."""
    most = max(estimate.high for _, estimate in amounts)
    if most <= 0:
        return None
    lows = [max(each.low, each.high * LEAST_RATIO) for _, each in amounts if each.high > 0]
    decades = _decades(min(lows), most)
    points = [point for point, _ in amounts]
    across, down = size_axis(points), _downwards(decades[0], decades[-1])
    carried = carries_until(points)
    areas = _areas(amounts, across, down, None if carried is None else carried[1])
    dots = tuple(
        (across(point.target_bytes), down(amount))
        for point, estimate in amounts
        if (amount := _shown(estimate)) is not None
    )
    text = _caption(subject, amounts)
    return CurveChart(
        subject.name,
        subject.title,
        text,
        areas,
        dots,
        size_labels(points, across),
        tuple((down(10.0**power), known(10.0**power, subject.scales)) for power in decades),
        _legend(subject, areas, dots),
        None if carried is None else across(carried[1]),
        text,
    )


def _decades(least: float, most: float) -> tuple[int, ...]:
    """Powers of ten around all amounts, in equal steps, few enough to be labelled."""
    first, last = math.floor(math.log10(least) + 1e-9), math.ceil(math.log10(most) - 1e-9)
    step = max(1, math.ceil((last - first) / (MOST_LEVELS - 1)))
    steps = max(1, math.ceil((last - first) / step))
    return tuple(first + step * place for place in range(steps + 1))


def _downwards(first: int, last: int) -> Callable[[float], float]:
    """The place of an amount below the upper edge, in percent."""

    def down(amount: float) -> float:
        place = math.log10(max(amount, 10.0**first)) - first
        return round(100 * (1 - place / (last - first)), 3)

    return down


def _areas(
    amounts: Amounts, across: Across, down: Callable[[float], float], ends: float | None
) -> tuple[Area, ...]:
    """The interval up to the size ``ends``, where the sample stops to carry a point, and on."""
    limit = math.inf if ends is None else ends
    carried = [each for each in amounts if each[0].target_bytes <= limit]
    beyond = [each for each in amounts if each[0].target_bytes >= limit]

    def corners(band: Amounts) -> str:
        upper = [(across(point.target_bytes), down(estimate.high)) for point, estimate in band]
        lower = [(across(point.target_bytes), down(estimate.low)) for point, estimate in band]
        return written_corners([*upper, *reversed(lower)])

    parts = (("span", carried), ("bounds", beyond))
    return tuple(Area(role, corners(band)) for role, band in parts if len(band) > 1)


def _shown(estimate: Estimate) -> float | None:
    return None if estimate.state == "bounds" else estimate.point


def _legend(
    subject: _Subject, areas: Sequence[Area], dots: Sequence[tuple[float, float]]
) -> tuple[tuple[str, str], ...]:
    drawn = {area.role for area in areas} | ({"point"} if dots else set())
    meanings = {"point": "point", "span": "90 % interval", "bounds": subject.bounds}
    return tuple((role, meaning) for role, meaning in meanings.items() if role in drawn)


def _caption(subject: _Subject, amounts: Amounts) -> str:
    (first, least), (last, most) = (
        (
            byte_count(point.target_bytes),
            f"{figure_of(estimate, subject.scales, subject.most_decimals)} {subject.unit}",
        )
        for point, estimate in (amounts[0], amounts[-1])
    )
    text = f"{subject.remark} At {first} {least}, at {last} {most}."
    if any(point.dedup is not None for point, _ in amounts):
        text += f" {carried_text([point for point, _ in amounts])}"
    return text
