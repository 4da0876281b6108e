from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from profiler.record.schema import BATCHES, SampledFrom
from profiler.scaling.batch_costs import BatchCosts
from profiler.scaling.batching import Batching, as_in_whole, batching_of, fixed_cost
from profiler.scaling.cputime import fit_cpu_law

PER_BATCH, PER_DOCUMENT, PER_BYTE = 1e-3, 2e-5, 2e-8


def small_batches(count: int, noise: float = 0.0, seed: int = 3) -> BatchCosts:
    """Batches of about four documents, one per shard, at a known law."""
    random = np.random.default_rng(seed)
    docs = 1.0 + random.poisson(3, count)
    volume = np.array([random.lognormal(8, 1, int(each)).sum() for each in docs])
    cost = PER_BATCH + PER_DOCUMENT * docs + PER_BYTE * volume
    cost *= random.gamma(1 / noise**2, noise**2, count) if noise else 1.0
    first = np.ones(count, bool)
    return BatchCosts(np.arange(count), first, first & False, docs, volume, cost)


def test_the_fixed_cost_of_a_law_without_noise_is_found_exactly():
    costs = small_batches(50)
    found = fixed_cost(costs.docs, costs.bytes, costs.cpu_seconds)
    assert found.seconds == pytest.approx(PER_BATCH, rel=1e-6)


def test_its_variance_is_that_of_repeated_fits():
    fits = [
        fixed_cost(costs.docs, costs.bytes, costs.cpu_seconds)
        for costs in (small_batches(300, 0.3, seed) for seed in range(60))
    ]
    seconds = np.array([each.seconds for each in fits])
    assert seconds.mean() == pytest.approx(PER_BATCH, rel=0.05)
    told = np.sqrt(np.mean([each.variance for each in fits]))
    assert 0.6 < told / seconds.std() < 1.6


def test_a_stage_without_a_fixed_cost_has_none():
    costs = small_batches(50)
    found = fixed_cost(costs.docs, costs.bytes, PER_BYTE * costs.bytes)
    assert found.seconds == pytest.approx(0, abs=1e-9)


def test_few_batches_tell_no_fixed_cost():
    costs = small_batches(11)
    assert fixed_cost(costs.docs, costs.bytes, costs.cpu_seconds).seconds == 0


def test_a_sample_of_small_batches_costs_what_the_whole_would():
    """The whole has a 16th of the batches per byte: naive scaling is several times too dear."""
    costs = small_batches(400, 0.2)
    moved, variance = as_in_whole(costs, Batching(1 / 16, 1 / 16))
    docs, volume = costs.docs.sum(), costs.bytes.sum()
    true = 400 / 16 * PER_BATCH + PER_DOCUMENT * docs + PER_BYTE * volume
    assert costs.cpu_seconds.sum() > 2 * true
    assert abs(moved.cpu_seconds.sum() - true) < 3 * np.sqrt(variance)
    assert moved.cpu_seconds.sum() == pytest.approx(true, rel=0.2)


def test_rows_of_no_batch_go_by_shards():
    costs = small_batches(20)
    opened = replace(costs, docs=costs.docs * 0, bytes=costs.bytes * 0)
    moved, variance = as_in_whole(opened, Batching(0.5, 0.25))
    assert moved.cpu_seconds == pytest.approx(costs.cpu_seconds / 4)
    assert variance == 0


def test_the_law_of_a_stage_is_that_of_the_whole_and_wider():
    costs = small_batches(400, 0.2)
    plain = fit_cpu_law(costs)
    moved = fit_cpu_law(costs, batching=Batching(1 / 16, 1 / 16))
    assert plain.fit is not None
    assert moved.fit is not None
    assert moved.fit.level < plain.fit.level / 2
    assert moved.fit.level_variance > plain.fit.level_variance


def drawn(record, fraction=0.1, factor=10):
    """The record as that of a random tenth, drawn on the fly from shards of one batch each."""
    run = record.run
    source = SampledFrom(fraction, 6, 100, factor * run.totals.bytes_in, 100)
    rows = [
        {"stage": "sample", "phase": "draw", "shard": f"shard-{n:03d}.jsonl", "batch": 0}
        | {"docs_in": 100, "docs_out": 10, "bytes_in": 1000, "bytes_out": 100}
        for n in range(6)
    ]
    fill = dict.fromkeys(BATCHES.names, 0)
    table = pa.Table.from_pylist([{**fill, **row} for row in rows], BATCHES)
    batches = pa.concat_tables([record.tables["batches"], table])
    return replace(run, design="documents", sampled=source), batches


def test_batches_of_the_whole_are_those_that_were_read_for_it(fabricate):
    record = fabricate(shards=6, batches=1)
    run, batches = drawn(record)
    found = batching_of(run, batches)
    assert found is not None
    assert found.read_whole
    assert found.batches == pytest.approx(0.1)
    assert found.shards == pytest.approx(0.1)


def test_whole_shards_have_the_batches_of_the_whole(fabricate):
    record = fabricate()
    assert batching_of(record.run, record.tables["batches"]) is None


def test_a_sample_in_files_counts_batches_by_the_bytes_of_its_shards(fabricate):
    record = fabricate(shards=6, batches=1)
    run, _ = drawn(record)
    assert run.sampled is not None
    inputs = tuple(replace(each, text_bytes=20_000_000) for each in run.inputs[:3])
    source = replace(run.sampled, inputs=inputs, shards=3)
    found = batching_of(replace(run, sampled=source), record.tables["batches"])
    assert found is not None
    assert not found.read_whole
    assert found.batches == pytest.approx(0.1 * 9 / 6)
