"""The charts over scale: what dedup keeps, CPU-hours, cost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from profiler.over_scale import ScalePoint
from profiler.scaling.curves import CurvePoint, DedupPoint
from profiler.scaling.quantity import Estimate, Quantity, State
from profiler.views.amount_curves import amount_charts
from profiler.views.curve import carried_text, curve_chart, curve_name, curve_rows


def point(size: float, kept: float, state: State = "estimate") -> CurvePoint:
    low, high = kept * 0.9, min(1.0, kept * 1.1)
    middle = None if state == "bounds" else kept
    estimate = Estimate(middle, low, high, "", state, low / 2, min(1.0, high * 1.2))
    dedup = DedupPoint("near-dedup", "exact-dedup", estimate, estimate)
    hours = Quantity(size / 1e9, np.full(20, size / 1e9))
    return CurvePoint(size, size / 1e7, estimate, estimate, None, (dedup,), hours, state)


def priced(points: Sequence[CurvePoint]) -> list[ScalePoint]:
    """Points with a total that grows by ten at a thousand times the size."""
    totals = [1e4 * (each.target_bytes / 1e7) ** (1 / 3) for each in points]
    usd = [Estimate(total, total / 2, 2 * total, "") for total in totals]
    return [ScalePoint(*each) for each in zip(points, usd, strict=True)]


CURVE = (point(1e15, 0.3, "bounds"), point(1e7, 0.8), point(1e9, 0.6), point(1e11, 0.4, "rough"))


def test_sizes_stand_on_a_logarithmic_axis():
    chart = curve_chart(CURVE)
    assert [x for x, _ in chart.dots] == pytest.approx([0, 25, 50])
    assert [y for _, y in chart.dots] == pytest.approx([20, 40, 60])
    assert [label for _, label in chart.sizes] == ["10 MB", "1 GB", "1 TB", "1 PB"]
    assert [place for place, _ in chart.sizes] == pytest.approx([0, 25, 62.5, 100])


def test_the_interval_goes_on_as_bounds_where_the_sample_stops_to_carry():
    chart = curve_chart(CURVE)
    assert [area.role for area in chart.areas] == ["outer", "span"]
    assert chart.mark == 100
    assert "between 100 GB and 1 PB" in chart.text
    longer = curve_chart((*CURVE, point(1e17, 0.2, "bounds")))
    assert [area.role for area in longer.areas] == ["outer", "span", "bounds"]
    corners = [pair.split(",") for pair in longer.areas[2].points.split()]
    assert {x for x, _ in corners} == {"80", "100"}
    assert sorted(float(y) for _, y in corners) == pytest.approx([67, 73, 78, 82])


def test_a_lone_size_and_a_recipe_without_dedup_have_no_chart():
    assert curve_chart(CURVE[:1]) is None
    assert curve_chart(()) is None
    bare = [
        CurvePoint(
            s, 1, CURVE[1].docs_kept, CURVE[1].bytes_kept, None, (), CURVE[1].cpu_hours, "estimate"
        )
        for s in (1e9, 1e10)
    ]
    assert curve_chart(bare) is None
    assert curve_rows(priced(bare))[0].dedup == "–"


def test_what_carries_is_said():
    assert carried_text(CURVE[1:]) == "The sample carries a point for dedup at every size shown."
    assert "at no size shown" in carried_text(CURVE[:1])
    assert curve_name(CURVE) == "exact-dedup to near-dedup"


def test_rows_stand_by_size():
    rows = curve_rows(priced(CURVE))
    assert [row.size for row in rows] == ["10 MB", "1 GB", "100 GB", "1 PB"]
    assert rows[0].dedup == "80 % (72–88)"
    assert rows[-1].dedup == "27–33 %"
    assert rows[-1].outer == "13–40 %"
    assert [round(row.usd.point) for row in rows] == [10_000, 46_416, 215_443, 4_641_589]


def places(area):
    return [tuple(map(float, corner.split(","))) for corner in area.points.split()]


def test_hours_and_cost_stand_on_logarithmic_axes_with_their_bands():
    hours, cost = amount_charts(priced(CURVE))
    assert [label for _, label in hours.levels] == ["0.01", "1", "100", "10,000", "1 M"]
    assert [place for place, _ in hours.levels] == pytest.approx([100, 75, 50, 25, 0])
    assert hours.dots == ((0, 100), (25, 75), (50, 50))  # none at 1 PB: bounds
    assert [label for _, label in cost.levels] == ["1,000", "10,000", "100,000", "1 M", "10 M"]
    down = [75, 75 - 25 * 2 / 3, 75 - 25 * 4 / 3, 75 - 25 * 8 / 3]
    assert [y for _, y in cost.dots] == pytest.approx(down, abs=0.01)
    half, twice = 25 * np.log10(0.5), 25 * np.log10(2)
    (band,) = cost.areas
    assert [y for _, y in places(band)[:4]] == pytest.approx([y - twice for y in down], abs=0.01)
    assert [y for _, y in places(band)[4:]] == pytest.approx(
        [y - half for y in reversed(down)], abs=0.01
    )


def test_the_bands_change_where_the_sample_stops_to_carry():
    longer = priced((*CURVE, point(1e17, 0.2, "bounds")))
    for chart in amount_charts(longer):
        assert [area.role for area in chart.areas] == ["span", "bounds"]
        assert chart.mark == 80
        assert {x for x, _ in places(chart.areas[1])} == {80, 100}
        assert "between 100 GB and 1 PB" in chart.text
    assert "planned between" in dict(amount_charts(longer)[1].roles)["bounds"]


def test_amounts_have_no_chart_of_one_size_and_one_without_dedup():
    assert amount_charts(priced(CURVE[:1])) == ()
    free = [ScalePoint(each, Estimate(0.0, 0.0, 0.0, "")) for each in CURVE]
    assert [chart.name for chart in amount_charts(free)] == ["hours-over-scale"]


def test_an_amount_that_may_be_nothing_lies_on_the_floor():
    known = [ScalePoint(each, Estimate(100.0, 0.0, 200.0, "")) for each in CURVE]
    chart = amount_charts(known)[1]
    assert max(y for area in chart.areas for _, y in places(area)) <= 100
