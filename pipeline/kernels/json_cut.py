"""Long strings of a JSON line cut to their beginnings, while the line comes in slices.

What is cut out is looked at as the whole would be: where it holds a fault, the shortened string
holds one of the same kind, so that whoever reads the shortened line refuses it for the same reason.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.document import Bytes
from pipeline.kernels.compiled import inlined, kernel
from pipeline.kernels.json_values import SHORT_ESCAPES, hex4, string_stop
from pipeline.kernels.utf8 import is_utf8, whole_end

TRAILER_BYTES = 16  # hex digits at the end of a string that is larger than the limit
MOST_GROWTH = 8  # a slice and what is written of it: strings that just exceed a limit of one byte
_IN_STRING, _SIZE, _KEPT, _FAULTS = range(4)
_NO_UTF8, _MALFORMED, _LONE_SURROGATE = 1, 2, 4

State = npt.NDArray[np.int64]


def new_state() -> State:
    """The state at the beginning of a line."""
    return np.zeros(4, np.int64)


def shorten(data: Bytes, last: bool, limit: int, state: State, out: Bytes) -> tuple[int, int]:
    """Write a slice of a line with its strings cut; how many bytes were used, and were written.

    A string whose value is more than ``limit`` bytes keeps that much and up to one slice more, and
    ends with 16 hex digits: how many bytes of its value are left out. Bytes that were not used (an
    escape or a character that is not whole, 11 at most) begin the next slice. ``out`` has room for
    eight times the slice and 64 bytes.
    """
    used, written = _shorten(data, last, limit, state, out)
    return int(used), int(written)


@inlined
def _escape(data, at, end):  # type: ignore[no-untyped-def]
    """Of the escape at ``at``: its bytes, and those of its value; 0 when it is none.

    A lone surrogate has minus three.
    """
    if at + 1 >= end:
        return 0, 0
    if data[at + 1] != 0x75:
        return (2, 1) if SHORT_ESCAPES[data[at + 1]] != 0 else (0, 0)
    value = hex4(data, at + 2, end)
    if value < 0:
        return 0, 0
    if value < 0xD800 or value > 0xDFFF:
        return 6, 1 if value < 0x80 else 2 if value < 0x800 else 3
    if value < 0xDC00 and at + 12 <= end and data[at + 6] == 0x5C and data[at + 7] == 0x75:
        low = hex4(data, at + 8, end)
        if 0xDC00 <= low <= 0xDFFF:
            return 12, 4
    return 6, -3


@inlined
def _copied(data, at, end, out, to):  # type: ignore[no-untyped-def]
    for place in range(at, end):
        out[to] = data[place]
        to += 1
    return to


@inlined
def _put_trailer(out, to, value):  # type: ignore[no-untyped-def]
    for place in range(TRAILER_BYTES):
        digit = (value >> (4 * (TRAILER_BYTES - 1 - place))) & 15
        out[to + place] = digit + (0x30 if digit < 10 else 0x57)
    return to + TRAILER_BYTES


@inlined
def _put_lone_surrogate(out, to):  # type: ignore[no-untyped-def]
    out[to], out[to + 1], out[to + 2] = 0x5C, 0x75, 0x64  # \ud800
    out[to + 3], out[to + 4], out[to + 5] = 0x38, 0x30, 0x30
    return to + 6


@kernel
def _shorten(data, last, limit, state, out):  # type: ignore[no-untyped-def]
    at, to, end = np.int64(0), np.int64(0), np.int64(len(data))
    while at < end:
        if state[_IN_STRING] == 0:
            out[to] = data[at]
            to += 1
            if data[at] == 0x22:
                state[:] = 0
                state[_IN_STRING] = 1
            at += 1
            continue
        keeps = state[_SIZE] <= limit
        stop = string_stop(data, at, end)
        if stop > at:
            if stop == end and not last:
                stop = whole_end(data, at, end)
                if stop == at:
                    break
            if keeps:
                to = _copied(data, at, stop, out, to)
                state[_KEPT] += stop - at
            elif state[_FAULTS] & _NO_UTF8 == 0 and not is_utf8(data, at, stop):
                state[_FAULTS] |= _NO_UTF8
                out[to] = 0xFF
                to += 1
            state[_SIZE] += stop - at
            at = stop
        elif data[at] == 0x22:
            if not keeps:
                to = _put_trailer(out, to, state[_SIZE] - state[_KEPT])
            out[to] = 0x22
            to += 1
            at += 1
            state[_IN_STRING] = 0
        elif data[at] == 0x5C:
            if not last and at + 12 > end and (at + 1 >= end or data[at + 1] == 0x75):
                break
            size, value_size = _escape(data, at, end)
            if size == 0:
                if state[_FAULTS] & _MALFORMED == 0:
                    state[_FAULTS] |= _MALFORMED
                    out[to], out[to + 1] = 0x5C, 0x78  # \x
                    to += 2
                at += 1
                state[_SIZE] += 1
                state[_KEPT] += keeps
                continue
            if keeps:
                to = _copied(data, at, at + size, out, to)
                state[_KEPT] += abs(value_size)
            elif value_size < 0 and state[_FAULTS] & _LONE_SURROGATE == 0:
                state[_FAULTS] |= _LONE_SURROGATE
                to = _put_lone_surrogate(out, to)
            state[_SIZE] += abs(value_size)
            at += size
        else:  # a control character
            if keeps or state[_FAULTS] & _MALFORMED == 0:
                state[_FAULTS] |= _MALFORMED
                out[to] = data[at]
                to += 1
            at += 1
            state[_SIZE] += 1
            state[_KEPT] += keeps
    return at, to
