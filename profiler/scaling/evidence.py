"""What a record knows of a dedup, and the answer that its design allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from profiler.record.schema import Design, Run, StageTotals, joint_stage
from profiler.record.store import Record
from profiler.scaling.dedup import (
    BEYOND_SAMPLE,
    DedupRetention,
    dedup_retention,
    from_draw,
    published,
    what_helps,
)
from profiler.scaling.laws import Probes
from profiler.scaling.quantity import (
    HIGH_QUANTILE,
    LOW_QUANTILE,
    Estimate,
    planning_point,
)
from profiler.scaling.resolving import ResolveTimings
from profiler.scaling.shard_design import (
    LEAST_SHARDS,
    ShardCounts,
    exchangeability,
    mirror_seen,
    shard_counts,
    two_stage,
)
from profiler.scaling.shard_noise import TWIN_SHARE, twin_shards
from profiler.scaling.spectrum import Spectrum, retention_apart, spectrum_of

DEDUP_KINDS = ("exact-dedup", "near-dedup")
CLASS_KIND = "near-dedup"  # what the published spectra are of
PART_OF_TARGET = 1.1  # a target so many times the source of a sample is more than that source
ALL_READ = 0.99  # of the whole: a census that has read so much has read it all
MIRRORED = "whole shards of the sample are copies of one another"
MIRROR_UNSEEN = (
    "Copies of whole shards in a few other shards (a mirror) may be missed, where no two such "
    "shards were drawn: a census would count them."
)


@dataclass(frozen=True, slots=True)
class CountedCopies:
    """A census of one dedup stage and those before it in its chain.

    ``copies`` tells how many probes were found so often in ``documents_read`` documents;
    ``kept`` and ``kept_bytes`` are retention in what was read.
    """

    copies: Spectrum
    documents_read: float
    kept: Estimate
    kept_bytes: Estimate
    note: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known, or assumed, beside the record.

    ``like`` names a reference class that the user says the whole is of. ``design`` overrides the
    record's. ``timings`` of resolve phases and ``census`` are by name of the stage.
    """

    like: str | None = None
    design: Design | None = None
    timings: Mapping[str, ResolveTimings] = field(default_factory=dict)
    census: Mapping[str, CountedCopies] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChainLink:
    """A dedup stage, and the first dedup of the chain in which no other stage lies between.

    ``name`` has the spectrum over the documents that enter ``first``.
    """

    stage: str
    kind: str
    first: str
    before: str | None
    name: str


def chains(stages: Sequence[StageTotals]) -> dict[str, ChainLink]:
    """Every dedup stage of a recipe, and the chain it stands in, by name of the stage."""
    links: dict[str, ChainLink] = {}
    before: ChainLink | None = None
    for stage in stages:
        if stage.kind in ("read", "intermediate"):
            continue
        if stage.kind not in DEDUP_KINDS:
            before = None
            continue
        first = before.first if before else stage.stage
        name = joint_stage(stage.stage) if before else stage.stage
        before = ChainLink(stage.stage, stage.kind, first, before.stage if before else None, name)
        links[stage.stage] = before
    return links


def dedup_answer(
    record: Record, link: ChainLink, total: float, evidence: Evidence, seed: int
) -> DedupRetention:
    """What the documents that enter the chain keep after this stage, of ``total`` of them.

    A census comes first, then the design of the sample decides.
    """
    table = record.tables["spectrum"]
    like = evidence.like if link.kind == CLASS_KIND else None
    counted = evidence.census.get(link.stage)
    if counted is not None and counted.documents_read > 0:
        return _from_census(counted, total, seed)
    if record.run.parts > 1:
        return _only(retention_apart(table, link.name, total))
    seen = spectrum_of(table, link.name)
    sampled = float(seen.documents)
    design = evidence.design or record.run.design
    drawn = evidence.design == "documents" or _drawn_from_all(record.run, total / max(sampled, 1.0))
    if sampled == 0 or total <= sampled * BEYOND_SAMPLE or (design == "documents" and drawn):
        return dedup_retention(seen, sampled, total, like, seed)
    counts = shard_counts(record.tables["incidence"], link.name)
    if design == "block":
        return _bounded(counts, total, seed, "one block: duplicates elsewhere are unseen")
    return of_whole_shards(seen, counts, total, seed, like)


