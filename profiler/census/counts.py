"""From the shards counted to one row per probe, and what a dedup's counts say together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.recipes.catalog import recorded_recipe
from profiler.census.keys import EXACT, Counts
from profiler.census.route import counted_dedups
from profiler.census.store import (
    CENSUS_VERSION,
    COUNTS,
    Account,
    Census,
    CensusFolder,
    CountedShard,
    DedupStage,
    probes_digest,
    read_copies,
    read_outcomes,
)
from profiler.census.strata import run_strata
from profiler.machine import describe_versions
from profiler.processes import read_usages
from profiler.record.schema import Run, StageTotals
from profiler.record.store import Record

FEWEST_SAMPLED = 100  # documents from which the share that reaches dedup is taken of the stream
FEWEST_SINGLES, MOST_MET = 50, 0.98  # when probes seem to be met again themselves
SEEN_BEFORE = "counted by an earlier call"

_IN_RUN = {
    "exact_copies_in_run": "exact_copies",
    "near_copies_in_run": "near_copies",
    "near_group_copies_in_run": "near_group_copies",
}


@dataclass(frozen=True, slots=True)
class Parts:
    """What one call adds beside its counts."""

    known: Mapping[str, str]
    skipped: Mapping[str, str]
    early_filters: tuple[str, ...]
    wall_seconds: float


@dataclass(frozen=True, slots=True)
class ProbeCounts:
    """How many copies probes were found to have, at one dedup and those before it.

    ``copies[i]`` documents, the probe itself among them, were seen of each of ``probes[i]``
    probes. Each probe was looked up among ``documents_read`` documents that reach the first dedup
    (and pass what stands between), of ``documents_whole`` in the whole, where that is known. A
    probe is a random document, so its group is drawn with a chance in proportion to its size.
    """

    stage: str
    kind: str
    copies: Counts
    probes: Counts
    documents_read: float
    documents_whole: float | None

    @property
    def share_read(self) -> float | None:
        """Documents read over documents of the whole."""
        if self.documents_whole is None:
            return None
        return min(1.0, self.documents_read / self.documents_whole)


def add_up(record: Record, folder: CensusFolder, earlier: Census | None, parts: Parts) -> Census:
    """The census over all shards that were ever counted in ``folder``."""
    shards = read_outcomes(folder)
    run = record.run
    before = earlier.account if earlier is not None else None
    counted = {shard.name for shard in shards.values()}
    skipped = {**(before.skipped if before else {}), **parts.skipped}
    skipped = {name: reason for name, reason in skipped.items() if name not in counted}
    known = {**(before.known if before else {}), **parts.known}
    account = Account(
        schema_version=CENSUS_VERSION,
        state="partial" if skipped else "complete",
        design=run.design,
        sampled=run.sampled is not None,
        seed=run.seed,
        probes=probes_digest(record.tables["probes"], run.recipe),
        stages=_stages(record, tuple(shards.values())),
        shards=tuple(shards.values()),
        known={name: reason for name, reason in known.items() if reason != SEEN_BEFORE},
        skipped=skipped,
        early_filters=parts.early_filters,
        versions=describe_versions(),
        cpu_seconds=sum(usage.cpu_seconds for _, usage in read_usages(folder.processes)),
        wall_seconds=parts.wall_seconds + (before.wall_seconds if before else 0.0),
    )
    return Census(account, _counts_table(record, folder, shards))


def probe_counts(census: Census, documents_whole: float | None = None) -> tuple[ProbeCounts, ...]:
    """The histogram of copies seen, per dedup stage in the order of the recipe.

    ``documents_whole`` are the documents of the whole that would reach the first dedup.
    """
    first = census.account.stages[0]
    counts = []
    for stage in census.account.stages:
        copies, probes = np.unique(multiplicities(census, stage), return_counts=True)
        share = stage.run_documents / first.run_documents if first.run_documents else 1.0
        whole = None if documents_whole is None else documents_whole * share
        counts.append(
            ProbeCounts(
                stage.stage, stage.kind, copies, probes, documents_read(census, stage), whole
            )
        )
    return tuple(counts)


def documents_read(census: Census, stage: DedupStage) -> float:
    """Documents at a stage that every probe was looked up among.

    When the run is a sample of documents, the shards that it was drawn from are the population:
    then only what the census itself read counts, and the copies inside the sample do not.
    """
    if census.account.sampled:
        return max(stage.read_documents, 1.0)
    return stage.run_documents + stage.read_documents


def multiplicities(census: Census, stage: DedupStage) -> Counts:
    """Copies seen of each probe that got to a stage, the probe itself among them."""
    column = census.counts.column(_copies_column(stage.kind))
    inside = census.counts.column(f"{_copies_column(stage.kind)}_in_run")
    there = reached(census, stage)
    found = column.fill_null(0).to_numpy() + 1
    if not census.account.sampled:
        found = found + inside.fill_null(0).to_numpy()
    counts: Counts = found[there]
    return counts


def copies_in_run(census: Census, stage: DedupStage) -> Counts:
    """Documents of the run in the group of each probe, itself included; 1 where it did not come."""
    name = "exact_copies_in_run" if stage.kind == EXACT else "near_group_copies_in_run"
    copies: Counts = census.counts.column(name).fill_null(0).to_numpy() + 1
    return copies


def met_again(census: Census) -> bool:
    """Whether nearly all probes, single ones too, have an equal document in the shards read.

    That is no duplication, but a sign that the run's own documents are in the shards in a form
    that their content as files does not tell.
    """
    column = census.counts.column("exact_copies")
    single = census.counts.column("exact_copies_in_run").fill_null(1).to_numpy() == 0
    if census.account.sampled or np.count_nonzero(single) < FEWEST_SINGLES:
        return False
    return bool(np.mean(column.fill_null(0).to_numpy()[single] > 0) > MOST_MET)


def reached(census: Census, stage: DedupStage) -> npt.NDArray[np.bool_]:
    """Which probes got to a stage."""
    there: npt.NDArray[np.bool_] = np.asarray(
        census.counts.column(_copies_column(stage.kind)).is_valid().to_numpy()
    )
    return there


def _copies_column(kind: str) -> str:
    return "exact_copies" if kind == EXACT else "near_copies"


def _counts_table(
    record: Record, folder: CensusFolder, shards: Mapping[str, CountedShard]
) -> pa.Table:
    probes = record.tables["probes"]
    kinds = [stage.kind for stage in _dedup_totals(record.run)]
    sums = np.zeros((len(kinds), len(probes)), np.int64)
    for identity in shards:
        sums += read_copies(folder, identity)
    sums -= _met_itself(probes, shards)
    columns = {name: probes.column(name) for name in ("shard", "position", "bytes", "script")}
    for target, source in _IN_RUN.items():
        columns[target] = probes.column(source)
    for name in ("exact_copies", "near_copies"):
        columns[name] = pa.nulls(len(probes), pa.int64())
    for number, kind in enumerate(kinds):
        there = np.asarray(probes.column(_copies_column(kind)).is_valid().to_numpy())
        columns[_copies_column(kind)] = pa.array(np.maximum(sums[number], 0), mask=~there)
    return pa.table({name: columns[name] for name in COUNTS.names}).cast(COUNTS)


def _met_itself(probes: pa.Table, shards: Mapping[str, CountedShard]) -> Counts:
    """1 for a probe whose source was read, so that it was among the documents itself."""
    read = {shard.source_shard for shard in shards.values()} - {None}
    return np.array([name in read for name in probes.column("source_shard").to_pylist()], np.int64)


def _stages(record: Record, shards: tuple[CountedShard, ...]) -> tuple[DedupStage, ...]:
    """What the run and the census had at each dedup, without what dedups before it dropped."""
    totals = _dedup_totals(record.run)
    ahead = record.run.stages[: record.run.stages.index(totals[0])]
    own_share = totals[0].docs_in / ahead[0].docs_in if ahead and ahead[0].docs_in else 1.0
    stages: list[DedupStage] = []
    passed = 1.0  # share of the documents of the first dedup that get to this one
    for total in totals:
        if stages:
            before = totals[len(stages) - 1]
            passed *= total.docs_in / before.docs_out if before.docs_out else 1.0
        stages.append(
            DedupStage(
                stage=total.stage,
                kind=total.kind,
                run_documents=totals[0].docs_in * passed,
                read_documents=_arrived(shards, total.stage, own_share * passed),
                run_strata=run_strata(record, total.stage, totals[0].stage),
            )
        )
    return tuple(stages)


def _arrived(shards: tuple[CountedShard, ...], stage: str, own_share: float) -> float:
    """Documents of the stream that reach a dedup, by those that were sent all the way unasked.

    From fewer than 100 of those the run's own share serves.
    """
    documents = sum(shard.documents for shard in shards)
    sampled = sum(shard.sampled for shard in shards)
    if sampled < FEWEST_SAMPLED:
        return documents * own_share
    return documents * sum(shard.arrived[stage] for shard in shards) / sampled


def _dedup_totals(run: Run) -> list[StageTotals]:
    names = [spec.name for spec in counted_dedups(recorded_recipe(run.recipe, "record"))]
    return [total for total in run.stages if total.stage in names]
