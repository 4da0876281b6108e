"""Texts larger than any that a recipe keeps: their size is told, their end is not held.

Admission drops such a text by its size alone; samples of what was dropped show its beginning.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from pipeline.document import Bytes
from pipeline.kernels.scripts import PREFIX_BYTES
from pipeline.kernels.utf8 import sound_slice
from pipeline.reading.columns import string_bytes, string_offsets

_CHARACTER_BYTES = 4


def stretched(text: Bytes, text_bytes: int) -> pa.Array:
    """A large_string of one text of ``text_bytes``: the first 64 KiB of ``text``, then zeros.

    The zeros are pages that nobody has written to, so they take no memory until they are copied.
    """
    beginning = text[: PREFIX_BYTES + _CHARACTER_BYTES]
    whole, _ = sound_slice(beginning, last=False)
    pages = mmap.mmap(-1, max(text_bytes, 1), mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    pages[:whole] = beginning[:whole].tobytes()
    offsets = np.array([0, text_bytes], np.int64)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(pages)]
    return pa.Array.from_buffers(pa.large_string(), 1, buffers)


def with_text_bytes(document: pa.RecordBatch, kept_bytes: int, text_bytes: int) -> pa.RecordBatch:
    """A batch of one document as if its text, of which ``kept_bytes`` hold, had ``text_bytes``."""
    text = first_text(document)[:kept_bytes]
    return document.set_column(
        document.schema.get_field_index("text"),
        document.schema.field("text"),
        stretched(text, text_bytes),
    )


def without_large_texts(documents: pa.RecordBatch, largest_text_bytes: int) -> list[pa.RecordBatch]:
    """The same documents: copies of those whose text is not too large, the others stretched."""
    sizes = string_bytes(documents.column("text"))
    parts, first = [], 0
    for row in [*np.flatnonzero(sizes > largest_text_bytes), documents.num_rows]:
        if first < row:
            parts.append(documents.take(pa.array(np.arange(first, row))))
        if row < documents.num_rows:
            size = int(sizes[row])
            parts.append(with_text_bytes(documents.slice(row, 1), size, size))
        first = row + 1
    return parts


@dataclass(slots=True)
class LongContent:
    """A text of ``missing_bytes`` on its way, of which more than the largest size is kept.

    Characters are not divided. Where what is ``left_out`` (bytes) is not UTF-8, a byte that is
    none ends what is kept, so that the text is refused.
    """

    missing_bytes: int
    largest_text_bytes: int
    left_out: int = 0
    _kept: bytearray = field(default_factory=bytearray)
    _carried: bytes = b""
    _sound: bool = True

    def add(self, chunk: bytes) -> bytes:
        """Take what belongs to the text; what follows it is given back."""
        data = self._carried + chunk[: self.missing_bytes]
        rest = chunk[self.missing_bytes :]
        self.missing_bytes -= len(chunk) - len(rest)
        whole, sound = sound_slice(np.frombuffer(data, np.uint8), self.missing_bytes == 0)
        self._carried = data[whole:]
        if len(self._kept) <= self.largest_text_bytes:
            self._kept += data[:whole]
        else:
            self.left_out += whole
            if self._sound and not sound:
                self._sound = False
                self._kept += b"\xff"
                self.left_out -= 1
        return rest

    def kept(self) -> bytes:
        """The beginning, once no more is to come."""
        return bytes(self._kept + self._carried)


def first_text(document: pa.RecordBatch) -> Bytes:
    """The bytes of the first text of a batch, read-only and without a copy."""
    column = document.column("text")
    offsets, data = string_offsets(column), column.buffers()[2]
    if data is None:
        return np.empty(0, np.uint8)
    view = np.frombuffer(data, np.uint8)[offsets[0] : offsets[1]]
    view.flags.writeable = False
    return view
