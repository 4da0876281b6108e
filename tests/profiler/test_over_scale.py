"""Forecasts over sizes: the same in one process and in several, each with its budget."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from made_up_text import write_shard

from profiler.estimation import Plans, estimate, evidence_beside, prospect
from profiler.measurement import Options, profile
from profiler.over_scale import domains_over, scale_point, scale_to_json
from profiler.record.store import load

TODAY = date(2026, 11, 24)
RECIPE = """name = "short"
description = "admission and exact dedup"
[[stages]]
name = "admission"
kind = "admission"
[[stages]]
name = "exact"
kind = "exact-dedup"
"""
SIZES = (1e9, 1e15, 1e12)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("over-scale")
    (folder / "short.toml").write_text(RECIPE, encoding="utf-8")
    for number in range(3):
        write_shard(folder / "data" / f"{number}.jsonl", 60, seed=number)
    options = Options(recipe=str(folder / "short.toml"), workers=1)
    profile([folder / "data"], folder / "run", options)
    return folder / "run"


@pytest.fixture(scope="module")
def found(run):
    record = load(run)
    return prospect(record, Plans(), TODAY, evidence_beside(run, record))


def test_several_processes_give_what_one_gives_in_the_order_of_the_sizes(found):
    alone = list(domains_over(found, SIZES, processes=1))
    shared = list(domains_over(found, SIZES, processes=2))
    for (one,), (other,), size in zip(alone, shared, SIZES, strict=True):
        assert one.forecast.target.bytes == other.forecast.target.bytes == size
        assert np.array_equal(one.forecast.cpu_hours.draws, other.forecast.cpu_hours.draws)
        assert np.array_equal(one.forecast.clean_docs.draws, other.forecast.clean_docs.draws)


def test_a_point_has_the_total_of_the_estimate_of_that_size(run, found):
    (domains,) = domains_over(found, [1e12])
    point = scale_point(found, domains)
    record = load(run)
    whole = estimate(record, Plans(scale="1TB"), TODAY, evidence_beside(run, record))
    assert point.forecast.target_bytes == 1e12
    assert point.usd == whole.budget.total_usd
    (data,) = scale_to_json([point])
    total = whole.budget.total_usd
    assert data["total_usd"] == {
        "point": total.point,
        "low": round(total.low, 2),
        "high": round(total.high, 2),
    }
    assert data["target_bytes"] == 1e12
