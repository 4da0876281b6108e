"""One leg over one shard: read, apply the last dedup, run the chain, sketch, write."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.document import Mask, TextView
from pipeline.engines.local.files import KeptWriter, TextWriter, read_text
from pipeline.inspector import Inspector, Step
from pipeline.kernels.scripts import main_scripts
from pipeline.observer import Observer, Phase, Volume
from pipeline.reading.shard import Shard
from pipeline.stages.dedup import REASON, Dedup
from pipeline.stages.sketches import SketchWriter
from pipeline.stages.stage import (
    KEEP,
    Documents,
    Filter,
    Transform,
    first_reason,
    text_of,
)


class Source(Protocol):
    """Where a leg's batches come from; ends a phase of its own for each."""

    def batches(self, observer: Observer) -> Iterator[tuple[int, Documents]]: ...


@dataclass(frozen=True, slots=True)
class ShardSource:
    """Documents of an input shard, for the first leg."""

    shard: Shard
    name: str
    batch_bytes: int

    def batches(self, observer: Observer) -> Iterator[tuple[int, Documents]]:
        """Numbered batches; phase "read" covers opening, parsing and checking each."""
        stream = self.shard.batches(self.batch_bytes)
        position = 0
        number = 0
        while True:
            observer.begin(Phase("read", "read", self.name, number))
            batch = next(stream, None)
            if batch is None:
                observer.end(Volume())
                return
            documents = _documents(batch, position)
            volume = documents.live_bytes
            observer.end(Volume(len(documents), len(documents), volume, volume))
            yield number, documents
            position += len(documents)
            number += 1


@dataclass(frozen=True, slots=True)
class TextSource:
    """Documents of an earlier leg, with the verdict of the dedup that was resolved since.

    ``rows`` are those that reached the sketch, as indices in the text file, ascending; ``keep``
    is the verdict on each of them.
    """

    path: Path
    name: str
    dedup: str
    rows: npt.NDArray[np.int64]
    keep: Mask
    steps: dict[int, Step] = field(default_factory=dict)

    def batches(self, observer: Observer) -> Iterator[tuple[int, Documents]]:
        """Numbered batches; phases are "intermediate read" and the dedup's "apply"."""
        first = 0
        stream = read_text(self.path)
        number = 0
        while True:
            observer.begin(Phase("intermediate", "read", self.name, number))
            documents = next(stream, None)
            if documents is None:
                observer.end(Volume())
                return
            volume = int(documents.text.lengths.sum())
            observer.end(Volume(len(documents), len(documents), volume, volume))
            observer.begin(Phase(self.dedup, "apply", self.name, number))
            observer.end(self._apply(documents, first, number))
            yield number, documents
            first += len(documents)
            number += 1

    def _apply(self, documents: Documents, first: int, number: int) -> Volume:
        low, high = np.searchsorted(self.rows, (first, first + len(documents)))
        reached = np.zeros(len(documents), np.bool_)
        reached[self.rows[low:high] - first] = True
        verdicts = np.full(len(documents), KEEP, np.int16)
        verdicts[self.rows[low:high][~self.keep[low:high]] - first] = 0
        documents.alive = reached
        docs_in, bytes_in = documents.live_docs, documents.live_bytes
        documents.alive = reached & (verdicts == KEEP)
        text = documents.text
        self.steps[number] = Step(self.dedup, (REASON,), reached, verdicts, text, text)
        return Volume(docs_in, documents.live_docs, bytes_in, documents.live_bytes)


@dataclass(frozen=True, slots=True)
class Chain:
    """What a leg does to each batch, and what it leaves in ``directory``."""

    directory: Path
    shard_number: int
    shard_name: str
    stages: Sequence[Filter | Transform]
    dedup: Dedup | None
    writes_text: bool
    keep_path: Path | None


class Report(Protocol):
    """Told after each batch how much text went through."""

    def __call__(self, text_bytes: int) -> None: ...


