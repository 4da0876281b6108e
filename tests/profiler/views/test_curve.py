"""The chart of what dedup keeps over scale."""

from __future__ import annotations

import numpy as np
import pytest

from profiler.scaling.curves import CurvePoint, DedupPoint
from profiler.scaling.quantity import Estimate, Quantity, State
from profiler.views.curve import carried_text, curve_chart, curve_name, curve_rows


def point(size: float, kept: float, state: State = "estimate") -> CurvePoint:
    low, high = kept * 0.9, min(1.0, kept * 1.1)
    middle = None if state == "bounds" else kept
    estimate = Estimate(middle, low, high, "", state, low / 2, min(1.0, high * 1.2))
    dedup = DedupPoint("near-dedup", "exact-dedup", estimate, estimate)
    hours = Quantity(size / 1e9, np.full(20, size / 1e9))
    return CurvePoint(size, size / 1e7, estimate, estimate, None, (dedup,), hours, state)


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
    assert curve_rows(bare)[0].dedup == "–"


def test_what_carries_is_said():
    assert carried_text(CURVE[1:]) == "The sample carries a point for dedup at every size shown."
    assert "at no size shown" in carried_text(CURVE[:1])
    assert curve_name(CURVE) == "exact-dedup to near-dedup"


def test_rows_stand_by_size():
    rows = curve_rows(CURVE)
    assert [row.size for row in rows] == ["10 MB", "1 GB", "100 GB", "1 PB"]
    assert rows[0].dedup == "80 % (72–88)"
    assert rows[-1].dedup == "27–33 %"
    assert rows[-1].outer == "13–40 %"
