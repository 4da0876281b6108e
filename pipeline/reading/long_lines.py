"""A JSON line longer than the largest text that stays: read in slices, its strings cut.

The shortened line goes the way of all lines, so what is a document, and why another line is none,
is decided as ever.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from pipeline.document import Bytes
from pipeline.kernels import json_cut
from pipeline.kernels.json_cut import MOST_GROWTH, TRAILER_BYTES, State
from pipeline.reading.oversize import first_text, with_text_bytes

_SLICE_BYTES = 1 << 18


def _room() -> Bytes:
    return np.empty(MOST_GROWTH * (_SLICE_BYTES + 64), np.uint8)


@dataclass(slots=True)
class LongLine:
    """A line on its way; ``size`` is its bytes so far, without the line end.

    Of every string whose value is larger than ``largest_text_bytes`` the beginning stays. A text's
    size is not lost; another field's value (an id, a url) ends with what is left out of it.
    """

    largest_text_bytes: int
    size: int = 0
    _shortened: bytearray = field(default_factory=bytearray)
    _carried: bytes = b""
    _state: State = field(default_factory=json_cut.new_state)
    _out: Bytes = field(default_factory=_room)

    def add(self, chunk: bytes) -> None:
        """Take what follows, which holds no line end."""
        self.size += len(chunk)
        for start in range(0, len(chunk), _SLICE_BYTES):
            self._take(self._carried + chunk[start : start + _SLICE_BYTES], last=False)

    def shortened(self) -> Bytes:
        """The line with its long strings cut; it is whole then."""
        self._take(self._carried, last=True)
        line = np.frombuffer(self._shortened, np.uint8)
        line.flags.writeable = False
        return line

    def restored(self, found: pa.RecordBatch) -> pa.RecordBatch:
        """What reading the shortened line gave, one document at most, with the text's own size."""
        if not found.num_rows:
            return found
        text = first_text(found)
        if len(text) <= self.largest_text_bytes:
            return found
        kept_bytes = len(text) - TRAILER_BYTES
        left_out = int(text[kept_bytes:].tobytes(), 16)
        return with_text_bytes(found, kept_bytes, kept_bytes + left_out)

    def _take(self, data: bytes, last: bool) -> None:
        used, written = json_cut.shorten(
            np.frombuffer(data, np.uint8), last, self.largest_text_bytes, self._state, self._out
        )
        self._shortened += self._out[:written].data
        self._carried = data[used:]
