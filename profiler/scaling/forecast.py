"""The forecast: one Monte Carlo through the stages in order, from a record to the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.errors import CorpuscostError
from profiler.record.schema import StageTotals
from profiler.record.store import Record
from profiler.scaling.adequacy import advise_cpu
from profiler.scaling.batch_costs import batch_costs
from profiler.scaling.batching import batching_of
from profiler.scaling.caveats import assumptions_of, warnings_of
from profiler.scaling.clusters import ONCE_ROWS, Clusters, StageCounts, clusters_of
from profiler.scaling.cputime import CpuLaw, fit_cpu_law, mb_per_cpu_second
from profiler.scaling.dedup_chain import Chained, Known, Volume, with_dedup
from profiler.scaling.evidence import (
    DEDUP_KINDS,
    Evidence,
    chains,
)
from profiler.scaling.quantity import (
    Estimate,
    Quantity,
    planning_point,
)
from profiler.scaling.resolving import SECONDS_PER_HOUR, resolve_cpu_hours, resolve_method
from profiler.scaling.retention import retention_draws, stage_retention
from profiler.scaling.simulation import Simulation, simulate
from profiler.scaling.target import convert_target
from profiler.scaling.volumes import Basis, Forecast, StageForecast, Target, volume_states

TRANSFORM_KINDS = ("c4-lines",)
CARRIED = Estimate(1.0, 1.0, 1.0, "carries all documents")
NO_CPU = CpuLaw(0.0, 0.0, None, "shards")


def make_forecast(
    record: Record,
    target_bytes: float,
    basis: Basis,
    seed: int = 1,
    draws: int = 2000,
    evidence: Evidence | None = None,
) -> Forecast:
    """What the record's recipe would do to ``target_bytes`` of the same corpus.

    The volume of a stage is what the stages before it keep at scale. Draw i of all quantities
    belongs together: stages share the resamples of the clusters. Pure, deterministic by ``seed``.
    Raises CorpuscostError for a size that is not positive, a basis without a ratio, an unknown
    class in ``evidence``, and a run that has read no text.
    """
    clusters = clusters_of(record)
    evidence = evidence or Evidence()
    simulation = simulate(clusters, seed, draws)
    target = convert_target(record.run, target_bytes, basis, simulation)
    setting = _Setting(Known(record, evidence, simulation), _cpu_laws(record, clusters))
    stages = tuple(_stages(setting, target))
    clean = Volume(stages[-1].docs_out, stages[-1].bytes_out)
    return Forecast(
        target,
        stages,
        clean.docs,
        clean.bytes,
        _clean_tokens(record, clean.bytes),
        _cpu_hours(record, stages, draws),
        volume_states(stages)[-1][1],
        assumptions_of(record, target, stages, evidence),
        warnings_of(record, target, clusters, stages),
        seed,
    )


@dataclass(frozen=True, slots=True)
class _Setting:
    known: Known
    cpu: dict[str, CpuLaw]


def _cpu_laws(record: Record, clusters: Clusters) -> dict[str, CpuLaw]:
    """The CPU law of every stage. Files between legs are paid by what the next stage receives."""
    costs = batch_costs(record.tables["batches"], clusters, record.run.workers)
    dedups = [stage.stage for stage in record.run.stages if stage.kind in DEDUP_KINDS]
    between = costs.get("intermediate")
    if between is not None and dedups and dedups[0] in costs:
        costs["intermediate"] = between.carried(costs[dedups[0]])
    batching = batching_of(record.run, record.tables["batches"])
    laws = {name: fit_cpu_law(cost, clusters.kind, batching) for name, cost in costs.items()}
    if batching is not None and batching.read_whole and "read" in costs:
        laws["read"] = fit_cpu_law(costs["read"], clusters.kind)
    return laws


def _stages(setting: _Setting, target: Target) -> list[StageForecast]:
    """Reading, the stages in the recipe's order, and the files between legs before dedup.

    Reading is paid for every byte of the target, whatever part of it was sampled.
    """
    record = setting.known.record
    volume = Volume(target.documents, target.text_bytes)
    counts = setting.known.simulation.clusters.stages
    done = [_carrier(setting, "read", volume)]
    links = chains(record.run.stages)
    between = counts.get("intermediate")
    chained: Chained | None = None
    for totals in record.run.stages:
        if totals.kind in ("read", "intermediate"):
            continue
        stage = _stage_counts(setting.known.simulation.clusters, totals)
        if between is not None and totals.kind in DEDUP_KINDS:
            done.append(_carrier(setting, "intermediate", volume))
            between = None
        costed = _with_cpu(setting, totals.stage, totals.kind, volume, stage)
        if totals.kind in DEDUP_KINDS:
            found, chained = with_dedup(setting.known, costed, links[totals.stage], chained)
            done.append(found)
        else:
            done.append(_with_filter(costed, stage, setting.known.simulation))
            chained = None
        volume = Volume(done[-1].docs_out, done[-1].bytes_out)
    if between is not None:
        done.append(_carrier(setting, "intermediate", volume))
    return done


def _stage_counts(clusters: Clusters, totals: StageTotals) -> StageCounts:
    if totals.stage not in clusters.stages:
        raise CorpuscostError(
            f"stage {totals.stage!r} is in run.json but has no row in batches.parquet; "
            "the record is damaged: profile again"
        )
    return clusters.stages[totals.stage]


def _carrier(setting: _Setting, kind: str, volume: Volume) -> StageForecast:
    """Reading, or files between legs."""
    counts = setting.known.simulation.clusters.stages[kind]
    return _with_cpu(setting, kind, kind, volume, counts)


def _with_cpu(
    setting: _Setting, name: str, kind: str, volume: Volume, counts: StageCounts
) -> StageForecast:
    """A stage that keeps everything, with its CPU at this volume."""
    simulation, law = setting.known.simulation, setting.cpu.get(name, NO_CPU)
    ranks = simulation.ranks(counts.cpu_seconds, counts.bytes_in)
    over_documents = law.cpu_hours(volume.docs, volume.bytes, ranks)
    sampled, timings = float(counts.docs_in.sum()), setting.known.evidence.timings.get(name)
    resolve = resolve_cpu_hours(
        counts.resolve_cpu_seconds,
        sampled,
        volume.docs,
        simulation.independent_ranks(),
        timings,
    )
    spent_once = counts.train_cpu_seconds + law.set_aside_cpu_seconds
    once = Quantity.certain(spent_once / SECONDS_PER_HOUR, simulation.draws)
    method = f"CPU {law.method}"
    if counts.resolve_cpu_seconds:
        method += f"; {resolve_method(volume.docs.point, sampled, timings)}"
    if spent_once:
        method += f"; {spent_once:.3g} CPU-seconds once, whatever the volume"
    return StageForecast(
        name,
        kind,
        docs_in=volume.docs,
        docs_out=volume.docs,
        bytes_in=volume.bytes,
        bytes_out=volume.bytes,
        retention=CARRIED,
        cpu_hours=over_documents + resolve + once,
        mb_per_cpu_second=mb_per_cpu_second(law.rate),
        method=method,
        per_document_cpu_hours=over_documents,
        resolve_cpu_hours=resolve,
        advice=_cpu_advice(law),
    )


def _cpu_advice(law: CpuLaw) -> str:
    found = advise_cpu(law)
    return found.text if found else ""


def _with_filter(
    stage: StageForecast, counts: StageCounts, simulation: Simulation
) -> StageForecast:
    """Retention in documents and in bytes, drawn from the same resamples."""
    kind, seen = simulation.clusters.kind, int(counts.docs_in.sum())
    docs_out, retention = stage.docs_out, CARRIED
    if stage.kind not in TRANSFORM_KINDS or counts.docs_out.sum() != seen:
        retention = stage_retention(counts.docs_out, counts.docs_in, clusters=kind)
        ranks = simulation.ranks(counts.docs_out, counts.docs_in)
        draws = retention_draws(counts.docs_out, counts.docs_in, ranks)
        docs_out = stage.docs_in * Quantity(planning_point(retention), draws)
    share = stage_retention(counts.bytes_out, counts.bytes_in, seen, kind)
    ranks = simulation.ranks(counts.bytes_out, counts.bytes_in)
    share_draws = retention_draws(counts.bytes_out, counts.bytes_in, ranks, seen)
    bytes_out = stage.bytes_in * Quantity(planning_point(share), share_draws)
    return replace(
        stage,
        docs_out=docs_out,
        bytes_out=bytes_out,
        retention=retention,
        bytes_retention=share,
    )


def _clean_tokens(record: Record, clean_bytes: Quantity) -> Quantity | None:
    totals = record.run.totals
    if totals.tokens_out is None or not totals.bytes_out:
        return None
    return clean_bytes * (totals.tokens_out / totals.bytes_out)


def _cpu_hours(record: Record, stages: Sequence[StageForecast], draws: int) -> Quantity:
    """All stages, and once what a run of any size spends beside them."""
    spent = record.run.other_cpu_seconds
    once = sum(spent.get(row, 0.0) for row in ONCE_ROWS) / SECONDS_PER_HOUR
    total = Quantity.certain(once, draws)
    for stage in stages:
        total = total + stage.cpu_hours
    return total
