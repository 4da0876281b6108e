"""Adding records: what was counted adds by name; spectra stay apart, since copies are unseen."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TypeVar

import pyarrow as pa

from pipeline.errors import RunError
from profiler.inspection import smallest_ranks
from profiler.record.sample import sum_of_sources
from profiler.record.schema import (
    TABLES,
    Design,
    IntermediateFiles,
    Run,
    StageTotals,
    State,
    Totals,
)
from profiler.record.store import Record

K = TypeVar("K", bound=Hashable)
V = TypeVar("V", int, float)

# Tables that are sums: the columns that name a row. The other columns add.
_SUMS = {
    "drops": ("stage", "shard", "reason", "lang", "source"),
    "lengths": ("stage", "bin"),
    "alone": ("stage", "reason"),
    "joint_verdicts": ("block", "shard", "part", "dropped_by"),
    "filter_costs": ("block", "stage", "component", "group", "shard", "part"),
}
_APART = ("spectrum", "incidence", "probes", "groups")


def add(a: Record, b: Record) -> Record:
    """The record of both; associative, and merged by name.

    Raises RunError for records of different recipes.
    """
    if a.run.recipe != b.run.recipe:
        raise RunError(
            f"records of recipes {a.run.recipe['name']!r} and {b.run.recipe['name']!r} do not add; "
            "profile both with the same recipe"
        )
    tables = {name: _sum_table(name, a.tables[name], b.tables[name]) for name in _SUMS}
    tables["batches"] = pa.concat_tables([a.tables["batches"], b.tables["batches"]])
    tables["dropped"] = smallest_ranks([a.tables["dropped"], b.tables["dropped"]])
    for name in _APART:
        tables[name] = pa.concat_tables([a.tables[name], _shifted(b.tables[name], a.run.parts)])
    return Record(_sum_run(a.run, b.run), {name: tables[name] for name in TABLES})


def _sum_run(a: Run, b: Run) -> Run:
    return dataclasses.replace(
        a,
        state=_worse(a.state, b.state),
        design=_looser(a.design, b.design),
        inputs=a.inputs + b.inputs,
        workers=max(a.workers, b.workers),
        started_at=min(a.started_at, b.started_at),
        wall_seconds=a.wall_seconds + b.wall_seconds,
        stages=tuple(_sum_stage(x, y) for x, y in zip(a.stages, b.stages, strict=True)),
        other_cpu_seconds=_sum_values(a.other_cpu_seconds, b.other_cpu_seconds),
        totals=_sum_totals(a.totals, b.totals),
        meter=_sum_meter(a.meter, b.meter),
        compression=_sum_values(a.compression, b.compression),
        unreadable_places=a.unreadable_places + b.unreadable_places,
        skipped_shards={**a.skipped_shards, **b.skipped_shards},
        warnings=_distinct(a.warnings + b.warnings),
        ledger={},
        parts=a.parts + b.parts,
        sampled=sum_of_sources(a, b),
        intermediate_files=_sum_files(a.intermediate_files + b.intermediate_files),
        growth=(),
    )


def _sum_stage(a: StageTotals, b: StageTotals) -> StageTotals:
    if a.stage != b.stage:
        raise RunError(f"stages {a.stage!r} and {b.stage!r} stand at the same place of a recipe")
    return StageTotals(
        stage=a.stage,
        kind=a.kind,
        docs_in=a.docs_in + b.docs_in,
        docs_out=a.docs_out + b.docs_out,
        bytes_in=a.bytes_in + b.bytes_in,
        bytes_out=a.bytes_out + b.bytes_out,
        edited_bytes=a.edited_bytes + b.edited_bytes,
        tokens_in=_known(a.tokens_in, b.tokens_in, _plus),
        tokens_out=_known(a.tokens_out, b.tokens_out, _plus),
        cpu_seconds=a.cpu_seconds + b.cpu_seconds,
        phase_cpu_seconds=_sum_values(a.phase_cpu_seconds, b.phase_cpu_seconds),
        peak_rss_bytes=_known(a.peak_rss_bytes, b.peak_rss_bytes, max),
        drops=_sum_values(a.drops, b.drops),
    )


def _sum_totals(a: Totals, b: Totals) -> Totals:
    return Totals(
        docs_in=a.docs_in + b.docs_in,
        docs_out=a.docs_out + b.docs_out,
        bytes_in=a.bytes_in + b.bytes_in,
        bytes_out=a.bytes_out + b.bytes_out,
        stored_bytes=a.stored_bytes + b.stored_bytes,
        tokens_in=_known(a.tokens_in, b.tokens_in, _plus),
        tokens_out=_known(a.tokens_out, b.tokens_out, _plus),
        cpu_seconds=a.cpu_seconds + b.cpu_seconds,
        os_cpu_seconds=a.os_cpu_seconds + b.os_cpu_seconds,
        unattributed_cpu_seconds=a.unattributed_cpu_seconds + b.unattributed_cpu_seconds,
        wall_seconds=a.wall_seconds + b.wall_seconds,
        unreadable_records=_sum_values(a.unreadable_records, b.unreadable_records),
        unreadable_bytes=_sum_values(a.unreadable_bytes, b.unreadable_bytes),
    )


def _sum_files(files: tuple[IntermediateFiles, ...]) -> tuple[IntermediateFiles, ...]:
    sums: dict[tuple[str, str, int | None], IntermediateFiles] = {}
    for each in files:
        key = (each.name, each.stage, each.leg)
        present = sums.get(key)
        sums[key] = each if present is None else _sum_file(present, each)
    return tuple(sums.values())


def _sum_file(a: IntermediateFiles, b: IntermediateFiles) -> IntermediateFiles:
    return dataclasses.replace(
        a,
        files=a.files + b.files,
        bytes=a.bytes + b.bytes,
        docs=a.docs + b.docs,
        text_bytes=a.text_bytes + b.text_bytes,
    )


def _sum_meter(a: Mapping[str, float], b: Mapping[str, float]) -> dict[str, float]:
    sums = _sum_values(a, b)
    if sums.get("calls"):
        sums["seconds_per_call"] = sums["cpu_seconds"] / sums["calls"]
    return sums


def _sum_table(name: str, a: pa.Table, b: pa.Table) -> pa.Table:
    """Rows of the same name are one row; a sum with an unknown part is unknown."""
    keys = list(_SUMS[name])
    schema = TABLES[name]
    values = [column for column in schema.names if column not in keys]
    rows: dict[tuple[object, ...], dict[str, float | None]] = {}
    for row in pa.concat_tables([a, b]).to_pylist():
        key = tuple(row[column] for column in keys)
        present = rows.get(key)
        new = {column: row[column] for column in values}
        rows[key] = (
            new if present is None else {c: _known(present[c], new[c], _plus) for c in values}
        )
    named = [dict(zip(keys, key, strict=True)) | value for key, value in rows.items()]
    named.sort(key=lambda row: [(row[k] is not None, row[k]) for k in keys])
    return pa.Table.from_pylist(named, schema=schema)


def _shifted(table: pa.Table, parts: int) -> pa.Table:
    shifted = pa.array([part + parts for part in table.column("part").to_pylist()], pa.int32())
    return table.set_column(0, table.schema.field("part"), shifted)


def _sum_values(a: Mapping[K, V], b: Mapping[K, V]) -> dict[K, V]:
    return {key: a.get(key, 0) + b.get(key, 0) for key in _distinct((*a, *b))}


def _known(a: V | None, b: V | None, join: Callable[[V, V], V]) -> V | None:
    return None if a is None or b is None else join(a, b)


def _plus(a: V, b: V) -> V:
    return a + b


def _worse(a: State, b: State) -> State:
    order: tuple[State, ...] = ("complete", "partial", "failed")
    return max(a, b, key=order.index)


def _looser(a: Design, b: Design) -> Design:
    """The design that says less of how its documents relate to the whole."""
    order: tuple[Design, ...] = ("documents", "shards", "block")
    return max(a, b, key=order.index)


def _distinct(values: Iterable[K]) -> tuple[K, ...]:
    return tuple(dict.fromkeys(values))
