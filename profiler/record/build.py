"""From the workspace of a finished run to its record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import duckdb
import pyarrow as pa

from pipeline.engines.local.plan import Plan, Workspace
from profiler.compression import compression_of
from profiler.meter import seconds_per_call
from profiler.record.files import intermediate_files
from profiler.record.gather import Gathered, Sums, token_rates
from profiler.record.groups import largest_groups
from profiler.record.ledger import FUNNEL_PHASES, Ledger, close_ledger
from profiler.record.probes import draw_probes
from profiler.record.sample import drawn_on_the_fly
from profiler.record.schema import (
    ALONE,
    DROPS,
    FILTER_COSTS,
    INCIDENCE,
    JOINT_VERDICTS,
    LENGTHS,
    SAMPLE_ROW,
    SCHEMA_VERSION,
    SPECTRUM,
    Design,
    Input,
    Run,
    SampledFrom,
    StageTotals,
    State,
    Totals,
)
from profiler.record.spectra import Resolved, measure_groups
from profiler.record.store import Record
from profiler.tokens import TokenRates

READ = "read"
TRAIN = "train"  # a phase of a stage, but paid once: a fixed row of its own


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of a run beside its workspace."""

    machine: dict[str, Any]
    versions: dict[str, str]
    started_at: str
    wall_seconds: float
    warnings: tuple[str, ...]
    design: Design | None = None  # None: what the sampling says
    sampled: SampledFrom | None = None  # what the inputs had been drawn from before


def build_record(
    plan: Plan, workspace: Workspace, gathered: Gathered, circumstances: Circumstances
) -> Record:
    """The record of a run; its state is failed when documents or bytes do not close."""
    rates = token_rates(gathered, plan.inspector_settings)
    drops = _drops_table(gathered, rates)
    stages = [spec.name for spec in plan.recipe.stages]
    cpu = cpu_by_row(gathered.batches)
    measured = sum(cpu.values()) - cpu.get(("unattributed", "process"), 0.0)
    ledger = close_ledger(gathered.batches, drops, stages, measured, gathered.os_cpu_seconds)
    resolved = _resolved(plan, workspace, gathered)
    groups = [
        measure_groups(each, rates, workspace.root / "measuring", plan.memory_bytes)
        for each in _chains(plan, resolved)
    ]
    inputs = _inputs(plan, gathered)
    sampled = drawn_on_the_fly(plan.sample, inputs, circumstances.sampled)
    totals = _totals(plan, gathered, rates, measured, circumstances.wall_seconds, stages)
    run = Run(
        schema_version=SCHEMA_VERSION,
        state=_state(ledger, gathered),
        design=circumstances.design or ("documents" if sampled else "shards"),
        recipe=plan.recipe.to_dict(),
        inputs=inputs,
        seed=plan.seed,
        workers=plan.workers,
        machine=circumstances.machine,
        versions=circumstances.versions,
        started_at=circumstances.started_at,
        wall_seconds=circumstances.wall_seconds,
        stages=_stages(plan, gathered, drops, rates, cpu),
        other_cpu_seconds=_other_rows(cpu, stages),
        totals=totals,
        tokens=rates.described(),
        meter=_meter_cost(gathered.calls),
        unreadable_places=tuple(
            place for tally in gathered.tallies.values() for place in tally["places"]
        ),
        skipped_shards={
            plan.shards[number].name: reason for number, reason in gathered.skipped.items()
        },
        warnings=circumstances.warnings,
        ledger=asdict(ledger) | {"faults": list(ledger.faults)},
        sampled=sampled,
        compression=compression_of(gathered.compressed),
        intermediate_files=intermediate_files(plan, workspace, totals.docs_out, totals.bytes_out),
    )
    tables = {
        "batches": gathered.batches,
        "drops": drops,
        "spectrum": pa.concat_tables([SPECTRUM.empty_table(), *(each[0] for each in groups)]),
        "incidence": pa.concat_tables([INCIDENCE.empty_table(), *(each[1] for each in groups)]),
        "probes": draw_probes(plan, workspace, set(gathered.skipped)),
        "dropped": gathered.dropped,
        "groups": largest_groups(resolved, plan.seed),
        "lengths": _table(LENGTHS, gathered.lengths),
        "alone": _alone_table(gathered.alone),
        "joint_verdicts": _table(JOINT_VERDICTS, gathered.joint_verdicts),
        "filter_costs": _table(FILTER_COSTS, gathered.filter_costs),
    }
    return Record(run, tables)


