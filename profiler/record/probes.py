"""Probe documents: a seeded sample of those that reached dedup, with the keys to find copies by."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.engines.local.plan import Leg, Plan, Workspace
from pipeline.kernels.mixing import document_ranks, shard_salt
from profiler.record.schema import PROBES

MOST_PROBES = 10_000


def draw_probes(plan: Plan, workspace: Workspace, skipped: set[int]) -> pa.Table:
    """The documents of smallest rank at the first dedup, with digest and band keys.

    A probe that exact dedup dropped, or that has no shingle, has no bands. ``position`` is the
    document's place in its shard.
    """
    dedups: dict[str, Leg] = {
        leg.sketched.kind: leg for leg in reversed(plan.legs) if leg.sketched is not None
    }
    if not dedups:
        return PROBES.empty_table()
    first = min(dedups.values(), key=lambda leg: leg.number)
    drawn: list[pa.Table] = []
    for shard in plan.shards:
        if shard.number in skipped:
            continue
        positions = _sketch(workspace, first, shard.number, ["position"]).column("position")
        values = positions.to_numpy()
        ranks = document_ranks(shard_salt(plan.seed, f"probe\0{shard.name}"), values)
        chosen = np.argsort(ranks, kind="stable")[:MOST_PROBES]
        table = pa.table({"position": values[chosen], "rank": ranks[chosen]})
        table = table.append_column("part", pa.array([0] * len(chosen), pa.int32()))
        table = table.append_column("shard", pa.array([shard.name] * len(chosen), pa.string()))
        table = _with_keys(table, "exact-dedup", "digest", dedups, workspace, shard.number)
        drawn.append(_with_keys(table, "near-dedup", "bands", dedups, workspace, shard.number))
        drawn = [_smallest(pa.concat_tables(drawn))]
    return drawn[0].select(PROBES.names).cast(PROBES) if drawn else PROBES.empty_table()


def _with_keys(
    probes: pa.Table,
    kind: str,
    column: str,
    dedups: dict[str, Leg],
    workspace: Workspace,
    shard: int,
) -> pa.Table:
    """Add the keys that a dedup noted of the probes; null for those that it did not see."""
    field = PROBES.field(column)
    leg = dedups.get(kind)
    if leg is None:
        return probes.append_column(field, pa.nulls(len(probes), field.type))
    names = ["position", "high", "low"] if kind == "exact-dedup" else ["position", "bands"]
    sketch = _sketch(workspace, leg, shard, names)
    places = pc.index_in(probes.column("position"), value_set=sketch.column("position"))
    found = sketch.take(places)
    if kind == "near-dedup":
        return probes.append_column(field, found.column("bands"))
    both = np.stack([_filled(found, "high"), _filled(found, "low")], axis=1).astype(">u8")
    digests = pa.array([row.tobytes() for row in both], pa.binary(16), mask=~_valid(places))
    return probes.append_column(field, digests)


def _filled(table: pa.Table, name: str) -> np.ndarray:
    return table.column(name).fill_null(0).to_numpy().astype(np.uint64)


def _valid(places: pa.ChunkedArray) -> np.ndarray:
    return pc.is_valid(places).to_numpy()


def _sketch(workspace: Workspace, leg: Leg, shard: int, columns: list[str]) -> pa.Table:
    path = workspace.shard(leg.number, shard) / "sketch.parquet"
    return pq.read_table(path, columns=columns, use_threads=False)


def _smallest(table: pa.Table) -> pa.Table:
    return table.sort_by([("rank", "ascending")]).slice(0, MOST_PROBES)
