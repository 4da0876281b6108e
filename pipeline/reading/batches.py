"""Batches of an even size out of pieces of any size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.reading.columns import string_bytes

_ROW_BYTES = 16  # so that documents without text fill a batch too


def cut(pieces: Iterable[pa.RecordBatch], batch_bytes: int) -> Iterator[pa.RecordBatch]:
    """The same documents in the same order, in batches of at most ``batch_bytes``.

    Counted are the text and the other strings of a document. A larger document is a batch of
    its own; none is split. Where a batch ends depends on the documents alone, not on the pieces.
    """
    pending: list[pa.RecordBatch] = []
    pending_bytes = 0
    for piece in pieces:
        ends = np.cumsum(document_bytes(piece))
        start, taken = 0, 0
        while start < len(ends):
            room = taken + batch_bytes - pending_bytes
            stop = int(np.searchsorted(ends, room, side="right"))
            if stop <= start and not pending:
                stop = start + 1
            if stop > start:
                pending.append(piece.slice(start, stop - start))
                pending_bytes += int(ends[stop - 1]) - taken
                start, taken = stop, int(ends[stop - 1])
            if start < len(ends):
                yield joined(pending)
                pending, pending_bytes = [], 0
    if pending:
        yield joined(pending)


def document_bytes(batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
    """Bytes of all strings of each document and a little for the row, shape (n,)."""
    sizes = np.full(batch.num_rows, _ROW_BYTES, np.int64)
    for column in batch.columns:
        sizes += string_bytes(column)
    return sizes


def joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    """One batch out of at least one."""
    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)
