"""What the profiler notes of the stages' decisions: drops, volumes, lengths, samples, trials.

One inspector sees one shard in one leg. All that it gathers is a sum over documents, or the
documents of smallest rank, so that neither batches nor workers change it.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.document import Mask, TextView, text_array
from pipeline.inspector import Step
from pipeline.kernels.mixing import document_ranks, shard_salt
from pipeline.kernels.scripts import SCRIPTS
from pipeline.stages.stage import KEEP, Documents, Filter, Transform, first_reason
from profiler.compression import TextSample
from profiler.record.schema import DROPPED
from profiler.trial import TIMED_UP_TO, TRIED_PART, TRIED_UP_TO, Trials, taken, trial_salt

OVERSIZE = "oversize"
INSPECTION_FILE = "inspection.json"
SPECIMENS = "specimens"  # its key for the dropped documents
SPECIMENS_PER_REASON = 20
SPECIMEN_CHARS = 600
ALONE_SHARE = 0.05  # of documents on which every rule is tried
TRIAL_SHARE = "trial_share"  # setting: another share for the trials of filters together
MOST_SOURCES = 256  # distinct sources that a shard's drops are told apart by
OTHER_SOURCE = "(other)"

Key = tuple[Any, ...]


@dataclass(slots=True)
class Specimens:
    """The documents of smallest rank that were dropped for one reason."""

    kept: list[tuple[int, int, dict[str, Any]]] = field(default_factory=list)

    def wants(self, rank: int) -> bool:
        return len(self.kept) < SPECIMENS_PER_REASON or rank < -self.kept[0][0]

    def add(self, rank: int, position: int, row: dict[str, Any]) -> None:
        heapq.heappush(self.kept, (-rank, -position, row))
        if len(self.kept) > SPECIMENS_PER_REASON:
            heapq.heappop(self.kept)


@dataclass(slots=True)
class Inspection:
    """Gathers what one shard in one leg shows; files are written at exit."""

    directory: Path
    shard: str
    seed: int
    leg: int
    stages: Sequence[Filter | Transform]
    settings: Mapping[str, str]
    drops: dict[Key, list[int]] = field(default_factory=dict)
    volumes: dict[Key, list[int]] = field(default_factory=dict)
    lengths: dict[Key, list[int]] = field(default_factory=dict)
    alone: dict[Key, list[int]] = field(default_factory=dict)
    tokenized: dict[Key, list[int]] = field(default_factory=dict)
    specimens: dict[Key, Specimens] = field(default_factory=dict)
    sources: dict[str | None, str | None] = field(default_factory=dict)
    text_sample: TextSample = field(default_factory=TextSample)
    trials: Trials = field(init=False)
    tried: bool = field(init=False)

    def __post_init__(self) -> None:
        salt = trial_salt(self.seed, self.shard)
        self.tried = salt <= int(self.settings.get(TRIED_UP_TO, salt))
        timed = salt <= int(self.settings.get(TIMED_UP_TO, salt))
        stages = {stage.name: stage for stage in self.stages}
        self.trials = Trials(self.shard, stages, timed=timed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        if failure[0] is not None:
            return
        gathered: dict[str, Mapping[Key, Sequence[float]]] = {
            "joint_verdicts": self.trials.verdicts,
            "filter_costs": self.trials.costs,
            "compressed": self.text_sample.compressed(),
        }
        for name in ("drops", "volumes", "lengths", "alone", "tokenized"):
            gathered[name] = getattr(self, name)
        sums: dict[str, list[Any]] = {
            name: [[*key, *values] for key, values in sums.items()]
            for name, sums in gathered.items()
        }
        sums[SPECIMENS] = [row for each in self.specimens.values() for _, _, row in each.kept]
        (self.directory / INSPECTION_FILE).write_text(json.dumps(sums), encoding="utf-8")

    def inspect(self, documents: Documents, steps: Sequence[Step]) -> None:
        """Note what the steps of one batch did."""
        ranks = document_ranks(shard_salt(self.seed, self.shard), documents.positions)
        for step in steps:
            self._note_volume(documents, step)
            if step.verdicts is not None:
                self._note_drops(documents, step, ranks)
        if steps:
            self._try_filters(documents, steps)

    def _note_volume(self, documents: Documents, step: Step) -> None:
        before, after = step.before.lengths, step.after.lengths
        stays = step.alive if step.verdicts is None else step.alive & (step.verdicts == KEEP)
        came, left = documents.script[step.alive], documents.script[stays]
        lengths = before[step.alive]
        sums = np.stack(
            [
                np.bincount(came, minlength=len(SCRIPTS)),
                np.bincount(left, minlength=len(SCRIPTS)),
                np.bincount(came, lengths, len(SCRIPTS)).astype(np.int64),
                np.bincount(left, after[stays], len(SCRIPTS)).astype(np.int64),
            ]
        )
        for script in np.flatnonzero(sums[0]):
            _add(self.volumes, (step.stage, SCRIPTS[script]), sums[:, script])
        counts = np.bincount(length_bins(lengths))
        for number in np.flatnonzero(counts):
            _add(self.lengths, (step.stage, int(number)), (counts[number],))

    def _note_drops(self, documents: Documents, step: Step, ranks: npt.NDArray[np.uint64]) -> None:
        assert step.verdicts is not None
        rows = np.flatnonzero(step.alive & (step.verdicts != KEEP))
        if len(rows) == 0:
            return
        reasons = step.verdicts[rows]
        scripts = documents.script[rows]
        lang, langs = _codes(documents.columns.column("lang"), rows)
        source, sources = _codes(documents.columns.column("source"), rows)
        shape = (len(step.reasons), len(langs), len(sources), len(SCRIPTS))
        combined = np.ravel_multi_index((reasons, lang, source, scripts), shape)
        kinds, which = np.unique(combined, return_inverse=True)
        docs = np.bincount(which)
        volume = np.bincount(which, step.before.lengths[rows]).astype(np.int64)
        places = zip(*np.unravel_index(kinds, shape), strict=True)
        for kind, count, size in zip(places, docs, volume, strict=True):
            origin = self._source(sources[kind[2]])
            key = (step.stage, step.reasons[kind[0]], langs[kind[1]], origin, SCRIPTS[kind[3]])
            _add(self.drops, key, (count, size))
        for reason in np.unique(reasons):
            self._note_specimens(documents, step, rows[reasons == reason], int(reason), ranks)

    def _source(self, source: str | None) -> str | None:
        if source not in self.sources:
            room = len(self.sources) < MOST_SOURCES
            self.sources[source] = source if room else OTHER_SOURCE
        return self.sources[source]

    def _note_specimens(
        self,
        documents: Documents,
        step: Step,
        rows: npt.NDArray[np.int64],
        reason: int,
        ranks: npt.NDArray[np.uint64],
    ) -> None:
        kept = self.specimens.setdefault((step.stage, reason), Specimens())
        smallest = rows[np.argsort(ranks[rows], kind="stable")[:SPECIMENS_PER_REASON]]
        for row in smallest:
            rank = int(ranks[row])
            if not kept.wants(rank):
                break
            specimen = {
                "stage": step.stage,
                "reason": step.reasons[reason],
                "rank": rank,
                "id": documents.columns.column("id")[int(row)].as_py(),
                "url": documents.columns.column("url")[int(row)].as_py(),
                "text": clipped(step.before, int(row)),
            }
            kept.add(rank, int(documents.positions[row]), specimen)

    def _try_filters(self, documents: Documents, steps: Sequence[Step]) -> None:
        """Rules alone and filters together, on a seeded subsample."""
        salt = shard_salt(self.seed, f"alone\0{self.shard}")
        ranks = document_ranks(salt, documents.positions)
        if self.leg == 0:
            self._sample_text(documents, steps, _smallest(ranks, ALONE_SHARE))
        if not self.tried:
            return
        part = float(self.settings.get(TRIED_PART, 1))
        if self.leg == 0:
            chosen = _smallest(ranks, ALONE_SHARE / part)
            self._try_alone(documents, steps, chosen & ~_oversize(steps))
        share = float(self.settings.get(TRIAL_SHARE, ALONE_SHARE))
        self.trials.hold(documents, steps, _smallest(ranks, share / part), ranks)

    def _sample_text(self, documents: Documents, steps: Sequence[Step], chosen: Mask) -> None:
        """Text that the filters keep, to see what it takes on disk."""
        last = steps[-1]
        stays = last.alive if last.verdicts is None else last.alive & (last.verdicts == KEEP)
        if (chosen & stays).any():
            self.text_sample.add(taken(documents, last.after, chosen & stays).text)

    def _try_alone(self, documents: Documents, steps: Sequence[Step], chosen: Mask) -> None:
        """Every rule on the chosen documents, whatever the stages before it said."""
        if not chosen.any():
            return
        subsample = taken(documents, steps[0].before, chosen)
        self._tokenize(subsample)
        for stage in self.stages:
            if isinstance(stage, Transform):
                subsample.replace_text(stage.rewrite(subsample))
                continue
            failures = stage.failures(subsample)
            lengths = subsample.text.lengths
            seen = (len(lengths), int(lengths.sum()))
            for reason, hit in _hits(stage, failures):
                found = (int(hit.sum()), int(lengths[hit].sum()))
                _add(self.alone, (stage.name, reason), (seen[0], found[0], seen[1], found[1]))

    def _tokenize(self, documents: Documents) -> None:
        """Count tokens of the subsample, by script, where a tokenizer is given."""
        path = self.settings.get("tokenizer")
        if not path:
            return
        encoded = _tokenizer(path).encode_batch(
            text_array(documents.text).to_pylist(), add_special_tokens=False
        )
        counts = np.array([len(each.ids) for each in encoded])
        for script in np.unique(documents.script):
            own = documents.script == script
            sums = (counts[own].sum(), documents.text.lengths[own].sum())
            _add(self.tokenized, (SCRIPTS[script],), sums)


def smallest_ranks(specimens: Sequence[pa.Table]) -> pa.Table:
    """Per reason the dropped documents of smallest rank over all tables."""
    rows = pa.concat_tables([DROPPED.empty_table(), *specimens]).to_pylist()
    return pa.Table.from_pylist(smallest_rows(rows), schema=DROPPED)


def smallest_rows(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Per reason the rows of smallest rank, in the order of stage, reason and rank."""
    rows = sorted(rows, key=lambda row: (row["stage"], row["reason"], row["rank"], row["id"]))
    counts: dict[tuple[str, str], int] = {}
    kept = []
    for row in rows:
        reason = (row["stage"], row["reason"])
        counts[reason] = counts.get(reason, 0) + 1
        if counts[reason] <= SPECIMENS_PER_REASON:
            kept.append(row)
    return kept


