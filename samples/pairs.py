"""Independent pairs of near duplicates with known Jaccard, to measure a near-duplicate finder."""

from __future__ import annotations

from dataclasses import dataclass, field

from samples.draws import Draws
from samples.duplicates import HIGHEST_JACCARD, LOWEST_JACCARD, edit_words, spread_targets
from samples.english import english
from samples.language import Language, jaccard, render, shingle_codes, write

BIN_WIDTH = 0.05
BINS = 9
_ROUND_PAIRS = 4000


@dataclass(slots=True)
class _Collected:
    """Pairs so far, and how many more each bin of Jaccard takes."""

    room: list[int]
    texts_a: list[str] = field(default_factory=list)
    texts_b: list[str] = field(default_factory=list)
    jaccards: list[float] = field(default_factory=list)


def planted_pairs(count: int, seed: int) -> tuple[list[str], list[str], list[float]]:
    """``count`` pairs of English texts of 100 to 240 words: (texts_a, texts_b, jaccard).

    The exact word-5-gram Jaccard values fill the nine bins of width 0.05 of [0.5, 0.95] equally
    (to one pair; a value of 0.95 falls into the last). Pairs share vocabulary, but no sentences.
    """
    language, draws = english(), Draws(seed, "planted pairs")
    collected = _Collected([count // BINS + (i < count % BINS) for i in range(BINS)])
    while any(collected.room):
        _collect_round(min(_ROUND_PAIRS, 2 * count + 50), collected, language, draws)
    return collected.texts_a, collected.texts_b, collected.jaccards


def jaccard_bin(value: float) -> int | None:
    """The bin 0 … 8 of a Jaccard of [0.5, 0.95], else None."""
    if not LOWEST_JACCARD <= value <= HIGHEST_JACCARD:
        return None
    return min(int((value - LOWEST_JACCARD) / BIN_WIDTH + 1e-9), BINS - 1)


def _collect_round(pairs: int, collected: _Collected, language: Language, draws: Draws) -> None:
    a = write(language, draws.integers(130, 200, pairs), draws)
    b = edit_words(a, spread_targets(pairs, draws), language, draws)
    texts_a, texts_b = render(language, a), render(language, b)
    for row in range(pairs):
        value = jaccard(shingle_codes(language, a, row), shingle_codes(language, b, row))
        at = jaccard_bin(value)
        if at is None or collected.room[at] == 0:
            continue
        collected.room[at] -= 1
        collected.texts_a.append(texts_a[row])
        collected.texts_b.append(texts_b[row])
        collected.jaccards.append(value)