def run_chain(
    chain: Chain, source: Source, observer: Observer, inspector: Inspector, report: Report
) -> None:
    """Run a leg over a shard; its files are complete when this returns."""
    rows: list[npt.NDArray[np.int64]] = []
    documents: Documents | None = None
    steps: list[Step] = []
    text: TextView | None = None
    alive: Mask | None = None
    first = 0
    with ExitStack() as stack:
        observer.begin(Phase("intermediate", "open", chain.shard_name))
        writers = _open_writers(chain, stack)
        observer.end(Volume())
        for number, documents in source.batches(observer):
            text, alive = documents.text, documents.alive  # as they came
            steps = [source.steps.pop(number)] if isinstance(source, TextSource) else []
            steps += [_step(stage, chain, number, documents, observer) for stage in chain.stages]
            for writer in writers:
                writer.write(chain, number, documents, observer)
            observer.begin(Phase("profiling", "inspect", chain.shard_name, number))
            inspector.inspect(documents, steps)
            rows.append(np.flatnonzero(documents.alive) + first)
            first += len(documents)
            report(int(text.lengths[alive].sum()))
            observer.end(Volume())
        observer.begin(Phase("intermediate", "close", chain.shard_name))
        documents, text, alive, steps = None, None, None, []  # what they hold is freed here
        stack.close()
        if not chain.writes_text:
            np.save(chain.directory / "rows.npy", np.concatenate([*rows, np.empty(0, np.int64)]))
        del rows, writers
        observer.end(Volume())


@dataclass(frozen=True, slots=True)
class _Sink:
    """A writer of the documents that are alive, and the phase that it is measured as."""

    stage: str
    phase: str
    append: Callable[[Documents], None]

    def write(self, chain: Chain, number: int, documents: Documents, observer: Observer) -> None:
        observer.begin(Phase(self.stage, self.phase, chain.shard_name, number))
        docs, volume = documents.live_docs, documents.live_bytes
        self.append(documents)
        observer.end(Volume(docs, docs, volume, volume))


def _open_writers(chain: Chain, stack: ExitStack) -> list[_Sink]:
    sinks = []
    if chain.writes_text:
        text = stack.enter_context(TextWriter(chain.directory))
        sinks.append(_Sink("intermediate", "write", text.write))
    dedup = chain.dedup
    if dedup is not None:
        path = chain.directory / "sketch.parquet"
        sketch = stack.enter_context(SketchWriter(path, chain.shard_number, dedup.fields))
        sinks.append(
            _Sink(dedup.name, "sketch", lambda each: sketch.write(each, dedup.sketch(each)))
        )
    if chain.keep_path is not None:
        kept = stack.enter_context(KeptWriter(chain.keep_path))
        sinks.append(_Sink("intermediate", "keep", kept.write))
    return sinks


def write_outcome(directory: Path, outcome: dict[str, object]) -> None:
    """What is worth knowing of a finished unit beside its files."""
    (directory / "outcome.json").write_text(json.dumps(outcome), encoding="utf-8")


def _documents(batch: pa.RecordBatch, position: int) -> Documents:
    text = text_of(batch)
    alive = np.ones(len(text), np.bool_)
    positions = np.arange(position, position + len(text), dtype=np.uint32)
    columns = batch.select(["id", "url", "source", "lang"])
    return Documents(columns, text, alive, main_scripts(text, alive), positions)


def _step(
    stage: Filter | Transform,
    chain: Chain,
    number: int,
    documents: Documents,
    observer: Observer,
) -> Step:
    # Asking for an instance of a protocol takes as long as some filters on a small batch.
    if hasattr(stage, "rewrite"):
        return _rewritten(cast(Transform, stage), chain, number, documents, observer)
    return _judged(stage, chain, number, documents, observer)


def _rewritten(
    stage: Transform, chain: Chain, number: int, documents: Documents, observer: Observer
) -> Step:
    observer.begin(Phase(stage.name, "rewrite", chain.shard_name, number))
    alive, before = documents.alive, documents.text
    docs_in, bytes_in = documents.live_docs, documents.live_bytes
    documents.replace_text(stage.rewrite(documents))
    bytes_out = documents.live_bytes
    observer.end(Volume(docs_in, docs_in, bytes_in, bytes_out, bytes_in - bytes_out))
    return Step(stage.name, (), alive, None, before, documents.text)


def _judged(
    stage: Filter, chain: Chain, number: int, documents: Documents, observer: Observer
) -> Step:
    observer.begin(Phase(stage.name, "judge", chain.shard_name, number))
    alive, text = documents.alive, documents.text
    docs_in, bytes_in = documents.live_docs, documents.live_bytes
    verdicts = first_reason(stage.failures(documents))
    documents.alive = alive & (verdicts == KEEP)
    observer.end(Volume(docs_in, documents.live_docs, bytes_in, documents.live_bytes))
    return Step(stage.name, stage.reasons, alive, verdicts, text, text)
