"""Edges of lines: where they end, and what is inside the white space around them."""

from __future__ import annotations

import numpy as np

from pipeline.document import Mask, TextView
from pipeline.kernels.characters import class_of, class_table, decode
from pipeline.kernels.compiled import inlined, kernel


def blank(view: TextView, alive: Mask) -> Mask:
    """Which documents that are alive have nothing but white space; stops at the first other."""
    found = np.zeros(len(view), np.bool_)
    _blank(view.data, view.offsets, alive, class_table(), found)
    return found


@kernel
def _blank(data, offsets, alive, classes, found):  # type: ignore[no-untyped-def]
    for document in range(len(offsets) - 1):
        if not alive[document]:
            continue
        at = offsets[document]
        end = offsets[document + 1]
        while at < end:
            code_point, size = decode(data, at, end)
            if class_of(classes, code_point) != np.uint8(1):
                break
            at += size
        found[document] = at >= end


@inlined
def character_before(data, start, at):  # type: ignore[no-untyped-def]
    """Where the character that ends before byte ``at`` begins, not before ``start``."""
    at -= 1
    while at > start and data[at] & np.uint8(0xC0) == np.uint8(0x80):
        at -= 1
    return at


@inlined
def _is_visible(byte):  # type: ignore[no-untyped-def]
    """Whether a byte is an ASCII character that is surely no white space."""
    return np.uint8(0x20) < byte < np.uint8(0x80)


@inlined
def trimmed(data, start, end, classes):  # type: ignore[no-untyped-def]
    """The part of a line inside its white space: (start, end), equal when there is none."""
    while start < end and not _is_visible(data[start]):
        code_point, size = decode(data, start, end)
        if class_of(classes, code_point) != np.uint8(1):
            break
        start += size
    while start < end and not _is_visible(data[end - 1]):
        last = character_before(data, start, end)
        code_point, _ = decode(data, last, end)
        if class_of(classes, code_point) != np.uint8(1):
            break
        end = last
    return start, end


@inlined
def ends_with_dots(data, start, end):  # type: ignore[no-untyped-def]
    """Whether the last three bytes are "..."."""
    return (
        end - start >= 3
        and data[end - 1] == np.uint8(0x2E)
        and data[end - 2] == np.uint8(0x2E)
        and data[end - 3] == np.uint8(0x2E)
    )
