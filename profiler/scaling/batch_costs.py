"""CPU-seconds, documents and bytes of every stage, batch by batch, from batches.parquet."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from profiler.record.schema import FIXED_ROWS
from profiler.scaling.clusters import FUNNEL_PHASES, Clusters

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

NO_BATCH = -1  # rows of a shard that are of no batch: opening, closing
WARM_FACTOR = 1.5  # a first batch must cost this much more than the others' to have been warming
WARM_FACTOR_ALONE = 3.0  # where there is no other first batch to compare it with
WARM_DEVIATIONS = 4.0
MIN_OTHERS = 3


@dataclass(frozen=True, slots=True)
class BatchCosts:
    """One stage: an entry per batch, arrays of shape (n,). All stages of a record have the same.

    ``clusters`` numbers the sampling cluster of each batch; rows of a shard that are of no batch
    stand as a batch without documents. ``first`` is a batch that begins its shard, ``cold`` one
    that a process may have begun with. ``set_aside_cpu_seconds`` was taken off as warming.
    """

    clusters: Integers
    first: npt.NDArray[np.bool_]
    cold: npt.NDArray[np.bool_]
    docs: Floats
    bytes: Floats
    cpu_seconds: Floats
    set_aside_cpu_seconds: float = 0.0

    def carried(self, volumes: BatchCosts) -> BatchCosts:
        """The same CPU over the documents and bytes of another stage."""
        return replace(self, docs=volumes.docs, bytes=volumes.bytes)


def batch_costs(batches: pa.Table, clusters: Clusters, workers: int = 1) -> dict[str, BatchCosts]:
    """Costs of all stages that go over documents, by name; fixed rows and training are left out.

    A batch is a shard's batch number, whatever the pass over the shard. ``clusters`` of the same
    record say whether shards or batches are the sampling clusters.
    """
    rows = _summed(batches)
    if not rows.num_rows:
        return {}
    cells, shards, numbers = _cells(rows)
    first = numbers == 0
    cold = first & (shards < workers)
    places = np.unique(shards, return_inverse=True)[1]
    if clusters.kind == "batches":
        places = np.arange(len(shards))
    stages = rows["stage"].to_numpy(zero_copy_only=False)
    count = len(shards)

    def spread(name: str, mine: npt.NDArray[np.bool_]) -> Floats:
        values = rows[name].to_numpy()[mine]
        return np.bincount(cells[mine], values, minlength=count).astype(np.float64)

    found = {}
    for stage in sorted(set(stages)):
        mine = stages == stage
        docs, volume, cpu = (spread(name, mine) for name in ("docs", "bytes", "cpu_seconds"))
        found[stage] = BatchCosts(places, first, cold, docs, volume, cpu)
    return found


def without_warming(costs: BatchCosts) -> BatchCosts:
    """Take off what a process spent on warming up in its first batch of all.

    Such a batch is compared with the first batches of other shards, since the first batch of a
    shard may well be the dearer one everywhere (it reads the first row group); where there are
    too few, with all others, and then only a factor of 3 counts. What is beyond the usual cost is
    set aside: a run of any size pays it once for each process.
    """
    usable = costs.bytes > 0
    cold = np.flatnonzero(costs.cold & usable)
    others = np.flatnonzero(usable & costs.first & ~costs.cold)
    factor = WARM_FACTOR
    if len(others) < MIN_OTHERS:
        others, factor = np.flatnonzero(usable & ~costs.cold), WARM_FACTOR_ALONE
    if not len(cold) or len(others) < MIN_OTHERS:
        return costs
    rates = costs.cpu_seconds[others] / costs.bytes[others]
    usual = float(np.median(rates))
    if usual <= 0:
        return costs
    logs = np.log(np.maximum(rates, usual * 1e-6) / usual)
    limit = usual * max(factor, np.exp(WARM_DEVIATIONS * 1.4826 * np.median(np.abs(logs))))
    cpu = costs.cpu_seconds.copy()
    warming = cold[cpu[cold] > limit * costs.bytes[cold]]
    cpu[warming] = usual * costs.bytes[warming]
    taken = float(costs.cpu_seconds.sum() - cpu.sum())
    return replace(costs, cpu_seconds=cpu, set_aside_cpu_seconds=taken)


def _summed(batches: pa.Table) -> pa.Table:
    """CPU, documents and bytes by stage, shard and batch; volumes are those of the funnel phase."""
    fixed = pa.array(FIXED_ROWS, pa.string())
    apart = pc.or_(
        pc.is_in(batches["stage"], value_set=fixed), pc.is_in(batches["phase"], value_set=fixed)
    )
    rows = batches.filter(pc.and_(pc.invert(apart), pc.is_valid(batches["shard"])))
    funnel = pc.is_in(rows["phase"], value_set=pa.array(FUNNEL_PHASES))
    carrier = pc.equal(rows["stage"], "intermediate")
    counted = pc.if_else(carrier, pc.equal(rows["phase"], "write"), funnel)
    columns = {
        "stage": rows["stage"],
        "shard": rows["shard"],
        "batch": pc.fill_null(rows["batch"], NO_BATCH),
        "docs": pc.if_else(counted, rows["docs_in"], 0),
        "bytes": pc.if_else(counted, rows["bytes_in"], 0),
        "cpu_seconds": pc.add(rows["cpu_user_seconds"], rows["cpu_system_seconds"]),
    }
    grouped = pa.table(columns).group_by(["stage", "shard", "batch"], use_threads=False)
    sums = grouped.aggregate([(name, "sum") for name in ("docs", "bytes", "cpu_seconds")])
    return sums.rename_columns(["stage", "shard", "batch", "docs", "bytes", "cpu_seconds"])


def _cells(rows: pa.Table) -> tuple[Integers, Integers, Integers]:
    """The cell of each row, and each cell's shard number (by name) and batch number."""
    names = rows["shard"].to_numpy(zero_copy_only=False)
    shards = np.unique(names, return_inverse=True)[1].astype(np.int64)
    keys = np.stack([shards, rows["batch"].to_numpy().astype(np.int64)])
    cells, places = np.unique(keys, axis=1, return_inverse=True)
    return places.ravel().astype(np.int64), cells[0], cells[1]
