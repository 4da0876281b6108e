"""Measures of single words over their hashes: repeated, most frequent, blocked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.document import Mask, text_view
from pipeline.kernels.compiled import inlined, kernel
from pipeline.kernels.tables import slot_of, slots_for
from pipeline.kernels.words import Words, split_words

COLUMNS: tuple[str, ...] = (
    "words",
    "repeated_words",  # equal to the word before
    "top_word",  # occurrences of the most frequent word of TOP_WORD_CHARS or more
    "blocked_words",
)
_SIEVE_BITS = 1 << 12  # of the upper 12 bits of a hash
TOP_WORD_CHARS = 4  # shorter ones are mostly articles, prepositions and ideographs

Hashes = npt.NDArray[np.uint64]


def word_set(words: tuple[str, ...]) -> Hashes:
    """Sorted, distinct hashes of a list of words, each one word of our tokeniser."""
    view = text_view(pa.array(words, pa.large_string()))
    return np.unique(split_words(view, np.ones(len(view), np.bool_)).hashes)


def measure_vocabulary(words: Words, alive: Mask, blocked: Hashes) -> npt.NDArray[np.float64]:
    """COLUMNS of each document, shape (n, 4); rows of documents that are not alive are NaN."""
    measured = np.full((len(alive), len(COLUMNS)), np.nan)
    lengths = np.where(alive, np.diff(words.first), 0)
    slots = slots_for(int(lengths.max(initial=0)))
    keys, stamps = np.empty(slots, np.uint64), np.zeros(slots, np.uint32)
    counts = np.empty(slots, np.int32)
    sieve = np.zeros(_SIEVE_BITS, np.bool_)
    sieve[blocked >> np.uint64(64 - _SIEVE_BITS.bit_length() + 1)] = True
    lists = (sieve, blocked)
    _measure(words.first, words.hashes, words.chars, alive, *lists, keys, stamps, counts, measured)
    return measured


@inlined
def _is_blocked(value, sieve, blocked):  # type: ignore[no-untyped-def]
    """Whether a hash is among the sorted ``blocked``; the sieve rules out nearly all others."""
    if not sieve[value >> np.uint64(52)]:
        return False
    place = np.searchsorted(blocked, value)
    return place < len(blocked) and blocked[place] == value


@inlined
def _cell_of(value, cells):  # type: ignore[no-untyped-def]
    """Cell of a word among a power of two; the hashes are mixed well already."""
    return np.int64(value >> np.uint64(16) & np.uint64(cells - 1))


@inlined
def _top_in_cell(hashes, chars, begin, end, counts, cells, best):  # type: ignore[no-untyped-def]
    """Occurrences of a word that surely is the most frequent one, or -1 where none surely is.

    ``counts[:cells]`` are the occurrences by cell, ``best`` is a cell with the most. The word is
    the first one of that cell: no other has more if it is half of the cell or more, and if no other
    cell has more than it.
    """
    candidate = begin
    while chars[candidate] < TOP_WORD_CHARS or _cell_of(hashes[candidate], cells) != best:
        candidate += 1
    occurrences = 0
    for word in range(candidate, end):
        occurrences += hashes[word] == hashes[candidate]
    highest = counts[best]
    if occurrences == highest:
        return occurrences
    above = 0
    for cell in range(cells):
        above += counts[cell] > occurrences
    return occurrences if above == 1 and 2 * occurrences >= highest else -1


@kernel
def _top_in_table(hashes, chars, begin, end, stamp, keys, stamps, counts):  # type: ignore[no-untyped-def]
    """Occurrences of the most frequent word, each word with a count of its own."""
    used = slots_for(end - begin)
    top = 0
    for word in range(begin, end):
        if chars[word] < TOP_WORD_CHARS:
            continue
        slot = slot_of(keys, stamps, used, stamp, hashes[word])
        if stamps[slot] != stamp:
            stamps[slot] = stamp
            keys[slot] = hashes[word]
            counts[slot] = 0
        counts[slot] += 1
        top = max(top, counts[slot])
    return top


@kernel
def _measure(  # type: ignore[no-untyped-def]
    first, hashes, chars, alive, sieve, blocked, keys, stamps, counts, measured
):
    for document in range(len(alive)):
        if not alive[document]:
            continue
        begin = first[document]
        end = first[document + 1]
        cells = slots_for(end - begin)
        for cell in range(cells):
            counts[cell] = 0
        repeated = top = found = best = 0
        last = np.uint64(0)  # no word has this hash
        for word in range(begin, end):
            value = hashes[word]
            repeated += value == last
            last = value
            found += _is_blocked(value, sieve, blocked)
            cell = _cell_of(value, cells)
            count = counts[cell] + (chars[word] >= TOP_WORD_CHARS)
            counts[cell] = count
            best = cell if count > top else best
            top = max(top, count)
        if top > 0:
            top = _top_in_cell(hashes, chars, begin, end, counts, cells, best)
        if top < 0:
            stamp = np.uint32(document + 1)
            top = _top_in_table(hashes, chars, begin, end, stamp, keys, stamps, counts)
        measured[document, 0] = end - begin
        measured[document, 1] = repeated
        measured[document, 2] = top
        measured[document, 3] = found
