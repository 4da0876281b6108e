"""Parquet: one row group after the other, in batches whose memory is bounded by its metadata."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import ShardError
from pipeline.reading.batches import joined
from pipeline.reading.columns import ColumnNames, documents, string_bytes
from pipeline.reading.compression import Progress
from pipeline.reading.inputs import ShardFile
from pipeline.reading.oversize import without_large_texts
from pipeline.reading.tally import CORRUPT_PAGES, INVALID_UTF8, MISSING_TEXT, ReadTally
from pipeline.reading.utf8 import valid_rows

READ_BYTES = 4 << 20
_LARGE_BYTES = 4 * READ_BYTES
_BUFFER_BYTES = 1 << 20  # without one, the column chunks of a row group are read whole
# A dictionary page hides how large decoded rows are, so fewer of them are read at once.
_ROWS_PLAIN, _ROWS_DICTIONARY = 32_768, 1_024
_DECODING_FAULTS = (pa.ArrowException, OSError, UnicodeDecodeError)


def open_parquet(file: ShardFile, names: ColumnNames) -> pq.ParquetFile:
    """The opened file; raises ShardError when it is no Parquet or has no usable text column."""
    try:
        parquet = pq.ParquetFile(
            file.path,
            pre_buffer=False,
            buffer_size=_BUFFER_BYTES,
            page_checksum_verification=True,
        )
        schema = parquet.schema_arrow
    except _DECODING_FAULTS as error:
        reason = str(error).splitlines()[0]
        raise ShardError(
            f"{file.path}: not a Parquet file that can be read ({reason}); "
            "check that it was copied whole, or name it by its format"
        ) from error
    found = ", ".join(f"{field.name} ({field.type})" for field in schema) or "none"
    indices = schema.get_all_field_indices(names.text)
    if len(indices) != 1:
        what = "no column" if not indices else f"{len(indices)} columns named"
        raise ShardError(
            f"{file.path}: {what} {names.text!r}; columns found: {found}. "
            "Say which one holds the text: --columns text=NAME"
        )
    if not _is_text(schema.field(indices[0]).type):
        raise ShardError(
            f"{file.path}: column {names.text!r} is {schema.field(indices[0]).type}, expected "
            f"text (string or binary); columns found: {found}. Name another: --columns text=NAME"
        )
    return parquet


def pieces(
    parquet: pq.ParquetFile,
    file: ShardFile,
    names: ColumnNames,
    tally: ReadTally,
    progress: Progress | None,
    largest_text_bytes: int | None = None,
) -> Iterator[pa.RecordBatch]:
    """Documents of all row groups; rows that give none are counted in ``tally``.

    Of a text that is larger than ``largest_text_bytes`` the beginning may be all that is held. It
    is there whole while it is decoded: twice, as a page and as an array.
    """
    metadata = parquet.metadata
    first = 0
    for group in range(metadata.num_row_groups):
        rows = metadata.row_group(group).num_rows
        tally.decompressed_bytes += metadata.row_group(group).total_byte_size
        delivered = 0
        for batch in _row_group(parquet, group, file.name, names, tally):
            ordinals = np.arange(first + delivered, first + delivered + batch.num_rows)
            delivered += batch.num_rows
            if progress is not None:
                progress(file.bytes * (first + delivered) // max(metadata.num_rows, 1))
            found = _documents(batch, ordinals, file.name, names, tally)
            del batch
            if found.num_rows == 0:
                continue
            if largest_text_bytes is not None and found.nbytes > max(
                largest_text_bytes, READ_BYTES
            ):
                parts = without_large_texts(found, largest_text_bytes)
                del found  # the decoded array goes before its documents do
                yield from parts
            else:
                yield found
        first += rows


def rows_at_once(metadata: pq.FileMetaData, group: int, text: str) -> int:
    """How many rows of a row group hold about 4 MiB of text, by its metadata.

    A group of up to half as much again is read at once: its small rest would cost as much.
    """
    chunk = _text_chunk(metadata, group, text)
    rows = metadata.row_group(group).num_rows
    most = _ROWS_DICTIONARY if chunk is None or chunk.has_dictionary_page else _ROWS_PLAIN
    size = chunk.total_uncompressed_size if chunk is not None else 0
    fitting = rows if 2 * size <= 3 * READ_BYTES else READ_BYTES * rows // size
    return max(1, min(most, fitting))


def _row_group(
    parquet: pq.ParquetFile, group: int, shard: str, names: ColumnNames, tally: ReadTally
) -> Iterator[pa.RecordBatch]:
    """Record batches of one row group; what its pages do not give is counted."""
    metadata = parquet.metadata
    rows = metadata.row_group(group).num_rows
    delivered = 0
    reason = "pages hold fewer rows than the metadata says"
    batches = parquet.iter_batches(
        batch_size=rows_at_once(metadata, group, names.text),
        row_groups=[group],
        columns=_present(parquet.schema_arrow, names),
        use_threads=False,
    )
    pending: list[pa.RecordBatch] = []
    pending_bytes = 0
    while True:
        try:
            batch = next(batches, None)
        except _DECODING_FAULTS as error:
            reason = str(error).splitlines()[0]
            break
        if batch is None:
            break
        delivered += batch.num_rows
        if pending and batch.nbytes > _LARGE_BYTES:  # joining copies
            yield joined(pending)
            pending, pending_bytes = [], 0
        pending.append(batch)
        pending_bytes += batch.nbytes
        del batch
        if pending_bytes >= READ_BYTES // 2:  # many small ones cost more to look at than to join
            whole, pending, pending_bytes = [joined(pending)], [], 0
            yield whole.pop()  # and nobody here holds it any more
    if pending:
        yield joined(pending)
    lost = rows - delivered
    if lost > 0:
        chunk = _text_chunk(metadata, group, names.text)
        lost_bytes = (chunk.total_uncompressed_size if chunk else 0) * lost // rows
        place = f"{shard}: row group {group}: {lost} of {rows} rows lost: {reason}"
        tally.count_unreadable(CORRUPT_PAGES, lost_bytes, place, records=lost)


def _documents(
    batch: pa.RecordBatch,
    ordinals: np.ndarray[Any, np.dtype[np.int64]],
    shard: str,
    names: ColumnNames,
    tally: ReadTally,
) -> pa.RecordBatch:
    """A batch in the house schema of the rows that have text, all strings UTF-8."""
    columns = [_strings(batch, name) for name in names.in_order()]
    text = columns[-1]
    assert text is not None
    present = text.is_valid().to_numpy(zero_copy_only=False)
    given = [column for column in columns if column is not None]
    valid = np.logical_and.reduce([valid_rows(column) for column in given])
    keep = present & valid
    for row in np.flatnonzero(~keep):
        kind, what = (
            (INVALID_UTF8, "not UTF-8")
            if present[row]
            else (MISSING_TEXT, f"column {names.text!r} is null")
        )
        place = f"{shard}: row {int(ordinals[row]) + 1}: {what}"
        tally.count_unreadable(kind, int(string_bytes(text.slice(row, 1))[0]), place)
    if not keep.all():
        kept = pa.array(keep)
        columns = [None if column is None else column.filter(kept) for column in columns]
    return documents(shard, ordinals[keep], columns)


def _strings(batch: pa.RecordBatch, name: str) -> pa.Array | None:
    """A column as (large) string, its bytes unchecked; None when it is absent or no text."""
    indices = batch.schema.get_all_field_indices(name)
    if not indices:
        return None
    column = batch.column(indices[0])
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_integer(column.type):
        return column.cast(pa.large_string())
    if not _is_text(column.type):
        return None
    # Views, since a cast of bytes to strings would refuse the whole column for one bad value.
    if column.type in (pa.string(), pa.binary()):
        return column.view(pa.string())
    if column.type not in (pa.large_string(), pa.large_binary()):
        column = column.cast(pa.large_binary())
    return column.view(pa.large_string())


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return kind in (
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.binary(),
        pa.large_binary(),
        pa.binary_view(),
    )


def _present(schema: pa.Schema, names: ColumnNames) -> list[str]:
    return [name for name in dict.fromkeys(names.in_order()) if name in schema.names]


def _text_chunk(metadata: pq.FileMetaData, group: int, text: str) -> Any:
    """Metadata of the text column of a row group, None when it names no such path."""
    row_group = metadata.row_group(group)
    for index in range(row_group.num_columns):
        if row_group.column(index).path_in_schema == text:
            return row_group.column(index)
    return None
