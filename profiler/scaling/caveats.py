"""What a forecast takes for granted, and what its reader must know: plain sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from profiler.record.store import Record
from profiler.scaling.clusters import MIN_SHARDS, ONCE_ROWS, Clusters
from profiler.scaling.ratio import LONE_CLUSTER_FACTOR
from profiler.scaling.dedup import BEYOND_SAMPLE
from profiler.scaling.quantity import planning_point
from profiler.scaling.volumes import StageForecast, Target

FAR = 64.0  # beyond this ratio a sample alone rarely narrows deduplication
FEW_DOCUMENTS = 10_000


def assumptions_of(
    record: Record, target: Target, stages: Sequence[StageForecast]
) -> tuple[str, ...]:
    """Everything that the figures rest on and that the run did not measure."""
    spent = record.run.other_cpu_seconds
    once = {row: spent[row] for row in ONCE_ROWS if spent.get(row)}
    listed = [
        "The target is the same kind of corpus as the sample, and its shards are a fair draw.",
        f"Size of the target: {target.conversion}.",
    ]
    listed += [_planning(stage) for stage in stages if stage.retention.state == "bounds"]
    if any(stage.retention.state == "bounds" for stage in stages):
        listed.append(
            "Deduplication takes the sample for random documents, and what an earlier dedup leaves "
            "of it for random documents of what it leaves of the whole; later filters keep at "
            "scale the share that they keep of the sample's survivors."
        )
    if any(stage.resolve_cpu_hours and stage.resolve_cpu_hours.point for stage in stages):
        listed.append(
            "Resolve phases grow with the documents, linearly to n log n; cache misses and "
            "spilling at the target's size are not in the figure."
        )
    if any(
        stage.mb_per_cpu_second and stage.mb_per_cpu_second.state == "rough" for stage in stages
    ):
        listed.append(
            "CPU of some stages was seen in one batch only, so no spread was measured: a factor of "
            f"{LONE_CLUSTER_FACTOR} either way is assumed for their rates."
        )
    if once:
        listed.append(
            f"Rows that are no stage ({', '.join(once)}: {sum(once.values()):.3g} CPU-seconds) "
            "are counted once, as measured, whatever the volume."
        )
    return (*listed, _tokens(record))


def warnings_of(
    record: Record, target: Target, clusters: Clusters, stages: Sequence[StageForecast]
) -> tuple[str, ...]:
    """What makes the forecast weaker than it looks, each with what would help."""
    found = [
        _few_shards(clusters),
        _small_sample(record, target),
        *_far_dedup(record, target, stages),
        *_conversion(target),
        *_builtin_models(record),
    ]
    if record.run.state != "complete":
        found.append(f"The run is {record.run.state}: its counts do not cover all of its inputs.")
    return tuple(warning for warning in found if warning)


def _planning(stage: StageForecast) -> str:
    share = planning_point(stage.retention)
    return (
        f"Stage {stage.stage}: the sample gives bounds only ({stage.retention.low:.3g} to "
        f"{stage.retention.high:.3g} of documents kept); volumes and costs after it are planned "
        f"with {share:.3g}, the middle, and drawn uniformly between the bounds: a choice for "
        "planning, not a probability that was measured."
    )


def _tokens(record: Record) -> str:
    method = record.run.tokens.get("method") or "unknown"
    if record.run.totals.tokens_out is None:
        return "Tokens of the clean text are not known: the run has no rate for its scripts."
    return f"Tokens follow the bytes of clean text at the run's rate (method: {method})."


def _few_shards(clusters: Clusters) -> str:
    if clusters.shards >= MIN_SHARDS:
        return ""
    noun = "shard holds" if clusters.shards == 1 else "shards hold"
    return (
        f"Only {clusters.shards} {noun} documents: intervals rest on batches of the same shards "
        f"and are optimistic. Profile at least {MIN_SHARDS} shards, better 20."
    )


def _small_sample(record: Record, target: Target) -> str:
    documents = record.run.totals.docs_in
    if target.ratio <= BEYOND_SAMPLE or documents >= FEW_DOCUMENTS:
        return ""
    return (
        f"The sample is small: {documents:,} documents, 1/{target.ratio:,.4g} of the target. "
        f"Profile at least {FEW_DOCUMENTS:,} documents."
    )


def _far_dedup(record: Record, target: Target, stages: Sequence[StageForecast]) -> list[str]:
    if not any(stage.retention.state == "bounds" for stage in stages):
        return []
    found = [
        "A sample of one snapshot cannot show duplication across snapshots: if the target spans "
        "several, draw the sample from all of them."
    ]
    if target.ratio > FAR:
        found.append(
            f"The target is {target.ratio:,.4g} times the sample: beyond about {FAR:.0f} times a "
            "sample bounds deduplication and estimates nothing. Only a sample that is a larger "
            "part of the target narrows the band."
        )
    if record.run.design == "block":
        found.append(
            "The sample is one block: duplicates elsewhere are unseen, and the low end of "
            "deduplication does not hold. Profile documents or shards from all over the corpus."
        )
    if record.run.design == "shards":
        found.append(
            "The sample is whole shards, and the band supposes random documents: where duplicates "
            "sit together in a shard, the band lies too low at its lower end."
        )
    return found


def _conversion(target: Target) -> list[str]:
    if not target.conversion.startswith("published"):
        return []
    return [
        f"The size was given as {target.basis} and turned into text by a published ratio. "
        f"Profile {target.basis} files, or give the size as stored or text."
    ]


def _builtin_models(record: Record) -> list[str]:
    return [
        f"Stage {stage.get('name')}: its model was trained on the built-in set {set_name!r}; its "
        "verdict on your text means little, its CPU time does. Name a model or a labelled set."
        for stage, set_name in _labelled_sets(record.run.recipe)
        if set_name.startswith("builtin:")
    ]


def _labelled_sets(recipe: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """Quality stages that train their model, and the set that they train it on."""
    stages = [stage for stage in recipe.get("stages", ()) if stage.get("kind") == "quality"]
    return [
        (stage, str(stage["quality"].get("labelled_set", "")))
        for stage in stages
        if "quality" in stage and not stage["quality"].get("model")
    ]
