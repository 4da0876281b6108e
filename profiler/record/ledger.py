"""The ledger of a run: documents, bytes and CPU come in, go out, and nothing is left over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from profiler.record.schema import CARRIER_ROWS, SAMPLE_ROW

CPU_TOLERANCE_SHARE = 0.02
CPU_TOLERANCE_SECONDS = 0.2
FUNNEL_PHASES = ("judge", "rewrite", "apply")  # the phases that carry a stage's documents


@dataclass(frozen=True, slots=True)
class Ledger:
    """Whether a run closes, and every place where it does not."""

    documents_closed: bool
    bytes_closed: bool
    cpu_closed: bool
    unattributed_cpu_seconds: float
    tolerated_cpu_seconds: float
    faults: tuple[str, ...]


@dataclass(slots=True)
class Flow:
    """Sums of one stage in one shard."""

    docs_in: int = 0
    docs_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    edited_bytes: int = 0
    dropped_docs: int = 0
    dropped_bytes: int = 0


def close_ledger(
    batches: pa.Table,
    drops: pa.Table,
    stages: Sequence[str],
    measured_cpu_seconds: float,
    os_cpu_seconds: float,
) -> Ledger:
    """Check a run, shard by shard and stage by stage in the order of ``stages``.

    In = out + Σ dropped (+ edited bytes); what leaves a stage enters the next, the first takes
    what was read, or what was drawn of it on the fly: a document that was not drawn is not
    dropped. CPU: measured rows against the operating system's total, within 2 % or 0.2 s.
    """
    flows = _flows(batches, drops)
    faults: list[tuple[str, str]] = []
    for shard in sorted({shard for _, shard in flows}):
        came = flows.get((CARRIER_ROWS[0], shard), Flow())
        docs, volume = came.docs_out, came.bytes_out
        drawn = flows.get((SAMPLE_ROW, shard))
        if drawn is not None:
            place = f"shard {shard}, {SAMPLE_ROW}"
            faults += _check(place, "documents", docs, drawn.docs_in, "enter")
            faults += _check(place, "bytes", volume, drawn.bytes_in, "enter")
            docs, volume = drawn.docs_out, drawn.bytes_out
        for stage in stages:
            flow = flows.get((stage, shard), Flow())
            place = f"shard {shard}, stage {stage}"
            faults += _check(place, "documents", docs, flow.docs_in, "enter")
            faults += _check(place, "bytes", volume, flow.bytes_in, "enter")
            left = flow.docs_out + flow.dropped_docs
            faults += _check(place, "documents", flow.docs_in, left, "come out or are dropped")
            left = flow.bytes_out + flow.dropped_bytes + flow.edited_bytes
            faults += _check(place, "bytes", flow.bytes_in, left, "come out, drop or are edited")
            docs, volume = flow.docs_out, flow.bytes_out
    unattributed = os_cpu_seconds - measured_cpu_seconds
    tolerated = max(CPU_TOLERANCE_SHARE * os_cpu_seconds, CPU_TOLERANCE_SECONDS)
    cpu_closed = abs(unattributed) <= tolerated
    if not cpu_closed:
        faults.append(("cpu", f"{unattributed:.2f} CPU-seconds belong to no measured phase"))
    kinds = {kind for kind, _ in faults}
    return Ledger(
        "documents" not in kinds,
        "bytes" not in kinds,
        cpu_closed,
        unattributed,
        tolerated,
        tuple(text for _, text in faults),
    )


def _check(place: str, unit: str, expected: int, found: int, what: str) -> list[tuple[str, str]]:
    if expected == found:
        return []
    return [(unit, f"{place}: {expected} {unit} expected, {found} {what}")]


def _flows(batches: pa.Table, drops: pa.Table) -> dict[tuple[str, str], Flow]:
    flows: dict[tuple[str, str], Flow] = {}
    sums = batches.group_by(["stage", "phase", "shard"], use_threads=False).aggregate(
        [(name, "sum") for name in ("docs_in", "docs_out", "bytes_in", "bytes_out", "edited_bytes")]
    )
    for row in sums.to_pylist():
        carries = row["phase"] in FUNNEL_PHASES or row["stage"] in (CARRIER_ROWS[0], SAMPLE_ROW)
        if row["shard"] is None or not carries:
            continue
        flow = flows.setdefault((row["stage"], row["shard"]), Flow())
        flow.docs_in += row["docs_in_sum"]
        flow.docs_out += row["docs_out_sum"]
        flow.bytes_in += row["bytes_in_sum"]
        flow.bytes_out += row["bytes_out_sum"]
        flow.edited_bytes += row["edited_bytes_sum"]
    dropped = drops.group_by(["stage", "shard"], use_threads=False).aggregate(
        [("docs", "sum"), ("bytes", "sum")]
    )
    for row in dropped.to_pylist():
        flow = flows.setdefault((row["stage"], row["shard"]), Flow())
        flow.dropped_docs += row["docs_sum"]
        flow.dropped_bytes += row["bytes_sum"]
    return flows