def of_whole_shards(
    seen: Spectrum, counts: ShardCounts, total: float, seed: int = 1, like: str | None = None
) -> DedupRetention:
    """The answer of whole shards: as random documents, in two stages, or bounds."""
    if counts.count < 2:
        return _bounded(counts, total, seed, "one shard: nothing to compare its pairs with")
    test, mirrored = exchangeability(counts), mirror_seen(counts, total)
    if not test.rejected and not mirrored:
        found = dedup_retention(seen, float(seen.documents), total, like, seed)
        note = f"Whole shards are taken for random documents: {test.told()}."
        return replace(found, notes=(note, *found.notes))
    if counts.count < LEAST_SHARDS:
        return _bounded(
            counts, total, seed, f"whole shards that are no random documents: {test.told()}"
        )
    note = f"Whole shards are no random documents: {test.told()}; estimated in two stages. " + (
        _mirror_told(counts) if mirrored else MIRROR_UNSEEN
    )
    method = f"two stages: within {counts.count} shards, and between them"
    found = published(two_stage(counts, total, seed), method, (note,))
    return replace(found, doubt=MIRRORED if mirrored else "")


def _mirror_told(counts: ShardCounts) -> str:
    twins = twin_shards(counts.held, counts.groups)
    return (
        f"{twins:,} of {counts.count:,} shards share {TWIN_SHARE:.0%} of their groups or more with "
        "just one other (a mirror, or a later copy), whatever the test on pairs says. So no point "
        "is given: few shards seldom hold both. A census would count them."
    )


def _drawn_from_all(run: Run, ratio: float) -> bool:
    """Whether a document sample was drawn from as much as the target, or from less of it.

    From a few shards, documents are random in those only, and the shards are to be tested.
    """
    source = run.sampled
    if source is None or not source.fraction:
        return True
    return ratio <= PART_OF_TARGET / source.fraction


def _from_census(counted: CountedCopies, total: float, seed: int) -> DedupRetention:
    if counted.documents_read >= ALL_READ * total:
        found = replace(counted.kept, outer_low=counted.kept.low, outer_high=counted.kept.high)
        draws = np.interp(
            np.linspace(0.0, 1.0, 401),
            [0.0, LOW_QUANTILE, 0.5, HIGH_QUANTILE, 1.0],
            _ends(found),
        )
        return DedupRetention(
            found, planning_point(found), draws, (counted.note,), None, counted=True
        )
    probes = float(counted.copies.groups.sum())
    found_alone = from_draw(counted.copies, Probes(total, counted.documents_read, probes), seed)
    share = counted.documents_read / total
    method = f"census of {probes:,.0f} documents in {share:.2%} of the whole, the rest extrapolated"
    estimate = replace(found_alone.estimate, method=method)
    notes = (counted.note, *found_alone.notes)
    return replace(found_alone, estimate=estimate, notes=notes, counted=True)


def _ends(estimate: Estimate) -> list[float]:
    """Quantiles 0, 5, 50, 95 and 100 % of a law with this interval, nearly normal."""
    middle = planning_point(estimate)
    down, up = middle - estimate.low, estimate.high - middle
    return [
        max(0.0, middle - 1.7 * down),
        estimate.low,
        middle,
        estimate.high,
        min(1.0, middle + 1.7 * up),
    ]


def _only(estimate: Estimate) -> DedupRetention:
    draws = np.linspace(estimate.low, estimate.high, 201)
    middle = (estimate.low + estimate.high) / 2
    wide = replace(estimate, outer_low=estimate.low, outer_high=estimate.high)
    return DedupRetention(wide, middle, draws, (), None)


def _bounded(counts: ShardCounts, total: float, seed: int, why: str) -> DedupRetention:
    """Bounds only: no more is kept than within shards, and what shards share lowers it."""
    found = two_stage(counts, total, seed)
    ratio = total / float(counts.documents.sum())
    low, high = found.outer.low, found.outer.high
    estimate = Estimate(None, low, high, f"bounds over all laws; {why}", "bounds", low, high)
    draws = np.linspace(low, high, 201)
    return DedupRetention(estimate, (low + high) / 2, draws, (f"{why}.", what_helps(ratio)), None)
