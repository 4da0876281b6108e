"""The records of a WET stream that hold no surprise, found by compiled code block by block."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from pipeline.document import Bytes
from pipeline.kernels import warc_scan
from pipeline.kernels.blocks import BLOCK
from pipeline.kernels.warc_scan import OTHER, RECORDS_AT_ONCE, SHORT, Records
from pipeline.reading.gathering import Gathering
from pipeline.reading.oversize import LongContent

BLOCK_BYTES = 4 << 20
_MOST_BYTES = 1 << 32  # a record that says it is larger, and is not cut, is left to the library
_HEADER_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"(?<=\r\ncontent-length: )(\d+)(?=\r\n)", re.IGNORECASE)


@dataclass(slots=True)
class PlainRecords:
    """Plain records from the start of a stream; to be iterated once.

    Then ``rest`` is the stream from the first record on that is not plain, and begins at byte
    ``position``. The record before it is in the rest as well: what is said of bytes between two
    records is left to the library.

    A record that is larger than ``largest_text_bytes`` comes cut: ``left_out`` has how many bytes
    of its content are missing, by the position of the record. Positions are those of the stream
    as it comes; ``stored_position`` tells where that was before something was cut.
    """

    rest: Iterator[bytes]
    largest_text_bytes: int | None = None
    position: int = 0
    left_out: dict[int, int] = field(default_factory=dict)

    def stored_position(self, position: int) -> int:
        """Where in the whole stream a position is."""
        return position + sum(cut for at, cut in self.left_out.items() if at < position)

    def __iter__(self) -> Iterator[tuple[Bytes, Records]]:
        gathering = Gathering()
        needed, after = BLOCK_BYTES, warc_scan.PLAIN
        ended = False
        while not (ended or after == OTHER or needed > _MOST_BYTES):
            chunk = next(self.rest, None)
            ended = chunk is None
            gathering.add(chunk or b"")
            if gathering.size < needed and not ended:
                continue
            data, at = gathering.take(), 0
            for records in _certain(data, ended):
                yield data, records
                at, after, needed = int(records.starts[-1]), records.after, records.needed_bytes
            self.position += at
            waiting, needed = data[at:].tobytes(), needed - at
            if after == SHORT and not ended and self._may_be_large(needed):
                waiting, needed = self._with_last_cut(waiting), 0
            gathering.add(waiting)
            needed = max(gathering.size + BLOCK_BYTES, needed)
        self.rest = itertools.chain((gathering.take().tobytes(),), self.rest)

    def _may_be_large(self, needed_bytes: int) -> bool:
        return self.largest_text_bytes is not None and needed_bytes > self.largest_text_bytes

    def _with_last_cut(self, data: bytes) -> bytes:
        """Data whose last record is not whole yet: with that whole, its content cut if large."""
        assert self.largest_text_bytes is not None
        begin = int(warc_scan.scan(np.frombuffer(data, np.uint8), 0).starts[-1])
        content = data.find(_HEADER_END, begin) + len(_HEADER_END)
        length = _LENGTH.search(data, begin, content)
        if length is None or int(length[1]) <= self.largest_text_bytes:
            return data
        cut = LongContent(int(length[1]), self.largest_text_bytes)
        rest = cut.add(data[content:])
        while cut.missing_bytes:
            chunk = next(self.rest, None)
            if chunk is None:
                break
            rest = cut.add(chunk)
        if cut.left_out:
            self.left_out[self.position + begin] = cut.left_out
        size = b"%0*d" % (len(length[1]), int(length[1]) - cut.left_out)
        header = data[: length.start(1)], size, data[length.end(1) : content]
        return b"".join((*header, cut.kept(), rest))


def _certain(data: Bytes, ended: bool) -> Iterator[Records]:
    """Plain records that are followed by another one, or by the end of the stream."""
    at = 0
    while True:
        records = warc_scan.scan(data, at)
        found = len(records.is_conversion)
        last = ended and int(records.starts[-1]) == len(data)
        certain = records.first(found if last else max(found - 1, 0))
        yield certain
        at = int(certain.starts[-1])
        if found < RECORDS_AT_ONCE:
            return


def field_strings(data: Bytes, records: Records, field: int) -> pa.Array:
    """A field of the records as large_string, its bytes unchecked; null where it is absent."""
    begins = np.ascontiguousarray(records.begins[field])
    ends = np.ascontiguousarray(records.ends[field])
    content = pa.allocate_buffer(int((ends - begins).sum()) + BLOCK)
    offsets = warc_scan.gathered(data, begins, ends, np.frombuffer(content, np.uint8))
    valid = begins >= 0
    bits = None if valid.all() else pa.py_buffer(np.packbits(valid, bitorder="little"))
    return pa.Array.from_buffers(
        pa.large_string(), len(begins), [bits, pa.py_buffer(offsets), content]
    )
