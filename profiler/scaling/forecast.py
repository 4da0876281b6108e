"""The forecast: one Monte Carlo through the stages in order, from a record to the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pipeline.errors import CorpuscostError
from profiler.record.schema import StageTotals
from profiler.record.store import Record
from profiler.scaling.caveats import assumptions_of, warnings_of
from profiler.scaling.clusters import ONCE_ROWS, Clusters, StageCounts, clusters_of
from profiler.scaling.cputime import (
    SECONDS_PER_HOUR,
    cpu_seconds_per_byte,
    document_cpu_hours,
    mb_per_cpu_second,
    resolve_cpu_hours,
)
from profiler.scaling.quantity import Estimate, Quantity
from profiler.scaling.retention import retention_draws, stage_retention
from profiler.scaling.simulation import Simulation, simulate
from profiler.scaling.spectrum import (
    dedup_band,
    dedup_retention,
    planning_draws,
    planning_point,
    retention_apart,
    spectrum_of,
)
from profiler.scaling.target import convert_target
from profiler.scaling.volumes import Basis, Forecast, StageForecast, Target

DEDUP_KINDS = ("exact-dedup", "near-dedup")
TRANSFORM_KINDS = ("c4-lines",)
STATES = ("estimate", "rough", "bounds")
CARRIED = Estimate(1.0, 1.0, 1.0, "carries all documents")


@dataclass(frozen=True, slots=True)
class _Volume:
    docs: Quantity
    bytes: Quantity


def make_forecast(
    record: Record, target_bytes: float, basis: Basis, seed: int = 1, draws: int = 2000
) -> Forecast:
    """What the record's recipe would do to ``target_bytes`` of the same corpus.

    The volume of a stage is what the stages before it keep at scale. Draw i of all quantities
    belongs together: stages share the resamples of the clusters. Pure, deterministic by ``seed``.
    Raises CorpuscostError for a size that is not positive, a basis without a ratio, and a run
    that has read no text.
    """
    clusters = clusters_of(record)
    simulation = simulate(clusters, seed, draws)
    target = convert_target(record.run.inputs, target_bytes, basis, simulation)
    stages = tuple(_stages(record, target, simulation))
    clean = _Volume(stages[-1].docs_out, stages[-1].bytes_out)
    return Forecast(
        target,
        stages,
        clean.docs,
        clean.bytes,
        _clean_tokens(record, clean.bytes),
        _cpu_hours(record, stages, draws),
        max((stage.retention.state for stage in stages), key=STATES.index),
        assumptions_of(record, target, stages),
        warnings_of(record, target, clusters, stages),
        seed,
    )


def _stages(record: Record, target: Target, simulation: Simulation) -> list[StageForecast]:
    """Reading, the stages in the recipe's order, and the files between legs before dedup."""
    volume = _Volume(target.documents, target.text_bytes)
    counts = simulation.clusters.stages
    done = [_carrier("read", volume, counts["read"], counts["read"], simulation)]
    between = counts.get("intermediate")
    for totals in record.run.stages:
        if totals.kind in ("read", "intermediate"):
            continue
        stage = _stage_counts(simulation.clusters, totals)
        if between is not None and totals.kind in DEDUP_KINDS:
            done.append(_carrier("intermediate", volume, between, stage, simulation))
            between = None
        done.append(_stage(record, totals, volume, stage, simulation))
        volume = _Volume(done[-1].docs_out, done[-1].bytes_out)
    if between is not None:
        done.append(_carrier("intermediate", volume, between, between, simulation))
    return done


def _stage_counts(clusters: Clusters, totals: StageTotals) -> StageCounts:
    if totals.stage not in clusters.stages:
        raise CorpuscostError(
            f"stage {totals.stage!r} is in run.json but has no row in batches.parquet; "
            "the record is damaged: profile again"
        )
    return clusters.stages[totals.stage]


def _carrier(
    kind: str,
    volume: _Volume,
    counts: StageCounts,
    scaled_by: StageCounts,
    simulation: Simulation,
) -> StageForecast:
    """Reading, or files between legs: CPU of ``counts`` per byte that ``scaled_by`` receives."""
    bytes_in = scaled_by.bytes_in
    stage = _with_cpu(kind, kind, volume, replace(counts, bytes_in=bytes_in), simulation)
    return replace(stage, method="CPU per byte of text; all documents pass")


def _stage(
    record: Record,
    totals: StageTotals,
    volume: _Volume,
    counts: StageCounts,
    simulation: Simulation,
) -> StageForecast:
    stage = _with_cpu(totals.stage, totals.kind, volume, counts, simulation)
    if totals.kind in DEDUP_KINDS:
        return _with_dedup(record, stage, counts, simulation)
    return _with_filter(stage, counts, simulation)


