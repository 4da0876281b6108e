"""A shard opened for reading: batches of documents, and a tally of what reading came to."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pyarrow as pa

from pipeline.errors import ShardError
from pipeline.reading import jsonl, parquet, wet
from pipeline.reading.batches import cut
from pipeline.reading.columns import ColumnNames, text_bytes
from pipeline.reading.compression import (
    CHUNK_BYTES,
    GZIP_MAGIC,
    ZSTD_MAGICS,
    Progress,
    StoredFile,
    decoded,
    decoder_of,
)
from pipeline.reading.inputs import ShardFile, find_shards, format_of
from pipeline.reading.tally import ReadTally, Unreadable

__all__ = [
    "ColumnNames",
    "ReadTally",
    "Shard",
    "ShardFile",
    "Unreadable",
    "find_shards",
    "format_of",
    "open_shard",
]

BATCH_BYTES = 8_000_000
_LARGE_BYTES = 64_000_000

Pieces = Callable[[StoredFile, ReadTally], Iterator[pa.RecordBatch]]


class Shard:
    """One shard, to be read once. ``tally`` is complete when ``batches()`` is exhausted."""

    def __init__(self, file: ShardFile, pieces: Pieces, progress: Progress | None) -> None:
        self.tally = ReadTally()
        self._stored = StoredFile(file.path, self.tally, progress)
        self._pieces = pieces

    def batches(self, batch_bytes: int = BATCH_BYTES) -> Iterator[pa.RecordBatch]:
        """All documents in their order, in batches of about ``batch_bytes`` of text.

        Documents, ids and tally are the same for any ``batch_bytes``. A document that is larger
        is a batch of its own.
        """
        large = False
        for batch in cut(self._counted(), batch_bytes):
            if large:  # what a large document took is not kept for those after it
                pa.default_memory_pool().release_unused()
            large = batch.nbytes > _LARGE_BYTES
            yield batch
            del batch
        self.tally.sha256 = self._stored.sha256()

    def _counted(self) -> Iterator[pa.RecordBatch]:
        for piece in self._pieces(self._stored, self.tally):
            self.tally.documents += piece.num_rows
            self.tally.text_bytes += text_bytes(piece)
            yield piece


def open_shard(
    file: ShardFile,
    columns: ColumnNames = ColumnNames(),  # noqa: B008 frozen
    progress: Progress | None = None,
    largest_text_bytes: int | None = None,
) -> Shard:
    """Open one file; ``progress`` is told the stored bytes read so far.

    A text that is larger than ``largest_text_bytes`` has its size and its first 64 KiB; what
    follows may be zeros that take no memory. It is for who drops it by size.

    Raises ShardError when no document can come of it: it is missing, may not be read, is not of
    the format that its suffix names, or has no text column. An empty plain JSONL file is a shard
    without documents.
    """
    head = _head(file)
    if not head and file.format != "jsonl":
        raise ShardError(f"{file.path}: empty (0 bytes), expected {file.format}; fetch it again")
    if file.format == "parquet":
        return Shard(file, _parquet_pieces(file, columns, progress, largest_text_bytes), None)
    _check_compression(file, head)
    if file.format.startswith("wet"):
        _check_wet(file, head)
        return Shard(file, _wet_pieces(file, largest_text_bytes), progress)
    _check_json(file, head)
    return Shard(file, _json_pieces(file, columns, largest_text_bytes), progress)


def _json_pieces(file: ShardFile, columns: ColumnNames, largest_text_bytes: int | None) -> Pieces:
    return lambda stored, tally: jsonl.pieces(
        _content(file, stored, tally), file.name, columns, tally, largest_text_bytes
    )


def _wet_pieces(file: ShardFile, largest_text_bytes: int | None) -> Pieces:
    return lambda stored, tally: wet.pieces(
        _content(file, stored, tally), file.name, tally, largest_text_bytes
    )


def _parquet_pieces(
    file: ShardFile,
    columns: ColumnNames,
    progress: Progress | None,
    largest_text_bytes: int | None,
) -> Pieces:
    # Opened here, so that a fault of the whole file shows when the shard is opened.
    parquet.open_parquet(file, columns).close()

    def pieces(stored: StoredFile, tally: ReadTally) -> Iterator[pa.RecordBatch]:
        for _ in stored.chunks():  # read once in order for the hash; pages come from the cache
            pass
        with parquet.open_parquet(file, columns) as opened:
            yield from parquet.pieces(opened, file, columns, tally, progress, largest_text_bytes)

    return pieces


def _content(file: ShardFile, stored: StoredFile, tally: ReadTally) -> Iterator[bytes]:
    return decoded(stored.chunks(), decoder_of(file.format), tally, file.name)


def _head(file: ShardFile) -> bytes:
    """The first MiB of a file."""
    try:
        with file.path.open("rb") as opened:
            return opened.read(CHUNK_BYTES)
    except FileNotFoundError as error:
        raise ShardError(f"{file.path}: no such file") from error
    except OSError as error:
        raise ShardError(
            f"{file.path}: cannot be opened: {error.strerror}; check its permissions"
        ) from error


def _compression_of(head: bytes) -> str:
    if head.startswith(GZIP_MAGIC):
        return ".gz"
    return ".zst" if head.startswith(ZSTD_MAGICS) else ""


def _check_compression(file: ShardFile, head: bytes) -> None:
    named = file.format[file.format.find(".") :] if "." in file.format else ""
    found = _compression_of(head)
    if found == named:
        return
    words = {"": "not compressed", ".gz": "gzip", ".zst": "zstd"}
    raise ShardError(
        f"{file.path}: begins with {head[:4].hex(' ')} ({words[found]}), expected "
        f"{words[named]} by its suffix; rename it by what it is, or fetch it again"
    )


def _check_wet(file: ShardFile, head: bytes) -> None:
    content = decoded(iter((head,)), decoder_of(file.format), ReadTally(), file.name)
    start = next(filter(None, content), b"")
    if not start:
        return  # damaged from its first byte on: counted when it is read
    if not start.lstrip().startswith(b"WARC/"):
        raise ShardError(
            f"{file.path}: not WARC: begins with {start[:16]!r}, expected 'WARC/1.0'; "
            "rename it by what it is"
        )
    wet.check_wet(itertools.chain((start,), content), file)


def _check_json(file: ShardFile, head: bytes) -> None:
    if file.path.name.lower().endswith(".json") and head.lstrip().startswith(b"["):
        raise ShardError(
            f"{file.path}: begins with '[': one JSON array, expected an object per line; "
            "convert it, for instance with: jq -c '.[]'"
        )
