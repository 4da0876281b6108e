"""WET: the conversion records of WARC files, as Common Crawl keeps extracted text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, cast

import numpy as np
import pyarrow as pa
from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from pipeline.document import Offsets
from pipeline.errors import ShardError
from pipeline.kernels.warc_scan import ID, LANG, TEXT, URL
from pipeline.reading.columns import Ordinals, documents, string_bytes
from pipeline.reading.inputs import ShardFile
from pipeline.reading.oversize import with_text_bytes
from pipeline.reading.tally import CORRUPT_ARCHIVE, INVALID_UTF8, TRUNCATED_RECORD, ReadTally
from pipeline.reading.utf8 import valid_rows
from pipeline.reading.wet_plain import PlainRecords, field_strings

PIECE_BYTES = 4 << 20
_MAX_HEADER_BYTES = 1 << 20
_SLACK_BYTES = 8  # between records: the two line ends, and some for padded headers
Headers = dict[bytes, bytes]  # names in lower case

_PREFIXES = ((b"<urn:uuid:", b">"), (b"<", b">"))


class WarcStream:
    """Decoded chunks as the file object that the WARC library reads from."""

    def __init__(self, content: Iterator[bytes]) -> None:
        self._content = content
        self._chunk = b""
        self._at = 0
        self.position = 0

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes; none only at the end."""
        while self._at >= len(self._chunk):
            chunk = next(self._content, None)
            if chunk is None:
                return b""
            self._chunk, self._at = chunk, 0
        part = self._chunk[self._at :] if size < 0 else self._chunk[self._at : self._at + size]
        self._at += len(part)
        self.position += len(part)
        return part

    def tell(self) -> int:
        return self.position

    def drain(self) -> int:
        """Read to the end; where that is."""
        while self.read():
            pass
        return self.position


@dataclass(slots=True)
class _Piece:
    """Records on their way into a batch."""

    ordinals: list[int] = field(default_factory=list)
    ids: list[bytes | None] = field(default_factory=list)
    urls: list[bytes | None] = field(default_factory=list)
    langs: list[bytes | None] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)
    text_bytes: int = 0

    def add(self, ordinal: int, headers: Headers, text: bytes) -> None:
        self.ordinals.append(ordinal)
        self.ids.append(_bare_id(headers.get(b"warc-record-id")))
        self.urls.append(headers.get(b"warc-target-uri"))
        self.langs.append(headers.get(b"warc-identified-content-language"))
        self.texts.append(text)
        self.text_bytes += len(text)

    def documents(self, shard: str, tally: ReadTally, left_out: int = 0) -> pa.RecordBatch:
        """The batch of those that are UTF-8; the others are counted."""
        columns = [
            pa.array(values, pa.large_binary()).view(pa.large_string())
            for values in (self.ids, self.urls, self.langs, self.texts)
        ]
        return _sound(np.array(self.ordinals, np.int64), columns, shard, tally, left_out)


def _sound(
    ordinals: Ordinals,
    columns: list[pa.Array],
    shard: str,
    tally: ReadTally,
    left_out: int = 0,
) -> pa.RecordBatch:
    """Documents of id, url, language and text that are UTF-8; the others are counted.

    ``left_out`` is how many bytes of the text are missing, of one document alone.
    """
    valid = np.logical_and.reduce([valid_rows(column) for column in columns])
    sizes = string_bytes(columns[-1]) + left_out
    for row in np.flatnonzero(~valid):
        place = f"{shard}: record {ordinals[row] + 1}: not UTF-8"
        tally.count_unreadable(INVALID_UTF8, int(sizes[row]), place)
    if not valid.all():
        kept = pa.array(valid)
        columns = [column.filter(kept) for column in columns]
    ids, urls, langs, texts = columns
    found = documents(shard, ordinals[valid], [ids, urls, None, langs, texts])
    if left_out and found.num_rows:
        return with_text_bytes(found, int(sizes[0]) - left_out, int(sizes[0]))
    return found


def pieces(
    content: Iterator[bytes],
    shard: str,
    tally: ReadTally,
    largest_text_bytes: int | None = None,
) -> Iterator[pa.RecordBatch]:
    """Documents of a WARC stream, one per conversion record; faults are counted in ``tally``.

    Records are numbered by the conversion records and those that are cut off. Bytes between
    records that belong to none are one ``corrupt-archive`` per place. Of a text that is larger
    than ``largest_text_bytes`` the beginning may be all that is held.
    """
    plain = PlainRecords(iter(content), largest_text_bytes)
    ordinal = 0
    for data, records in plain:
        found = records.conversions()
        count = len(found.is_conversion)
        if count:
            columns = [field_strings(data, found, field) for field in (ID, URL, LANG, TEXT)]
            starts = plain.position + records.starts[:-1][records.is_conversion]
            for first, last, left_out in _parts(starts, plain.left_out):
                part = [column.slice(first, last - first) for column in columns]
                ordinals = np.arange(ordinal + first, ordinal + last)
                yield _sound(ordinals, part, shard, tally, left_out)
        ordinal += count
    yield from _others(plain, ordinal, shard, tally)


