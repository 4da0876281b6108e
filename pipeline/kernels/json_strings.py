"""Text of the fields that a scan of JSON lines found, with its escapes resolved."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipeline.document import Bytes, Offsets
from pipeline.kernels.blocks import BLOCK, copy_block, equal, lowest_bit
from pipeline.kernels.compiled import inlined, kernel
from pipeline.kernels.json_scan import Spans
from pipeline.kernels.json_values import (
    ESCAPED,
    INTEGER,
    SHORT_ESCAPES,
    STRING,
    hex4,
)


def strings(data: Bytes, spans: Spans, field: int, rows: Offsets) -> pa.Array:
    """The values of one field on some lines, as large_string; null where they are no text.

    ``data`` must be UTF-8 on these lines. Integers come as they are written.
    """
    valid = np.empty(len(rows), np.bool_)
    offsets = np.zeros(len(rows) + 1, np.int64)
    kinds, begins, ends = spans.kinds[field], spans.begins[field], spans.ends[field]
    most_bytes = _most_bytes(kinds, begins, ends, rows, valid)
    # Arrow's pool gives used memory back, numpy fresh pages that cost a fault each.
    content = pa.allocate_buffer(most_bytes + BLOCK)  # whole blocks are copied
    _copy(data, begins, ends, rows, valid, np.frombuffer(content, np.uint8), offsets)
    bits = None if valid.all() else pa.py_buffer(np.packbits(valid, bitorder="little"))
    buffers = [bits, pa.py_buffer(offsets), content]
    return pa.Array.from_buffers(pa.large_string(), len(rows), buffers)


@kernel
def _most_bytes(kinds, begins, ends, rows, valid):  # type: ignore[no-untyped-def]
    """Bytes of the values as they are written; which rows have one."""
    total = np.int64(0)
    for i in range(len(rows)):
        row = rows[i]
        valid[i] = kinds[row] == STRING or kinds[row] == ESCAPED or kinds[row] == INTEGER
        if valid[i]:
            total += ends[row] - begins[row]
    return total


@inlined
def _put_code_point(out, to, value):  # type: ignore[no-untyped-def]
    """Write a code point as UTF-8; where the next byte goes."""
    if value < 0x80:
        out[to] = value
        return to + 1
    if value < 0x800:
        out[to] = 0xC0 | (value >> 6)
        out[to + 1] = 0x80 | (value & 0x3F)
        return to + 2
    if value < 0x10000:
        out[to] = 0xE0 | (value >> 12)
        out[to + 1] = 0x80 | ((value >> 6) & 0x3F)
        out[to + 2] = 0x80 | (value & 0x3F)
        return to + 3
    out[to] = 0xF0 | (value >> 18)
    out[to + 1] = 0x80 | ((value >> 12) & 0x3F)
    out[to + 2] = 0x80 | ((value >> 6) & 0x3F)
    out[to + 3] = 0x80 | (value & 0x3F)
    return to + 4


@inlined
def _put_escape(data, at, end, out, to):  # type: ignore[no-untyped-def]
    """Write what the escape at ``at`` stands for; where reading and writing go on."""
    c = data[at + 1]
    if c != 0x75:
        out[to] = SHORT_ESCAPES[c]
        return at + 2, to + 1
    value = hex4(data, at + 2, end)
    if 0xD800 <= value <= 0xDFFF:
        low = hex4(data, at + 8, end)
        return at + 12, _put_code_point(out, to, 0x10000 + ((value - 0xD800) << 10) + low - 0xDC00)
    return at + 6, _put_code_point(out, to, value)


@kernel
def _copy_string(data, at, end, out, to):  # type: ignore[no-untyped-def]
    """Write a value with its escapes resolved; where writing goes on.

    Up to a block more than the value may be written behind it.
    """
    while at < end and at + BLOCK <= len(data):
        copy_block(data, at, out, to)
        stops = equal(data, at, 0x5C)
        if stops == 0:
            at += BLOCK
            to += BLOCK
            continue
        stop = lowest_bit(stops)
        at += stop
        to += stop
        while at < end and data[at] == 0x5C:
            at, to = _put_escape(data, at, end, out, to)
    if at > end:  # the last block reached beyond the value
        return to - (at - end)
    while at < end:
        if data[at] == 0x5C:
            at, to = _put_escape(data, at, end, out, to)
        else:
            out[to] = data[at]
            at += 1
            to += 1
    return to


@kernel
def _copy(data, begins, ends, rows, valid, out, offsets):  # type: ignore[no-untyped-def]
    to = np.int64(0)
    for i in range(len(rows)):
        if valid[i]:
            to = _copy_string(data, begins[rows[i]], ends[rows[i]], out, to)
        offsets[i + 1] = to
