"""Measures of single words over their hashes: repeated, most frequent, blocked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.document import Mask, text_view
from pipeline.kernels.compiled import kernel
from pipeline.kernels.tables import slot_of, slots_for
from pipeline.kernels.words import Words, split_words

COLUMNS: tuple[str, ...] = (
    "words",
    "repeated_words",  # equal to the word before
    "top_word",  # occurrences of the most frequent word of TOP_WORD_CHARS or more
    "blocked_words",
)
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
    longest = int(lengths.max(initial=0))
    _measure(words.first, words.hashes, words.chars, alive, blocked, longest, measured)
    return measured


@kernel
def _keep_set(blocked):  # type: ignore[no-untyped-def]
    """The blocked hashes in an open-addressing table: (keys, stamps, slots)."""
    slots = slots_for(2 * len(blocked))
    keys = np.zeros(slots, np.uint64)
    stamps = np.zeros(slots, np.uint32)
    for value in blocked:
        slot = slot_of(keys, stamps, slots, np.uint32(1), value)
        keys[slot] = value
        stamps[slot] = np.uint32(1)
    return keys, stamps, slots


@kernel
def _measure(first, hashes, chars, alive, blocked, longest, measured):  # type: ignore[no-untyped-def]
    blocked_keys, blocked_stamps, blocked_slots = _keep_set(blocked)
    slots = slots_for(longest)
    keys = np.empty(slots, np.uint64)
    stamps = np.zeros(slots, np.uint32)
    counts = np.empty(slots, np.int32)
    for document in range(len(alive)):
        if not alive[document]:
            continue
        begin = first[document]
        end = first[document + 1]
        used = slots_for(end - begin)
        stamp = np.uint32(document + 1)
        repeated = top = found = 0
        for word in range(begin, end):
            value = hashes[word]
            repeated += word > begin and hashes[word - 1] == value
            blocked_slot = slot_of(blocked_keys, blocked_stamps, blocked_slots, np.uint32(1), value)
            found += blocked_stamps[blocked_slot] == np.uint32(1)
            if chars[word] < TOP_WORD_CHARS:
                continue
            slot = slot_of(keys, stamps, used, stamp, value)
            if stamps[slot] != stamp:
                stamps[slot] = stamp
                keys[slot] = value
                counts[slot] = 0
            counts[slot] += 1
            top = max(top, counts[slot])
        measured[document, 0] = end - begin
        measured[document, 1] = repeated
        measured[document, 2] = top
        measured[document, 3] = found
