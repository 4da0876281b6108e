"""Where the lines of a block of JSON lines are."""

from __future__ import annotations

import numpy as np

from pipeline.document import Bytes, Offsets
from pipeline.kernels.blocks import BLOCK, count_bits, equal, lowest_bit
from pipeline.kernels.compiled import inlined, kernel


def line_spans(data: Bytes) -> tuple[Offsets, Offsets, Offsets, int]:
    """Begins, ends and numbers of the lines that are not blank, and how many lines there are.

    Ends are without the line feed. Numbers count all lines from 0; a line of spaces, tabs and
    carriage returns alone is blank.
    """
    most = _line_feeds(data) + 1
    begins, ends, numbers = (np.empty(most, np.int64) for _ in range(3))
    filled, total = _split(data, begins, ends, numbers)
    return begins[:filled], ends[:filled], numbers[:filled], total


@kernel
def _line_feeds(data):  # type: ignore[no-untyped-def]
    count = np.int64(0)
    at = 0
    while at + BLOCK <= len(data):
        count += count_bits(equal(data, at, 0x0A))
        at += BLOCK
    while at < len(data):
        count += data[at] == 0x0A
        at += 1
    return count


@inlined
def _is_blank(data, begin, end):  # type: ignore[no-untyped-def]
    for at in range(begin, end):
        if data[at] != 0x20 and data[at] != 0x09 and data[at] != 0x0D:
            return False
    return True


@inlined
def _line_end(data, at):  # type: ignore[no-untyped-def]
    """The next line feed, or the end of the data."""
    while at + BLOCK <= len(data):
        found = equal(data, at, 0x0A)
        if found != 0:
            return at + lowest_bit(found)
        at += BLOCK
    while at < len(data) and data[at] != 0x0A:
        at += 1
    return at


@kernel
def _split(data, begins, ends, numbers):  # type: ignore[no-untyped-def]
    filled, total, begin = 0, 0, np.int64(0)
    while begin < len(data):
        end = _line_end(data, begin)
        if not _is_blank(data, begin, end):
            begins[filled], ends[filled], numbers[filled] = begin, end, total
            filled += 1
        total += 1
        begin = end + 1
    return filled, total
