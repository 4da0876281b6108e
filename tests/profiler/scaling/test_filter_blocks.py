"""Blocks from records: what a run counted is kept, what it did not run is predicted."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tried_records import BLOCK, FILTERS, Tried

from profiler.record.schema import TABLES
from profiler.record.store import Record
from profiler.scaling.filter_blocks import measured_blocks, weighted_to
from profiler.scaling.order import order_cpu_seconds

ORDERS = [tuple(FILTERS[place] for place in order) for order in permutations(range(3))]


def only_block(record, draws=50):
    (block,) = measured_blocks(record, 1, draws)
    return block


def costs_in(block, order):
    places = [block.measured.filters.index(name) for name in order]
    return dict(zip(order, order_cpu_seconds(block.measured, places), strict=True))


@pytest.mark.parametrize("order", ORDERS)
def test_with_all_documents_tried_every_order_is_predicted_exactly(order):
    tried = Tried()
    block = only_block(tried.record())
    assert costs_in(block, order) == pytest.approx(tried.cost(order), rel=1e-6)
    before = 0
    for name in order:
        docs, volume = tried.reaching(order)[name]
        assert block.measured.docs[before] == docs
        assert block.measured.bytes[before] == pytest.approx(volume)
        before |= 1 << FILTERS.index(name)


@pytest.mark.parametrize("shards", [1, 2, 6])
def test_the_order_of_the_run_costs_what_the_run_cost_whatever_was_tried(shards):
    tried = Tried(shards=shards, sampled=0.05, trial_factor=1.7, noise=0.5)
    record = tried.record()
    block = only_block(record)
    measured = {stage.stage: stage.cpu_seconds for stage in record.run.stages}
    assert costs_in(block, FILTERS) == pytest.approx(measured)
    reaching = tried.reaching(FILTERS)
    for place, name in enumerate(FILTERS):
        before = (1 << place) - 1
        assert block.measured.docs[before] == pytest.approx(reaching[name][0])
        assert block.measured.bytes[before] == pytest.approx(reaching[name][1])
    assert block.kind == ("shards" if shards >= 3 else "parts of shards")
    assert block.clusters == (shards if shards >= 3 else 8 * shards)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_subsample_predicts_other_orders_within_a_tenth(seed):
    tried = Tried(sampled=0.05, trial_factor=1.3, noise=0.1, seed=seed)
    block = only_block(tried.record())
    for order in ORDERS:
        predicted = sum(costs_in(block, order).values())
        assert predicted == pytest.approx(sum(tried.cost(order).values()), rel=0.1)


def test_the_interval_holds_the_truth_most_times():
    hits = []
    for seed in range(12):
        tried = Tried(sampled=0.05, noise=0.05, seed=seed, docs=150)
        block = only_block(tried.record(), draws=200)
        truth = 1 - sum(tried.cost(("c", "a", "b")).values()) / sum(tried.cost(FILTERS).values())
        own, other = (
            order_cpu_seconds(block.drawn, order).sum(axis=-1) for order in ((0, 1, 2), (2, 0, 1))
        )
        low, high = np.quantile(1 - other / own, (0.05, 0.95))
        hits.append(low - 0.005 <= truth <= high + 0.005)
    assert sum(hits) >= 9


def test_classes_are_weighted_to_the_run_and_unseen_ones_stand_alone():
    seen = np.array([[5.0, 1.0, 0.0, 3.0]])  # kept, a, b, both: b alone was not met
    whole = np.array([[40.0, 7.0, 100.0]])  # dropped first by a, by b, by none
    assert weighted_to(seen, whole).tolist() == [[100.0, 10.0, 7.0, 30.0]]


@pytest.mark.parametrize("missing", ["joint_verdicts", "filter_costs"])
def test_a_record_that_tried_nothing_has_no_block(missing):
    record = Tried().record()
    tables = record.tables | {missing: TABLES[missing].empty_table()}
    assert measured_blocks(Record(record.run, tables), 1, 10) == ()


def test_shards_of_which_nothing_was_tried_count_in_full():
    tried = Tried(sampled=0.3)
    record = tried.record()
    tables = {
        name: rows.filter(pc.not_equal(rows["shard"], "s0"))
        if name in ("joint_verdicts", "filter_costs")
        else rows
        for name, rows in record.tables.items()
    }
    block = only_block(Record(record.run, tables))
    assert costs_in(block, FILTERS) == pytest.approx(tried.cost(FILTERS))
    assert block.measured.docs[0] == pytest.approx(len(tried.mask))
    order = ("c", "a", "b")
    assert sum(costs_in(block, order).values()) == pytest.approx(
        sum(tried.cost(order).values()), rel=0.05
    )


def test_blocks_of_stages_that_the_run_has_not_are_left_out():
    record = Tried().record()
    rows = record.tables["joint_verdicts"]
    other = rows.set_column(0, rows.schema.field("block"), pa.array(["y+z"] * rows.num_rows))
    both = record.tables | {"joint_verdicts": pa.concat_tables([rows, other])}
    costs = record.tables["filter_costs"]
    moved = costs.set_column(0, costs.schema.field("block"), pa.array(["y+z"] * costs.num_rows))
    both["filter_costs"] = pa.concat_tables([costs, moved])
    (found,) = measured_blocks(Record(record.run, both), 1, 10)
    assert "+".join(found.measured.filters) == BLOCK
