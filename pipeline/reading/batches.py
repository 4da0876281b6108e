"""Batches of an even size out of pieces of any size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

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
                yield _joined(pending)
                pending, pending_bytes = [], 0
    if pending:
        yield _joined(pending)


def document_bytes(batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
    """Bytes of all strings of each document and a little for the row, shape (n,)."""
    sizes = np.full(batch.num_rows, _ROW_BYTES, np.int64)
    for column in batch.columns:
        lengths = pc.fill_null(pc.binary_length(column), 0)
        sizes += lengths.to_numpy(zero_copy_only=False).astype(np.int64, copy=False)
    return sizes


def _joined(pending: list[pa.RecordBatch]) -> pa.RecordBatch:
    return pending[0] if len(pending) == 1 else pa.concat_batches(pending)
