"""The forecast: one Monte Carlo through the stages in order, from a record to the target."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pipeline.errors import CorpuscostError
from profiler.record.schema import StageTotals
from profiler.record.store import Record
from profiler.scaling.adequacy import advise_cpu
from profiler.scaling.batch_costs import batch_costs
from profiler.scaling.batching import batching_of
from profiler.scaling.caveats import assumptions_of, warnings_of
from profiler.scaling.clusters import ONCE_ROWS, Clusters, StageCounts, clusters_of
from profiler.scaling.cputime import CpuLaw, fit_cpu_law, mb_per_cpu_second
from profiler.scaling.evidence import (
    DEDUP_KINDS,
    ChainLink,
    DedupShares,
    Evidence,
    chain_shares,
    chains,
)
from profiler.scaling.extrapolation import state_of
from profiler.scaling.quantity import (
    HIGH_QUANTILE,
    LOW_QUANTILE,
    Estimate,
    Quantity,
    planning_point,
)
from profiler.scaling.resolving import SECONDS_PER_HOUR, resolve_cpu_hours, resolve_method
from profiler.scaling.retention import retention_draws, stage_retention
from profiler.scaling.simulation import Simulation, simulate
from profiler.scaling.target import convert_target
from profiler.scaling.volumes import Basis, Forecast, StageForecast, Target, volume_states, worst

TRANSFORM_KINDS = ("c4-lines",)
CARRIED = Estimate(1.0, 1.0, 1.0, "carries all documents")
NO_CPU = CpuLaw(0.0, 0.0, None, "shards")


@dataclass(frozen=True, slots=True)
class _Volume:
    docs: Quantity
    bytes: Quantity


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
    setting = _Setting(record, simulation, evidence, _cpu_laws(record, clusters))
    stages = tuple(_stages(setting, target))
    clean = _Volume(stages[-1].docs_out, stages[-1].bytes_out)
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
    record: Record
    simulation: Simulation
    evidence: Evidence
    cpu: dict[str, CpuLaw]


@dataclass(frozen=True, slots=True)
class _Chained:
    """Dedup stages without another stage between: the volume that entered, what is left of it.

    ``shares`` are those after the stage that was last; ``all_shares`` of every stage by name.
    """

    entered: _Volume
    shares: DedupShares
    all_shares: Mapping[str, DedupShares]


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
    record = setting.record
    volume = _Volume(target.documents, target.text_bytes)
    counts = setting.simulation.clusters.stages
    done = [_carrier(setting, "read", volume)]
    links = chains(record.run.stages)
    between = counts.get("intermediate")
    chained: _Chained | None = None
    for totals in record.run.stages:
        if totals.kind in ("read", "intermediate"):
            continue
        stage = _stage_counts(setting.simulation.clusters, totals)
        if between is not None and totals.kind in DEDUP_KINDS:
            done.append(_carrier(setting, "intermediate", volume))
            between = None
        costed = _with_cpu(setting, totals.stage, totals.kind, volume, stage)
        if totals.kind in DEDUP_KINDS:
            found, chained = _with_dedup(setting, costed, links[totals.stage], chained)
            done.append(found)
        else:
            done.append(_with_filter(costed, stage, setting.simulation))
            chained = None
        volume = _Volume(done[-1].docs_out, done[-1].bytes_out)
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


def _carrier(setting: _Setting, kind: str, volume: _Volume) -> StageForecast:
    """Reading, or files between legs."""
    counts = setting.simulation.clusters.stages[kind]
    return _with_cpu(setting, kind, kind, volume, counts)


def _with_cpu(
    setting: _Setting, name: str, kind: str, volume: _Volume, counts: StageCounts
) -> StageForecast:
    """A stage that keeps everything, with its CPU at this volume."""
    simulation, law = setting.simulation, setting.cpu.get(name, NO_CPU)
    ranks = simulation.ranks(counts.cpu_seconds, counts.bytes_in)
    over_documents = law.cpu_hours(volume.docs, volume.bytes, ranks)
    sampled, timings = float(counts.docs_in.sum()), setting.evidence.timings.get(name)
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


def _with_dedup(
    setting: _Setting, stage: StageForecast, link: ChainLink, chained: _Chained | None
) -> tuple[StageForecast, _Chained]:
    """Retention at scale: what is left of a chain after this stage, over what came before it."""
    entered = chained.entered if chained else _Volume(stage.docs_in, stage.bytes_in)
    all_shares = chained.all_shares if chained else _chain(setting, link, entered)
    shares = all_shares[link.stage]
    moved = np.power(entered.docs.draws / max(entered.docs.point, 1e-300), shares.slope)
    kept_draws = np.clip(shares.documents * moved, 0.0, 1.0)
    before_docs = stage.docs_in.draws / np.maximum(entered.docs.draws, 1e-300)
    before_bytes = stage.bytes_in.draws / np.maximum(entered.bytes.draws, 1e-300)
    left = Quantity(
        min(shares.answer.planned, stage.docs_in.point / max(entered.docs.point, 1e-300)),
        np.minimum(kept_draws, before_docs),
    )
    left_bytes = Quantity(
        min(shares.bytes_planned, stage.bytes_in.point / max(entered.bytes.point, 1e-300)),
        np.minimum(np.clip(shares.bytes * moved, 0.0, 1.0), before_bytes),
    )
    retention = _own_retention(shares, chained)
    found = replace(
        stage,
        docs_out=entered.docs * left,
        bytes_out=entered.bytes * left_bytes,
        retention=retention,
        bytes_retention=_own_share(
            _bytes_left(shares),
            None if chained is None else _bytes_left(chained.shares),
            retention,
        ),
        tokens_retention=_tokens_share(shares, chained, retention),
        chain_retention=shares.answer.estimate,
        notes=shares.answer.notes,
    )
    return found, _Chained(entered, shares, all_shares)


def _chain(setting: _Setting, first: ChainLink, entered: _Volume) -> dict[str, DedupShares]:
    links = [
        link for link in chains(setting.record.run.stages).values() if link.first == first.stage
    ]
    simulation = setting.simulation
    return chain_shares(
        setting.record,
        links,
        entered.docs.point,
        setting.evidence,
        simulation.seed,
        simulation.dedup_ranks,
    )


def _own_retention(shares: DedupShares, chained: _Chained | None) -> Estimate:
    """The stage's own share: the answer, or its ratio to that of the chain before it.

    At the planned size of the whole: how sure that size is shows in the volumes.
    """
    answer = shares.answer.estimate
    if chained is None:
        return answer
    before = chained.shares.answer.estimate
    own = _own_share(
        Quantity(shares.answer.planned, shares.documents),
        Quantity(chained.shares.answer.planned, chained.shares.documents),
        answer,
    )
    state = worst(answer.state, before.state, state_of(own.low, own.high, math.inf))
    own = replace(own, point=None if state == "bounds" else own.point, state=state)
    outer_low, outer_high = answer.outer_low, answer.outer_high
    if outer_low is None or outer_high is None or not before.outer_high or not before.outer_low:
        return own
    return replace(
        own,
        method=f"{answer.method}; with the dedup before it, over that one's",
        outer_low=min(own.low, outer_low / before.outer_high),
        outer_high=max(own.high, min(1.0, outer_high / before.outer_low)),
    )


def _bytes_left(shares: DedupShares) -> Quantity:
    return Quantity(shares.bytes_planned, shares.bytes)


def _own_share(left: Quantity, before: Quantity | None, like: Estimate) -> Estimate:
    """What is left over what was left before, as an estimate in another's state and method.

    The two were extrapolated apart, and how they move together is not known: drawn as independent
    they give the wider interval.
    """
    came = before or Quantity.certain(1.0, len(left.draws))
    apart = np.random.default_rng(len(left.draws)).permutation(came.draws)
    draws = np.minimum(left.draws / np.maximum(apart, 1e-300), 1.0)
    point = min(1.0, left.point / came.point) if came.point else 0.0
    low, high = np.quantile(draws, (LOW_QUANTILE, HIGH_QUANTILE))
    return Estimate(
        None if like.state == "bounds" else float(point),
        min(float(low), float(point)),
        max(float(high), float(point)),
        like.method,
        like.state,
    )


def _tokens_share(
    shares: DedupShares, chained: _Chained | None, retention: Estimate
) -> Estimate | None:
    if shares.tokens is None or shares.tokens_planned is None:
        return None
    before: Quantity | None = None
    if chained is not None:
        if chained.shares.tokens is None or chained.shares.tokens_planned is None:
            return None
        before = Quantity(chained.shares.tokens_planned, chained.shares.tokens)
    return _own_share(Quantity(shares.tokens_planned, shares.tokens), before, retention)


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


def forecast_to_json(forecast: Forecast) -> dict[str, Any]:
    """The "target" and "stages" parts of ``estimate --json``, and the end of the line.

    docs_in, docs_out, bytes_in and bytes_out are points; their 90 % intervals stand beside them
    in "intervals". After a stage in state "bounds" these points are planning values: "planned"
    says so of what enters a stage, "planned_out" of what leaves it.
    """
    target = forecast.target
    states = volume_states(forecast.stages)
    stages = [
        _stage_to_json(stage, before == "bounds", after == "bounds")
        for stage, (before, after) in zip(forecast.stages, states, strict=True)
    ]
    tokens = forecast.clean_tokens
    return {
        "target": {
            "bytes": target.bytes,
            "basis": target.basis,
            "stored_bytes": quantity_to_json(target.stored_bytes),
            "text_bytes": quantity_to_json(target.text_bytes),
            "documents": quantity_to_json(target.documents),
            "ratio": target.ratio,
            "conversion": target.conversion,
        },
        "stages": stages,
        "clean": {
            "docs": quantity_to_json(forecast.clean_docs),
            "bytes": quantity_to_json(forecast.clean_text_bytes),
            "tokens": None if tokens is None else quantity_to_json(tokens),
            "planned": forecast.state == "bounds",
        },
        "cpu_hours": quantity_to_json(forecast.cpu_hours),
        "state": forecast.state,
        "seed": forecast.seed,
    }


def _stage_to_json(stage: StageForecast, planned: bool, planned_out: bool) -> dict[str, Any]:
    volumes = {
        "docs_in": stage.docs_in,
        "docs_out": stage.docs_out,
        "bytes_in": stage.bytes_in,
        "bytes_out": stage.bytes_out,
    }
    speed = stage.mb_per_cpu_second
    return {
        "stage": stage.stage,
        "kind": stage.kind,
        **{name: quantity.point for name, quantity in volumes.items()},
        "intervals": {name: list(quantity.interval()) for name, quantity in volumes.items()},
        "planned": planned,
        "planned_out": planned_out,
        "retention": estimate_to_json(stage.retention),
        "bytes_retention": _maybe_to_json(stage.bytes_retention),
        "tokens_retention": _maybe_to_json(stage.tokens_retention),
        "chain_retention": _maybe_to_json(stage.chain_retention),
        "notes": list(stage.notes),
        "advice": stage.advice,
        "cpu_hours": quantity_to_json(stage.cpu_hours),
        "mb_per_cpu_second": None if speed is None else estimate_to_json(speed),
        "method": stage.method,
    }


def quantity_to_json(quantity: Quantity) -> dict[str, float]:
    low, high = quantity.interval()
    return {"point": quantity.point, "low": low, "high": high}


def estimate_to_json(estimate: Estimate) -> dict[str, Any]:
    outer = {"outer_low": estimate.outer_low, "outer_high": estimate.outer_high}
    return {
        "point": None if estimate.state == "bounds" else estimate.point,
        "low": estimate.low,
        "high": estimate.high,
        "method": estimate.method,
        "state": estimate.state,
        **{name: value for name, value in outer.items() if value is not None},
    }


def _maybe_to_json(estimate: Estimate | None) -> dict[str, Any] | None:
    return None if estimate is None else estimate_to_json(estimate)
