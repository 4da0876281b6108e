from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from profiler.record.schema import BATCHES
from profiler.scaling.batch_costs import BatchCosts, batch_costs, without_warming
from profiler.scaling.clusters import clusters_of


def costs_by_shard(rates: list[list[float]], cold: int = 1) -> BatchCosts:
    """Batches of 1 MB at the given CPU-seconds per MB, one list per shard."""
    places = np.repeat(np.arange(len(rates)), [len(shard) for shard in rates])
    first = np.concatenate([np.arange(len(shard)) == 0 for shard in rates])
    cpu = np.concatenate([np.array(shard) for shard in rates])
    volume = np.full(len(cpu), 1e6)
    return BatchCosts(places, first, first & (places < cold), volume / 1000, volume, cpu)


def test_sums_are_those_of_the_clusters(fabricate):
    record = fabricate()
    clusters = clusters_of(record)
    found = batch_costs(record.tables["batches"], clusters)
    assert set(found) == {"read", "intermediate", *(stage.stage for stage in record.run.stages)}
    for name, costs in found.items():
        counts = clusters.stages[name]
        for mine, theirs in (
            (costs.docs, counts.docs_in),
            (costs.bytes, counts.bytes_in),
            (costs.cpu_seconds, counts.cpu_seconds),
        ):
            assert np.bincount(costs.clusters, mine) == pytest.approx(theirs)


def test_batches_are_the_clusters_of_few_shards(fabricate):
    record = fabricate(shards=2, batches=3)
    clusters = clusters_of(record)
    assert clusters.kind == "batches"
    costs = batch_costs(record.tables["batches"], clusters)["rules"]
    assert len(set(costs.clusters)) == len(costs.clusters) >= 6


def test_resolve_training_and_fixed_rows_are_left_out(fabricate):
    record = fabricate()
    table = record.tables["batches"]
    placed = table.filter(pc.and_(pc.is_valid(table["shard"]), pc.equal(table["stage"], "exact")))
    cpu = pc.sum(pc.add(placed["cpu_user_seconds"], placed["cpu_system_seconds"])).as_py()
    costs = batch_costs(table, clusters_of(record))
    assert costs["exact"].cpu_seconds.sum() == pytest.approx(cpu)
    assert not {"jit", "profiling", "start-up"} & set(costs)


def test_no_rows_are_no_costs(fabricate):
    assert batch_costs(pa.table(BATCHES.empty_table()), clusters_of(fabricate())) == {}


def test_a_first_batch_of_all_that_warms_up_is_cut_to_the_usual():
    costs = costs_by_shard([[9.0, 1.0], [1.1, 1.0], [1.0, 1.0], [0.9, 1.0]])
    warm = without_warming(costs)
    assert warm.cpu_seconds[0] == pytest.approx(1.0)
    assert warm.set_aside_cpu_seconds == pytest.approx(8.0)
    assert warm.cpu_seconds[1:].tolist() == costs.cpu_seconds[1:].tolist()


def test_first_batches_that_are_all_dearer_stay():
    costs = costs_by_shard([[2.1, 1.0], [2.0, 1.0], [1.9, 1.0], [2.0, 1.0]])
    assert without_warming(costs).set_aside_cpu_seconds == 0


def test_a_later_batch_that_was_disturbed_stays():
    costs = costs_by_shard([[1.0, 1.0], [9.0, 1.0], [1.0, 9.0], [0.9, 1.0]])
    assert without_warming(costs).set_aside_cpu_seconds == 0


def test_each_worker_may_warm_up():
    rates = [[9.0, 1.0], [8.0, 1.0], [1.0, 1.0], [0.9, 1.0], [1.1, 1.0]]
    assert without_warming(costs_by_shard(rates, cold=2)).set_aside_cpu_seconds == pytest.approx(15)


def test_in_one_shard_only_a_large_excess_counts():
    assert without_warming(costs_by_shard([[2.0, 1.0, 1.0, 1.1]])).set_aside_cpu_seconds == 0
    warm = without_warming(costs_by_shard([[9.0, 1.0, 1.0, 1.1]]))
    assert warm.set_aside_cpu_seconds == pytest.approx(8.0)
