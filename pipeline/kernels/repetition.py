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
        np.empty(_SIEVE_CELLS * slots, np.uint8),
        np.empty(longest + 1, np.int32),
        np.empty(longest + 1, np.uint64),
        np.empty(longest + 1, np.int32),
        np.empty(slots, np.uint64),
        np.zeros(slots, np.uint32),
        np.empty(slots, np.int32),
    )
    _measure(words.first, words.hashes, words.chars, alive, unspaced, *scratch, measured)
    return measured


@inlined
def _cell_of(hashes, word, cells):  # type: ignore[no-untyped-def]
    """Cell of the pair of words that begins with a word; the hashes are mixed well already."""
    pair = hashes[word] * np.uint64(5) + hashes[word + 1]
    return (pair >> np.uint64(32)) & np.uint64(cells - 1)


@inlined
def _sieve_pairs(hashes, begin, words, cells, sieve, places, grams):  # type: ignore[no-untyped-def]
    """Places whose pair of words may occur again, and their first words: (places, grams).

    Places count from the document's first word, ``begin``. Returns how many there are.
    """
    for cell in range(cells):
        sieve[cell] = np.uint8(0)
    for word in range(begin, begin + words - 1):
        cell = _cell_of(hashes, word, cells)
        sieve[cell] = min(sieve[cell] + 1, 2)
    found = 0
    for word in range(begin, begin + words - 1):
        places[found] = word - begin
        grams[found] = hashes[word]
        found += sieve[_cell_of(hashes, word, cells)] > np.uint8(1)
    return found


@inlined
def _count_grams(  # type: ignore[no-untyped-def]
    hashes, begin, size, found, places, grams, slot_at, keys, stamps, stamp, counts
):
    """Count the n-grams at ``places[:found]`` and leave those that occur more than once.

    ``grams`` come in as the polynomial hashes of the n-grams that are one word shorter. Returns how
    many are left and the count of the most frequent one; ``slot_at`` has their slots.
    """
    slots = slots_for(found)
    highest = 1
    for i in range(found):
        last = hashes[begin + places[i] + size - 1]
        gram = grams[i] * np.uint64(0x9E3779B97F4A7C15) + last
        grams[i] = gram
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
        grams[left] = grams[i]
        slot_at[left] = slot_at[i]
        left += counts[slot_at[i]] > 1
    return left, highest


@inlined
def _next_places(found, places, grams):  # type: ignore[no-untyped-def]
    """Of the sorted places, those that are followed by the next one: a longer n-gram may repeat."""
    left = 0
    for i in range(found - 1):
        follows = places[i + 1] == places[i] + 1
        places[left] = places[i]
        grams[left] = grams[i]
        left += follows
    return left


@inlined
def _chars_in(chars, first, size):  # type: ignore[no-untyped-def]
    """Characters of ``size`` words in a row."""
    total = 0
    for word in range(first, first + size):
        total += chars[word]
    return total


@inlined
def _top_chars(chars, begin, size, found, highest, gaps, places, counts, slot_at):  # type: ignore[no-untyped-def]
    """Characters of all occurrences of the most frequent n-gram, the first one on a tie."""
    i = 0
    if highest > 1:
        while i < found - 1 and counts[slot_at[i]] != highest:
            i += 1
        begin += places[i]
    return (_chars_in(chars, begin, size) + gaps) * highest


@inlined
def _duplicate_chars(chars, begin, size, found, places, counts, slot_at):  # type: ignore[no-untyped-def]
    """Characters of n-grams met again in a walk that steps over each of them."""
    total = 0
    free = 0  # the first place that no n-gram has stepped over
    for i in range(found):
        place = places[i]
        if place < free:
            continue
        slot = slot_at[i]
        if counts[slot] < 0:  # met before
            total += _chars_in(chars, begin + place, size)
            free = place + size
        counts[slot] = -1
    return total


@kernel
def _measure(  # type: ignore[no-untyped-def]
    first,
    hashes,
    chars,
    alive,
    unspaced,
    sieve,
    places,
    grams,
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
        found = _sieve_pairs(hashes, begin, words, cells, sieve, places, grams)
        for size in range(2, 11):
            if words < size or (found == 0 and size > 4):
                break
            highest = 1
            if found > 0:
                stamp += np.uint32(1)
                found, highest = _count_grams(
                    hashes, begin, size, found, places, grams, slot_at, keys, stamps, stamp, counts
                )
            if size < 5:
                gaps = 0 if unspaced[document] else size - 1
                measured[document, size - 2] = _top_chars(
                    chars, begin, size, found, highest, gaps, places, counts, slot_at
                )
            else:
                measured[document, size - 2] = _duplicate_chars(
                    chars, begin, size, found, places, counts, slot_at
                )
            found = _next_places(found, places, grams)
