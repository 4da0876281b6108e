"""Text of the fields that a scan of JSON lines found, with its escapes resolved."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipeline.document import Bytes, Offsets
from pipeline.kernels.compiled import kernel
from pipeline.kernels.json_scan import ESCAPED, INTEGER, STRING, Spans, hex4


def strings(data: Bytes, spans: Spans, field: int, rows: Offsets) -> pa.Array:
    """The values of one field on some lines, as large_string; null where they are no text.

    ``data`` must be UTF-8 on these lines. Integers come as they are written.
    """
    kinds = spans.kinds[field][rows]
    begins, ends = spans.begins[field][rows], spans.ends[field][rows]
    valid = (kinds == STRING) | (kinds == ESCAPED) | (kinds == INTEGER)
    # Arrow's pool gives used memory back, numpy fresh pages that cost a fault each.
    content = pa.allocate_buffer(int((ends - begins)[valid].sum()))
    out = np.frombuffer(content, np.uint8)
    offsets = np.zeros(len(rows) + 1, np.int64)
    _copy(data, kinds, begins, ends, out, offsets)
    bits = pa.py_buffer(np.packbits(valid, bitorder="little"))
    buffers = [None if valid.all() else bits, pa.py_buffer(offsets), content]
    return pa.Array.from_buffers(pa.large_string(), len(rows), buffers)


@kernel
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


@kernel
def _put_escape(data, at, end, out, to):  # type: ignore[no-untyped-def]
    """Write what the escape at ``at`` stands for; where reading and writing go on."""
    c = data[at + 1]
    if c != 0x75:
        if c == 0x62:
            c = 0x08
        elif c == 0x66:
            c = 0x0C
        elif c == 0x6E:
            c = 0x0A
        elif c == 0x72:
            c = 0x0D
        elif c == 0x74:
            c = 0x09
        out[to] = c
        return at + 2, to + 1
    value = hex4(data, at + 2, end)
    if 0xD800 <= value <= 0xDFFF:
        low = hex4(data, at + 8, end)
        return at + 12, _put_code_point(out, to, 0x10000 + ((value - 0xD800) << 10) + low - 0xDC00)
    return at + 6, _put_code_point(out, to, value)


@kernel
def _copy_string(data, begin, end, out, begin_out):  # type: ignore[no-untyped-def]
    """Write a value with its escapes resolved; where writing goes on."""
    at, stop, to = np.uint64(begin), np.uint64(end), np.uint64(begin_out)
    while at < stop:
        c = data[at]
        if c == 0x5C:
            following, place = _put_escape(data, np.int64(at), end, out, np.int64(to))
            at, to = np.uint64(following), np.uint64(place)
        else:
            out[to] = c
            at += np.uint64(1)
            to += np.uint64(1)
    return np.int64(to)


@kernel
def _copy(data, kinds, begins, ends, out, offsets):  # type: ignore[no-untyped-def]
    to = np.int64(0)
    for row in range(len(kinds)):
        if kinds[row] in (STRING, ESCAPED, INTEGER):
            to = _copy_string(data, begins[row], ends[row], out, to)
        offsets[row + 1] = to
