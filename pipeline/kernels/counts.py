"""Counts of characters and words in one pass, without keeping any word.

A document that a length rule drops is therefore never split into arrays. Words and symbol tokens
are those of ``pipeline.kernels.words``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.document import Mask, TextView
from pipeline.kernels.characters import class_of, class_table, decode, lower_of, lower_table
from pipeline.kernels.compiled import inlined, kernel
from pipeline.kernels.words import goes_on_plainly, joins, python_word_hash, word_step

COLUMNS: tuple[str, ...] = (
    "chars",  # code points
    "special_chars",  # symbols, punctuation and control characters
    "hash_signs",  # "#"
    "ellipses",  # "..." (not overlapping) and "…"
    "words",
    "word_chars",  # code points in words
    "alphabetic_words",  # words with a letter, ideograph or syllable
    "symbol_tokens",  # runs between white space that hold a symbol and no word
    "longest_unbroken_chars",  # longest run without white space, ideograph or syllable
    "unbroken_chars",  # code points in such runs of more than UNBROKEN_CHARS
    "stop_words",  # distinct stop words of the document's list
)
UNBROKEN_CHARS = 100
NO_LIST = -1
ANY_LIST = -2
MAX_STOP_WORDS = 64  # of one language: the found ones are bits of one number


@dataclass(frozen=True, slots=True)
class StopWords:
    """Stop words of several languages, ready to be looked up by hash.

    ``keys`` and ``rows`` are an open-addressing table (row -1: empty). ``members[row, l]`` is 1 +
    the number of that word in the list of ``languages[l]``, or 0 when the list has it not.
    """

    languages: tuple[str, ...]
    keys: npt.NDArray[np.uint64]
    rows: npt.NDArray[np.int32]
    members: npt.NDArray[np.uint8]
    longest_chars: int


def stop_word_table(lists: dict[str, tuple[str, ...]]) -> StopWords:
    """Build the table; a list has at most 64 words, each one word of our tokeniser."""
    words = sorted({word for listed in lists.values() for word in listed})
    hashes = np.array([python_word_hash(word) for word in words], np.uint64)
    unique = np.unique(hashes)
    size = 16
    while size < 4 * len(unique):
        size *= 2
    keys = np.zeros(size, np.uint64)
    rows = np.full(size, -1, np.int32)
    for row, key in enumerate(unique):
        slot = int(key) & (size - 1)
        while rows[slot] >= 0:
            slot = (slot + 1) & (size - 1)
        keys[slot], rows[slot] = key, row
    members = np.zeros((max(len(unique), 1), max(len(lists), 1)), np.uint8)
    for number, listed in enumerate(lists.values()):
        for bit, key in enumerate(sorted({python_word_hash(word) for word in listed})):
            members[np.searchsorted(unique, np.uint64(key)), number] = bit + 1
    longest = max((len(word) for word in words), default=0)
    return StopWords(tuple(lists), keys, rows, members, longest)


def count(
    view: TextView, alive: Mask, stop_words: StopWords, list_of: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """COLUMNS of each document, shape (n, 11); rows of documents that are not alive are NaN.

    ``list_of[i]`` is the row of document i's stop list in ``stop_words.languages``, or ANY_LIST for
    the list that fits best, or NO_LIST, for which ``stop_words`` is NaN.
    """
    counts = np.full((len(view), len(COLUMNS)), np.nan)
    _count(
        view.data,
        view.offsets,
        alive,
        class_table(),
        lower_table(),
        stop_words.keys,
        stop_words.rows,
        stop_words.members,
        stop_words.longest_chars,
        list_of,
        counts,
    )
    return counts


@inlined
def _row_of(keys, rows, value):  # type: ignore[no-untyped-def]
    """Row of a word's hash in the table of stop words, or -1."""
    mask = np.uint64(len(keys) - 1)
    slot = value & mask
    while rows[slot] >= 0 and keys[slot] != value:
        slot = (slot + np.uint64(1)) & mask
    return rows[slot]


