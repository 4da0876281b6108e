"""Runs over a document sample: drawn before or on the fly, the record is of the same documents."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.engines.local.plan import Workspace, write_plan
from pipeline.errors import ConfigError, RunError
from profiler.measurement import Options, make_plan, profile
from profiler.record.addition import add
from profiler.record.sample import source_inputs
from profiler.record.store import load, save
from profiler.sampling import Options as Drawing
from profiler.sampling import draw_sample
from profiler.scaling.clusters import clusters_of
from profiler.scaling.simulation import simulate
from profiler.scaling.target import convert_target

SHARE = 0.3
RECIPE = """
name = "short"
description = "Admission, a rule that drops, and exact dedup"
language = ""
max_document_bytes = 1_000_000

[[stages]]
name = "admission"
kind = "admission"

[[stages]]
name = "exact-dedup"
kind = "exact-dedup"
"""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    path = tmp_path_factory.mktemp("recipe") / "short.toml"
    path.write_text(RECIPE)
    return str(path)


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    """Four shards; every text is there twice, in two shards, and some are blank."""
    folder = tmp_path_factory.mktemp("shards")
    for number in range(4):
        texts = [
            "" if i % 10 == 0 else f"page {(i + number % 2 * 400) % 800} " * (5 + i % 9)
            for i in range(600)
        ]
        ids = [f"{number}-{i}" for i in range(600)]
        pq.write_table(pa.table({"id": ids, "text": texts}), folder / f"s{number}.parquet")
    return folder


@pytest.fixture(scope="module")
def on_the_fly(shards, recipe, tmp_path_factory):
    out = tmp_path_factory.mktemp("fly")
    options = Options(recipe=recipe, workers=1, sample=SHARE, keep=out / "kept")
    return profile([shards], out / "run", options), out


@pytest.fixture(scope="module")
def drawn_before(shards, recipe, tmp_path_factory):
    out = tmp_path_factory.mktemp("before")
    draw_sample([shards], out / "sample", fraction=SHARE, options=Drawing(workers=1))
    options = Options(recipe=recipe, workers=1, keep=out / "kept")
    return profile([out / "sample"], out / "run", options), out


def kept(out):
    files = sorted((out / "kept").glob("*.parquet"))
    return [value for path in files for value in pq.read_table(path)["id"].to_pylist()]


def rows(record, stage):
    return [row for row in record.tables["batches"].to_pylist() if row["stage"] == stage]


def total(record, stage, column):
    return sum(row[column] for row in rows(record, stage))


def test_both_ways_see_and_keep_the_same_documents(on_the_fly, drawn_before):
    (fly, fly_out), (before, before_out) = on_the_fly, drawn_before
    assert kept(fly_out) == kept(before_out)
    assert 300 < len(kept(fly_out)) < 720
    flows = [
        [(s.docs_in, s.docs_out, s.bytes_in, s.bytes_out, s.drops) for s in record.run.stages]
        for record in (fly, before)
    ]
    assert flows[0] == flows[1]
    assert flows[0][1][4]["duplicate"] > 20
    spectra = [record.tables["spectrum"].to_pylist() for record in (fly, before)]
    assert spectra[0] == spectra[1]


def test_the_ledger_closes_and_what_is_not_drawn_is_no_drop(on_the_fly):
    record, _ = on_the_fly
    run = record.run
    assert run.state == "complete"
    assert run.ledger["documents_closed"]
    assert run.ledger["bytes_closed"]
    assert run.totals.docs_in == run.stages[0].docs_in < 2400 * 0.4
    drops = sum(record.tables["drops"]["docs"].to_pylist())
    assert run.totals.docs_in == run.totals.docs_out + drops


def test_rows_and_inputs_tell_what_was_read(on_the_fly, shards):
    record, _ = on_the_fly
    read = sum(pq.read_metadata(path).num_rows for path in shards.glob("*"))
    assert total(record, "read", "docs_out") == total(record, "sample", "docs_in") == read == 2400
    assert total(record, "sample", "docs_out") == record.run.totals.docs_in
    assert sum(each.documents for each in record.run.inputs) == read
    text = sum(each.text_bytes for each in record.run.inputs)
    assert total(record, "read", "bytes_out") == text > record.run.totals.bytes_in
    assert record.run.other_cpu_seconds["sample"] > 0
    batches = [row for row in rows(record, "admission") if row["phase"] == "judge"]
    assert len(batches) == 4


def test_the_source_is_remembered(on_the_fly, drawn_before, shards):
    stored = sum(path.stat().st_size for path in shards.glob("*"))
    for record, _ in (on_the_fly, drawn_before):
        run = record.run
        assert run.design == "documents"
        assert (run.sampled.fraction, run.sampled.shards) == (SHARE, 4)
        assert (run.sampled.documents, run.sampled.stored_bytes) == (2400, stored)
        assert run.sampled.text_bytes == sum(each.text_bytes for each in source_inputs(run))
        assert [each.path for each in source_inputs(run)] == [f"s{n}.parquet" for n in range(4)]
    assert drawn_before[0].run.inputs != source_inputs(drawn_before[0].run)


def test_a_target_converts_by_whole_shards_and_compares_with_the_sample(on_the_fly, drawn_before):
    for record, _ in (on_the_fly, drawn_before):
        simulation = simulate(clusters_of(record), 1, 100)
        target = convert_target(record.run, 1e12, "stored", simulation)
        source = record.run.sampled
        text = 1e12 * source.text_bytes / source.stored_bytes
        assert target.text_bytes.point == pytest.approx(text)
        assert target.ratio == pytest.approx(text / record.run.totals.bytes_in)


def test_reading_is_scaled_by_what_was_read_and_drawing_is_not_scaled(on_the_fly):
    counts = clusters_of(on_the_fly[0]).stages
    assert "sample" not in counts
    assert counts["read"].bytes_in.sum() == on_the_fly[0].run.sampled.text_bytes
    assert counts["admission"].bytes_in.sum() == on_the_fly[0].run.totals.bytes_in


def test_batch_size_and_workers_change_no_document(on_the_fly, shards, recipe, tmp_path):
    options = Options(
        recipe=recipe, workers=2, sample=SHARE, keep=tmp_path / "kept", batch_bytes=3_000
    )
    record = profile([shards], tmp_path / "run", options)
    assert kept(tmp_path) == kept(on_the_fly[1])
    assert record.tables["spectrum"].equals(on_the_fly[0].tables["spectrum"])


def test_the_design_can_be_said(shards, recipe, tmp_path):
    options = Options(recipe=recipe, workers=1, design="block")
    run = profile([shards / "s0.parquet"], tmp_path / "run", options).run
    assert (run.design, run.sampled) == ("block", None)


def test_a_sample_beside_other_shards_is_refused(drawn_before, shards, recipe, tmp_path):
    with pytest.raises(ConfigError, match="a drawn sample, and the inputs lie in other folders"):
        profile([drawn_before[1] / "sample", shards], tmp_path / "run", Options(recipe=recipe))


def test_another_share_is_another_run(shards, recipe, tmp_path):
    workspace = Workspace(tmp_path / "work")
    for share in (SHARE, SHARE):
        write_plan(make_plan([shards], Options(recipe=recipe, workers=1, sample=share)), workspace)
    with pytest.raises(RunError, match="unfinished run of another sample"):
        write_plan(make_plan([shards], Options(recipe=recipe, workers=1, sample=0.2)), workspace)


def test_a_share_of_nothing_is_refused(shards, tmp_path):
    with pytest.raises(ConfigError, match="sample 0"):
        profile([shards], tmp_path / "run", Options(sample=0.0))


def test_a_record_of_before_samples_loads(on_the_fly, tmp_path):
    save(on_the_fly[0], tmp_path)
    path = tmp_path / "run.json"
    data = json.loads(path.read_text())
    assert load(tmp_path).run.sampled == on_the_fly[0].run.sampled
    del data["sampled"]
    path.write_text(json.dumps(data))
    assert load(tmp_path).run.sampled is None


def test_sums_have_the_sources_of_their_parts(on_the_fly, drawn_before):
    both = add(on_the_fly[0], drawn_before[0]).run
    assert both.design == "documents"
    assert (both.sampled.fraction, both.sampled.documents) == (SHARE, 4800)
    assert len(source_inputs(both)) == 8
    assert sum(each.documents for each in source_inputs(both)) == 4800
