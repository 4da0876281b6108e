"""What a text is to a fastText model: the sum of the rows of its words, subwords and n-grams."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.kernels.compiled import inlined
from pipeline.kernels.fasttext_rows import BLOCK_ROWS, Shape, add_rows, note_row, row_of_bucket
from pipeline.kernels.fasttext_subwords import Memo, add_subwords
from pipeline.kernels.fasttext_words import (
    entry_of,
    is_end_of_text,
    is_label_like,
    is_separator,
    next_word,
)
from pipeline.kernels.pointers import pointer_to

_MEMO_BYTES = 1 << 20
_NGRAM_FACTOR = 116049371


class Scratch(NamedTuple):
    """Room that the documents of a batch use in turn: hashes of the words of one, letters of a
    word, a block of rows, another one for the rows of a word, and the memo of unknown words."""

    hashes: npt.NDArray[np.uint32]
    letters: npt.NDArray[np.uint8]
    block: npt.NDArray[np.int64]
    word_block: npt.NDArray[np.int64]
    memo_keys: npt.NDArray[np.uint64]
    memo_sums: npt.NDArray[Any]
    memo_stands_for: npt.NDArray[np.int32]


class Room(NamedTuple):
    """``Scratch`` as pointers."""

    hashes: Any
    letters: Any
    block: Any
    word_block: Any
    memo: Memo


def scratch_for(longest_bytes: int, sums: npt.NDArray[Any], shape: Shape) -> Scratch:
    """Room for documents of up to ``longest_bytes``: 3 bytes a byte, and 2 MB for the memo."""
    width = len(sums)
    has_subwords = shape.max_chars > 0
    places = 1 << (_MEMO_BYTES // (4 * width)).bit_length() if has_subwords and shape.summed else 1
    return Scratch(
        np.empty(longest_bytes // 2 + 3, np.uint32),
        np.empty(longest_bytes + 2 if has_subwords else 1, np.uint8),
        np.empty(BLOCK_ROWS, np.int64),
        np.empty(BLOCK_ROWS, np.int64),
        np.zeros(places, np.uint64),
        np.empty(places * width, sums.dtype),
        np.empty(places, np.int32),
    )


@inlined
def room_in(scratch):  # type: ignore[no-untyped-def]
    """Pointers into the scratch; they last as long as its arrays."""
    return Room(
        pointer_to(scratch.hashes),
        pointer_to(scratch.letters),
        pointer_to(scratch.block),
        pointer_to(scratch.word_block),
        Memo(
            pointer_to(scratch.memo_keys),
            pointer_to(scratch.memo_sums),
            pointer_to(scratch.memo_stands_for),
            len(scratch.memo_keys) - 1,
        ),
    )


@inlined
def _note_words(data, start, end, cutting, rows, shape, room, sums):  # type: ignore[no-untyped-def]
    """Note the rows of the words of a document and of its end; keep the hash of every word.

    Returns (rows that the noted ones stand for, words, how full the block is).
    """
    standing, words, filled = 0, 0, 0
    at = start
    while at < end:
        if is_separator(cutting, data[at]):
            at += 1
            continue
        begin = at
        at, value = next_word(cutting, data, at, end)
        if value == np.uint32(shape.end_hash) and is_end_of_text(data, begin, at):
            break
        entry = entry_of(cutting, data, begin, at, value)
        if entry >= shape.words or (entry < 0 and is_label_like(data, begin, at)):
            continue
        room.hashes[words] = value
        words += 1
        if entry >= 0:
            filled = note_row(rows, room.block, filled, sums, entry)
            standing += rows.stands_for[entry]
        if shape.max_chars > 0 and (entry < 0 or not shape.summed):
            noted, filled = add_subwords(data, begin, at, rows, shape, room, filled, sums)
            standing += noted
    if shape.end_entry >= 0:
        filled = note_row(rows, room.block, filled, sums, np.int64(shape.end_entry))
        standing += 1
    room.hashes[words] = np.uint32(shape.end_hash)
    return standing, words + 1, filled


@inlined
def _note_ngrams(words, rows, shape, room, filled, sums):  # type: ignore[no-untyped-def]
    """Note the rows of the word n-grams over the kept hashes: (rows noted, how full the block is).

    Hashes are extended with their sign to 64 bits, as the library does.
    """
    buckets = np.uint64(shape.buckets)
    noted = 0
    for first in range(words):
        value = np.uint64(np.int64(np.int32(room.hashes[first])))
        for last in range(first + 1, min(first + shape.word_ngrams, words)):
            following = np.uint64(np.int64(np.int32(room.hashes[last])))
            value = value * np.uint64(_NGRAM_FACTOR) + following
            row = row_of_bucket(rows, value % buckets)
            if row >= 0:
                filled = note_row(rows, room.block, filled, sums, row)
                noted += 1
    return noted, filled


@inlined
def sum_document(data, start, end, cutting, rows, shape, room, sums):  # type: ignore[no-untyped-def]
    """Sum the rows of one document into ``sums``; returns how many rows of the model they are."""
    for j in range(rows.width):
        sums[j] = 0
    standing, words, filled = _note_words(data, start, end, cutting, rows, shape, room, sums)
    if shape.word_ngrams > 1:
        noted, filled = _note_ngrams(words, rows, shape, room, filled, sums)
        standing += noted
    add_rows(rows.rows, rows.width, room.block, filled, sums)
    return standing
