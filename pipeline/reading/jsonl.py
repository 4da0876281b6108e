"""JSON lines: blocks of whole lines, scanned by compiled code, doubtful lines one by one."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.document import Bytes, Offsets
from pipeline.kernels import json_scan, json_values
from pipeline.kernels.json_lines import line_spans
from pipeline.kernels.json_strings import strings
from pipeline.kernels.utf8 import valid_spans
from pipeline.reading import json_record
from pipeline.reading.columns import ColumnNames, documents
from pipeline.reading.gathering import Gathering
from pipeline.reading.json_record import UnreadableRecordError, Values, read_record
from pipeline.reading.long_lines import LongLine
from pipeline.reading.tally import ReadTally

BLOCK_BYTES = 4 << 20
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a block that are not blank: data[begins[i]:ends[i]] without the line end.

    ``numbers`` counts all lines of the block from 0, blank ones too; ``total`` is how many.
    """

    data: Bytes
    begins: Offsets
    ends: Offsets
    numbers: Offsets
    total: int

    def line(self, row: int) -> bytes:
        return self.data[self.begins[row] : self.ends[row]].tobytes()


def pieces(
    content: Iterable[bytes],
    shard: str,
    names: ColumnNames,
    tally: ReadTally,
    largest_text_bytes: int | None = None,
) -> Iterator[pa.RecordBatch]:
    """Documents of a stream of JSON lines; lines that give none are counted in ``tally``.

    Of a text that is larger than ``largest_text_bytes`` the beginning may be all that is held.
    """
    first_line, first_ordinal = 1, 0
    for block in blocks(content, largest_text_bytes):
        long = block if isinstance(block, LongLine) else None
        lines = split_lines(block.shortened() if isinstance(block, LongLine) else block)
        found, faults = read_lines(lines, shard, first_ordinal, names)
        for row, fault in faults:
            place = f"{shard}: line {first_line + int(lines.numbers[row])}"
            size = int(lines.ends[row] - lines.begins[row])
            if long is not None:
                size = long.size
                fault.what = fault.what.partition(" at character ")[0]  # of the shortened line
            tally.count_unreadable(fault.kind, size, f"{place}: {fault.what}")
        first_line += lines.total
        first_ordinal += len(lines.begins)
        if long is not None:
            found = long.restored(found)
        del block, lines, long  # a block may be one huge line
        if found.num_rows:
            yield found


def blocks(
    content: Iterable[bytes], largest_text_bytes: int | None = None
) -> Iterator[Bytes | LongLine]:
    """The stream in blocks that end with a line; a long line makes a long block.

    A line that may hold a text larger than ``largest_text_bytes`` is not gathered but cut.
    """
    gathering = Gathering()
    long: LongLine | None = None
    for chunk in _without_bom(content):
        rest = chunk
        if long is not None:
            end, line_end, rest = chunk.partition(b"\n")
            long.add(end)
            if not line_end:
                continue
            yield long
            long = None
        full = gathering.size + len(rest) >= BLOCK_BYTES
        cut = rest.rfind(b"\n") + 1 if full else 0
        gathering.add(rest[:cut] if cut else rest)
        if cut:
            yield gathering.take()
            gathering.add(rest[cut:])
        elif full and largest_text_bytes is not None and gathering.size > largest_text_bytes:
            block = gathering.take().tobytes()
            begin = block.rfind(b"\n") + 1
            if begin:
                yield np.frombuffer(block[:begin], np.uint8)
            if len(block) - begin > largest_text_bytes:
                long = LongLine(largest_text_bytes)
                long.add(block[begin:])
            else:
                gathering.add(block[begin:])
    if long is not None:
        yield long
    if gathering.size:
        yield gathering.take()


def split_lines(block: Bytes) -> Lines:
    """Where the lines of a block are; lines of white space alone are left out."""
    return Lines(block, *line_spans(block))


def read_lines(
    lines: Lines, shard: str, first_ordinal: int, names: ColumnNames
) -> tuple[pa.RecordBatch, list[tuple[int, UnreadableRecordError]]]:
    """The documents on the lines, and the rows of the lines that give none, in order."""
    fields = names.in_order()
    keys = list(dict.fromkeys(fields))
    spans = json_scan.scan(lines.data, lines.begins, lines.ends, [key.encode() for key in keys])
    valid = valid_spans(lines.data, lines.begins, lines.ends)
    kinds = spans.kinds[keys.index(names.text)]
    has_text = (kinds == json_values.STRING) | (kinds == json_values.ESCAPED)
    sure = spans.plain & valid
    faults = _faults(kinds, sure & ~has_text, names)
    faults += [(int(row), json_record.invalid_utf8()) for row in np.flatnonzero(~valid)]
    doubtful, refused = _one_by_one(lines, np.flatnonzero(~spans.plain & valid), names)
    rows = np.flatnonzero(sure & has_text)
    columns = [strings(lines.data, spans, keys.index(field), rows) for field in fields]
    found = documents(shard, first_ordinal + rows, columns)
    if doubtful:
        found = _merged(found, rows, doubtful, shard, first_ordinal)
    return found, sorted(faults + refused, key=lambda fault: fault[0])


def _without_bom(content: Iterable[bytes]) -> Iterator[bytes]:
    """The stream without a byte order mark at its very start."""
    chunks = iter(content)
    head = b""
    while len(head) < len(_BOM):
        chunk = next(chunks, None)
        if chunk is None:
            break
        head += chunk
    return itertools.chain((head.removeprefix(_BOM),), chunks)


def _faults(
    kinds: npt.NDArray[np.uint8], rows: npt.NDArray[np.bool_], names: ColumnNames
) -> list[tuple[int, UnreadableRecordError]]:
    """Objects without a text that is a string."""
    empty = (json_values.ABSENT, json_values.NULL)
    missing, wrong = json_record.missing_text(names), json_record.wrong_type(names)
    return [(int(row), missing if kinds[row] in empty else wrong) for row in np.flatnonzero(rows)]


def _one_by_one(
    lines: Lines, rows: npt.NDArray[np.int64], names: ColumnNames
) -> tuple[list[tuple[int, Values]], list[tuple[int, UnreadableRecordError]]]:
    found: list[tuple[int, Values]] = []
    refused: list[tuple[int, UnreadableRecordError]] = []
    for row in rows:
        try:
            found.append((int(row), read_record(lines.line(row), names)))
        except UnreadableRecordError as fault:
            refused.append((int(row), fault))
    return found, refused


def _merged(
    sure: pa.RecordBatch,
    sure_rows: npt.NDArray[np.int64],
    doubtful: list[tuple[int, Values]],
    shard: str,
    first_ordinal: int,
) -> pa.RecordBatch:
    """Both kinds of documents in the order of their lines."""
    rows = np.array([row for row, _ in doubtful], np.int64)
    values = zip(*(values for _, values in doubtful), strict=True)
    columns = [pa.array(column, pa.large_binary()).cast(pa.large_string()) for column in values]
    others = documents(shard, first_ordinal + rows, columns)
    if not len(sure_rows):
        return others
    order = np.argsort(np.concatenate((sure_rows, rows)), kind="stable")
    return pa.concat_batches([sure, others]).take(pa.array(order))
