"""Gopher's measures of repeated n-grams, over the hashes of words.

Source of the definitions: Rae et al. 2021, arXiv:2112.11446, table A1, counted as datatrove counts
(``find_top_duplicate``, ``find_all_duplicate``): the most frequent n-gram with the spaces between
its words, the first one on a tie; duplicate n-grams in a walk from left to right, where an n-gram
that was seen before counts with all its characters and is stepped over whole. Two differences:
words are those of our tokeniser (no punctuation, case folded), and scripts that are written
without spaces have none inside an n-gram either.

An n-gram can only repeat where the shorter n-grams inside it do. So each length looks only at the
places that the length before left over, and a text without repetition costs one pass.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.document import Mask
from pipeline.kernels.compiled import kernel
from pipeline.kernels.tables import slot_of, slots_for
from pipeline.kernels.words import Words

TOP_LENGTHS = (2, 3, 4)
DUPLICATE_LENGTHS = (5, 6, 7, 8, 9, 10)
COLUMNS: tuple[str, ...] = (
    *(f"top_{n}gram_chars" for n in TOP_LENGTHS),
    *(f"duplicate_{n}gram_chars" for n in DUPLICATE_LENGTHS),
)


def measure_repetition(words: Words, alive: Mask, unspaced: Mask) -> npt.NDArray[np.float64]:
    """COLUMNS of each document in code points, shape (n, 9); rows that are not alive are NaN.

    ``unspaced`` marks documents whose script has no spaces between words.
    """
    measured = np.full((len(alive), len(COLUMNS)), np.nan)
    lengths = np.where(alive, np.diff(words.first), 0)
    longest = int(lengths.max(initial=0))
    _measure(words.first, words.hashes, words.chars, alive, unspaced, longest, measured)
    return measured


@kernel
def _fold(hashes, chars, first, count, grams, char_sums):  # type: ignore[no-untyped-def]
    """Prefix sums of one document: polynomial hash of its words, and their characters."""
    base = np.uint64(0x9E3779B97F4A7C15)
    grams[0] = np.uint64(0)
    char_sums[0] = 0
    for word in range(count):
        grams[word + 1] = grams[word] * base + hashes[first + word]
        char_sums[word + 1] = char_sums[word] + chars[first + word]


@kernel
def _count_grams(grams, size, places, is_open, keys, stamps, stamp, counts, slot_at):  # type: ignore[no-untyped-def]
    """Count the n-grams that begin at open places; closes the places of those that occur once.

    Returns the count of the most frequent one.
    """
    power = np.uint64(1)
    for _ in range(size):
        power *= np.uint64(0x9E3779B97F4A7C15)
    slots = slots_for(places)
    highest = 0
    for place in range(places):
        if not is_open[place]:
            continue
        gram = grams[place + size] - grams[place] * power
        slot = slot_of(keys, stamps, slots, stamp, gram)
        if stamps[slot] != stamp:
            stamps[slot] = stamp
            keys[slot] = gram
            counts[slot] = 0
        counts[slot] += 1
        highest = max(highest, counts[slot])
        slot_at[place] = slot
    for place in range(places):
        is_open[place] = is_open[place] and counts[slot_at[place]] > 1
    return highest


@kernel
def _top_chars(size, places, highest, gaps, is_open, counts, slot_at, char_sums):  # type: ignore[no-untyped-def]
    """Characters of all occurrences of the most frequent n-gram."""
    if highest < 2:
        return char_sums[size] + gaps
    place = 0
    while not is_open[place] or counts[slot_at[place]] != highest:
        place += 1
    return (char_sums[place + size] - char_sums[place] + gaps) * highest


@kernel
def _duplicate_chars(size, places, is_open, counts, slot_at, char_sums):  # type: ignore[no-untyped-def]
    """Characters of n-grams met again in a walk that steps over each of them."""
    total = 0
    place = 0
    while place < places:
        if is_open[place]:
            slot = slot_at[place]
            if counts[slot] < 0:  # met before
                total += char_sums[place + size] - char_sums[place]
                place += size
                continue
            counts[slot] = -1
        place += 1
    return total


@kernel
def _measure(first, hashes, chars, alive, unspaced, longest, measured):  # type: ignore[no-untyped-def]
    grams = np.empty(longest + 1, np.uint64)
    char_sums = np.empty(longest + 1, np.int64)
    is_open = np.empty(longest, np.bool_)
    slot_at = np.empty(longest, np.int32)
    slots = slots_for(longest)
    keys = np.empty(slots, np.uint64)
    stamps = np.zeros(slots, np.uint32)
    counts = np.empty(slots, np.int32)
    stamp = np.uint32(0)
    for document in range(len(alive)):
        if not alive[document]:
            continue
        row = measured[document]
        row[:] = 0.0
        words = first[document + 1] - first[document]
        _fold(hashes, chars, first[document], words, grams, char_sums)
        is_open[:words] = True
        repeats = True
        for size in range(2, 11):
            places = words - size + 1
            if places < 1:
                break
            highest = 1
            if repeats:
                for place in range(places if size > 2 else 0):
                    is_open[place] = is_open[place] and is_open[place + 1]
                stamp += np.uint32(1)
                highest = _count_grams(
                    grams, size, places, is_open, keys, stamps, stamp, counts, slot_at
                )
                repeats = highest > 1
            if size < 5:
                gaps = 0 if unspaced[document] else size - 1
                row[size - 2] = _top_chars(
                    size, places, highest, gaps, is_open, counts, slot_at, char_sums
                )
            elif repeats:
                row[size - 2] = _duplicate_chars(size, places, is_open, counts, slot_at, char_sums)
