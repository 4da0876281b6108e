"""The work that scores a core: our own kernels over a text that is the same everywhere.

Integers alone make the text, so that every machine and version gets the same bytes. The parts are
what a recipe spends its time on: words, lines, digests and MinHash over text; the sorting of keys
and walks through memory that resolving duplicates comes down to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.document import TextView
from pipeline.kernels.compiled import kernel
from pipeline.kernels.digest import digests
from pipeline.kernels.lines import measure_lines
from pipeline.kernels.minhash import band_keys, signatures
from pipeline.kernels.mixing import document_ranks
from pipeline.kernels.words import Words, split_words

WORKLOAD = 2  # another number where the work is no longer the same
SEED_TEXT, SEED_VOCABULARY, SEED_KEYS, SEED_WALK = 1, 2, 3, 4

TEXT_WORDS = 120_000
VOCABULARY_BITS = 14
DOCUMENT_WORDS = 450  # on average
LETTERS = "etaoinshrdlucmfwypvbgkqjxzéüñ"

SHINGLE_WORDS, BANDS, ROWS, MINHASH_SEED = 5, 14, 8, 1  # as the built-in recipes
KEYS = 1 << 16  # with their copies within a core's own caches: what is beyond, the walk times
LINE_BYTES = 64  # one node of the walk per cache line
WALK_LINES = 1 << 20  # 64 MiB: more than a core's own caches
WALK_STEPS = 40_000

Ranks = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the work: ``run`` does it once and goes over ``bytes``."""

    name: str
    what: str
    bytes: int
    run: Callable[[], object]


def workload() -> tuple[Part, ...]:
    """The parts, ready to run; making them takes a second and compiles what is not compiled yet."""
    view = synthetic_text()
    alive = np.ones(len(view), np.bool_)
    words = split_words(view, alive)
    keys = _ranks(SEED_KEYS, KEYS)
    cycle = walk_cycle()
    size = int(view.lengths.sum())
    return (
        Part("words", "splitting, hashing, counting", size, lambda: split_words(view, alive)),
        Part("lines", "measures of lines", size, lambda: measure_lines(view, alive)),
        Part("digests", "digests of text", size, lambda: digests(view, alive, True)),
        Part("minhash", "MinHash of word shingles", size, lambda: _minhash(words)),
        Part("sorting", "sorting of 64-bit keys", 8 * KEYS, lambda: sorted_keys(keys)),
        Part("memory", "walk through memory", LINE_BYTES * WALK_STEPS, lambda: walk(cycle)),
    )


def synthetic_text() -> TextView:
    """About 0.7 MB of words like those of a language: few that are common, many that are rare."""
    vocabulary = np.array(_vocabulary(), object)
    ranks = _ranks(SEED_TEXT, TEXT_WORDS)
    # A uniform number below a random power of two is about as common as a word of that rank.
    bits = (ranks & np.uint64(0xFF)) % np.uint64(VOCABULARY_BITS + 1)
    rows = (ranks >> np.uint64(8)) & ((np.uint64(1) << bits) - np.uint64(1))
    ends = (ranks >> np.uint64(40)) % np.uint64(DOCUMENT_WORDS) == 0
    ends[-1] = True
    last = np.flatnonzero(ends)
    documents = np.split(vocabulary[rows.astype(np.int64)], last[:-1] + 1)
    texts = ["".join(words).encode() for words in documents]
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) for text in texts], out=offsets[1:])
    return TextView(np.frombuffer(b"".join(texts), np.uint8), offsets)


def sorted_keys(keys: Ranks) -> Ranks:
    """The keys in order, by eight passes over their bytes; ``keys`` stays as it is."""
    out = keys.copy()
    _sort(out, np.empty_like(keys), np.empty(256, np.int64))  # type: ignore[no-untyped-call]
    return out


def walk_cycle() -> npt.NDArray[np.int64]:
    """One cycle through all lines in random order, shape (lines, 8): column 0 is the next line."""
    order = np.argsort(_ranks(SEED_WALK, WALK_LINES), kind="stable")
    cycle = np.zeros((WALK_LINES, LINE_BYTES // 8), np.int64)
    cycle[order, 0] = np.roll(order, -1)
    return cycle


def walk(cycle: npt.NDArray[np.int64], steps: int = WALK_STEPS) -> int:
    """Follow the cycle from line 0; each step waits for the one before it."""
    return int(_walk(cycle, steps))  # type: ignore[no-untyped-call]


def _minhash(words: Words) -> Ranks:
    signature, _ = signatures(words, SHINGLE_WORDS, BANDS * ROWS, MINHASH_SEED)
    return band_keys(signature, BANDS, ROWS)


def _vocabulary() -> list[str]:
    """Words with what follows them: a blank, now and then a comma, a full stop or a new line."""
    ranks = _ranks(SEED_VOCABULARY, 1 << VOCABULARY_BITS).tolist()
    return [_word(rank, row) for row, rank in enumerate(ranks)]


def _word(rank: int, row: int) -> str:
    """A word of 1 to 12 letters, short where it is common; early letters are the common ones."""
    longest = min(12, 3 + row.bit_length())
    letters = []
    for _ in range(1 + rank % longest):
        rank = rank * 6364136223846793005 + 1442695040888963407 & 0xFFFFFFFFFFFFFFFF
        first, second = (rank >> 33) % len(LETTERS), (rank >> 45) % len(LETTERS)
        letters.append(LETTERS[min(first, second)])
    follows = {0: ". ", 1: ",\n", 2: ", "}.get((rank >> 57) % 16, " ")
    return "".join(letters) + follows


def _ranks(seed: int, count: int) -> Ranks:
    return document_ranks(seed, np.arange(1, count + 1, dtype=np.uint32))


@kernel
def _sort(keys, spare, places):  # type: ignore[no-untyped-def]
    for turn in range(8):
        shift = np.uint64(8 * turn)
        places[:] = 0
        for i in range(len(keys)):
            places[np.int64((keys[i] >> shift) & np.uint64(0xFF))] += 1
        before = 0
        for i in range(256):
            here = places[i]
            places[i] = before
            before += here
        for i in range(len(keys)):
            digit = np.int64((keys[i] >> shift) & np.uint64(0xFF))
            spare[places[digit]] = keys[i]
            places[digit] += 1
        keys, spare = spare, keys  # after an even number of turns both are where they were


@kernel
def _walk(cycle, steps):  # type: ignore[no-untyped-def]
    line = np.int64(0)
    for _ in range(steps):
        line = cycle[line, 0]
    return line