def _with_cpu(
    name: str, kind: str, volume: _Volume, counts: StageCounts, simulation: Simulation
) -> StageForecast:
    """A stage that keeps everything, with its CPU at this volume."""
    cpu, bytes_in = counts.cpu_seconds, counts.bytes_in
    rate = cpu_seconds_per_byte(cpu, bytes_in, simulation.clusters.kind)
    over_documents = document_cpu_hours(rate, volume.bytes, simulation.ranks(cpu, bytes_in))
    resolve = resolve_cpu_hours(
        counts.resolve_cpu_seconds,
        float(counts.docs_in.sum()),
        volume.docs,
        simulation.independent_ranks(),
    )
    once = Quantity.certain(counts.train_cpu_seconds / SECONDS_PER_HOUR, simulation.draws)
    method = f"CPU per byte of text: {rate.method}"
    if counts.resolve_cpu_seconds:
        method += "; resolve: linear in documents, up to n log n"
    if counts.train_cpu_seconds:
        method += f"; {counts.train_cpu_seconds:.3g} CPU-seconds once, whatever the volume"
    return StageForecast(
        name,
        kind,
        docs_in=volume.docs,
        docs_out=volume.docs,
        bytes_in=volume.bytes,
        bytes_out=volume.bytes,
        retention=CARRIED,
        cpu_hours=over_documents + resolve + once,
        mb_per_cpu_second=mb_per_cpu_second(rate),
        method=method,
        per_document_cpu_hours=over_documents,
        resolve_cpu_hours=resolve,
    )


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
    return replace(stage, docs_out=docs_out, bytes_out=bytes_out, retention=retention)


def _with_dedup(
    record: Record, stage: StageForecast, counts: StageCounts, simulation: Simulation
) -> StageForecast:
    """Retention of a dedup at scale; in bytes it is in the same proportion as in the sample."""
    table, ranks = record.tables["spectrum"], simulation.dedup_ranks
    spectrum, sampled = spectrum_of(table, stage.stage), float(counts.docs_in.sum())
    apart = record.run.parts > 1
    retention = (
        retention_apart(table, stage.stage, stage.docs_in.point)
        if apart
        else dedup_retention(spectrum, sampled, stage.docs_in.point, simulation.seed)
    )
    kept = Quantity(planning_point(retention), planning_draws(retention, ranks))
    if retention.state == "bounds" and spectrum.documents and not apart:
        lows, highs = dedup_band(spectrum, sampled, stage.docs_in.draws, simulation.seed)
        kept = Quantity(kept.point, lows + ranks * (highs - lows))
        retention = replace(retention, low=min(retention.low, float(lows.min())))
    in_bytes = _bytes_beside_documents(counts)
    share = Quantity(min(1.0, kept.point * in_bytes), np.minimum(1.0, kept.draws * in_bytes))
    return replace(
        stage,
        docs_out=stage.docs_in * kept,
        bytes_out=stage.bytes_in * share,
        retention=retention,
    )


def _bytes_beside_documents(counts: StageCounts) -> float:
    """Retention in bytes over retention in documents, as measured in the sample."""
    docs_in, docs_out = float(counts.docs_in.sum()), float(counts.docs_out.sum())
    bytes_in, bytes_out = float(counts.bytes_in.sum()), float(counts.bytes_out.sum())
    if not docs_out or not bytes_in:
        return 1.0
    return (bytes_out / bytes_in) / (docs_out / docs_in)


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
    in "intervals". After a stage in state "bounds" these points are planning values, which
    "planned" says.
    """
    target = forecast.target
    planned = False
    stages = []
    for stage in forecast.stages:
        stages.append(_stage_to_json(stage, planned))
        planned = planned or stage.retention.state == "bounds"
    tokens = forecast.clean_tokens
    return {
        "target": {
            "bytes": target.bytes,
            "basis": target.basis,
            "stored_bytes": _quantity_to_json(target.stored_bytes),
            "text_bytes": _quantity_to_json(target.text_bytes),
            "documents": _quantity_to_json(target.documents),
            "ratio": target.ratio,
            "conversion": target.conversion,
        },
        "stages": stages,
        "clean": {
            "docs": _quantity_to_json(forecast.clean_docs),
            "bytes": _quantity_to_json(forecast.clean_text_bytes),
            "tokens": None if tokens is None else _quantity_to_json(tokens),
            "planned": planned,
        },
        "cpu_hours": _quantity_to_json(forecast.cpu_hours),
        "state": forecast.state,
        "seed": forecast.seed,
    }


def _stage_to_json(stage: StageForecast, planned: bool) -> dict[str, Any]:
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
        "retention": _estimate_to_json(stage.retention),
        "cpu_hours": _quantity_to_json(stage.cpu_hours),
        "mb_per_cpu_second": None if speed is None else _estimate_to_json(speed),
        "method": stage.method,
    }


def _quantity_to_json(quantity: Quantity) -> dict[str, float]:
    low, high = quantity.interval()
    return {"point": quantity.point, "low": low, "high": high}


def _estimate_to_json(estimate: Estimate) -> dict[str, Any]:
    return {
        "point": estimate.point,
        "low": estimate.low,
        "high": estimate.high,
        "method": estimate.method,
        "state": estimate.state,
    }
