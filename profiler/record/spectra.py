"""Spectrum and incidence of a dedup stage, from its sketches and the groups that were found."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from pipeline.kernels.scripts import SCRIPTS
from pipeline.stages.dedup import open_session, sketch_source
from pipeline.stages.sketches import DOCUMENT_BITS
from profiler.record.schema import INCIDENCE, SPECTRUM
from profiler.tokens import TokenRates


@dataclass(frozen=True, slots=True)
class Resolved:
    """One resolved dedup: its sketches by shard name, and the members array (2, m) that it left."""

    stage: str
    sketches: dict[int, Path]
    shard_names: dict[int, str]
    members: Path


def measure_groups(
    resolved: Resolved, rates: TokenRates, scratch: Path, memory_bytes: int
) -> tuple[pa.Table, pa.Table]:
    """The rows of spectrum.parquet and incidence.parquet of one dedup stage.

    Works in the folder ``scratch``, which is removed, and spills there beyond ``memory_bytes``.
    """
    if not resolved.sketches:
        return SPECTRUM.empty_table(), INCIDENCE.empty_table()
    doc, first = np.load(resolved.members, allow_pickle=False)
    members = pa.table({"doc": doc, "first": first})
    with open_session(scratch, memory_bytes, 1) as session:
        session.register("members", members)
        session.execute(
            "CREATE TEMP TABLE documents AS SELECT s.doc, s.bytes, s.script, "
            f"(s.doc >> {DOCUMENT_BITS})::BIGINT AS shard, coalesce(m.first, s.doc) AS first "
            f"FROM {sketch_source(list(resolved.sketches.values()))} s "
            "LEFT JOIN members m USING (doc)"
        )
        found = _spectrum(session, resolved.stage, rates), _incidence(session, resolved)
    shutil.rmtree(scratch)
    return found


def _spectrum(session: duckdb.DuckDBPyConnection, stage: str, rates: TokenRates) -> pa.Table:
    rows = session.execute(
        "WITH found AS (SELECT count(*) AS size, sum(bytes)::BIGINT AS bytes, "
        "arg_min(bytes, doc) AS kept_bytes, arg_min(script, doc) AS script "
        "FROM documents GROUP BY first) "
        "SELECT size, script, count(*) AS groups, sum(size)::BIGINT AS docs, "
        "sum(bytes)::BIGINT, sum(kept_bytes)::BIGINT FROM found GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    sizes: dict[int, list[tuple[str, int, int, int, int]]] = {}
    for size, script, *sums in rows:
        sizes.setdefault(size, []).append((SCRIPTS[script], *sums))
    out = []
    for size, parts in sizes.items():
        kept = {script: kept_bytes for script, _, _, _, kept_bytes in parts}
        out.append(
            {
                "part": 0,
                "stage": stage,
                "size": size,
                "groups": sum(part[1] for part in parts),
                "docs": sum(part[2] for part in parts),
                "bytes": sum(part[3] for part in parts),
                "kept_bytes": sum(kept.values()),
                "kept_tokens": rates.tokens(kept),
            }
        )
    return pa.Table.from_pylist(out, schema=SPECTRUM)


def _incidence(session: duckdb.DuckDBPyConnection, resolved: Resolved) -> pa.Table:
    session.execute(
        "CREATE TEMP TABLE held AS SELECT first, shard, count(*) AS docs FROM documents "
        "GROUP BY first, shard"
    )
    session.execute(
        "CREATE TEMP TABLE spread AS SELECT first, count(*) AS shards, sum(docs)::BIGINT AS docs "
        "FROM held GROUP BY first"
    )
    whole = session.execute(
        "SELECT shards, count(*), sum(docs)::BIGINT FROM spread GROUP BY shards ORDER BY shards"
    ).fetchall()
    each = session.execute(
        "SELECT shard, shards, count(*), sum(held.docs)::BIGINT FROM held "
        "JOIN spread USING (first) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    rows = [(None, *row) for row in whole]
    rows += [(resolved.shard_names[shard], *row) for shard, *row in each]
    columns = ["part", "stage", "shard", "shards_holding", "groups", "docs"]
    out = [dict(zip(columns, (0, resolved.stage, *row), strict=True)) for row in rows]
    return pa.Table.from_pylist(out, schema=INCIDENCE)