def length_bins(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Bin of each length: the least b with length <= 2 ** (b / 8) bytes."""
    return np.ceil(8 * np.log2(np.maximum(lengths, 1))).astype(np.int64)


def _hits(stage: Filter, failures: npt.NDArray[np.bool_]) -> Iterator[tuple[str | None, Mask]]:
    yield None, first_reason(failures) != KEEP
    for column, reason in enumerate(stage.reasons):
        yield reason, failures[:, column]


def _add(sums: dict[Key, list[int]], key: Key, values: Iterable[Any]) -> None:
    present = sums.get(key)
    added = [int(value) for value in values]
    sums[key] = added if present is None else [a + b for a, b in zip(present, added, strict=True)]


def _codes(
    column: pa.Array, rows: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], list[str | None]]:
    encoded = column.take(pa.array(rows)).dictionary_encode()
    codes = encoded.indices.fill_null(len(encoded.dictionary)).to_numpy(zero_copy_only=False)
    return codes.astype(np.int64), [*encoded.dictionary.to_pylist(), None]


def _oversize(steps: Sequence[Step]) -> Mask:
    over = np.zeros(len(steps[0].alive), np.bool_)
    for step in steps:
        if step.verdicts is not None and OVERSIZE in step.reasons:
            over |= step.verdicts == step.reasons.index(OVERSIZE)
    return over


def _smallest(ranks: npt.NDArray[np.uint64], share: float) -> Mask:
    """A random share of the documents."""
    if share >= 1:
        return np.ones(len(ranks), np.bool_)
    return np.asarray(ranks < np.uint64(share * 2**64))


def clipped(text: TextView, row: int) -> str:
    start = int(text.offsets[row])
    end = min(int(text.offsets[row + 1]), start + 4 * SPECIMEN_CHARS)
    whole = bytes(text.data[start:end]).decode("utf-8", "ignore")
    return whole if len(whole) <= SPECIMEN_CHARS else whole[:SPECIMEN_CHARS] + "…"


def _tokenizer(path: str) -> Any:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(path)
