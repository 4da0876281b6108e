"""Groups of documents whose sketches share a key: from sketch files to members of groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.stages.dedup import Members
from pipeline.stages.joining import KeyJoin, Room

_PIECE = 1 << 20  # documents that are looked at together
_BATCH = 1 << 16  # documents of a sketch that are read together

KeysOf = Callable[[pa.RecordBatch], tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64] | None]]


def join_sketches(
    room: Room, sketches: Sequence[Path], columns: list[str], keys_of: KeysOf
) -> Members:
    """Groups of documents that share a key, directly or through others, over all sketches.

    ``keys_of`` gives the keys (m, words) in ``columns`` of a batch of a sketch, and how many of
    them each document has, or None for one each.
    """
    sources = _sources(sketches, columns[0])
    documents = sum(source.rows for source in sources)
    join: KeyJoin | None = None
    first = 0
    for source in sources:
        for batch in source.file().iter_batches(_BATCH, columns=columns, use_threads=False):
            keys, counts = keys_of(batch)
            if join is None:
                entries = sum(source.entries for source in sources)
                join = KeyJoin(room, documents, entries, keys.shape[1])
            owners = np.arange(first, first + batch.num_rows, dtype=np.uint32)
            join.add(keys, owners if counts is None else np.repeat(owners, counts))
            first += batch.num_rows
    if join is None:
        return Members(np.empty(0, np.uint64), np.empty(0, np.uint64))
    return _members(room, sources, *join.roots())


@dataclass(frozen=True, slots=True)
class _Source:
    """A sketch: its documents are numbered from ``number`` on."""

    path: Path
    number: int
    rows: int
    entries: int

    def file(self) -> pq.ParquetFile:
        return pq.ParquetFile(self.path)


def _sources(sketches: Sequence[Path], column: str) -> list[_Source]:
    """Sketches that have documents, in the order of their documents."""
    found = []
    for path in sketches:
        with pq.ParquetFile(path) as file:
            about = file.metadata
            if about.num_rows == 0:
                continue
            place = next(
                i
                for i in range(about.num_columns)
                if about.row_group(0).column(i).path_in_schema.split(".")[0] == column
            )
            groups = range(about.num_row_groups)
            entries = sum(about.row_group(group).column(place).num_values for group in groups)
            batch = next(file.iter_batches(1, columns=["doc"], use_threads=False))
            found.append(_Source(path, batch.column(0)[0].as_py(), about.num_rows, entries))
    return sorted(found, key=lambda source: source.number)


def _members(
    room: Room,
    sources: list[_Source],
    roots: npt.NDArray[np.uint32],
    shared: npt.NDArray[np.bool_],
) -> Members:
    """Members of groups by their own numbers, from documents numbered through all sketches."""
    starts = np.cumsum([0, *(source.rows for source in sources)])
    numbers = np.array([source.number for source in sources], np.uint64)
    pair = room.array("members", (2, int(np.count_nonzero(shared))), np.uint64)
    at = 0
    for low in range(0, len(shared), _PIECE):
        dense = np.flatnonzero(shared[low : low + _PIECE]) + low
        for row, values in enumerate((dense, roots[dense].astype(np.int64))):
            place = np.searchsorted(starts, values, side="right") - 1
            pair[row, at : at + len(dense)] = numbers[place] + (values - starts[place]).astype(
                np.uint64
            )
        at += len(dense)
    return Members(pair[0], pair[1])
