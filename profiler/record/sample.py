"""The manifest of a drawn sample, sample.json: what was read, and what was drawn of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import cattrs

from pipeline.errors import RunError
from pipeline.reading.inputs import SAMPLE_MANIFEST
from profiler.record.schema import Input, Run, SampledFrom

SAMPLE_VERSION = 1


@dataclass(frozen=True, slots=True)
class SourceShard:
    """One shard that was read, and the file of the sample that holds what was drawn of it.

    ``file`` is None where nothing was drawn. Bytes are as stored for ``bytes``, else UTF-8 text.
    """

    path: str
    file: str | None
    bytes: int
    sha256: str | None
    decompressed_bytes: int
    documents: int
    text_bytes: int
    drawn_documents: int
    drawn_text_bytes: int
    unreadable_records: dict[str, int]

    def input(self) -> Input:
        """As the record of a run over the whole shard would have it."""
        return Input(
            self.path,
            self.bytes,
            self.sha256,
            self.decompressed_bytes,
            self.documents,
            self.text_bytes,
        )


@dataclass(frozen=True, slots=True)
class SampleTotals:
    """Sums over all shards that were read."""

    shards: int
    stored_bytes: int
    documents: int
    text_bytes: int
    drawn_documents: int
    drawn_text_bytes: int
    unreadable_records: dict[str, int]


@dataclass(frozen=True, slots=True)
class Sample:
    """sample.json. ``fraction`` is the probability of a document to be drawn; where a number of
    documents was asked for, it is that number over all documents."""

    schema_version: int
    design: Literal["documents"]
    fraction: float
    documents_asked: int | None
    seed: int
    version: str
    totals: SampleTotals
    inputs: tuple[SourceShard, ...]
    unreadable_places: tuple[str, ...]
    skipped_shards: dict[str, str]


def totals_of(inputs: Sequence[SourceShard]) -> SampleTotals:
    """Sums of the shards of a sample."""
    unreadable: dict[str, int] = {}
    for shard in inputs:
        for kind, records in shard.unreadable_records.items():
            unreadable[kind] = unreadable.get(kind, 0) + records
    return SampleTotals(
        shards=len(inputs),
        stored_bytes=sum(shard.bytes for shard in inputs),
        documents=sum(shard.documents for shard in inputs),
        text_bytes=sum(shard.text_bytes for shard in inputs),
        drawn_documents=sum(shard.drawn_documents for shard in inputs),
        drawn_text_bytes=sum(shard.drawn_text_bytes for shard in inputs),
        unreadable_records=unreadable,
    )


def sample_json(sample: Sample) -> dict[str, Any]:
    """The manifest as plain data, in the order of its fields."""
    return asdict(sample)


def write_sample(sample: Sample, folder: Path) -> None:
    """Write sample.json into a folder that nobody reads yet."""
    text = json.dumps(sample_json(sample), indent=2, ensure_ascii=False)
    (folder / SAMPLE_MANIFEST).write_text(text + "\n", encoding="utf-8")


def load_sample(folder: Path) -> Sample:
    """The manifest of a sample's folder; a RunError says what is wrong with it."""
    path = folder / SAMPLE_MANIFEST
    hint = "draw the sample again, or move sample.json away to profile the files as whole shards"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        version = data["schema_version"]
        sample = None if version != SAMPLE_VERSION else cattrs.structure(data, Sample)
    except Exception as error:
        raise RunError(f"{path}: no manifest of a sample ({error!r}); {hint}") from error
    if sample is None:
        raise RunError(
            f"{path}: schema_version {version!r}, this program reads {SAMPLE_VERSION}; {hint}"
        )
    return sample


def source_of(sample: Sample, files: Sequence[str] | None = None) -> SampledFrom:
    """What the sample was drawn from; only the shards behind ``files``, where it has more."""
    own = {shard.file for shard in sample.inputs} - {None}
    whole = files is None or own <= set(files)
    shards = [each for each in sample.inputs if whole or each.file in (files or ())]
    return _source(sample.fraction, [shard.input() for shard in shards], named=True)


def drawn_on_the_fly(
    fraction: float, inputs: Sequence[Input], earlier: SampledFrom | None
) -> SampledFrom | None:
    """The source of a run that draws ``fraction`` of its inputs, which may be a sample already."""
    if fraction >= 1:
        return earlier
    if earlier is None:
        return _source(fraction, inputs, named=False)
    known = None if earlier.fraction is None else earlier.fraction * fraction
    return SampledFrom(
        known,
        earlier.shards,
        earlier.documents,
        earlier.text_bytes,
        earlier.stored_bytes,
        earlier.inputs,
    )


def source_inputs(run: Run) -> tuple[Input, ...]:
    """The whole shards behind a run: its inputs, or those that a sample was drawn from before."""
    if run.sampled is None or not run.sampled.inputs:
        return run.inputs
    return run.sampled.inputs


def sum_of_sources(a: Run, b: Run) -> SampledFrom | None:
    """The source of two runs together; a run without a sample is a sample of all it has read."""
    if a.sampled is None and b.sampled is None:
        return None
    first, second = (run.sampled or _source(1.0, run.inputs, named=False) for run in (a, b))
    named = bool(first.inputs or second.inputs)
    return SampledFrom(
        first.fraction if first.fraction == second.fraction else None,
        first.shards + second.shards,
        first.documents + second.documents,
        first.text_bytes + second.text_bytes,
        first.stored_bytes + second.stored_bytes,
        source_inputs(a) + source_inputs(b) if named else (),
    )


def _source(fraction: float, inputs: Sequence[Input], *, named: bool) -> SampledFrom:
    return SampledFrom(
        fraction=fraction,
        shards=len(inputs),
        documents=sum(shard.documents for shard in inputs),
        text_bytes=sum(shard.text_bytes for shard in inputs),
        stored_bytes=sum(shard.bytes for shard in inputs),
        inputs=tuple(inputs) if named else (),
    )
