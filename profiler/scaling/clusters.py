"""What the record says of each sampling cluster: documents, bytes and CPU of every stage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from profiler.record.schema import FIXED_ROWS
from profiler.record.store import Record

FUNNEL_PHASES = ("read", "judge", "rewrite", "apply", "write")
ONCE_ROWS = ("start-up", "jit", "exit", "coordinate")  # fixed rows that a run of any size has
MIN_SHARDS = 3


@dataclass(frozen=True, slots=True)
class StageCounts:
    """Counts of one stage, one entry per cluster, shape (k,); bytes are UTF-8 text.

    ``cpu_seconds`` is of the phases that go over documents. Of no cluster are
    ``resolve_cpu_seconds``, over all keys at once, and ``train_cpu_seconds``, of training a model.
    """

    docs_in: npt.NDArray[np.int64]
    docs_out: npt.NDArray[np.int64]
    bytes_in: npt.NDArray[np.int64]
    bytes_out: npt.NDArray[np.int64]
    cpu_seconds: npt.NDArray[np.float64]
    resolve_cpu_seconds: float = 0.0
    train_cpu_seconds: float = 0.0

    def __add__(self, other: StageCounts) -> StageCounts:
        """Counts of the clusters of both; neither may be in the other."""
        return StageCounts(
            np.concatenate([self.docs_in, other.docs_in]),
            np.concatenate([self.docs_out, other.docs_out]),
            np.concatenate([self.bytes_in, other.bytes_in]),
            np.concatenate([self.bytes_out, other.bytes_out]),
            np.concatenate([self.cpu_seconds, other.cpu_seconds]),
            self.resolve_cpu_seconds + other.resolve_cpu_seconds,
            self.train_cpu_seconds + other.train_cpu_seconds,
        )


@dataclass(frozen=True, slots=True)
class Clusters:
    """The clusters of a record, "shards" or "batches", and the counts of its stages by name."""

    kind: str
    count: int
    shards: int
    stages: dict[str, StageCounts]


def clusters_of(record: Record) -> Clusters:
    """Shards as clusters, or their batches where fewer than three shards hold documents.

    Fixed rows are left out, whether it is their stage or their phase that has such a name.
    """
    rows = _scaled_rows(record.tables["batches"])
    placed = rows.filter(pc.is_valid(rows["shard"]))
    holding = placed.filter(pc.greater(placed["docs_in"], 0))
    shards = pc.count_distinct(holding["shard"]).as_py()
    kind = "shards" if shards >= MIN_SHARDS else "batches"
    keys = _cluster_keys(placed, kind)
    stages = {
        name: _stage_counts(rows, placed, keys, name)
        for name in sorted(rows["stage"].unique().to_pylist())
    }
    return Clusters(kind, len(keys.dictionary), shards, stages)


def _scaled_rows(batches: pa.Table) -> pa.Table:
    """Rows of the recipe's stages and of the carriers, with user and system CPU in one column."""
    fixed = pa.array([row for row in FIXED_ROWS if row != "train"], pa.string())
    named_so = pc.or_(
        pc.is_in(batches["stage"], value_set=pa.array(FIXED_ROWS, pa.string())),
        pc.is_in(batches["phase"], value_set=fixed),
    )
    rows = batches.filter(pc.invert(named_so))
    cpu = pc.add(rows["cpu_user_seconds"], rows["cpu_system_seconds"])
    return rows.append_column("cpu_seconds", cpu)


def _cluster_keys(placed: pa.Table, kind: str) -> pa.DictionaryArray:
    """The cluster of every row; the same clusters, in the same order, for all stages."""
    keys = placed["shard"]
    if kind == "batches":
        batch = pc.fill_null(pc.cast(placed["batch"], pa.string()), "-")
        keys = pc.binary_join_element_wise(keys, batch, "\n")
    ordered = pc.sort_indices(keys)
    names = keys.take(ordered).combine_chunks().unique()
    return pa.DictionaryArray.from_arrays(
        pc.index_in(keys.combine_chunks(), value_set=names), names
    )


def _stage_counts(
    rows: pa.Table, placed: pa.Table, keys: pa.DictionaryArray, stage: str
) -> StageCounts:
    clusters = keys.indices.to_numpy(zero_copy_only=False)
    phases = placed["phase"]
    mine = pc.equal(placed["stage"], stage)
    trained = pc.equal(phases, "train")
    funnel = ("write",) if stage == "intermediate" else FUNNEL_PHASES
    counted = _mask(pc.and_(mine, pc.is_in(phases, value_set=pa.array(funnel))))
    worked = _mask(pc.and_(mine, pc.invert(trained)))

    def total(column: str) -> npt.NDArray[np.int64]:
        sums = np.zeros(len(keys.dictionary), np.int64)
        np.add.at(sums, clusters[counted], placed[column].to_numpy()[counted])
        return sums

    cpu = placed["cpu_seconds"].to_numpy()
    spent = np.bincount(clusters[worked], cpu[worked], minlength=len(keys.dictionary))
    whole = rows.filter(pc.equal(rows["stage"], stage))
    trained_rows = pc.equal(whole["phase"], "train")
    apart = pc.and_(pc.is_null(whole["shard"]), pc.invert(trained_rows))
    return StageCounts(
        total("docs_in"),
        total("docs_out"),
        total("bytes_in"),
        total("bytes_out"),
        spent.astype(np.float64),
        _seconds(whole.filter(apart)),
        _seconds(whole.filter(trained_rows)),
    )


def _mask(condition: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    return condition.to_numpy()


def _seconds(rows: pa.Table) -> float:
    return float(pc.sum(rows["cpu_seconds"]).as_py() or 0.0)
