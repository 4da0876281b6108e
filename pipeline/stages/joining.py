"""Documents that share a key, found in bounded memory: partitions of the keys, one at a time.

Keys are hashes. Their upper bits deal them into partitions, which wait in memory while they fit
and in one file beyond that; then each partition passes a hash table that fits in a processor's
cache, and documents of equal keys are joined at once. No list of edges is ever made. DuckDB did
this before: on 28 million band keys it took eight times the CPU; at 280 million in 2 GB it failed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.errors import RunError
from pipeline.kernels.components import NOBODY, find_roots, join_equal
from pipeline.kernels.partitions import deal

SPILL_FILE = "keys.spill"
PARTITION_ENTRIES = 1 << 17  # whose table stays in a processor's cache
MOST_PARTITION_BITS = 13
_LEAST_CHUNK, _MOST_CHUNK = 256, 4096  # entries of a partition that are stored together
_PAIRS = 1024  # documents of equal keys that are joined together
_BUFFER_SHARE = 1 / 8  # of the memory: buffers that keys are dealt into
_RESIDENT_SHARE = 1 / 2  # of the memory: dealt keys that stay there; further ones go to disk
_ARRAY_SHARE = 1 / 16  # of the memory: a larger array lies in a file

Owners = npt.NDArray[np.uint32]
Keys = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Room:
    """What resolving may use: a folder for files of its own, and memory."""

    directory: Path
    memory_bytes: int

    def array(self, name: str, shape: tuple[int, ...], kind: type[np.generic]) -> npt.NDArray[Any]:
        """An array of zeros; a large one lies in a file, which the system may write out."""
        size = int(np.prod(shape)) * np.dtype(kind).itemsize
        if size <= self.memory_bytes * _ARRAY_SHARE:
            return np.zeros(shape, kind)
        path = self.directory / f"{name}.array"
        with path.open("wb") as file:  # a full disk is told here, not by a signal later
            os.posix_fallocate(file.fileno(), 0, size)
        return np.memmap(path, kind, "r+", shape=shape).view(np.ndarray)


class KeyJoin:
    """Joins documents, numbered from 0, that share a key of ``words`` 64-bit words.

    ``entries`` is about how many keys will come: it sizes partitions and changes no result.
    """

    def __init__(self, room: Room, documents: int, entries: int, words: int) -> None:
        if documents >= NOBODY:
            raise RunError(
                f"{documents:,} documents reach one dedup: at most {NOBODY - 1:,} can be resolved "
                "together; split the input"
            )
        self._room = room
        self._documents = documents
        entry_bytes = 8 * words + 4
        self._bits = partition_bits(entries, int(room.memory_bytes * _BUFFER_SHARE) // entry_bytes)
        partitions = 1 << self._bits
        fitting = int(room.memory_bytes * _BUFFER_SHARE) // (entry_bytes * partitions)
        chunk = min(max(fitting, _LEAST_CHUNK), _MOST_CHUNK)
        self._keys = np.empty((partitions, chunk, words), np.uint64)
        self._owners = np.empty((partitions, chunk), np.uint32)
        self._counts = np.zeros(partitions, np.int64)
        self._expected = entries >> self._bits
        self._store = _Store(room, partitions)

    def add(self, keys: Keys, owners: Owners) -> None:
        """Take keys (n, words) of documents (n,)."""
        keys = keys.view()
        keys.flags.writeable = False  # one kind of array, so one compilation
        at, full = 0, 0
        while full >= 0:
            at, full = deal(keys, owners, at, self._bits, self._keys, self._owners, self._counts)
            if full >= 0:
                self._flush(full)

    def roots(self) -> tuple[Owners, npt.NDArray[np.bool_]]:
        """The smallest document of each one's component, and whether it shares one; both (n,)."""
        parents = self._room.array("roots", (self._documents,), np.uint32)
        for start in range(0, self._documents, 1 << 20):
            piece = parents[start : start + (1 << 20)]
            piece[:] = np.arange(start, start + len(piece), dtype=np.uint32)
        for partition in range(len(self._counts)):
            self._flush(partition)
        del self._keys, self._owners
        table = _Table(self._expected, self._store.words, parents)
        for partition in range(len(self._counts)):
            table.clear()
            for keys, owners in self._store.chunks(partition):
                table.join(keys, owners)
        self._store.close()
        shared = self._room.array("shared", (self._documents,), np.bool_)
        find_roots(parents, shared)
        return parents, shared

    def _flush(self, partition: int) -> None:
        count = int(self._counts[partition])
        keys, owners = self._keys[partition, :count], self._owners[partition, :count]
        self._store.append(partition, keys, owners)
        self._counts[partition] = 0


