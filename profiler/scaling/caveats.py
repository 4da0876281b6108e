"""What a forecast takes for granted, and what its reader must know: plain sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from profiler.record.store import Record
from profiler.scaling.adequacy import advise_retention
from profiler.scaling.clusters import MIN_SHARDS, ONCE_ROWS, Clusters
from profiler.scaling.dedup import BEYOND_SAMPLE, what_helps
from profiler.scaling.evidence import DEDUP_KINDS, Evidence, chains
from profiler.scaling.ratio import LONE_CLUSTER_FACTOR
from profiler.scaling.resolving import resolve_method
from profiler.scaling.volumes import StageForecast, Target, volume_states

FEW_DOCUMENTS = 10_000
# How notes begin that say what is supposed; every other note weakens the figures.
COUNTED, IN_CLASS, SHARDS_TAKEN = "Counted by a census", "That the whole is like", "Whole shards"
SUPPOSED = (COUNTED, IN_CLASS, SHARDS_TAKEN)
HELPS = "What would help"
CLASS_HELPS = "`--like common-crawl` takes its law for the whole's"


def assumptions_of(
    record: Record,
    target: Target,
    stages: Sequence[StageForecast],
    evidence: Evidence | None = None,
) -> tuple[str, ...]:
    """Everything that the figures rest on and that the run did not measure."""
    evidence = evidence or Evidence()
    spent = record.run.other_cpu_seconds
    once = {row: spent[row] for row in ONCE_ROWS if spent.get(row)}
    listed = [
        "The target is the same kind of corpus as the sample, and its shards are a fair draw.",
        f"Size of the target: {target.conversion}.",
        *_design(record, target, stages, evidence),
        *_notes(stages, supposed=True),
        *_planning(stages),
        *_after_dedup(record, stages),
        *_resolving(record, stages, evidence),
    ]
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
        *_notes(stages, supposed=False),
        *_unhelped(target, stages),
        _one_snapshot(target, stages),
        _one_block(record),
        *_conversion(target),
        _drawn_files(record),
        *_adequacy(target, clusters, stages),
        *_builtin_models(record),
    ]
    if record.run.state != "complete":
        found.append(f"The run is {record.run.state}: its counts do not cover all of its inputs.")
    return tuple(warning for warning in found if warning)


def _design(
    record: Record, target: Target, stages: Sequence[StageForecast], evidence: Evidence
) -> list[str]:
    """How the documents are taken to be drawn, where dedup at scale rests on it."""
    if target.ratio <= BEYOND_SAMPLE or not _dedups(stages):
        return []
    design = evidence.design or record.run.design
    listed = []
    if evidence.design is not None and evidence.design != record.run.design:
        listed.append(
            f"The sample is taken for {_drawn_as(evidence.design)}, as you said; the run says "
            f"{_drawn_as(record.run.design)}."
        )
    if design == "documents":
        listed.append("Deduplication takes the sample for random documents of the whole.")
    return listed


def _drawn_as(design: str) -> str:
    return {"documents": "random documents", "shards": "whole shards"}.get(design, "one block")


def _planning(stages: Sequence[StageForecast]) -> list[str]:
    """Without the value: a point that the state forbids is not told as an assumption either."""
    states = zip(stages, volume_states(stages), strict=True)
    names = [
        stage.stage
        for stage, (_, after) in states
        if after == "bounds" and (stage.chain_retention or stage.retention).state == "bounds"
    ]
    if not names:
        return []
    return [
        f"{_stages(names)}: the sample gives bounds only, so no point is printed. Volumes and "
        "costs after that are planned with the mean of what was drawn between the bounds: a "
        "choice for planning, not a figure that was measured."
    ]


def _after_dedup(record: Record, stages: Sequence[StageForecast]) -> list[str]:
    """What stages after a dedup are taken to do, and dedups that follow another with a gap."""
    dedups = [stage.stage for stage in _dedups(stages)]
    if not dedups:
        return []
    names = [stage.stage for stage in record.run.stages if stage.kind not in _CARRIERS]
    listed = []
    last = names.index(dedups[-1]) if dedups[-1] in names else len(names)
    if names[last + 1 :]:
        listed.append(
            "Filters after a dedup keep at scale the share that they keep of the sample's "
            "survivors."
        )
    apart = [link.stage for link in chains(record.run.stages).values() if link.first == link.stage]
    if apart[1:]:
        listed.append(
            f"{_stages(apart[1:])}: what an earlier dedup leaves of the sample is taken for random "
            "documents of what it leaves of the whole."
        )
    return listed


def _resolving(record: Record, stages: Sequence[StageForecast], evidence: Evidence) -> list[str]:
    """How the CPU of resolve phases at this size came about."""
    sampled = {stage.stage: float(stage.docs_in) for stage in record.run.stages}
    told = [
        (
            resolve_method(
                stage.docs_in.point,
                sampled.get(stage.stage, 0.0),
                evidence.timings.get(stage.stage),
            ),
            stage.stage,
        )
        for stage in stages
        if stage.resolve_cpu_hours is not None and stage.resolve_cpu_hours.point
    ]
    return [
        f"{_stages(names)}: CPU of {text}{'' if text.endswith('.') else '.'}"
        for text, names in _together(told)
    ]


def _notes(stages: Sequence[StageForecast], *, supposed: bool) -> list[str]:
    """What the answers of the dedups say, each once, with the stages that it is said of."""
    told = [
        (note, stage.stage)
        for stage in stages
        for note in stage.notes
        if note.startswith(SUPPOSED) == supposed
    ]
    return [f"{_stages(names)}: {_lowered(note)}" for note, names in _together(told)]


def _unhelped(target: Target, stages: Sequence[StageForecast]) -> list[str]:
    """What would help where bounds are all there is and no note says it yet."""
    names = [
        stage.stage
        for stage in _dedups(stages)
        if (stage.chain_retention or stage.retention).state == "bounds"
        and not any(HELPS in note for note in stage.notes)
    ]
    if not names:
        return []
    text = f"{_stages(names)}: {_lowered(what_helps(target.ratio))}"
    return [f"{text} Where the whole is known to be web text of many crawls, {CLASS_HELPS}."]


def _one_snapshot(target: Target, stages: Sequence[StageForecast]) -> str:
    """Said unless a census or a class speaks for what the sample cannot show."""
    dedups = _dedups(stages)
    spoken = any(note.startswith((COUNTED, IN_CLASS)) for stage in dedups for note in stage.notes)
    if not dedups or spoken or target.ratio <= BEYOND_SAMPLE:
        return ""
    return (
        "A sample of one snapshot cannot show duplication across snapshots: if the target spans "
        "several, draw the sample from all of them."
    )


def _one_block(record: Record) -> str:
    if record.run.design != "block":
        return ""
    return (
        "The sample is one block: what filters keep, and how long documents are, may differ "
        "elsewhere. Profile documents or shards from all over the corpus."
    )


def _drawn_files(record: Record) -> str:
    if record.run.sampled is None or not record.run.sampled.inputs:
        return ""
    return (
        "CPU of reading is that of the drawn sample's Parquet files, not of the files that it was "
        "drawn from. `corpuscost profile --sample` over those measures it."
    )


def _adequacy(target: Target, clusters: Clusters, stages: Sequence[StageForecast]) -> list[str]:
    """How many more shards would narrow the dearest stage and the least certain filter."""
    if target.ratio <= BEYOND_SAMPLE or clusters.kind != "shards" or not stages:
        return []
    found = []
    dearest = max(stages, key=lambda stage: stage.cpu_hours.point)
    if dearest.advice and "narrow enough" not in dearest.advice:
        found.append(f"CPU of {dearest.stage}, the largest part: {dearest.advice}.")
    filters = [stage for stage in stages if stage.kind not in DEDUP_KINDS]
    widest = max(filters, key=lambda stage: stage.retention.high - stage.retention.low)
    advice = advise_retention(widest.retention, clusters.shards, clusters.kind)
    if advice is not None and advice.more_shards is not None:
        found.append(f"Retention of {widest.stage}, the least certain filter: {advice.text}.")
    return found


_CARRIERS = ("read", "intermediate")


def _dedups(stages: Sequence[StageForecast]) -> list[StageForecast]:
    return [stage for stage in stages if stage.kind in DEDUP_KINDS]


def _together(told: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Texts in their order, each once, with the stages that have it."""
    stages_of: dict[str, list[str]] = {}
    for text, stage in told:
        names = stages_of.setdefault(text, [])
        if stage not in names:
            names.append(stage)
    return list(stages_of.items())


def _stages(names: Sequence[str]) -> str:
    return f"{'Stage' if len(names) == 1 else 'Stages'} {', '.join(names)}"


def _lowered(text: str) -> str:
    """A sentence that goes on after a colon; names in capitals keep theirs."""
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


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
