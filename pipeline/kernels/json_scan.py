"""Compiled scan of JSON lines: where the wanted fields of each object lie.

A line that holds anything unusual (not one plain object, a key with an escape, a lone surrogate,
deep nesting, NaN) is *doubtful*: ``json_record`` decides about it. A line that is accepted here
is accepted there with the same values. pyarrow's JSON reader is not used: a line that is ``null``
crashes the process, two objects on a line count as two rows, and one bad line fails a whole block
(pyarrow 26).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.document import Bytes, Offsets
from pipeline.kernels.blocks import bytes_at
from pipeline.kernels.compiled import inlined, kernel
from pipeline.kernels.json_values import (
    ESCAPED,
    OTHER,
    STRING,
    compound_end,
    scalar_end,
    skip_space,
    string_end,
    value_begin,
)


@dataclass(frozen=True, slots=True)
class Spans:
    """Where the values of k fields lie in n lines; arrays of shape (k, n).

    ``begins`` and ``ends`` are without the quotes. ``plain`` (n,) marks the lines that are sure;
    nothing else is said of the others.
    """

    plain: npt.NDArray[np.bool_]
    kinds: npt.NDArray[np.uint8]
    begins: Offsets
    ends: Offsets


def scan(data: Bytes, begins: Offsets, ends: Offsets, keys: list[bytes]) -> Spans:
    """Find the values of ``keys`` in the objects on lines ``data[begins[i]:ends[i]]``.

    A line is followed by a line feed, or ends with ``data``.
    """
    shape = (len(keys), len(begins))
    spans = Spans(
        np.empty(len(begins), np.bool_),
        np.zeros(shape, np.uint8),
        np.zeros(shape, np.int64),
        np.zeros(shape, np.int64),
    )
    key_ends = np.cumsum([0, *map(len, keys)]).astype(np.int64)
    key_data = np.frombuffer(b"".join(keys), np.uint8)
    key_words = np.array([int.from_bytes(key[:8], "little") for key in keys], np.uint64)
    _scan(
        data,
        begins,
        ends,
        key_data,
        key_ends,
        key_words,
        spans.plain,
        spans.kinds,
        spans.begins,
        spans.ends,
    )
    return spans


@inlined
def _first_word(data, begin, end):  # type: ignore[no-untyped-def]
    """The first eight bytes of a key as an integer, zeros where it is shorter."""
    return bytes_at(data, begin, min(end - begin, 8)) if end > begin else np.uint64(0)


@inlined
def _field_of(data, begin, end, keys, key_ends, key_words):  # type: ignore[no-untyped-def]
    """Which key ``data[begin:end]`` is, -1 when it is none of them."""
    word = _first_word(data, begin, end)
    for field in range(len(key_words)):
        first = key_ends[field]
        if word != key_words[field] or end - begin != key_ends[field + 1] - first:
            continue
        at = 8
        while at < end - begin and data[begin + at] == keys[first + at]:
            at += 1
        if at >= end - begin:
            return field
    return -1


@inlined
def _scan_object(data, at, end, keys, key_ends, key_words, line, kinds, begins, ends):  # type: ignore[no-untyped-def]
    """Note the wanted fields of the object on one line; False when the line is doubtful."""
    at = skip_space(data, at, end)
    if at >= end or data[at] != 0x7B:
        return False
    at = skip_space(data, at + 1, end)
    if at < end and data[at] == 0x7D:
        return skip_space(data, at + 1, end) == end
    while True:
        key = at + 1
        if at >= end or data[at] != 0x22:
            return False
        key_end, key_kind = string_end(data, key, end)
        if key_end < 0 or key_kind == ESCAPED:
            return False
        at = value_begin(data, key_end, end)
        if at < 0 or at >= end:
            return False
        first = at
        kind = OTHER
        if data[at] == 0x7B or data[at] == 0x5B:
            at = compound_end(data, at, end)
        else:
            at, kind = scalar_end(data, at, end)
        if at < 0:
            return False
        field = _field_of(data, key, key_end, keys, key_ends, key_words)
        if field >= 0:
            quote = 1 if kind in (STRING, ESCAPED) else 0
            kinds[field, line] = kind
            begins[field, line] = first + quote
            ends[field, line] = at - quote
        at = skip_space(data, at, end)
        if at >= end:
            return False
        if data[at] == 0x7D:
            return skip_space(data, at + 1, end) == end
        if data[at] != 0x2C:
            return False
        at = skip_space(data, at + 1, end)


@kernel
def _scan(data, line_begins, line_ends, keys, key_ends, key_words, plain, kinds, begins, ends):  # type: ignore[no-untyped-def]
    for line in range(len(line_begins)):
        plain[line] = _scan_object(
            data,
            line_begins[line],
            line_ends[line],
            keys,
            key_ends,
            key_words,
            line,
            kinds,
            begins,
            ends,
        )
