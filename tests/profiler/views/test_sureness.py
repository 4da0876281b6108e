"""What moves the total, and what more shards would do."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest

from profiler.money.drivers import drivers
from profiler.record.schema import TABLES
from profiler.views.sureness import BOUNDS_ADVICE, LONGEST_NAME, narrowing, sureness


def test_the_strongest_input_comes_first_and_spans_the_chart(budget):
    found = sureness(budget)
    strongest = found.chart.bars[0]
    assert strongest.label == "a TB of storage"
    low, high = strongest.segments
    assert (low.role, high.role) == ("low", "high")
    assert low.start == 0
    assert low.start + low.width == pytest.approx(found.chart.mark)
    assert high.start == pytest.approx(found.chart.mark)
    assert high.start + high.width == pytest.approx(100)


def test_bars_end_where_the_totals_lie(budget):
    found, moving = sureness(budget), drivers(budget)
    least, most = moving[0].usd_at_low, moving[0].usd_at_high
    for bar, driver in zip(found.chart.bars, moving, strict=True):
        end = 100 * (driver.usd_at_high - least) / (most - least)
        assert bar.segments[1].start + bar.segments[1].width == pytest.approx(end, abs=0.5)


def test_the_rows_say_what_would_narrow_each_input(budget):
    found = sureness(budget)
    assert [row.key for row in found.rows][:2] == ["price price-43", "price price-41"]
    assert found.rows[0].name == "a TB of storage"
    assert "quote" in found.rows[0].remedy
    assert found.left_out == 0
    assert "prices 100.0 %" in found.sentence


def test_without_an_uncertain_input_there_is_no_chart(budget):
    certain = replace(budget, lines=tuple(line for line in budget.lines if not line.counted))
    found = sureness(certain)
    assert found.chart is None
    assert found.rows == ()
    assert "No input" in found.sentence


def test_hostile_names_are_clipped_and_safe(hostile_plan):
    found = sureness(hostile_plan[2])
    assert found.rows
    for row in found.rows:
        assert not set(row.name) & set("\x1b\u202e\x00\n")
    assert max(len(bar.label) for bar in found.chart.bars) <= LONGEST_NAME


def batches(shards: int) -> pa.Table:
    """Rows of one filter, whose shards keep different shares."""
    fixed = dict.fromkeys(TABLES["batches"].names, 0)
    rows = [
        fixed
        | {
            "stage": "gopher-quality",
            "phase": "judge",
            "shard": f"shard-{number}",
            "batch": 0,
            "docs_in": 100,
            "docs_out": 50 + 5 * number,
            "bytes_in": 4_000,
            "bytes_out": 2_000,
        }
        for number in range(shards)
    ]
    return pa.Table.from_pylist(rows, TABLES["batches"])


def test_more_shards_are_advised_where_there_is_a_point(record, forecast):
    with_batches = replace(record, tables={**record.tables, "batches": batches(5)})
    gopher, exact, near = narrowing(with_batches, forecast)
    assert gopher.stage == "gopher-quality"
    assert "more shards give ±" in gopher.kept
    assert exact.kept == near.kept == BOUNDS_ADVICE


def test_a_record_without_rows_by_shard_gives_no_advice(record, forecast):
    assert narrowing(record, forecast) == ()
