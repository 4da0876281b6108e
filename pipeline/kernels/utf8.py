"""Whether bytes are UTF-8: no surrogates, no overlong forms, nothing beyond U+10FFFF."""

from __future__ import annotations

import numpy as np

from pipeline.document import Bytes, Mask, Offsets
from pipeline.kernels.byte_masks import WIDTH, beyond_ascii, broken_utf8
from pipeline.kernels.compiled import inlined, kernel

_BEFORE = 3  # how many bytes a byte is judged by


def valid_spans(data: Bytes, begins: Offsets, ends: Offsets) -> Mask:
    """Which of the spans ``data[begins[i]:ends[i]]`` are UTF-8, shape (n,).

    Spans lie one after the other. All are tried as one first.
    """
    valid = np.ones(len(begins), np.bool_)
    begins, ends = begins.view(), ends.view()
    begins.flags.writeable = ends.flags.writeable = False  # one kind, so one compilation
    if len(begins) and not _all_valid(data, begins, ends):
        _each_valid(data, begins, ends, valid)
    return valid


@inlined
def _sequence_end(data, at, end):  # type: ignore[no-untyped-def]
    """Where the character at ``at`` ends, -1 when it is none (RFC 3629, section 4)."""
    lead = data[at]
    if lead < 0x80:
        return at + 1
    size = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
    if lead < 0xC2 or lead > 0xF4 or at + size > end:
        return -1
    for i in range(at + 1, at + size):
        if data[i] & 0xC0 != 0x80:
            return -1
    second = data[at + 1]
    if (lead == 0xE0 and second < 0xA0) or (lead == 0xF0 and second < 0x90):
        return -1
    if (lead == 0xED and second > 0x9F) or (lead == 0xF4 and second > 0x8F):
        return -1
    return at + size


@inlined
def _blocks_end(data, at, end):  # type: ignore[no-untyped-def]
    """How far whole blocks from ``at``, a character's start, are UTF-8; -1 on a fault.

    At least three bytes before ``at`` must be sound. A character may be open at the end.
    """
    while at + WIDTH <= end:
        if beyond_ascii(data, at - _BEFORE) == 0:
            at += WIDTH - _BEFORE
            continue
        if broken_utf8(data, at) != 0:
            return -1
        at += WIDTH
    return at


@kernel
def is_utf8(data, begin, end):  # type: ignore[no-untyped-def]
    """Whether ``data[begin:end]`` is UTF-8 by itself."""
    at = np.int64(begin)
    while at < end:
        at = _sequence_end(data, at, end)
        if at < 0:
            return False
        if at < begin + _BEFORE or at + WIDTH > end:
            continue
        at = _blocks_end(data, at, end)
        if at < 0:
            return False
        at -= 1  # the last character is looked at again: it may be open
        while data[at] & 0xC0 == 0x80:
            at -= 1
    return True


@kernel
def _all_valid(data, begins, ends):  # type: ignore[no-untyped-def]
    """Whether all spans are UTF-8, and what lies between them too."""
    first, last = begins[0], ends[-1]
    for i in range(len(begins)):
        if begins[i] < last and data[begins[i]] & 0xC0 == 0x80:
            return False
    return is_utf8(data, first, last)


@kernel
def _each_valid(data, begins, ends, valid):  # type: ignore[no-untyped-def]
    for i in range(len(begins)):
        valid[i] = is_utf8(data, begins[i], ends[i])