def _parts(starts: Offsets, left_out: dict[int, int]) -> Iterator[tuple[int, int, int]]:
    """First and last of the records that are whole, or of one that is cut and what it lacks."""
    first = 0
    for row in np.flatnonzero(np.isin(starts, list(left_out))) if left_out else ():
        if first < row:
            yield first, int(row), 0
        yield int(row), int(row) + 1, left_out[int(starts[row])]
        first = int(row) + 1
    if first < len(starts):
        yield first, len(starts), 0


def _others(
    plain: PlainRecords, first: int, shard: str, tally: ReadTally
) -> Iterator[pa.RecordBatch]:
    """Documents of the rest of a stream, read by the WARC library record by record."""
    piece = _Piece()
    for ordinal, headers, text, left_out in _conversions(plain, first, shard, tally):
        if left_out and piece.ordinals:
            yield piece.documents(shard, tally)
            piece = _Piece()
        piece.add(ordinal, headers, text)
        if left_out or piece.text_bytes >= PIECE_BYTES:
            yield piece.documents(shard, tally, left_out)
            piece = _Piece()
    if piece.ordinals:
        yield piece.documents(shard, tally)


def check_wet(content: Iterator[bytes], file: ShardFile) -> None:
    """Raise ShardError unless the stream is WARC whose records are extracted text."""
    try:
        for record in _records(WarcStream(content)):
            kind = record.record_type
            if kind == WarcRecordType.warcinfo:
                continue
            if kind in (WarcRecordType.conversion, WarcRecordType.unknown):
                return
            raise ShardError(
                f"{file.path}: holds WARC records of type {str(kind)!r}, expected 'conversion' "
                "(WET: text already extracted); extract the text first"
            )
    except OSError as error:
        raise ShardError(f"{file.path}: not WARC: {error}; expected a WET file") from error


def _records(stream: WarcStream) -> ArchiveIterator:
    """All records; quirks mode goes on at the next record after bytes that are none."""
    return ArchiveIterator(
        cast(BinaryIO, stream),  # it calls read and tell, no more
        record_types=WarcRecordType.any_type,
        parse_http=False,
        quirks_mode=True,
        stream_detect=False,
        max_header_len=_MAX_HEADER_BYTES,
    )


def _conversions(
    plain: PlainRecords, ordinal: int, shard: str, tally: ReadTally
) -> Iterator[tuple[int, Headers, bytes, int]]:
    """Whole conversion records of the rest of a stream: ordinal, headers, text, bytes left out."""
    stream, origin = WarcStream(plain.rest), plain.position
    end = 0  # of the last record
    records = iter(_records(stream))
    while True:
        place = f"{shard}: byte {plain.stored_position(origin + end)}"
        try:
            record = next(records, None)
        except OSError as error:
            _count_gap(end, stream.drain(), f"{place}: {error}", tally)
            return
        if record is None:
            break
        _count_gap(end, record.stream_pos, f"{place}: no WARC record", tally)
        text = record.reader.read()
        fields = record.headers.items_bytes()
        headers = {name.lower(): value for name, value in reversed(fields)}
        left_out = plain.left_out.get(origin + record.stream_pos, 0)
        fault = _fault(headers, record.content_length + left_out, len(text) + left_out)
        end = record.stream_pos + _header_bytes(record, fields) + len(text)
        if fault is None and record.record_type != WarcRecordType.conversion:
            continue
        if fault is None:
            yield ordinal, headers, text, left_out
        else:
            cut = f"{shard}: record {ordinal + 1}: {fault}"
            tally.count_unreadable(TRUNCATED_RECORD, len(text) + left_out, cut)
        ordinal += 1
    _count_gap(end, stream.drain(), f"{place}: no WARC record", tally)


def _fault(headers: Headers, expected_bytes: int, found_bytes: int) -> str | None:
    """Why a record is not whole."""
    length = headers.get(b"content-length", b"").strip()
    if not length.isdigit():
        return f"Content-Length is {length!r}, expected a number"
    if found_bytes < expected_bytes:
        return f"{found_bytes} bytes, expected {expected_bytes}"
    return None


def _count_gap(end: int, following: int, place: str, tally: ReadTally) -> None:
    gap = following - end
    if gap > _SLACK_BYTES:
        tally.count_unreadable(CORRUPT_ARCHIVE, gap, place)


def _header_bytes(record: WarcRecord, fields: tuple[tuple[bytes, bytes], ...]) -> int:
    """Bytes of the header block with plain CRLF lines: the most that usual headers take."""
    names_and_values = sum(len(name) + len(value) + 4 for name, value in fields)
    return len(record.headers.status_line or "") + 4 + names_and_values


def _bare_id(value: bytes | None) -> bytes | None:
    """A record id without its brackets: "<urn:uuid:x>" is x."""
    if value is None:
        return None
    for prefix, suffix in _PREFIXES:
        if value.startswith(prefix) and value.endswith(suffix):
            return value[len(prefix) : -len(suffix)]
    return value
