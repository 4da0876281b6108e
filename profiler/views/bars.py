"""Bars of charts as plain data; the template draws them as inline SVG.

Places and widths are percent of the width of the chart, so that a chart fills a phone as well as
a sheet of paper while its text keeps its size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from profiler.scaling.quantity import Estimate
from profiler.views.printable import printable

LONGEST_LABEL = 24
LEAST_WIDTH = 0.4  # percent; what is there must be seen

Roles = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a bar; ``role`` says what it means and gives its colour."""

    start: float
    width: float
    role: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a chart: label to the left, value to the right, bar below.

    ``whisker`` is the interval around the end of a bar, ``dot`` the place of a point.
    """

    label: str
    value: str
    segments: tuple[Segment, ...]
    whisker: Segment | None = None
    dot: float | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart. ``text`` says in words what it shows, for those who do not see it; ``caption``
    is printed below it; ``mark`` is the place of a line across all bars."""

    name: str
    title: str
    text: str
    bars: tuple[Bar, ...]
    roles: Roles
    caption: str = ""
    mark: float | None = None

    @property
    def height(self) -> int:
        return len(self.bars) * 44


def span_bar(label: str, estimate: Estimate, most: float, value: str) -> Bar:
    """A stretch from low to high with a dot at the point, where there is one."""
    point = _point(estimate)
    segments = [stretch(estimate, most, "bounds" if point is None else "span")]
    if estimate.outer_low is not None and estimate.outer_high is not None:
        wide = replace(estimate, low=estimate.outer_low, high=estimate.outer_high)
        segments.insert(0, stretch(wide, most, "outer"))
    dot = None if point is None else _percent_of(point, most)
    return Bar(label_of(label), value, tuple(segments), dot=dot)


def amount_bar(label: str, estimate: Estimate, most: float, role: str, value: str) -> Bar:
    """A bar up to the point with a whisker; without a point up to low, and on to high as bounds."""
    point = _point(estimate)
    end = estimate.low if point is None else point
    bar = Segment(0.0, max(_percent_of(end, most), LEAST_WIDTH), role)
    if point is None:
        return Bar(label_of(label), value, (bar, stretch(estimate, most, "bounds")))
    known = estimate.low == estimate.high
    whisker = None if known else stretch(estimate, most, "point")
    return Bar(label_of(label), value, (bar,), whisker)


def _point(estimate: Estimate) -> float | None:
    return None if estimate.state == "bounds" else estimate.point


def stretch(estimate: Estimate, most: float, role: str) -> Segment:
    """A segment over an interval."""
    start, end = _percent_of(estimate.low, most), _percent_of(estimate.high, most)
    return Segment(min(start, 100 - LEAST_WIDTH), max(end - start, LEAST_WIDTH), role)


def stacked(parts: Sequence[tuple[str, float]], most: float) -> tuple[Segment, ...]:
    """Amounts one after the other."""
    segments, start = [], 0.0
    for role, amount in parts:
        if amount <= 0:
            continue
        width = max(_percent_of(amount, most), LEAST_WIDTH)
        start = min(start, 100 - width)
        segments.append(Segment(start, width, role))
        start += width
    return tuple(segments)


def _percent_of(value: float, most: float) -> float:
    return 0.0 if most <= 0 else round(min(max(value / most, 0.0), 1.0) * 100, 3)


def label_of(text: str) -> str:
    """A name that may be hostile or long, as a label."""
    return printable(text, LONGEST_LABEL)
