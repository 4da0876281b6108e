"""Strings of a column that are not UTF-8; costs next to nothing when all are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipeline.document import Mask


def valid_rows(strings: pa.Array) -> Mask:
    """Which rows of a string or large_string array are UTF-8, shape (n,); nulls are."""
    valid = np.ones(len(strings), np.bool_)
    unchecked = [(0, len(strings))]
    while unchecked:
        start, stop = unchecked.pop()
        if start == stop or is_utf8(strings.slice(start, stop - start)):
            continue
        if stop - start == 1:
            valid[start] = False
            continue
        middle = (start + stop) // 2
        unchecked += [(start, middle), (middle, stop)]
    return valid


def is_utf8(strings: pa.Array) -> bool:
    """Whether every string of an array is UTF-8 (no surrogates, no overlong forms)."""
    try:
        strings.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
