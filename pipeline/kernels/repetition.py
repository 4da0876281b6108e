"""Gopher's measures of repeated n-grams, over the hashes of words.

Source of the definitions: Rae et al. 2021, arXiv:2112.11446, table A1, counted as datatrove counts
(``find_top_duplicate``, ``find_all_duplicate``): the most frequent n-gram with the spaces between
its words, the first one on a tie; duplicate n-grams in a walk from left to right, where an n-gram
that was seen before counts with all its characters and is stepped over whole. Two differences:
words are those of our tokeniser (no punctuation, case folded), and scripts that are written
without spaces have none inside an n-gram either.

An n-gram can only repeat where the shorter n-grams inside it do. So each length looks only at the
places that the length before left over. For pairs of words a sieve of small counters, by a few
bits of their hash, rules out most places before any is looked up in a table.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.document import Mask
from pipeline.kernels.compiled import inlined, kernel
from pipeline.kernels.tables import slot_of, slots_for
from pipeline.kernels.words import Words

TOP_LENGTHS = (2, 3, 4)
DUPLICATE_LENGTHS = (5, 6, 7, 8, 9, 10)
_SIEVE_CELLS = 2  # cells of the sieve for each slot of a table, which has two for each word
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
    slots = slots_for(longest)
    scratch = (
        np.empty(longest + 1, np.uint64),
        np.empty(longest + 1, np.int64),
        np.empty(_SIEVE_CELLS * slots, np.uint8),
        np.empty(longest + 1, np.int32),
        np.empty(longest + 1, np.int32),
        np.empty(slots, np.uint64),
        np.zeros(slots, np.uint32),
        np.empty(slots, np.int32),
    )
    _measure(words.first, words.hashes, words.chars, alive, unspaced, *scratch, measured)
    return measured


@inlined
def _cell_of(grams, place, cells):  # type: ignore[no-untyped-def]
    """Cell of the pair of words at a place."""
    base = np.uint64(0x9E3779B97F4A7C15)
    pair = grams[place + 2] - grams[place] * (base * base)
    return ((pair ^ pair >> np.uint64(32)) * base >> np.uint64(40)) & np.uint64(cells - 1)


@inlined
def _sieve_pairs(hashes, chars, first, count, grams, char_sums, cells, sieve, places):  # type: ignore[no-untyped-def]
    """Places whose pair of words may occur again, into ``places``; returns how many.

    Fills the prefix sums of the document on the way: ``grams``, the polynomial hash of its words,
    and ``char_sums``, their characters.
    """
    base = np.uint64(0x9E3779B97F4A7C15)
    grams[0] = np.uint64(0)
    char_sums[0] = 0
    for word in range(count):
        grams[word + 1] = grams[word] * base + hashes[first + word]
        char_sums[word + 1] = char_sums[word] + chars[first + word]
    for cell in range(cells):
        sieve[cell] = np.uint8(0)
    for place in range(count - 1):
        cell = _cell_of(grams, place, cells)
        sieve[cell] = min(sieve[cell] + 1, 2)
    found = 0
    for place in range(count - 1):
        places[found] = place
        found += sieve[_cell_of(grams, place, cells)] > np.uint8(1)
    return found


@inlined
def _count_grams(grams, size, found, places, slot_at, keys, stamps, stamp, counts):  # type: ignore[no-untyped-def]
    """Count the n-grams at ``places[:found]`` and leave those that occur more than once.

    Returns how many are left and the count of the most frequent one; ``slot_at`` has their slots.
    """
    power = np.uint64(1)
    for _ in range(size):
        power *= np.uint64(0x9E3779B97F4A7C15)
    slots = slots_for(found)
    highest = 1
    for i in range(found):
        place = places[i]
        gram = grams[place + size] - grams[place] * power
        slot = slot_of(keys, stamps, slots, stamp, gram)
        if stamps[slot] != stamp:
            stamps[slot] = stamp
            keys[slot] = gram
            counts[slot] = 0
        counts[slot] += 1
        highest = max(highest, counts[slot])
        slot_at[i] = slot
    left = 0
    for i in range(found):
        places[left] = places[i]
        slot_at[left] = slot_at[i]
        left += counts[slot_at[i]] > 1
    return left, highest


@inlined
def _next_places(found, places):  # type: ignore[no-untyped-def]
    """Of the sorted places, those that are followed by the next one: a longer n-gram may repeat."""
    left = 0
    for i in range(found - 1):
        follows = places[i + 1] == places[i] + 1
        places[left] = places[i]
        left += follows
    return left


@inlined
def _top_chars(size, found, highest, gaps, places, counts, slot_at, char_sums):  # type: ignore[no-untyped-def]
    """Characters of all occurrences of the most frequent n-gram, the first one on a tie."""
    if highest < 2:
        return char_sums[size] + gaps
    i = 0
    while i < found - 1 and counts[slot_at[i]] != highest:
        i += 1
    place = places[i]
    return (char_sums[place + size] - char_sums[place] + gaps) * highest


@inlined
def _duplicate_chars(size, found, places, counts, slot_at, char_sums):  # type: ignore[no-untyped-def]
    """Characters of n-grams met again in a walk that steps over each of them."""
    total = 0
    begin = 0
    for i in range(found):
        place = places[i]
        if place < begin:
            continue
        slot = slot_at[i]
        if counts[slot] < 0:  # met before
            total += char_sums[place + size] - char_sums[place]
            begin = place + size
        counts[slot] = -1
    return total


@kernel
def _measure(  # type: ignore[no-untyped-def]
    first,
    hashes,
    chars,
    alive,
    unspaced,
    grams,
    char_sums,
    sieve,
    places,
    slot_at,
    keys,
    stamps,
    counts,
    measured,
):
    stamp = np.uint32(0)
    for document in range(len(alive)):
        if not alive[document]:
            continue
        for column in range(measured.shape[1]):
            measured[document, column] = 0.0
        begin = first[document]
        words = first[document + 1] - begin
        cells = _SIEVE_CELLS * slots_for(words)
        found = _sieve_pairs(hashes, chars, begin, words, grams, char_sums, cells, sieve, places)
        for size in range(2, 11):
            if words < size or (found == 0 and size > 4):
                break
            highest = 1
            if found > 0:
                stamp += np.uint32(1)
                found, highest = _count_grams(
                    grams, size, found, places, slot_at, keys, stamps, stamp, counts
                )
            if size < 5:
                gaps = 0 if unspaced[document] else size - 1
                measured[document, size - 2] = _top_chars(
                    size, found, highest, gaps, places, counts, slot_at, char_sums
                )
            else:
                measured[document, size - 2] = _duplicate_chars(
                    size, found, places, counts, slot_at, char_sums
                )
            found = _next_places(found, places)
