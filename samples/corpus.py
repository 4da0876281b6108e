"""A sample corpus in a directory: shards, the truth about them, a labelled set, a manifest."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.errors import ConfigError
from samples.composition import Progress, Unit, compose
from samples.labelled import LABELLED_DOCUMENTS, write_labelled_set
from samples.placing import Document, place
from samples.shards import SHARD_NAMES, write_shard
from samples.truth import write_truth

GENERATOR_VERSION = 1
"""Raised whenever the same seed and size give another corpus."""

SMALLEST_BYTES = 500_000


@dataclass(frozen=True, slots=True)
class ShardSummary:
    """One file of the corpus; ``path`` is relative to the corpus, ``text_bytes`` is UTF-8."""

    path: str
    documents: int
    text_bytes: int
    file_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was made. ``content_sha256`` is over all fields of all documents, uncompressed.

    ``size_bytes`` is what was asked for, ``text_bytes`` what the shards hold.
    """

    generator_version: int
    seed: int
    size_bytes: int
    text_bytes: int
    documents: int
    kinds: dict[str, int]
    languages: dict[str, int]
    exact_groups: int
    exact_copies: int
    near_families: int
    near_copies: int
    near_pairs: int
    labelled_documents: int
    content_sha256: str
    shards: tuple[ShardSummary, ...]


def generate(
    directory: Path,
    size_bytes: int = 40_000_000,
    seed: int = 1,
    progress: Progress | None = None,
) -> Manifest:
    """Write a corpus of ``size_bytes`` of UTF-8 text under ``directory``, over what is there.

    The text is held in memory. ``progress`` is told bytes written so far and in all. Raises
    ConfigError for a size or seed that no corpus can be made of.
    """
    if size_bytes < SMALLEST_BYTES:
        raise ConfigError(
            f"sample corpus of {size_bytes:,} bytes: expected at least {SMALLEST_BYTES:,} bytes; "
            "give a larger size"
        )
    if seed < 0:
        raise ConfigError(f"seed {seed}: expected a whole number from 0; give another seed")
    units = compose(size_bytes, seed, progress)
    documents = place(units, seed)
    shards = tuple(_write_shards(directory, documents))
    pairs = write_truth(directory / "truth", documents, units)
    write_labelled_set(directory / "labelled.jsonl", LABELLED_DOCUMENTS, seed)
    manifest = _manifest(size_bytes, seed, units, documents, shards, pairs)
    text = json.dumps(asdict(manifest), indent=2) + "\n"
    (directory / "manifest.json").write_text(text, encoding="utf-8")
    return manifest


def content_sha256(documents: Iterable[Document]) -> str:
    """Digest of what the shards hold, whatever their compression: the same on every machine."""
    digest = hashlib.sha256()
    for d in documents:
        fields = (d.id, d.url, d.source, d.stated_language or "", d.draft.text)
        digest.update("\0".join(fields).encode() + b"\0\0")
    return digest.hexdigest()


def _write_shards(directory: Path, documents: list[Document]) -> Iterable[ShardSummary]:
    folder = directory / "shards"
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(SHARD_NAMES):
        rows = [d for d in documents if d.shard == number]
        write_shard(folder / name, rows, [d.draft.text for d in rows])
        data = (folder / name).read_bytes()
        yield ShardSummary(
            path=f"shards/{name}",
            documents=len(rows),
            text_bytes=sum(len(d.draft.text.encode()) for d in rows),
            file_bytes=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
        )


def _manifest(
    size_bytes: int,
    seed: int,
    units: list[Unit],
    documents: list[Document],
    shards: tuple[ShardSummary, ...],
    pairs: int,
) -> Manifest:
    members = {
        relation: [len(unit.members) for unit in units if unit.relation == relation]
        for relation in ("exact", "near")
    }
    return Manifest(
        generator_version=GENERATOR_VERSION,
        seed=seed,
        size_bytes=size_bytes,
        text_bytes=sum(shard.text_bytes for shard in shards),
        documents=len(documents),
        kinds=dict(sorted(Counter(d.draft.kind for d in documents).items())),
        languages=dict(sorted(Counter(d.draft.language for d in documents).items())),
        exact_groups=len(members["exact"]),
        exact_copies=sum(members["exact"]) - len(members["exact"]),
        near_families=len(members["near"]),
        near_copies=sum(members["near"]) - len(members["near"]),
        near_pairs=pairs,
        labelled_documents=LABELLED_DOCUMENTS,
        content_sha256=content_sha256(documents),
        shards=shards,
    )