def cpu_by_row(batches: pa.Table) -> dict[tuple[str, str], float]:
    """CPU seconds by (stage, phase)."""
    with duckdb.connect(config={"threads": 1}) as session:
        session.register("batches", batches)
        rows = session.execute(
            "SELECT stage, phase, sum(cpu_user_seconds + cpu_system_seconds) FROM batches "
            "GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    return {(stage, phase): cpu_seconds for stage, phase, cpu_seconds in rows}


def _state(ledger: Ledger, gathered: Gathered) -> State:
    if not (ledger.documents_closed and ledger.bytes_closed):
        return "failed"
    return "partial" if gathered.skipped else "complete"


def _inputs(plan: Plan, gathered: Gathered) -> tuple[Input, ...]:
    return tuple(
        Input(
            path=shard.name,
            bytes=shard.bytes,
            sha256=gathered.tallies[shard.number]["sha256"],
            decompressed_bytes=gathered.tallies[shard.number]["decompressed_bytes"],
            documents=gathered.tallies[shard.number]["documents"],
            text_bytes=gathered.tallies[shard.number]["text_bytes"],
        )
        for shard in plan.shards
        if shard.number in gathered.tallies
    )


def _stages(
    plan: Plan,
    gathered: Gathered,
    drops: pa.Table,
    rates: TokenRates,
    cpu: dict[tuple[str, str], float],
) -> tuple[StageTotals, ...]:
    sums = _funnel(gathered.batches)
    peaks = _peaks(gathered.batches)
    reasons = _drops_by_reason(drops)
    totals = []
    for spec in plan.recipe.stages:
        flow = sums.get(spec.name, {})
        phases = {
            phase: spent
            for (stage, phase), spent in cpu.items()
            if stage == spec.name and phase != TRAIN
        }
        came, left = _bytes_by_script(gathered.volumes, spec.name)
        totals.append(
            StageTotals(
                stage=spec.name,
                kind=spec.kind,
                docs_in=flow.get("docs_in", 0),
                docs_out=flow.get("docs_out", 0),
                bytes_in=flow.get("bytes_in", 0),
                bytes_out=flow.get("bytes_out", 0),
                edited_bytes=flow.get("edited_bytes", 0),
                tokens_in=rates.tokens(came),
                tokens_out=rates.tokens(left),
                cpu_seconds=sum(phases.values()),
                phase_cpu_seconds=phases,
                peak_rss_bytes=peaks.get(spec.name),
                drops=reasons.get(spec.name, {}),
            )
        )
    return tuple(totals)


def _other_rows(cpu: dict[tuple[str, str], float], stages: Iterable[str]) -> dict[str, float]:
    known = set(stages)
    rows: dict[str, float] = {}
    for (stage, phase), cpu_seconds in cpu.items():
        name = TRAIN if phase == TRAIN else stage
        if name not in known:
            rows[name] = rows.get(name, 0.0) + cpu_seconds
    return rows


def _totals(
    plan: Plan,
    gathered: Gathered,
    rates: TokenRates,
    measured_cpu_seconds: float,
    wall_seconds: float,
    stages: list[str],
) -> Totals:
    sums = _funnel(gathered.batches)
    last = sums.get(stages[-1], {})
    came = sums.get(SAMPLE_ROW, sums.get(READ, {}))
    unreadable: dict[str, list[int]] = {}
    for tally in gathered.tallies.values():
        for kind, counts in tally["unreadable"].items():
            present = unreadable.setdefault(kind, [0, 0])
            present[0] += counts["records"]
            present[1] += counts["bytes"]
    return Totals(
        docs_in=came.get("docs_out", 0),
        docs_out=last.get("docs_out", 0),
        bytes_in=came.get("bytes_out", 0),
        bytes_out=last.get("bytes_out", 0),
        stored_bytes=sum(shard.bytes for shard in plan.shards if shard.number in gathered.tallies),
        tokens_in=rates.tokens(_bytes_by_script(gathered.volumes, stages[0])[0]),
        tokens_out=rates.tokens(_bytes_by_script(gathered.volumes, stages[-1])[1]),
        cpu_seconds=measured_cpu_seconds,
        os_cpu_seconds=gathered.os_cpu_seconds,
        unattributed_cpu_seconds=gathered.os_cpu_seconds - measured_cpu_seconds,
        wall_seconds=wall_seconds,
        unreadable_records={kind: counts[0] for kind, counts in unreadable.items()},
        unreadable_bytes={kind: counts[1] for kind, counts in unreadable.items()},
    )


def _meter_cost(calls: int) -> dict[str, float]:
    cost = seconds_per_call()
    return {"calls": calls, "seconds_per_call": cost, "cpu_seconds": calls * cost}


def _resolved(plan: Plan, workspace: Workspace, gathered: Gathered) -> list[Resolved]:
    return [
        Resolved(
            stage=leg.sketched.name,
            sketches={
                shard.number: workspace.shard(leg.number, shard.number) / "sketch.parquet"
                for shard in plan.shards
                if shard.number not in gathered.skipped
            },
            shard_names={shard.number: shard.name for shard in plan.shards},
            members=workspace.resolution(leg.number) / "members.npy",
            texts={
                shard.number: workspace.shard(text_leg, shard.number) / "text.arrow"
                for shard in plan.shards
            },
        )
        for leg in plan.legs
        if leg.sketched is not None
        for text_leg in (workspace.text_leg(plan.legs, leg.number),)
    ]


def _chains(plan: Plan, resolved: list[Resolved]) -> list[list[Resolved]]:
    """What is measured together: each dedup alone, and with those directly before it."""
    chains: list[list[Resolved]] = []
    joined: list[Resolved] = []
    for leg, each in zip(plan.legs, resolved, strict=False):  # the last leg has no sketch
        joined = [each] if leg.chain else [*joined, each]
        chains += [[each]] if len(joined) == 1 else [[each], joined]
    return chains


def _funnel(batches: pa.Table) -> dict[str, dict[str, int]]:
    names = ("docs_in", "docs_out", "bytes_in", "bytes_out", "edited_bytes")
    sums = batches.group_by(["stage", "phase"], use_threads=False).aggregate(
        [(name, "sum") for name in names]
    )
    return {
        row["stage"]: {name: row[f"{name}_sum"] for name in names}
        for row in sums.to_pylist()
        if row["phase"] in FUNNEL_PHASES
        or (row["stage"], row["phase"]) in ((READ, "read"), (SAMPLE_ROW, "draw"))
    }


def _peaks(batches: pa.Table) -> dict[str, int]:
    peaks = batches.group_by("stage", use_threads=False).aggregate([("peak_rss_bytes", "max")])
    return {
        row["stage"]: row["peak_rss_bytes_max"]
        for row in peaks.to_pylist()
        if row["peak_rss_bytes_max"] is not None
    }


def _drops_by_reason(drops: pa.Table) -> dict[str, dict[str, int]]:
    sums = drops.group_by(["stage", "reason"], use_threads=False).aggregate([("docs", "sum")])
    reasons: dict[str, dict[str, int]] = {}
    for row in sorted(sums.to_pylist(), key=lambda row: -row["docs_sum"]):
        reasons.setdefault(row["stage"], {})[row["reason"]] = row["docs_sum"]
    return reasons


def _bytes_by_script(volumes: Sums, stage: str) -> tuple[dict[str, int], dict[str, int]]:
    came, left = {}, {}
    for (name, script), (_, _, bytes_in, bytes_out) in volumes.items():
        if name == stage:
            came[script], left[script] = bytes_in, bytes_out
    return came, left


def _drops_table(gathered: Gathered, rates: TokenRates) -> pa.Table:
    rows: dict[tuple[Any, ...], dict[str, tuple[int, int]]] = {}
    for shard, sums in gathered.drops.items():
        for (stage, reason, lang, source, script), (docs, size) in sums.items():
            rows.setdefault((stage, shard, reason, lang, source), {})[script] = (docs, size)
    names = ("stage", "shard", "reason", "lang", "source")
    table = [
        dict(zip(names, key, strict=True))
        | {
            "docs": sum(docs for docs, _ in by_script.values()),
            "bytes": sum(size for _, size in by_script.values()),
            "tokens": rates.tokens({script: size for script, (_, size) in by_script.items()}),
        }
        for key, by_script in sorted(rows.items(), key=lambda item: str(item[0]))
    ]
    return pa.Table.from_pylist(table, schema=DROPS)


def _alone_table(sums: Sums) -> pa.Table:
    names = ("stage", "reason", "docs_seen", "docs_hit", "bytes_seen", "bytes_hit")
    rows = [dict(zip(names, (*key, *values), strict=True)) for key, values in sums.items()]
    return pa.Table.from_pylist(rows, schema=ALONE)


def _table(schema: pa.Schema, sums: Sums) -> pa.Table:
    rows = [dict(zip(schema.names, (*key, *sums[key]), strict=True)) for key in sorted(sums)]
    return pa.Table.from_pylist(rows, schema=schema)
