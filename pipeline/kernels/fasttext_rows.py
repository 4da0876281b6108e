"""Rows of a fastText model: noted in a block first, then fetched and added up together.

A row is most often not in the cache. With a block of row numbers at hand, the processor fetches
many rows at once instead of waiting for one after another.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.kernels.compiled import inlined, kernel
from pipeline.kernels.pointers import bits_set, keep_apart, pointer_to, prefetch

BLOCK_ROWS = 512
_AHEAD = 16  # rows that are asked for before they are needed
_LINE_FLOATS = 16  # float32 in a cache line


class Table(NamedTuple):
    """Rows of the input matrix: of words, then of buckets of subwords and word n-grams.

    ``stands_for`` says of how many rows of the model a word's row is the sum. In a pruned model
    bit b of ``kept`` (64 buckets to an element) marks the buckets that have a row, in their order,
    and ``kept_before`` counts those before each element; both are empty when nothing was pruned.
    """

    rows: npt.NDArray[np.float32]
    stands_for: npt.NDArray[np.int32]
    kept: npt.NDArray[np.uint64]
    kept_before: npt.NDArray[np.int32]


class Shape(NamedTuple):
    """How a text becomes rows.

    ``end_entry`` is the entry of "</s>", -1 for none. ``max_chars`` is 0 when there are no
    subwords. With ``summed``, the rows of a word and its subwords are added up before the sum
    goes to that of the text; else they all go there one by one, as in the library.
    """

    words: int
    buckets: int
    word_ngrams: int
    min_chars: int
    max_chars: int
    end_entry: int
    end_hash: int
    summed: bool


class Rows(NamedTuple):
    """``Table`` as pointers, with what finds a row in it."""

    rows: Any
    width: Any
    stands_for: Any
    kept: Any
    kept_before: Any
    pruned: bool
    words: Any


@inlined
def rows_of(table, shape):  # type: ignore[no-untyped-def]
    """Pointers into the table; they last as long as its arrays."""
    return Rows(
        pointer_to(table.rows),
        np.int64(table.rows.shape[1]),
        pointer_to(table.stands_for),
        pointer_to(table.kept),
        pointer_to(table.kept_before),
        len(table.kept) > 0,
        np.int64(shape.words),
    )


@kernel
def add_rows(rows, width, block, filled, sums):  # type: ignore[no-untyped-def]
    """Add the rows numbered in ``block[:filled]`` to ``sums``, each column in their order."""
    keep_apart()
    for k in range(min(filled, _AHEAD)):
        _ask_for(rows, block[k] * width, width)
    k = 0
    while k + 4 <= filled:
        for i in range(k + _AHEAD, min(k + _AHEAD + 4, filled)):
            _ask_for(rows, block[i] * width, width)
        a, b = block[k] * width, block[k + 1] * width
        c, d = block[k + 2] * width, block[k + 3] * width
        for j in range(width):
            sums[j] = sums[j] + rows[a + j] + rows[b + j] + rows[c + j] + rows[d + j]
        k += 4
    while k < filled:
        a = block[k] * width
        for j in range(width):
            sums[j] += rows[a + j]
        k += 1


@inlined
def _ask_for(rows, start, width):  # type: ignore[no-untyped-def]
    for column in range(0, width, _LINE_FLOATS):
        prefetch(rows, start + column)


@inlined
def note_row(rows, block, filled, sums, row):  # type: ignore[no-untyped-def]
    """Note a row; a full block is added to the sums first. Returns how full the block is."""
    if filled == BLOCK_ROWS:
        add_rows(rows.rows, rows.width, block, filled, sums)
        filled = 0
    block[filled] = row
    return filled + 1


@inlined
def row_of_bucket(rows, bucket):  # type: ignore[no-untyped-def]
    """Row of a bucket, or -1 when it was pruned."""
    row = rows.words + np.int64(bucket)
    if rows.pruned:
        element = np.int64(bucket) >> 6
        marks = rows.kept[element]
        bit = np.uint64(1) << (np.uint64(bucket) & np.uint64(63))
        row = np.int64(-1)
        if marks & bit:
            before = np.int64(bits_set(marks & (bit - np.uint64(1))))
            row = rows.words + np.int64(rows.kept_before[element]) + before
    return row
