"""Subwords of fastText: the character n-grams of "<word>", each a bucket of the input matrix."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.kernels.compiled import inlined, kernel
from pipeline.kernels.fasttext_rows import (
    BLOCK_ROWS,
    Shape,
    Table,
    add_rows,
    note_row,
    row_of_bucket,
    rows_of,
)
from pipeline.kernels.fasttext_words import FNV_START, Lexicon, hash_step
from pipeline.kernels.pointers import keep_apart, offset, pointer_to

LONGEST_REMEMBERED = 32  # bytes; longer words seldom come again
_BEGIN, _END = 60, 62  # "<" and ">"


class Memo(NamedTuple):
    """Sums of unknown words that were met before, each at the place that its hash gives.

    ``keys`` has the 64-bit hash of the word in a place, 0 for none, ``sums`` the sum of its rows,
    and ``stands_for`` how many they are. Pointers all; ``mask`` is the number of places less one.
    """

    keys: Any
    sums: Any
    stands_for: Any
    mask: int


def known_word_sums(
    lexicon: Lexicon, table: Table, shape: Shape, first: int, last: int
) -> npt.NDArray[np.float64]:
    """Sums of the rows of words first … last - 1 and their subwords, a row each.

    ``table.stands_for`` gets how many rows each sum is of. "</s>" has no subwords.
    """
    sums = np.zeros((last - first, table.rows.shape[1]))
    letters = np.empty(int(np.diff(lexicon.spans).max()) + 2, np.uint8)
    block = np.empty(BLOCK_ROWS, np.int64)
    _sum_known_words(lexicon, table, shape, first, letters, block, sums, table.stands_for)
    return sums


@kernel
def note_subwords(word, size, rows, shape, block, filled, sums):  # type: ignore[no-untyped-def]
    """Note the rows of the character n-grams of ``word[:size]``, which has its "<" and ">".

    Returns (rows noted, how full the block is).
    """
    keep_apart()
    buckets = np.uint32(shape.buckets)
    noted = 0
    first = 0
    while first < size:
        value = np.uint32(FNV_START)
        at = first
        chars = 0
        while at < size and chars < shape.max_chars:
            value = hash_step(value, word[at])
            at += 1
            while at < size and word[at] & np.uint8(0xC0) == np.uint8(0x80):
                value = hash_step(value, word[at])
                at += 1
            chars += 1
            if chars < shape.min_chars or (chars == 1 and (first == 0 or at == size)):
                continue
            row = row_of_bucket(rows, value % buckets)
            if row >= 0:
                filled = note_row(rows, block, filled, sums, row)
                noted += 1
        first += 1
        while first < size and word[first] & np.uint8(0xC0) == np.uint8(0x80):
            first += 1
    return noted, filled


@inlined
def with_brackets(data, start, end, letters):  # type: ignore[no-untyped-def]
    """Copy a word between "<" and ">"; returns the length of the whole."""
    letters[0] = np.uint8(_BEGIN)
    for i in range(end - start):
        letters[i + 1] = data[start + i]
    letters[end - start + 1] = np.uint8(_END)
    return end - start + 2


@inlined
def key_of(data, start, end):  # type: ignore[no-untyped-def]
    """64-bit FNV-1a of a word; never 0. Two words of one key would be taken for each other."""
    value = np.uint64(0xCBF29CE484222325)
    for at in range(start, end):
        value = (value ^ np.uint64(data[at])) * np.uint64(0x100000001B3)
    return value | np.uint64(1)


@inlined
def add_subwords(data, start, end, rows, shape, room, filled, sums):  # type: ignore[no-untyped-def]
    """Note the subwords of a word, or add their sum, where a short word's is remembered.

    Returns (rows that were noted or added, how full the block is).
    """
    memo = room.memo
    place = np.int64(-1)
    total, block, fill, noted = sums, room.block, filled, 0
    known = False
    if shape.summed and end - start <= LONGEST_REMEMBERED:
        key = key_of(data, start, end)
        place = np.int64((key >> np.uint64(20)) & np.uint64(memo.mask))
        total, block, fill = offset(memo.sums, place * rows.width), room.word_block, 0
        known = memo.keys[place] == key
        memo.keys[place] = key
    if not known:
        if place >= 0:
            for j in range(rows.width):
                total[j] = 0
        size = with_brackets(data, start, end, room.letters)
        noted, fill = note_subwords(room.letters, size, rows, shape, block, fill, total)
        if place < 0:
            return noted, fill
        add_rows(rows.rows, rows.width, block, fill, total)
        memo.stands_for[place] = noted
    for j in range(rows.width):
        sums[j] += total[j]
    return np.int64(memo.stands_for[place]), filled


@kernel
def _sum_known_words(lexicon, table, shape, first, letters, block, sums, stands_for):  # type: ignore[no-untyped-def]
    source, bracketed, noted_rows = (
        pointer_to(lexicon.letters),
        pointer_to(letters),
        pointer_to(block),
    )
    rows = rows_of(table, shape)
    for i in range(len(sums)):
        word = first + i
        total = offset(pointer_to(sums), i * rows.width)
        filled = note_row(rows, noted_rows, 0, total, word)
        noted = 0
        if word != shape.end_entry:
            start, end = lexicon.spans[word], lexicon.spans[word + 1]
            size = with_brackets(source, start, end, bracketed)
            noted, filled = note_subwords(bracketed, size, rows, shape, noted_rows, filled, total)
        add_rows(rows.rows, rows.width, noted_rows, filled, total)
        stands_for[word] = 1 + noted
