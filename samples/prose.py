"""Good prose, and prose that is fluent but of low quality: whole documents as text."""

from __future__ import annotations

import numpy as np

from samples.chinese import chinese
from samples.domains import DOMAINS, dress
from samples.draws import TABLE_SIZE, Draws, Integers
from samples.english import english
from samples.language import Language, Tokens, render, sprinkle, write

MIN_WORDS = 130  # so that no document ends below 100 words, whatever its last sentence
DRESSED_SHARE = 0.6  # of English documents come with lines of their site
_TOUCHED_SHARE = 0.15  # of good prose holds a few promotional words
_BLANK_LINES_SHARE = 0.5


def language_of(code: str) -> Language:
    """The language with this ISO 639-1 code."""
    return {"en": english, "zh": chinese}[code]()


def good_prose(code: str, word_counts: Integers, domains: Integers, draws: Draws) -> list[str]:
    """Documents of the lengths and domains given."""
    language = language_of(code)
    rates = np.where(
        draws.shorts(len(word_counts)) < _TOUCHED_SHARE * TABLE_SIZE,
        draws.integers(0, 600, len(word_counts)) / 10_000,
        0.0,
    )
    tokens = write(language, word_counts, draws)
    tokens = sprinkle(language, tokens, rates, language.promotional, draws)
    return finish(language, tokens, domains, draws)


def low_quality(code: str, word_counts: Integers, domains: Integers, draws: Draws) -> list[str]:
    """Prose whose content words are 4 to 30 % promotional: work for a classifier, not for rules."""
    language = language_of(code)
    rates = draws.integers(400, 3000, len(word_counts)) / 10_000
    tokens = write(language, word_counts, draws)
    tokens = sprinkle(language, tokens, rates, language.promotional, draws)
    return finish(language, tokens, domains, draws)


def finish(language: Language, tokens: Tokens, domains: Integers, draws: Draws) -> list[str]:
    """Text with the line style of its page and, if English, often with lines of its site."""
    return [
        _page(text, int(domain), language.code, draws)
        for text, domain in zip(render(language, tokens), domains, strict=True)
    ]


def _page(text: str, domain: int, code: str, draws: Draws) -> str:
    if draws.happens(_BLANK_LINES_SHARE):
        text = text.replace("\n", "\n\n")
    if code == "en" and draws.happens(DRESSED_SHARE):
        text = dress(text, DOMAINS[domain], draws)
    return text
