from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from profiler.record.store import Record
from profiler.scaling.clusters import StageCounts, clusters_of

Fabricate = Callable[..., Record]


def test_shards_are_the_clusters(fabricate: Fabricate) -> None:
    record = fabricate(shards=6, empty_shards=2)
    found = clusters_of(record)
    assert (found.kind, found.count, found.shards) == ("shards", 8, 6)
    rules = found.stages["rules"]
    totals = record.run.stages[0]
    assert rules.docs_in.sum() == totals.docs_in
    assert rules.docs_out.sum() == totals.docs_out
    assert rules.bytes_out.sum() == totals.bytes_out
    assert rules.docs_in[-2:].tolist() == [0, 0]


def test_clusters_agree_with_the_rows_of_a_shard(fabricate: Fabricate) -> None:
    record = fabricate()
    rows = record.tables["batches"].to_pylist()
    mine = [r for r in rows if r["stage"] == "exact" and r["shard"] == "shard-002.jsonl"]
    counts = clusters_of(record).stages["exact"]
    assert counts.docs_in[2] == sum(r["docs_in"] for r in mine if r["phase"] == "apply")
    spent = sum(r["cpu_user_seconds"] + r["cpu_system_seconds"] for r in mine)
    assert counts.cpu_seconds[2] == pytest.approx(spent)


@pytest.mark.parametrize("shards", [1, 2])
def test_batches_stand_in_below_three_shards(fabricate: Fabricate, shards: int) -> None:
    found = clusters_of(fabricate(shards=shards, batches=5, empty_shards=3))
    assert found.kind == "batches"
    assert found.shards == shards
    assert np.count_nonzero(found.stages["rules"].docs_in) == 5 * shards


def test_every_cpu_second_of_a_stage_is_somewhere(fabricate: Fabricate) -> None:
    record = fabricate()
    stages = clusters_of(record).stages
    for totals in record.run.stages:
        counts = stages[totals.stage]
        found = counts.cpu_seconds.sum() + counts.resolve_cpu_seconds + counts.train_cpu_seconds
        assert found == pytest.approx(totals.cpu_seconds)
    assert stages["exact"].resolve_cpu_seconds == pytest.approx(0.5)
    assert stages["quality"].train_cpu_seconds == pytest.approx(2.0)


def test_fixed_rows_are_left_out(fabricate: Fabricate) -> None:
    stages = clusters_of(fabricate()).stages
    assert set(stages) == {"read", "rules", "lines", "intermediate", "exact", "near", "quality"}


def test_text_that_is_read_back_is_counted_once(fabricate: Fabricate) -> None:
    stages = clusters_of(fabricate()).stages
    assert (stages["intermediate"].docs_in == stages["exact"].docs_in).all()


def test_order_of_rows_does_not_matter(fabricate: Fabricate) -> None:
    record = fabricate()
    table = record.tables["batches"]
    shuffled = table.take(pa.array(np.random.default_rng(1).permutation(len(table))))
    again = clusters_of(Record(record.run, {**record.tables, "batches": shuffled}))
    for name, counts in clusters_of(record).stages.items():
        assert (again.stages[name].docs_out == counts.docs_out).all()
        assert again.stages[name].cpu_seconds == pytest.approx(counts.cpu_seconds)


def test_counts_of_two_runs_add() -> None:
    def counts(*docs: int) -> StageCounts:
        numbers = np.array(docs)
        return StageCounts(numbers, numbers, numbers, numbers, numbers * 1.0, 1.0, 2.0)

    left = (counts(1) + counts(2, 3)) + counts(4)
    right = counts(1) + (counts(2, 3) + counts(4))
    assert left.docs_in.tolist() == right.docs_in.tolist() == [1, 2, 3, 4]
    assert left.resolve_cpu_seconds == right.resolve_cpu_seconds == 3.0
