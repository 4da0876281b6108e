"""Spectrum and incidence of dedup stages, from their sketches and the groups that were found."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from pipeline.kernels.scripts import SCRIPTS
from pipeline.stages.dedup import open_session, sketch_source
from pipeline.stages.sketches import DOCUMENT_BITS
from profiler.record.schema import INCIDENCE, LARGEST_SIZE_TOLD, SPECTRUM, joint_stage
from profiler.tokens import TokenRates

_SHARD = f"(s.doc >> {DOCUMENT_BITS})::BIGINT"


@dataclass(frozen=True, slots=True)
class Resolved:
    """One resolved dedup: its sketches by shard, and the members array (2, m) that it left.

    ``texts`` are the files by shard that hold the text of what was sketched, as it was sketched.
    """

    stage: str
    sketches: dict[int, Path]
    shard_names: dict[int, str]
    members: Path
    texts: dict[int, Path] = field(default_factory=dict)


def measure_groups(
    chain: Sequence[Resolved], rates: TokenRates, scratch: Path, memory_bytes: int
) -> tuple[pa.Table, pa.Table]:
    """The rows of spectrum.parquet and incidence.parquet of the groups that a chain makes.

    One dedup has rows of its own name. Several that follow one another directly, in their order,
    have rows of ``joint_stage(last)``: documents that entered the first, in one group when the
    last keeps the same document for them. Works in the folder ``scratch``, which is removed, and
    spills there beyond ``memory_bytes``.
    """
    if not chain[0].sketches:
        return SPECTRUM.empty_table(), INCIDENCE.empty_table()
    stage = chain[0].stage if len(chain) == 1 else joint_stage(chain[-1].stage)
    with open_session(scratch, memory_bytes, 1) as session:
        _group(session, chain[0])
        for following in chain[1:]:
            _regroup(session, following)
        found = _spectrum(session, stage, rates), _incidence(session, stage, chain[0].shard_names)
    shutil.rmtree(scratch)
    return found


def _group(session: duckdb.DuckDBPyConnection, resolved: Resolved) -> None:
    """Make the table ``documents``: what was sketched, each with the first of its group."""
    _register_members(session, resolved)
    session.execute(
        "CREATE TEMP TABLE documents AS SELECT s.doc, s.position, s.bytes, s.script, "
        f"{_SHARD} AS shard, coalesce(m.first, s.doc) AS first "
        f"FROM {sketch_source(list(resolved.sketches.values()))} s "
        "LEFT JOIN members m USING (doc)"
    )


def _regroup(session: duckdb.DuckDBPyConnection, resolved: Resolved) -> None:
    """Join the groups of ``documents`` whose kept documents ``resolved`` finds equal.

    A kept document has another number in the next sketch; its place in its shard stays.
    """
    _register_members(session, resolved)
    session.execute(
        "CREATE TEMP TABLE heads AS SELECT d.first AS old, coalesce(m.first, s.doc) AS first "
        f"FROM {sketch_source(list(resolved.sketches.values()))} s "
        f"JOIN documents d ON d.shard = {_SHARD} AND d.position = s.position "
        "LEFT JOIN members m ON m.doc = s.doc"
    )
    session.execute(
        "CREATE TEMP TABLE regrouped AS SELECT d.doc, d.position, d.bytes, d.script, d.shard, "
        "h.first FROM documents d JOIN heads h ON h.old = d.first"
    )
    session.execute("DROP TABLE heads; DROP TABLE documents")
    session.execute("ALTER TABLE regrouped RENAME TO documents")


def _register_members(session: duckdb.DuckDBPyConnection, resolved: Resolved) -> None:
    doc, first = np.load(resolved.members, allow_pickle=False)
    session.register("members", pa.table({"doc": doc, "first": first}))


def _spectrum(session: duckdb.DuckDBPyConnection, stage: str, rates: TokenRates) -> pa.Table:
    rows = session.execute(
        "WITH found AS (SELECT count(*) AS size, sum(bytes)::BIGINT AS bytes, "
        "arg_min(bytes, doc) AS kept_bytes, arg_min(script, doc) AS script "
        "FROM documents GROUP BY first) "
        "SELECT size, script, count(*) AS groups, sum(size)::BIGINT AS docs, "
        "sum(bytes)::BIGINT, sum(kept_bytes)::BIGINT, sum(kept_bytes::HUGEINT * kept_bytes) "
        "FROM found GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    sizes: dict[int, list[tuple[str, int, int, int, int, int]]] = {}
    for size, script, *sums in rows:
        sizes.setdefault(size, []).append((SCRIPTS[script], *sums))
    out = []
    for size, parts in sizes.items():
        kept = {script: kept_bytes for script, _, _, _, kept_bytes, _ in parts}
        out.append(
            {
                "part": 0,
                "stage": stage,
                "size": size,
                "groups": sum(part[1] for part in parts),
                "docs": sum(part[2] for part in parts),
                "bytes": sum(part[3] for part in parts),
                "kept_bytes": sum(kept.values()),
                # Whole numbers up to here: a sum of floats would hang on its order.
                "kept_bytes_squares": float(sum(part[5] for part in parts)),
                "kept_tokens": rates.tokens(kept),
            }
        )
    return pa.Table.from_pylist(out, schema=SPECTRUM)


def _incidence(
    session: duckdb.DuckDBPyConnection, stage: str, shard_names: dict[int, str]
) -> pa.Table:
    session.execute(
        "CREATE TEMP TABLE held AS SELECT first, shard, count(*) AS docs FROM documents "
        "GROUP BY first, shard"
    )
    session.execute(
        "CREATE TEMP TABLE spread AS SELECT first, count(*) AS shards, sum(docs)::BIGINT AS docs "
        "FROM held GROUP BY first"
    )
    whole = session.execute(
        f"SELECT least(docs, {LARGEST_SIZE_TOLD + 1}) AS size, NULL, shards, count(*), "
        "sum(docs)::BIGINT FROM spread GROUP BY size, shards ORDER BY size, shards"
    ).fetchall()
    each = session.execute(
        "SELECT NULL, shard, shards, count(*), sum(held.docs)::BIGINT FROM held "
        "JOIN spread USING (first) GROUP BY shard, shards ORDER BY shard, shards"
    ).fetchall()
    columns = ["size", "shard", "shards_holding", "groups", "docs"]
    rows = [dict(zip(columns, row, strict=True)) for row in whole + each]
    named = {None: None} | shard_names
    out = [{"part": 0, "stage": stage} | row | {"shard": named[row["shard"]]} for row in rows]
    return pa.Table.from_pylist(out, schema=INCIDENCE)
