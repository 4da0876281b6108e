"""Filters on trial: all of a block on the same documents, without short cut, each part timed.

A block is filters that follow one another with no transform, no dedup and no admission between
them. A filter judges each document by itself, so in any order a block keeps the same documents;
the order only says which filter sees how many, and who pays for the counts that several share.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.document import Mask, TextView, text_array, text_view
from pipeline.inspector import Step
from pipeline.kernels.mixing import shard_salt
from pipeline.stages.admission import Admission
from pipeline.stages.lexicon import Lexicon
from pipeline.stages.measures import FAMILIES, MEASURES
from pipeline.stages.rules import RuleFilter
from pipeline.stages.stage import Documents, Filter, Transform
from profiler.record.schema import (
    BLOCK_JOIN,
    DROPPED_GROUP,
    KEPT_GROUP,
    LONE_GROUP,
    MOST_BLOCK_FILTERS,
    OWN_WORK,
    SINGLE_GROUP,
    TRIAL_PARTS,
)

MOST_TRIED_SHARDS = 256  # as many clusters as are told apart when a block is resampled
MOST_TIMED_SHARDS = 64  # a trial costs by calls, not by text: tiny shards would cost most
TRIED_UP_TO = "tried_up_to"  # settings: the largest salt of a shard on whose documents filters
TIMED_UP_TO = "timed_up_to"  # are tried, or timed as well,
TRIED_PART = "tried_part"  # and the part of all shards that are tried
Key = tuple[str | int, ...]
Work = Callable[[], object]
N = TypeVar("N", int, float)
Ranks = npt.NDArray[np.uint64]


@dataclass(slots=True)
class Trials:
    """Sums over the batches of one shard in one leg.

    ``verdicts`` by (block, shard, part, filters that would drop) are documents and bytes;
    ``costs`` by (block, filter, component, group, shard, part) are calls, documents present,
    documents and bytes alive, and CPU-seconds. The part of a document is its own whatever the
    batches are; that of a cost is the batch's.
    """

    shard: str
    stages: Mapping[str, Filter | Transform]
    clock: Callable[[], float] = time.process_time
    timed: bool = True
    verdicts: dict[Key, list[int]] = field(default_factory=dict)
    costs: dict[Key, list[float]] = field(default_factory=dict)
    batches: int = 0

    def hold(self, documents: Documents, steps: Sequence[Step], chosen: Mask, ranks: Ranks) -> None:
        """Try every block of a leg on the chosen documents that reached it in the run."""
        part = self.batches % TRIAL_PARTS
        self.batches += 1
        for block in blocks(steps, self.stages):
            reached = chosen & block[0].alive
            if not reached.any():
                continue
            subsample = taken(documents, block[0].before, reached)
            filters = [self.stages[step.stage] for step in block]
            name = BLOCK_JOIN.join(step.stage for step in block)
            dropped, asked = self._judge(name, filters, subsample, ranks[reached])
            if self.timed:
                self._time(name, filters, subsample, dropped, asked, part)

    def _judge(
        self,
        block: str,
        filters: Sequence[Filter | Transform],
        subsample: Documents,
        ranks: Ranks,
    ) -> tuple[npt.NDArray[np.int64], dict[str, frozenset[str]]]:
        """Which filters drop each document, as bits in the order of the block.

        With the families that each filter asked for: a rule that holds for no document, because
        of its languages or scripts, asks for none.
        """
        dropped = np.zeros(len(subsample), np.int64)
        asked: dict[str, frozenset[str]] = {}
        for bit, stage in enumerate(filters):
            assert isinstance(stage, Filter)
            dropped |= stage.failures(subsample).any(axis=1).astype(np.int64) << bit
            asked[stage.name] = frozenset(subsample.measures)
        # The subsample is that of the smallest ranks, so its parts go by the last bits.
        parts = (ranks % np.uint64(TRIAL_PARTS)).astype(np.int64)
        kinds, which = np.unique(np.stack([parts, dropped]), axis=1, return_inverse=True)
        docs = np.bincount(which.ravel())
        volume = np.bincount(which.ravel(), subsample.text.lengths).astype(np.int64)
        for (part, mask), count, size in zip(kinds.T, docs, volume, strict=True):
            key = (block, self.shard, int(part), int(mask))
            _add(self.verdicts, key, (int(count), int(size)))
        return dropped, asked

    def _time(
        self,
        block: str,
        filters: Sequence[Filter | Transform],
        subsample: Documents,
        dropped: npt.NDArray[np.int64],
        asked: Mapping[str, frozenset[str]],
        part: int,
    ) -> None:
        """CPU of every component, on documents that are kept, on others, and on just one.

        One document tells what a call costs whatever it is on, in a batch of its own and among
        others that are passed over. None at all would not: rules that hold for none are skipped.
        """
        one = np.arange(len(subsample)) == int(subsample.text.lengths.argmin())
        lone = taken(subsample, subsample.text, one)
        self._time_group(block, filters, lone, asked, (LONE_GROUP, self.shard, part))
        groups = {SINGLE_GROUP: one, DROPPED_GROUP: dropped != 0, KEPT_GROUP: dropped == 0}
        for group, alive in groups.items():
            if alive.any():
                subsample.alive = alive
                self._time_group(block, filters, subsample, asked, (group, self.shard, part))

    def _time_group(
        self,
        block: str,
        filters: Sequence[Filter | Transform],
        documents: Documents,
        asked: Mapping[str, frozenset[str]],
        place: tuple[str, str, int],
    ) -> None:
        documents.replace_text(documents.text)  # forgets what was counted
        amounts = (1.0, len(documents), documents.live_docs, documents.live_bytes)
        noted: set[str] = set()
        for stage in filters:
            for component, work in components(stage, documents, asked).items():
                row = amounts if component not in noted else (0.0,) * len(amounts)
                if component == OWN_WORK and isinstance(stage, RuleFilter):
                    row = (*amounts[:2], 0.0, 0.0)  # rules compare whole batches, whoever is alive
                spent = 0.0 if work is None else self._spent(work)
                _add(self.costs, (block, stage.name, component, *place), (*row, spent))
                noted |= {component} - {OWN_WORK}

    def _spent(self, work: Work) -> float:
        before = self.clock()
        work()
        return self.clock() - before


def chosen_shards(seed: int, shards: Sequence[str]) -> dict[str, str]:
    """Settings that bound how many shards have trials, by seeded salt; none for few shards.

    The shards that are tried give more documents in return: as many in all as without a bound.
    """
    salts = sorted(trial_salt(seed, shard) for shard in shards)
    settings = {}
    if len(salts) > MOST_TRIED_SHARDS:
        settings[TRIED_UP_TO] = str(salts[MOST_TRIED_SHARDS - 1])
        settings[TRIED_PART] = repr(MOST_TRIED_SHARDS / len(salts))
    if len(salts) > MOST_TIMED_SHARDS:
        settings[TIMED_UP_TO] = str(salts[MOST_TIMED_SHARDS - 1])
    return settings


def trial_salt(seed: int, shard: str) -> int:
    """What orders the shards when some are chosen for trials."""
    return int(shard_salt(seed, f"trial\0{shard}"))


def blocks(
    steps: Sequence[Step], stages: Mapping[str, Filter | Transform]
) -> tuple[tuple[Step, ...], ...]:
    """The blocks of a leg that have an order to choose: of 2 filters and more, not of too many."""
    found: list[list[Step]] = [[]]
    for step in steps:
        stage = stages.get(step.stage)
        if step.verdicts is None or stage is None or isinstance(stage, Admission):
            found.append([])
        else:
            found[-1].append(step)
    return tuple(tuple(each) for each in found if 2 <= len(each) <= MOST_BLOCK_FILTERS)


def components(
    stage: Filter | Transform,
    documents: Documents,
    asked: Mapping[str, frozenset[str]],
) -> dict[str, Work | None]:
    """What a filter needs counted, in order, and last its own work; None: nothing to do for it.

    What is counted is shared with the filters that come later.
    """
    assert isinstance(stage, Filter)
    work: dict[str, Work | None] = {}
    for family in families_of(stage) if isinstance(stage, RuleFilter) else ():
        assert isinstance(stage, RuleFilter)
        wanted = family in asked[stage.name]
        missing = wanted and family not in documents.measures
        work[family] = _filling(family, documents, stage.lexicon) if missing else None
    work[OWN_WORK] = lambda: stage.failures(documents)
    return work


def families_of(stage: RuleFilter) -> tuple[str, ...]:
    """Families that a filter's rules look at and those need, in the order of first use."""
    measures = [MEASURES[rule.measure] for rule in stage.rules.values()]
    places = [place for each in measures for place in (each.top, *each.bottom)]
    named = [place.partition(".")[0] for place in places]
    return tuple(dict.fromkeys(name for each in named for name in (*FAMILIES[each].needs, each)))


def taken(documents: Documents, text: TextView, chosen: Mask) -> Documents:
    """The chosen documents as a batch of their own, all alive, with ``text`` for theirs."""
    mask = pa.array(chosen)
    view = text_view(text_array(text).filter(mask))
    columns = documents.columns.filter(mask)
    alive = np.ones(len(view), np.bool_)
    return Documents(columns, view, alive, documents.script[chosen], documents.positions[chosen])


def _filling(family: str, documents: Documents, lexicon: Lexicon) -> Work:
    def fill() -> None:
        documents.measures[family] = FAMILIES[family].fill(documents, lexicon)

    return fill


def _add(sums: dict[Key, list[N]], key: Key, values: Sequence[N]) -> None:
    if key in sums:
        sums[key] = [a + b for a, b in zip(sums[key], values, strict=True)]
    else:
        sums[key] = list(values)
