"""What a run itself says of the filters of a block, shard by shard: drops, CPU, batches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.recipes.recipe import DEDUP_KINDS
from profiler.record.store import Record
from profiler.scaling.batch_costs import BatchCosts, batch_costs, without_warming
from profiler.scaling.clusters import clusters_of
from profiler.scaling.quantity import Draws
from profiler.scaling.ratio import MAX_BOOTSTRAP_COLUMNS

TRANSFORM_KINDS = ("c4-lines",)
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Flows:
    """What the run itself says of each filter (rows) in each shard (columns).

    ``docs`` and ``bytes`` have one row more, for what the last filter left: before it, what each
    filter dropped. ``calls`` are batches by shard, ``present`` documents in all of them.
    """

    docs: Draws
    bytes: Draws
    cpu_seconds: Draws
    calls: Draws
    present: float


def flows_of(record: Record, filters: tuple[str, ...], shards: tuple[str, ...]) -> Flows:
    """Sums over the batches of each shard; beyond 256, shards i, i + 256, … share a column."""
    batches = record.tables["batches"]
    rows = batches.filter(pc.equal(batches["phase"], "judge"))
    rows = rows.filter(pc.is_in(rows["shard"], value_set=pa.array(shards, pa.string())))
    costs = batch_costs(batches, clusters_of(record), record.run.workers)
    columns = min(len(shards), MAX_BOOTSTRAP_COLUMNS)

    def sums(name: str, *added: str) -> Draws:
        mine = rows.filter(pc.equal(rows["stage"], name))
        values = sum((mine[column].to_numpy() for column in added), np.zeros(mine.num_rows))
        found = np.bincount(shard_places(mine, shards) % columns, values, minlength=columns)
        return found.astype(np.float64)

    def dropped(unit: str) -> Draws:
        lost = [sums(name, f"{unit}_in") - sums(name, f"{unit}_out") for name in filters]
        return np.stack([*lost, sums(filters[-1], f"{unit}_out")])

    spent = [
        sums(name, "cpu_user_seconds", "cpu_system_seconds") * _warm_share(costs[name])
        for name in filters
    ]
    first = rows.filter(pc.equal(rows["stage"], filters[0]))
    calls = np.bincount(shard_places(first, shards) % columns, minlength=columns)
    return Flows(
        dropped("docs"),
        dropped("bytes"),
        np.stack(spent),
        calls.astype(np.float64),
        float(_present(record, filters[0])),
    )


def shards_of(record: Record, stage: str) -> tuple[str, ...]:
    """Shards that a filter was run over, sorted."""
    batches = record.tables["batches"]
    rows = batches.filter(
        pc.and_(pc.equal(batches["stage"], stage), pc.equal(batches["phase"], "judge"))
    )
    return tuple(sorted(rows["shard"].unique().to_pylist()))


def shard_places(rows: pa.Table, shards: tuple[str, ...]) -> Places:
    """The number of each row's shard."""
    names = rows["shard"].combine_chunks()
    return pc.index_in(names, value_set=pa.array(shards, pa.string())).to_numpy().astype(np.int64)


def _warm_share(costs: BatchCosts) -> float:
    """CPU without warming over all CPU of a stage."""
    spent = float(costs.cpu_seconds.sum())
    return 1 - without_warming(costs).set_aside_cpu_seconds / spent if spent > 0 else 1.0


def _present(record: Record, first: str) -> int:
    """Documents in the batches that a block gets, dropped ones too: those of the last text file."""
    present, rewritten = record.run.totals.docs_in, True  # the first leg always leaves a file
    for stage in record.run.stages:
        if stage.stage == first:
            break
        rewritten |= stage.kind in TRANSFORM_KINDS
        if stage.kind in DEDUP_KINDS and rewritten:
            present, rewritten = stage.docs_in, False
    return present
