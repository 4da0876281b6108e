"""Copies of documents: how many, how they are changed, and how alike they stay."""

from __future__ import annotations

import unicodedata

import numpy as np
import numpy.typing as npt

from samples.draws import Draws, Integers, weighted_table
from samples.language import PLAIN, SHINGLE_WORDS, STOP, Language, Tokens, write

GROUP_EXPONENT = 2.2
"""Zeta law of the sizes of duplicate groups: P(size) ∝ size ** -2.2 for sizes from 2."""

LOWEST_JACCARD, HIGHEST_JACCARD = 0.5, 0.95

_RESOLUTION = 1 << 16


def group_sizes(copies: int, largest: int, draws: Draws) -> list[int]:
    """Sizes (from 2) of groups of equal documents with ``copies`` superfluous ones in all.

    The sizes follow a zeta law cut at ``largest``; the last group is cut to fit.
    """
    weights = [size**-GROUP_EXPONENT for size in range(2, max(largest, 2) + 1)]
    table = weighted_table(weights) + 2
    sizes: list[int] = []
    while copies > 0:
        size = min(int(table[draws.integer(0, len(table))]), copies + 1)
        sizes.append(size)
        copies -= size - 1
    return sizes


_LONG_LINE_CHARS = 120  # longer than any line of a page's furniture


def double_spaces(text: str, draws: Draws) -> str:
    """The text with about one space in twelve of its long lines doubled, and a newline at its end.

    Short lines stay as they are: a line rule that looks for a phrase ("terms of use") must treat
    the copy as it treats the original.
    """
    return "\n".join(_double_line(line, draws) for line in text.split("\n")) + "\n"


def _double_line(line: str, draws: Draws) -> str:
    if len(line) < _LONG_LINE_CHARS:
        return line
    parts = line.split(" ")
    doubled = draws.integers(0, 12, len(parts)) == 0
    return " ".join(part + " " * int(twice) for part, twice in zip(parts, doubled, strict=True))


def decomposed(text: str) -> str:
    """The text with its accents as combining marks (Unicode NFD)."""
    return unicodedata.normalize("NFD", text)


def surviving_share(jaccard: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Share s of n-grams that must survive in a copy of equal length: J = s / (2 - s)."""
    return 2 * jaccard / (1 + jaccard)


def edit_words(
    tokens: Tokens, jaccard: npt.NDArray[np.float64], language: Language, draws: Draws
) -> Tokens:
    """Documents with words exchanged, put in or left out, to come near the Jaccard asked for.

    An edit destroys up to five 5-grams, so words are edited at the rate r = 1 - s ** (1 / 5).
    Of the edits 70 % exchange a word, 15 % put one in after it, 15 % leave it out (an exchange
    where the word begins or ends a sentence).
    """
    rates = 1 - surviving_share(jaccard) ** (1 / SHINGLE_WORDS)
    thresholds = np.rint(rates * (1 << 32)).astype(np.int64)
    rows = np.repeat(np.arange(len(tokens)), tokens.counts)
    edited = draws.integers(0, 1 << 32, len(rows)) < thresholds[rows]
    operation = draws.integers(0, 100, len(rows))
    leaves_out = edited & (operation < 15) & (tokens.forms == PLAIN)
    puts_in = edited & (operation >= 85) & (tokens.forms < STOP)
    exchanges = edited & ~leaves_out & ~puts_in
    fresh = _content_words(language, len(rows), draws)
    words = np.where(exchanges, fresh, tokens.words)
    times = np.ones(len(rows), np.int64)
    times[leaves_out] = 0
    times[puts_in] = 2
    kept_words, kept_forms = np.repeat(words, times), np.repeat(tokens.forms, times)
    added = np.cumsum(times)[puts_in] - 1
    kept_words[added] = _content_words(language, len(added), draws)
    kept_forms[added] = PLAIN
    counts = np.bincount(rows, weights=times, minlength=len(tokens)).astype(np.int64)
    return Tokens(kept_words, kept_forms, np.concatenate([[0], np.cumsum(counts)]))


def change_templates(tokens: Tokens, jaccard: float, language: Language, draws: Draws) -> Tokens:
    """One document with other sentences at its head and foot around the same body."""
    total = len(tokens.words)
    replaced = round((1 - float(surviving_share(np.array([jaccard]))[0])) * total)
    head = draws.integer(0, replaced + 1)
    ends = np.flatnonzero(tokens.forms >= STOP) + 1
    body_from = _nearest(np.concatenate([[0], ends]), head)
    body_to = _nearest(ends, total - (replaced - body_from))
    parts = [
        _template(body_from, language, draws),
        (tokens.words[body_from:body_to], tokens.forms[body_from:body_to]),
        _template(total - body_to, language, draws),
    ]
    words = np.concatenate([part[0] for part in parts])
    forms = np.concatenate([part[1] for part in parts])
    return Tokens(words, forms, np.array([0, len(words)], np.int64))


def spread_targets(count: int, draws: Draws) -> npt.NDArray[np.float64]:
    """Jaccard values to aim at, spread evenly a little beyond [0.5, 0.95], in random order."""
    low, high = LOWEST_JACCARD - 0.02, HIGHEST_JACCARD + 0.02
    steps = (draws.order(count) + draws.integers(0, _RESOLUTION, count) / _RESOLUTION) / count
    return low + (high - low) * steps


def _content_words(language: Language, count: int, draws: Draws) -> npt.NDArray[np.int32]:
    return language.class_words[language.last_class, draws.shorts(count)]


def _nearest(places: Integers, wanted: int) -> int:
    return int(places[np.argmin(np.abs(places - wanted))])


def _template(
    count: int, language: Language, draws: Draws
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """Sentences of about ``count`` words; none for fewer than a short sentence has."""
    if count < SHINGLE_WORDS:
        return np.empty(0, np.int32), np.empty(0, np.uint8)
    written = write(language, np.array([count], np.int64), draws)
    return written.words, written.forms
