"""Profile a part of real text, forecast the whole, run it: retention only, generous bounds."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from profiler.scaling.forecast import make_forecast
from profiler.scaling.truth import cpu_rows
from profiler.scaling.truth.cpu_rows import (
    ONCE,
    RESOLVE,
    CpuLine,
    cpu_checks,
    cpu_markdown,
    enough,
    forecast_cpu,
    measured_cpu,
    naive_cpu,
)
from profiler.scaling.truth.end_to_end import prepared, retention_row, stage_trials
from profiler.scaling.truth.text_corpora import Corpus, cut_into_shards, real_documents

SHARDS, DOCUMENTS = 32, 1600


@pytest.fixture
def shared() -> Path:
    folder = os.environ.get("CORPUSCOST_SHARED")
    if not folder:
        pytest.skip("CORPUSCOST_SHARED is not set")
    return Path(folder)


def few_documents(shared: Path) -> pa.Table:
    return real_documents(shared).slice(0, DOCUMENTS)


def test_shards_hold_the_documents_in_order(tmp_path):
    documents = pa.table({"id": [str(i) for i in range(10)], "text": ["x"] * 10})
    shards = cut_into_shards(documents, tmp_path / "whole", 3)
    ids = [pq.read_table(each)["id"].to_pylist() for each in shards]
    assert [len(each) for each in ids] == [3, 3, 4]
    assert [each for shard in ids for each in shard] == documents["id"].to_pylist()


def test_what_a_line_of_cpu_is_held_to():
    line = CpuLine("rules", 1.0, 5.0, 1.05, 3.0)
    assert line.held
    assert line.error == pytest.approx(0.05)
    assert not CpuLine("exact-dedup (resolve)", 1.0, 5.0, 1.0, 1.0).held
    assert not CpuLine("rules", 0.1, 0.5, 0.1, 0.1).held


@pytest.mark.parametrize(
    ("runs", "smallest", "told"),
    [(4, 9.0, False), (5, 0.39, False), (5, 0.4, True), (cpu_rows.MOST_REPEATS, 0.0, True)],
)
def test_runs_are_repeated_until_the_smallest_stage_took_two_seconds(runs, smallest, told):
    spent = {"rules": smallest, "read": 1.0, f"near-dedup{RESOLVE}": 0.1, ONCE: 0.1}
    assert enough([spent] * runs) is told


def test_tables_of_cpu_tell_what_is_off():
    line = CpuLine("rules", 1.0, 5.0, 1.2, 3.0)
    tables = {"shards": [line, CpuLine("total", 1.0, 5.0, 1.2, 3.0)]}
    (stages, met), (total, total_met) = cpu_checks(tables)
    assert "0 of 1 stages" in stages
    assert "rules, +20.0%" in stages
    assert "+20.0%" in total
    assert not met
    assert not total_met
    assert "**more than 10% off**" in cpu_markdown(tables, 7)
    assert "ran in turn, 7 times" in cpu_markdown(tables, 7)


def test_a_part_of_real_text_forecasts_the_whole(shared, tmp_path):
    corpus = Corpus("some documents", "web-multi", few_documents)
    whole = prepared(corpus, shared, tmp_path, SHARDS, workers=1)
    everything = whole.run(whole.shards, "whole", 1)
    assert everything.run.totals.bytes_in == whole.text_bytes
    for design in ("shards", "documents"):
        part, _ = whole.part(design, 4, 1)
        assert part.run.design == design
        forecast = make_forecast(part, whole.text_bytes, "text")
        filters = stage_trials(part, everything, forecast, dedup=False)
        dedups = stage_trials(part, everything, forecast, dedup=True)
        assert len(filters) >= 12
        assert len(dedups) == 4
        assert np.mean([trial.covered for trial in filters]) >= 0.7
        assert all(t.outer_low <= t.truth <= t.outer_high for t in dedups)
        off = [abs(t.point - t.truth) for t in filters if t.point is not None]
        assert np.sqrt(np.mean(np.square(off))) < 0.08
        assert retention_row("filters", 4, 400, filters, held=True).draws == len(filters)
        assert set(forecast_cpu(part, everything, None)) == set(measured_cpu(everything))
        assert set(naive_cpu(part, everything)) == set(measured_cpu(everything))
