"""Stop words of several languages, looked up by the hash of a word."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.kernels.compiled import inlined
from pipeline.kernels.word_hash import python_word_hash

NO_LIST = -1
ANY_LIST = -2
MAX_STOP_WORDS = 64  # of one language: the found ones are bits of one number


@dataclass(frozen=True, slots=True)
class StopWords:
    """Stop words of several languages, ready to be looked up by hash.

    ``keys`` and ``rows`` are an open-addressing table (row -1: empty). ``members[row, l]`` is 1 +
    the number of that word in the list of ``languages[l]``, or 0 when the list has it not. Bit i of
    ``sieves[0, l]`` says that a word of that list has a hash with upper six bits i, and bit i of
    ``sieves[1, l]`` that more than one has.
    """

    languages: tuple[str, ...]
    keys: npt.NDArray[np.uint64]
    rows: npt.NDArray[np.int32]
    members: npt.NDArray[np.uint8]
    sieves: npt.NDArray[np.uint64]


def stop_word_table(lists: dict[str, tuple[str, ...]]) -> StopWords:
    """Build the table; a list has at most 64 words, each one word of our tokeniser."""
    words = sorted({word for listed in lists.values() for word in listed})
    hashes = np.array([python_word_hash(word) for word in words], np.uint64)
    unique = np.unique(hashes)
    slots = 16
    while slots < 4 * len(unique):
        slots *= 2
    keys = np.zeros(slots, np.uint64)
    rows = np.full(slots, -1, np.int32)
    for row, key in enumerate(unique):
        slot = int(key) & (slots - 1)
        while rows[slot] >= 0:
            slot = (slot + 1) & (slots - 1)
        keys[slot], rows[slot] = key, row
    members = np.zeros((max(len(unique), 1), max(len(lists), 1)), np.uint8)
    sieves = np.zeros((2, members.shape[1]), np.uint64)
    for number, listed in enumerate(lists.values()):
        for bit, key in enumerate(sorted({python_word_hash(word) for word in listed})):
            members[np.searchsorted(unique, np.uint64(key)), number] = bit + 1
            upper = np.uint64(1 << (key >> 58))
            sieves[1, number] |= sieves[0, number] & upper
            sieves[0, number] |= upper
    return StopWords(tuple(lists), keys, rows, members, sieves)


NO_STOP_WORDS = stop_word_table({})


@inlined
def sieve_of(wanted, sieves):  # type: ignore[no-untyped-def]
    """What to look for: bit i is set when a word with upper six bits i may be of the list."""
    if wanted == NO_LIST:
        return np.uint64(0)
    return ~np.uint64(0) if wanted == ANY_LIST else sieves[0, wanted]


@inlined
def note_word(value, keys, rows, members, sieves, wanted, sieve, found):  # type: ignore[no-untyped-def]
    """Note a word, by its hash, in the bit sets of all lists that have it; returns the new sieve.

    A word of the wanted list that was found is not looked for again.
    """
    mask = np.uint64(len(keys) - 1)
    slot = value & mask
    while rows[slot] >= 0 and keys[slot] != value:
        slot = (slot + np.uint64(1)) & mask
    row = rows[slot]
    if row < 0:
        return sieve
    for number in range(members.shape[1]):
        if members[row, number] > 0:
            found[number] |= np.uint64(1) << np.uint64(members[row, number] - 1)
    if wanted >= 0 and members[row, wanted] > 0:
        sieve &= ~(np.uint64(1) << (value >> np.uint64(58))) | sieves[1, wanted]
    return sieve


@inlined
def note_words(hashes, first, last, keys, rows, members, sieves, wanted, sieve, found):  # type: ignore[no-untyped-def]
    """Note the words ``hashes[first:last]``; returns the new sieve."""
    for word in range(first, last):
        if sieve >> (hashes[word] >> np.uint64(58)) & np.uint64(1):
            sieve = note_word(hashes[word], keys, rows, members, sieves, wanted, sieve, found)
    return sieve


@inlined
def most_found(found, wanted):  # type: ignore[no-untyped-def]
    """Stop words found in the wanted list, or the most found in any (ANY_LIST)."""
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