@inlined
def _set_bits(value, keys, rows, members, found):  # type: ignore[no-untyped-def]
    """Note a stop word in the bit sets of all lists that have it."""
    row = _row_of(keys, rows, value)
    if row >= 0:
        for number in range(members.shape[1]):
            if members[row, number] > 0:
                found[number] |= np.uint64(1) << np.uint64(members[row, number] - 1)


@inlined
def _best_count(found, wanted):  # type: ignore[no-untyped-def]
    """Stop words found in the wanted list, or the most found in any."""
    best = 0
    for number in range(len(found)):
        if wanted != number and wanted != ANY_LIST:
            continue
        bits = found[number]
        total = 0
        while bits != np.uint64(0):
            bits &= bits - np.uint64(1)
            total += 1
        best = max(best, total)
    return best


@kernel
def _count(  # type: ignore[no-untyped-def]
    data, offsets, alive, classes, lowers, keys, rows, members, longest_stop, list_of, counts
):
    prime = np.uint64(0x100000001B3)
    basis = np.uint64(0xCBF29CE484222325)
    found = np.zeros(members.shape[1], np.uint64)
    for document in range(len(offsets) - 1):
        if not alive[document]:
            continue
        found[:] = np.uint64(0)
        chars = special = hash_signs = ellipses = dots = 0
        words = word_chars = alphabetic = symbol_tokens = 0
        run = longest_run = unbroken = 0
        run_has_symbol = token_has_word = has_letter = False
        length = 0
        value = basis
        before = np.uint8(1)
        at = offsets[document]
        end = offsets[document + 1]
        while at <= end:
            begin = at
            while at < end and goes_on_plainly(classes, data[at], before):
                before = classes[data[at]]
                has_letter |= before == np.uint8(2)
                value = (value ^ np.uint64(lowers[data[at]])) * prime
                at += 1
            if at > begin:
                length += at - begin
                chars += at - begin
                run += at - begin
                dots = 0
            if at < end:
                code_point, size = decode(data, at, end)
                kind = class_of(classes, code_point)
                at += size
                chars += 1
            else:  # the end closes the last word and token as white space does
                code_point = np.uint32(0)
                kind = np.uint8(1)
                at += 1
            if kind == np.uint8(0) or kind == np.uint8(7):
                special += 1
                if code_point == np.uint32(0x2E):
                    dots += 1
                    if dots == 3:
                        ellipses += 1
                        dots = 0
                else:
                    dots = 0
                    hash_signs += code_point == np.uint32(0x23)
                    ellipses += code_point == np.uint32(0x2026)
                run_has_symbol |= kind == np.uint8(0)
                if length > 0 and joins(classes, data, at, end, code_point, before):
                    kind = before  # an apostrophe or decimal sign inside a word
            else:
                dots = 0
            ends, inside = word_step(kind, before, length)
            if ends:
                words += 1
                word_chars += length
                alphabetic += has_letter
                token_has_word = True
                if length <= longest_stop:
                    _set_bits(value, keys, rows, members, found)
                value = basis
                length = 0
                has_letter = False
            if inside:
                if length < longest_stop:
                    value = (value ^ np.uint64(lower_of(lowers, code_point))) * prime
                length += 1
                has_letter |= kind == np.uint8(2) or kind == np.uint8(5) or kind == np.uint8(6)
            if kind != np.uint8(4):
                before = kind
            if kind == np.uint8(1) or kind == np.uint8(5) or kind == np.uint8(6):
                longest_run = max(longest_run, run)
                unbroken += run if run > UNBROKEN_CHARS else 0
                run = 0
                if kind == np.uint8(1):
                    symbol_tokens += run_has_symbol and not token_has_word
                    run_has_symbol = False
                    token_has_word = False
            else:
                run += 1
        counts[document, 0] = chars
        counts[document, 1] = special
        counts[document, 2] = hash_signs
        counts[document, 3] = ellipses
        counts[document, 4] = words
        counts[document, 5] = word_chars
        counts[document, 6] = alphabetic
        counts[document, 7] = symbol_tokens
        counts[document, 8] = longest_run
        counts[document, 9] = unbroken
        if list_of[document] != NO_LIST:
            counts[document, 10] = _best_count(found, list_of[document])
