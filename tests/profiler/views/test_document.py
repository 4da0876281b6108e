"""Plain data for --json."""

from __future__ import annotations

import json

import pytest

from profiler.record.schema import SCHEMA_VERSION
from profiler.views.document import comparison_json, estimate_json, run_json


def strict(data):
    """What a reader of strict JSON gets back; NaN and infinity are refused."""
    return json.loads(json.dumps(data, allow_nan=False))


def test_a_run_has_the_keys_of_the_design(record):
    data = run_json(record)
    assert strict(data) == data
    assert data["schema_version"] == SCHEMA_VERSION
    assert data["recipe"]["name"] == "web-en"
    assert {"path", "bytes"} <= set(data["inputs"][0])
    assert {"docs_in", "docs_out", "bytes_in", "bytes_out", "cpu_seconds", "os_cpu_seconds"} <= set(
        data["totals"]
    )
    assert data["totals"]["unreadable_records"] == {"malformed line": 3, "invalid UTF-8": 1}
    assert data["stages"][0]["drops"]["word-count"] == 3_000
    assert data["views"]["funnel"][0]["docs_kept"] == pytest.approx(0.62)
    assert data["views"]["spectrum"][0]["groups"] == 5_000


def test_an_estimate_has_the_keys_of_the_design(forecast, budget):
    data = estimate_json(forecast, budget)
    assert strict(data) == data
    assert {"target", "stages", "lines", "total_usd", "assumptions", "warnings"} <= set(data)
    for stage in data["stages"]:
        assert {"stage", "docs_in", "bytes_in", "retention", "cpu_hours"} <= set(stage)
        assert set(stage["retention"]) == {"point", "low", "high", "method", "state"}
        assert set(stage["cpu_hours"]) == {"point", "low", "high"}
        assert (stage["retention"]["point"] is None) == (stage["retention"]["state"] == "bounds")
    for line in data["lines"]:
        assert {"category", "item", "counted", "quantity", "unit", "unit_price_usd"} <= set(line)
        assert line["usd"] is None or set(line["usd"]) == {"point", "low", "high"}
    counted = sum(line["usd"]["point"] for line in data["lines"] if line["counted"])
    assert counted == pytest.approx(data["total_usd"]["point"], abs=0.005)
    assert data["assumptions"] == [*forecast.assumptions, *budget.assumptions]
    assert data["warnings"] == [*forecast.warnings, *budget.warnings]


def test_a_comparison_pairs_stages_by_name_and_lists_settings(record, record_with):
    other = record_with(seed=8, stages=record.run.stages[:2])
    data = comparison_json(record, other)
    assert strict(data) == data
    by_stage = {pair["stage"]: pair for pair in data["stages"]}
    assert by_stage["gopher-quality"]["funnel_b"]["docs_out"] == 6_200
    assert by_stage["near-dedup"]["funnel_b"] is None
    assert data["settings"] == [{"name": "seed", "a": "7", "b": "8"}]