def partition_bits(entries: int, buffered: int) -> int:
    """Bits of a key that name its partition, where ``buffered`` entries fit in all buffers."""
    wanted = max(0, (entries // PARTITION_ENTRIES).bit_length())
    possible = max(1, buffered // _LEAST_CHUNK).bit_length() - 1
    return min(wanted, possible, MOST_PARTITION_BITS)


@dataclass(frozen=True, slots=True)
class _Spilled:
    """A chunk in the file: keys, then owners."""

    at: int
    count: int


class _Store:
    """Chunks of each partition: in memory while they fit, further ones in a file."""

    def __init__(self, room: Room, partitions: int) -> None:
        self._path = room.directory / SPILL_FILE
        self._free_bytes = int(room.memory_bytes * _RESIDENT_SHARE)
        self._chunks: list[list[tuple[Keys, Owners] | _Spilled]] = [[] for _ in range(partitions)]
        self._file: int | None = None
        self._end = 0
        self.words = 1

    def append(self, partition: int, keys: Keys, owners: Owners) -> None:
        """Keep a copy of a chunk."""
        self.words = keys.shape[1]
        self._free_bytes -= keys.nbytes + owners.nbytes
        fits = self._free_bytes >= 0
        chunk = (keys.copy(), owners.copy()) if fits else self._written(keys, owners)
        self._chunks[partition].append(chunk)

    def chunks(self, partition: int) -> Iterator[tuple[Keys, Owners]]:
        """The chunks of a partition, which are forgotten."""
        for chunk in self._chunks[partition]:
            yield self._read(chunk) if isinstance(chunk, _Spilled) else chunk
        self._chunks[partition] = []

    def close(self) -> None:
        """Close the file; who made the room removes it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _written(self, keys: Keys, owners: Owners) -> _Spilled:
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        at, size = self._end, keys.nbytes + owners.nbytes
        done = os.pwritev(self._file, [keys.data, owners.data], at)
        if done < size:  # the system takes less when the disk fills up, then tells why
            rest = (keys.tobytes() + owners.tobytes())[done:]
            while rest:
                rest = rest[os.pwrite(self._file, rest, at + size - len(rest)) :]
        self._end += size
        return _Spilled(at, len(owners))

    def _read(self, chunk: _Spilled) -> tuple[Keys, Owners]:
        assert self._file is not None
        keys = np.empty((chunk.count, self.words), np.uint64)
        owners = np.empty(chunk.count, np.uint32)
        done = os.preadv(self._file, [keys.data, owners.data], chunk.at)
        if done != keys.nbytes + owners.nbytes:
            raise RunError(f"{self._path}: shorter than what was written; is the disk sound?")
        return keys, owners


class _Table:
    """The first owner of each key of one partition; grows with the distinct keys."""

    def __init__(self, entries: int, words: int, parents: Owners) -> None:
        self._words, self._parents = words, parents
        self._pairs = np.empty((_PAIRS, 2), np.uint32)
        self._make(1 << (2 * max(entries, _MOST_CHUNK)).bit_length())

    def clear(self) -> None:
        self._owners[:] = NOBODY
        self._filled = 0

    def join(self, keys: Keys, owners: Owners) -> None:
        """Join the documents of keys that are equal, these among them."""
        while self._filled + len(owners) > 3 * len(self._owners) // 4:
            self._grow()
        self._filled = join_equal(
            keys, owners, self._keys, self._owners, self._filled, self._parents, self._pairs
        )

    def _make(self, slots: int) -> None:
        self._keys = np.empty((slots, self._words), np.uint64)
        self._owners = np.empty(slots, np.uint32)
        self.clear()

    def _grow(self) -> None:
        taken = self._owners != NOBODY
        keys, owners = self._keys[taken], self._owners[taken]
        self._make(2 * len(self._owners))
        self._filled = join_equal(
            keys, owners, self._keys, self._owners, self._filled, self._parents, self._pairs
        )
