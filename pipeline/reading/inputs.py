"""Which files are shards: files, folders and globs in, a sorted list of named shards out."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import CorpuscostError

SAMPLE_MANIFEST = "sample.json"
"""What was drawn into a folder of sampled shards; it lies beside them and is no shard."""

_MANIFEST_START = re.compile(rb'\s*\{\s*"schema_version":[^{]{1,40}"design":')
_CONTAINERS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".wet": "wet",
    ".warc": "wet",
}
_COMPRESSIONS = {"": "", ".gz": ".gz", ".zst": ".zst"}
FORMATS = {".parquet": "parquet"} | {
    suffix + ending: container + compression
    for suffix, container in _CONTAINERS.items()
    for ending, compression in _COMPRESSIONS.items()
}
"""Known suffixes (lower case) and the format that each stands for."""


@dataclass(frozen=True, slots=True)
class ShardFile:
    """One input file. ``name`` is its posix path below the common parent of all inputs."""

    path: Path
    name: str
    bytes: int
    format: str  # parquet, jsonl, jsonl.gz, jsonl.zst, wet, wet.gz, wet.zst


def format_of(path: Path) -> str | None:
    """The format that the suffix of a file name stands for, None when it is not known."""
    name = path.name.lower()
    return next((kind for suffix, kind in FORMATS.items() if name.endswith(suffix)), None)


def find_shards(inputs: Sequence[str | Path]) -> list[ShardFile]:
    """All shards of the inputs, by name; the same list for any order and working directory.

    An input is a file, a folder (searched below, hidden files and the manifest of a sample left
    out) or a glob. A file that
    is reached twice, also by a link, counts once. Raises CorpuscostError for an input that
    matches nothing, and for a file of unknown suffix that is named itself.
    """
    if not inputs:
        raise CorpuscostError("no input given; name at least one file, folder or glob")
    places = [place for given in inputs for place in _matches(given)]
    root = os.path.commonpath(
        [place if os.path.isdir(place) else os.path.dirname(place) for place in places]
    )
    paths = {path for given in inputs for path in _files(given)}
    if not paths:
        raise CorpuscostError(f"{inputs[0]}: the manifest of a sample; name its folder instead")
    by_name = sorted((Path(path).relative_to(root).as_posix(), path) for path in paths)
    shards: dict[str, ShardFile] = {}
    for name, path in by_name:
        shards.setdefault(os.path.realpath(path), _shard(Path(path), name))
    return list(shards.values())


def _shard(path: Path, name: str) -> ShardFile:
    kind = format_of(path)
    assert kind is not None
    try:
        size = path.stat().st_size
    except OSError as error:
        raise CorpuscostError(f"{path}: cannot be read: {error.strerror}") from error
    return ShardFile(path, name, size, kind)


def _matches(given: str | Path) -> list[str]:
    """What an input names, as absolute paths: itself, or what a glob matches."""
    text = os.fspath(given)
    if os.path.lexists(text):
        return [os.path.abspath(text)]
    found = sorted(glob.glob(text, recursive=True)) if glob.has_magic(text) else []
    if not found:
        what = "the pattern matches nothing" if glob.has_magic(text) else "no such file or folder"
        raise CorpuscostError(f"{text}: {what}; looked from {os.getcwd()}. {_expected()}")
    return [os.path.abspath(path) for path in found]


def _files(given: str | Path) -> list[str]:
    matches = _matches(given)
    if len(matches) == 1 and os.path.lexists(os.fspath(given)) and not os.path.isdir(matches[0]):
        if format_of(Path(matches[0])) is None:
            raise CorpuscostError(f"{given}: the suffix names no known format. {_expected()}")
        return [] if is_manifest(matches[0]) else matches  # a shell's FOLDER/* names it too
    found = [file for match in matches for file in _below(match) if format_of(Path(file))]
    files = [file for file in found if not is_manifest(file)]
    if not files:
        raise CorpuscostError(f"{given}: holds no shard. {_expected()}")
    return files


def _below(path: str) -> Iterator[str]:
    """The file itself, or all files below a folder that are not hidden."""
    if not os.path.isdir(path):
        yield path
        return
    for folder, folders, files in os.walk(path, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            if not name.startswith("."):
                yield os.path.join(folder, name)


def is_manifest(path: str | Path) -> bool:
    """Whether a file is sample.json by its content too: a shard may have that name."""
    if os.path.basename(path) != SAMPLE_MANIFEST:
        return False
    try:
        with open(path, "rb") as file:
            return _MANIFEST_START.match(file.read(200)) is not None
    except OSError:
        return False


def _refuse(error: OSError) -> None:
    raise CorpuscostError(f"{error.filename}: cannot be listed: {error.strerror}") from error


def _expected() -> str:
    return f"Known suffixes: {', '.join(sorted(FORMATS))}"
