"""What a record says, as rows that every view prints: funnel, CPU, reasons, duplicates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from profiler.record.schema import (
    CARRIER_ROWS,
    OVER_DOCUMENTS,
    Growth,
    Run,
    StageTotals,
    joint_stage,
)
from profiler.record.store import Record

READ = CARRIER_ROWS[0]
DEDUP_PHASES = ("sketch", "resolve", "apply")
DEDUP_KINDS = ("exact-dedup", "near-dedup")


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """One stage that documents pass; bytes are UTF-8 text, shares are kept over received.

    ``of_pool`` compares with what entered the first stage. A share is None where nothing came in,
    or where tokens are unknown.
    """

    stage: str
    kind: str
    docs_in: int
    docs_out: int
    bytes_in: int
    bytes_out: int
    edited_bytes: int
    tokens_in: float | None
    tokens_out: float | None
    docs_kept: float | None
    bytes_kept: float | None
    tokens_kept: float | None
    docs_of_pool: float | None
    bytes_of_pool: float | None
    tokens_of_pool: float | None


@dataclass(frozen=True, slots=True)
class CpuRow:
    """CPU of one stage. ``share`` is of all CPU of the run as the operating system counted it.

    ``phases`` are CPU-seconds of the sketch, resolve and apply of a dedup, else empty;
    ``fixed`` rows belong to no stage and are not scaled. ``exponent`` is how CPU over documents
    grew within the run, with its standard error; None where the run cannot tell.
    """

    stage: str
    cpu_seconds: float
    share: float | None
    mb_per_cpu_second: float | None
    peak_rss_bytes: int | None
    phases: dict[str, float]
    fixed: bool
    exponent: float | None = None
    exponent_error: float | None = None


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """One rule of one stage: documents and text bytes that it dropped, as the order of rules fell.

    ``share`` is of the documents that reached the stage. ``alone_docs`` and ``alone_bytes`` are
    the shares that the rule hits when it is tried on every document of the seeded subsample.
    """

    stage: str
    reason: str
    docs: int
    bytes: int | None
    share: float | None
    alone_docs: float | None
    alone_bytes: float | None


@dataclass(frozen=True, slots=True)
class AloneRow:
    """Retention of one filter: on what reached it, and alone on the seeded subsample."""

    stage: str
    docs_in_order: float | None
    bytes_in_order: float | None
    docs_alone: float | None
    bytes_alone: float | None
    docs_seen: int


@dataclass(frozen=True, slots=True)
class SizeRow:
    """Duplicate groups of one dedup stage with ``smallest`` to ``largest`` members.

    ``label`` says it in words where ``stage`` names several dedups that follow one another: groups
    that they make together, of the documents that entered the first.
    """

    stage: str
    label: str
    smallest: int
    largest: int
    groups: int
    docs: int
    bytes: int
    kept_bytes: int


@dataclass(frozen=True, slots=True)
class DroppedSample:
    """A document that was dropped, drawn by seeded hash. Its strings are hostile."""

    stage: str
    reason: str
    id: str
    url: str | None
    text: str


def share(part: float | None, whole: float | None) -> float | None:
    """part / whole; None where either is unknown or the whole is nothing."""
    if part is None or not whole:
        return None
    return part / whole


def pool_name(run: Run) -> str:
    """What the documents that entered the first stage are called: "as read" or "as drawn"."""
    return "as read" if run.sampled is None else "as drawn"


def funnel(run: Run) -> tuple[FunnelRow, ...]:
    """The stages that can drop or change documents, in order."""
    return tuple(_funnel_row(stage, run) for stage in run.stages if stage.stage not in CARRIER_ROWS)


def cpu(run: Run) -> tuple[CpuRow, ...]:
    """CPU of reading, of every stage, of files between legs, and of rows that are no stage.

    Rows without CPU that belong to no stage are left out.
    """
    total = run.totals.os_cpu_seconds or run.totals.cpu_seconds
    others = dict(run.other_cpu_seconds)
    others["unattributed"] = others.pop("unattributed", run.totals.unattributed_cpu_seconds)
    grown = {each.stage: each for each in run.growth if each.phase == OVER_DOCUMENTS}
    rows = [_cpu_row(stage, total, grown.get(stage.stage)) for stage in run.stages]
    carriers = [
        _other_row(name, others.pop(name), total, run) for name in CARRIER_ROWS if name in others
    ]
    fixed = [_other_row(name, spent, total, run) for name, spent in others.items() if spent]
    reading = [row for row in carriers if row.stage == READ]
    return (*reading, *rows, *(row for row in carriers if row.stage != READ), *fixed)


def reasons(record: Record) -> tuple[ReasonRow, ...]:
    """Every rule that dropped a document: stages in order, most documents first."""
    dropped_bytes = _bytes_by_reason(record.tables["drops"])
    alone = {(row["stage"], row["reason"]): row for row in record.tables["alone"].to_pylist()}
    return tuple(
        _reason_row(stage, reason, docs, dropped_bytes, alone.get((stage.stage, reason)))
        for stage in record.run.stages
        for reason, docs in sorted(stage.drops.items(), key=lambda drop: (-drop[1], drop[0]))
        if docs
    )


def alone(record: Record) -> tuple[AloneRow, ...]:
    """Filters whose rules were tried alone, in the order of the recipe."""
    tried = {
        row["stage"]: row for row in record.tables["alone"].to_pylist() if row["reason"] is None
    }
    return tuple(
        _alone_row(row, tried[row.stage]) for row in funnel(record.run) if row.stage in tried
    )


def spectrum(record: Record) -> tuple[SizeRow, ...]:
    """Group sizes 1, 2, 3–4, 5–8, … of every dedup stage, then of those that act together."""
    bins: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in record.tables["spectrum"].to_pylist():
        sums = bins[row["stage"], (row["size"] - 1).bit_length()]
        for place, column in enumerate(("groups", "docs", "bytes", "kept_bytes")):
            sums[place] += row[column]
    order = {stage.stage: place for place, stage in enumerate(record.run.stages)}
    keys = sorted(bins, key=lambda key: (order.get(key[0], len(order)), key))
    labels = _joint_labels(record.run)
    return tuple(
        SizeRow(stage, labels.get(stage, stage), *_bin_edges(step), *bins[stage, step])
        for stage, step in keys
    )


def _joint_labels(run: Run) -> dict[str, str]:
    """What rows of dedups together are called, by their name in the record."""
    labels, chain = {}, list[StageTotals]()
    for stage in run.stages:
        if stage.stage in CARRIER_ROWS:
            continue
        chain = [*chain, stage] if stage.kind in DEDUP_KINDS else []
        labels[joint_stage(stage.stage)] = together([(one.stage, one.kind) for one in chain])
    return labels


def together(chain: Sequence[tuple[str, str]]) -> str:
    """What dedups in turn, as (stage, kind), are called: "exact + near together"."""
    kinds = [kind.removesuffix("-dedup") for _, kind in chain]
    names = kinds if len(set(kinds)) == len(kinds) else [stage for stage, _ in chain]
    return f"{' + '.join(names)} together"


def dropped_samples(record: Record, per_reason: int) -> tuple[DroppedSample, ...]:
    """At most ``per_reason`` documents of each reason, those of smallest hash; reasons in order."""
    rows = sorted(record.tables["dropped"].to_pylist(), key=lambda row: row["rank"])
    taken: dict[tuple[str, str], list[DroppedSample]] = defaultdict(list)
    for row in rows:
        sample = taken[row["stage"], row["reason"]]
        if len(sample) < per_reason:
            columns = (row[name] for name in ("stage", "reason", "id", "url", "text"))
            sample.append(DroppedSample(*columns))
    order = {(row.stage, row.reason): place for place, row in enumerate(reasons(record))}
    in_order = sorted(taken, key=lambda key: order.get(key, len(order)))
    return tuple(document for key in in_order for document in taken[key])


def _only_carries(stage: StageTotals) -> bool:
    changed = stage.docs_in != stage.docs_out or stage.bytes_in != stage.bytes_out
    return stage.stage in CARRIER_ROWS and not changed


def _funnel_row(stage: StageTotals, run: Run) -> FunnelRow:
    totals = run.totals
    return FunnelRow(
        stage.stage,
        stage.kind,
        stage.docs_in,
        stage.docs_out,
        stage.bytes_in,
        stage.bytes_out,
        stage.edited_bytes,
        stage.tokens_in,
        stage.tokens_out,
        share(stage.docs_out, stage.docs_in),
        share(stage.bytes_out, stage.bytes_in),
        share(stage.tokens_out, stage.tokens_in),
        share(stage.docs_out, totals.docs_in),
        share(stage.bytes_out, totals.bytes_in),
        share(stage.tokens_out, totals.tokens_in),
    )


def _cpu_row(stage: StageTotals, total: float, grown: Growth | None) -> CpuRow:
    phases = stage.phase_cpu_seconds
    parts = {name: phases[name] for name in DEDUP_PHASES if name in phases}
    rate = share(stage.bytes_in / 1e6, stage.cpu_seconds)
    return CpuRow(
        stage.stage,
        stage.cpu_seconds,
        share(stage.cpu_seconds, total),
        rate,
        stage.peak_rss_bytes,
        parts if len(parts) > 1 else {},
        False,
        None if grown is None else grown.exponent,
        None if grown is None else grown.standard_error,
    )


def _other_row(name: str, spent: float, total: float, run: Run) -> CpuRow:
    read_bytes = sum(shard.text_bytes for shard in run.inputs)  # more than went in, when sampled
    rate = share(read_bytes / 1e6, spent) if name == READ else None
    return CpuRow(name, spent, share(spent, total), rate, None, {}, name not in CARRIER_ROWS)


def _bytes_by_reason(drops: pa.Table) -> dict[tuple[str, str], int]:
    grouped = drops.group_by(["stage", "reason"]).aggregate([("bytes", "sum")]).to_pylist()
    return {(row["stage"], row["reason"]): row["bytes_sum"] for row in grouped}


def _reason_row(
    stage: StageTotals,
    reason: str,
    docs: int,
    dropped_bytes: dict[tuple[str, str], int],
    tried: dict[str, Any] | None,
) -> ReasonRow:
    return ReasonRow(
        stage.stage,
        reason,
        docs,
        dropped_bytes.get((stage.stage, reason)),
        share(docs, stage.docs_in),
        None if tried is None else share(tried["docs_hit"], tried["docs_seen"]),
        None if tried is None else share(tried["bytes_hit"], tried["bytes_seen"]),
    )


def _alone_row(row: FunnelRow, tried: dict[str, Any]) -> AloneRow:
    return AloneRow(
        row.stage,
        row.docs_kept,
        share(row.bytes_out, row.bytes_in),
        _kept(tried["docs_hit"], tried["docs_seen"]),
        _kept(tried["bytes_hit"], tried["bytes_seen"]),
        tried["docs_seen"],
    )


def _kept(hit: int, seen: int) -> float | None:
    return share(seen - hit, seen)


def _bin_edges(step: int) -> tuple[int, int]:
    return (1, 1) if step == 0 else (2 ** (step - 1) + 1, 2**step)
