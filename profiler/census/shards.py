"""Which of the shards given are to be read: each content counts once, and the run's own once."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import RunError
from pipeline.reading.shard import ShardFile
from profiler.census.store import CountedShard
from profiler.record.sample import source_inputs
from profiler.record.schema import Input, Run

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Unread:
    """A shard to read; ``identity`` names its folder in the census."""

    file: ShardFile
    identity: str
    place: str
    modified_ns: int
    source_shard: str | None


@dataclass(frozen=True, slots=True)
class Sorting:
    """The shards given: those to read, and those whose content is counted, with the reason."""

    unread: tuple[Unread, ...]
    known: dict[str, str]


def sort_shards(
    files: Sequence[ShardFile], run: Run, finished: Mapping[str, CountedShard]
) -> Sorting:
    """Tell shards to read from those that are inputs of the run or were counted before.

    Content is compared by SHA-256, and only where sizes agree. A shard that the run drew a sample
    of documents from is read. Raises RunError for a shard that changed since it was counted.
    """
    known: dict[str, str] = {}
    unread: list[Unread] = []
    contents = _Contents(files, run, finished)
    places = {counted.place: counted for counted in finished.values()}
    for file in files:
        each = _unread(file)
        if each.identity in finished:
            known[file.name] = "counted by an earlier call"
            continue
        own, source, twin = contents.own(file), contents.source(file), contents.twin(file)
        if own is not None:
            known[file.name] = f"input {own.path} of the run: its copies are in the record"
        elif twin is not None:
            known[file.name] = f"same content as {twin}"
        else:
            _refuse_changed(each, places)
            named = None if source is None else source.path
            unread.append(Unread(file, each.identity, each.place, each.modified_ns, named))
    return Sorting(tuple(unread), known)


class _Contents:
    """What is known by content: inputs of the run, shards counted, shards given before."""

    def __init__(
        self, files: Sequence[ShardFile], run: Run, finished: Mapping[str, CountedShard]
    ) -> None:
        sources = () if run.sampled is None else source_inputs(run)
        self._sources = {(each.bytes, each.sha256): each for each in sources}
        own = [each for each in run.inputs if each not in sources]
        self._inputs = {(each.bytes, each.sha256): each for each in own}
        self._counted = {(each.bytes, each.sha256): each.name for each in finished.values()}
        self._sizes = Counter(file.bytes for file in files)
        self._sizes.update({size for size, _ in (*self._inputs, *self._sources, *self._counted)})
        self._digests: dict[Path, str] = {}

    def own(self, file: ShardFile) -> Input | None:
        """The input of the run with the content of ``file``, all of which is in the record."""
        return self._same(file, self._inputs)

    def source(self, file: ShardFile) -> Input | None:
        """The shard with the content of ``file`` that documents of the run were drawn from."""
        return self._same(file, self._sources)

    def _same(
        self, file: ShardFile, inputs: Mapping[tuple[int, str | None], Input]
    ) -> Input | None:
        """The input of the same content; one that was read in part goes by its name."""
        if self._sizes[file.bytes] < 2 or not inputs:
            return None
        by_name = inputs.get((file.bytes, None))
        if by_name is not None and Path(by_name.path).name == file.path.name:
            return by_name
        return inputs.get((file.bytes, self._digest(file)))

    def twin(self, file: ShardFile) -> str | None:
        """The shard of the same content that came first; ``file`` is the first of it when none."""
        if self._sizes[file.bytes] < 2:
            return None
        key = (file.bytes, self._digest(file))
        present = self._counted.get(key)
        self._counted.setdefault(key, file.name)
        return present

    def _digest(self, file: ShardFile) -> str:
        if file.path not in self._digests:
            self._digests[file.path] = _sha256(file.path)
        return self._digests[file.path]


def shard_identity(path: Path) -> tuple[str, str, int]:
    """Folder name, digest of the place, and time of change of a file."""
    status = path.stat()
    place = hashlib.blake2b(os.fsencode(os.path.realpath(path)), digest_size=16).hexdigest()
    version = f"{place} {status.st_size} {status.st_mtime_ns}".encode()
    return hashlib.blake2b(version, digest_size=16).hexdigest(), place, status.st_mtime_ns


def _unread(file: ShardFile) -> Unread:
    identity, place, modified_ns = shard_identity(file.path)
    return Unread(file, identity, place, modified_ns, None)


def _refuse_changed(shard: Unread, places: Mapping[str, CountedShard]) -> None:
    counted = places.get(shard.place)
    if counted is not None:
        raise RunError(
            f"{shard.file.path}: changed since it was counted ({counted.bytes:,} bytes then, "
            f"{shard.file.bytes:,} now); delete the folder census/ of the run and take the census "
            "again"
        )


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as opened:
            while block := opened.read(_BLOCK_BYTES):
                digest.update(block)
    except OSError:
        return "unreadable"  # like no other content; the worker that opens it says why
    return digest.hexdigest()
