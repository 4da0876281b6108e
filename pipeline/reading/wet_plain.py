"""The records of a WET stream that hold no surprise, found by compiled code block by block."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline.document import Bytes
from pipeline.kernels import warc_scan
from pipeline.kernels.blocks import BLOCK
from pipeline.kernels.warc_scan import OTHER, RECORDS_AT_ONCE, Records
from pipeline.reading.gathering import Gathering

BLOCK_BYTES = 4 << 20
_MOST_BYTES = 1 << 32  # a record that says it is larger is left to the library


@dataclass(slots=True)
class PlainRecords:
    """Plain records from the start of a stream; to be iterated once.

    Then ``rest`` is the stream from the first record on that is not plain, and begins at byte
    ``position``. The record before it is in the rest as well: what is said of bytes between two
    records is left to the library.
    """

    rest: Iterator[bytes]
    position: int = 0

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
            gathering.add(data[at:].tobytes())
            needed = max(gathering.size + BLOCK_BYTES, needed - at)
        self.rest = itertools.chain((gathering.take().tobytes(),), self.rest)


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
