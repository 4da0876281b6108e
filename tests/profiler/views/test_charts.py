"""Charts: bars stay inside, say what they show, and never mark a forbidden point."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.record.schema import SampledFrom
from profiler.scaling.quantity import Estimate
from profiler.views.bars import LEAST_WIDTH, amount_bar, span_bar
from profiler.views.charts import (
    budget_chart,
    cpu_chart,
    cpu_hours_chart,
    funnel_charts,
    retention_chart,
    spectrum_charts,
)
from profiler.views.costs import categories
from profiler.views.funnel import spectrum
from profiler.views.outlook import outlook


def inside(bar) -> bool:
    parts = (*bar.segments, *([bar.whisker] if bar.whisker else []))
    return all(p.start >= 0 and p.width > 0 and p.start + p.width <= 100.01 for p in parts)


def test_the_funnel_splits_what_entered(record):
    docs, size, tokens = funnel_charts(record.run)
    gopher = docs.bars[1]
    assert [(s.role, s.start, s.width) for s in gopher.segments] == [
        ("kept", 0, 62),
        ("dropped", 62, 38),
    ]
    lines = size.bars[2]
    assert [(s.role, s.width) for s in lines.segments] == [("kept", 71.25), ("edited", 3.75)]
    assert [(s.role, s.width) for s in tokens.bars[2].segments] == [
        ("kept", 71.25),
        ("dropped", 3.75),
    ]
    assert "50.0 % survive" in docs.text
    assert docs.height == 44 * 5


def test_the_cpu_chart_has_phases_and_names_the_heaviest_stage(record):
    chart = cpu_chart(record.run)
    near = next(bar for bar in chart.bars if bar.label == "near-dedup")
    assert [(s.role, s.width) for s in near.segments] == [
        ("sketch", 75),
        ("resolve", 20),
        ("apply", 5),
    ]
    assert "near-dedup takes most: 36.7 %" in chart.text


def test_the_cpu_chart_leaves_out_what_is_paid_once_and_says_how_much(record, record_with):
    chart = cpu_chart(record.run)
    assert not {"jit", "start-up", "unattributed"} & {bar.label for bar in chart.bars}
    assert "Not in the chart: 1.65 CPU-seconds, 23.2 % of this run" in chart.text
    assert max(part.start + part.width for bar in chart.bars for part in bar.segments) == 100
    slow = record_with(other_cpu_seconds={**record.run.other_cpu_seconds, "jit": 900.0})
    assert cpu_chart(slow.run).bars == chart.bars


def test_bounds_have_no_dot_and_no_bar_end(forecast):
    view = outlook(forecast)
    gopher, exact, _ = retention_chart(view).bars
    assert gopher.dot == pytest.approx(62)
    assert exact.dot is None
    assert exact.segments[0].role == "bounds"
    near = cpu_hours_chart(view).bars[2]
    assert [segment.role for segment in near.segments] == ["cpu", "bounds"]
    assert near.whisker is None


def test_a_state_hides_a_point_that_is_there():
    sneaked = Estimate(0.8, 0.7, 0.9, "", "bounds")
    assert span_bar("a", sneaked, 1.0, "").dot is None
    assert amount_bar("a", sneaked, 1.0, "cpu", "").segments[0].width == pytest.approx(70)


def test_the_total_is_stacked_from_its_categories(budget):
    chart = budget_chart(budget.total_usd, categories(budget))
    total, *parts = chart.bars
    assert [bar.label for bar in chart.bars] == ["total", "storage", "crawling", "cleaning"]
    assert [segment.role for segment in total.segments] == ["storage", "crawling", "cleaning"]
    for segment, bar in zip(total.segments, parts, strict=True):
        assert segment.width == pytest.approx(bar.segments[0].width)
    before, after = total.segments[:2]
    assert after.start == pytest.approx(before.start + before.width)
    assert total.segments[-1].width == LEAST_WIDTH
    assert total.whisker is not None
    assert [role for role, _ in chart.roles] == ["storage", "crawling", "cleaning", "point"]


def test_a_funnel_without_tokens_has_no_chart_of_them(record_with):
    run = record_with().run
    unknown = replace(run.stages[1], tokens_in=None, tokens_out=None)
    stages = (run.stages[0], unknown, *run.stages[2:])
    assert [chart.name for chart in funnel_charts(replace(run, stages=stages))] == [
        "funnel-docs",
        "funnel-bytes",
    ]


def test_each_dedup_has_its_spectrum(record):
    exact, near = spectrum_charts(spectrum(record))
    assert exact.name != near.name
    assert exact.bars[0].label == "1 (no copy)"
    assert exact.bars[-1].value == "50 docs, 1 group"


@given(
    st.tuples(*[st.floats(0, 1e15)] * 3).map(sorted),
    st.floats(0, 1e15),
    st.sampled_from(["estimate", "rough", "bounds"]),
)
def test_bars_stay_inside(sizes, most, state):
    low, point, high = sizes
    estimate = Estimate(None if state == "bounds" else point, low, high, "", state)
    assert inside(span_bar("a", estimate, most, ""))
    assert inside(amount_bar("a", estimate, most, "cpu", ""))


def test_the_least_drop_is_seen_and_stays_inside(record_with):
    whole = record_with().run
    one = replace(
        whole.stages[0], docs_out=9_999, bytes_out=39_999_998, edited_bytes=1, drops={"rule": 1}
    )
    for chart in funnel_charts(replace(whole, stages=(one,))):
        assert [segment.role for segment in chart.bars[1].segments][-1] == "dropped"
        assert all(inside(bar) for bar in chart.bars)


def test_a_sample_is_drawn_not_read(record_with):
    drawn = SampledFrom(0.01, 2, 1_000_000, 4_000_000_000, 2_000_000_000)
    chart, *_ = funnel_charts(record_with(sampled=drawn).run)
    assert chart.bars[0].label == "as drawn"
    assert "that were drawn" in chart.text
    assert funnel_charts(record_with().run)[0].bars[0].label == "as read"


def test_outer_bounds_lie_behind_the_interval():
    bar = span_bar("near", Estimate(0.6, 0.5, 0.7, "", "rough", 0.3, 0.9), 1.0, "60 %")
    assert [(s.role, s.start, s.width) for s in bar.segments] == [
        ("outer", 30, 60),
        ("span", 50, 20),
    ]
