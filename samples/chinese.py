"""Chinese: about 3,000 words, and a smaller grammar."""

from __future__ import annotations

import functools

from samples import chinese_words as listed
from samples.draws import Draws
from samples.language import Language, WordClass, language

_VOCABULARY_SEED = 20240519

_START = {"pronoun": 0.3, "noun": 0.45, "adjective": 0.15, "verb": 0.1}
_FOLLOWING = {
    "particle": {"noun": 0.4, "verb": 0.35, "adjective": 0.15, "pronoun": 0.1},
    "pronoun": {"verb": 0.5, "particle": 0.3, "noun": 0.2},
    "noun": {"verb": 0.4, "particle": 0.35, "noun": 0.15, "adjective": 0.1},
    "verb": {"noun": 0.5, "particle": 0.25, "adjective": 0.15, "pronoun": 0.1},
    "adjective": {"noun": 0.6, "particle": 0.4},
}


@functools.cache
def chinese() -> Language:
    """The tables of Chinese; built once per process."""
    draws = Draws(_VOCABULARY_SEED, "chinese words")
    compounds = [a + b for a, b in zip(*[_characters(2600, draws) for _ in "ab"], strict=True)]
    nouns = list(dict.fromkeys(listed.NOUNS + compounds[:2000]))
    verbs = list(dict.fromkeys(listed.VERBS + compounds[2000:]))
    words = {
        "particle": (listed.PARTICLES, 1.0),
        "pronoun": (listed.PRONOUNS, 1.0),
        "noun": (nouns, 12.0),
        "verb": (verbs, 8.0),
        "adjective": (listed.ADJECTIVES, 6.0),
    }
    classes = {
        name: WordClass(members, shift, _FOLLOWING[name], before_comma=name == "noun")
        for name, (members, shift) in words.items()
    }
    return language(
        "zh", classes, _START, "noun",
        function_classes=("particle", "pronoun"), promotional=listed.PROMOTIONAL,
        stops="，。？！", joiner="", sentence_words=12,
    )  # fmt: skip


def _characters(count: int, draws: Draws) -> list[str]:
    return draws.picks(listed.CHARACTERS, count)
