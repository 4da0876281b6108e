"""English: about 5,000 words, and a small grammar of word classes."""

from __future__ import annotations

import functools

from samples import english_words as listed
from samples.draws import Draws
from samples.language import Language, WordClass, language
from samples.morphology import (
    adverb,
    invented_adjectives,
    invented_nouns,
    invented_verbs,
    past,
    plural,
    progressive,
)

_VOCABULARY_SEED = 20240518  # the words are the same for every corpus seed, as in a real language

_FUNCTION_CLASSES = (
    "determiner", "preposition", "conjunction", "pronoun", "auxiliary", "modal", "bare",
)  # fmt: skip
_START = {
    "determiner": 0.42, "pronoun": 0.18, "noun": 0.12, "preposition": 0.12, "conjunction": 0.08,
    "adverb": 0.08,
}  # fmt: skip
_FOLLOWING = {
    "determiner": {"noun": 0.68, "adjective": 0.32},
    "preposition": {"determiner": 0.58, "noun": 0.27, "adjective": 0.15},
    "conjunction": {"determiner": 0.46, "pronoun": 0.26, "noun": 0.18, "adverb": 0.1},
    "pronoun": {"verb": 0.48, "modal": 0.26, "auxiliary": 0.26},
    "auxiliary": {"participle": 0.4, "adjective": 0.26, "determiner": 0.22, "adverb": 0.12},
    "modal": {"bare": 0.85, "adverb": 0.15},
    "bare": {"determiner": 0.4, "adjective": 0.25, "participle": 0.35},
    "noun": {
        "verb": 0.3, "preposition": 0.29, "auxiliary": 0.11, "modal": 0.09, "conjunction": 0.16,
        "adverb": 0.05,
    },
    "verb": {
        "determiner": 0.42, "preposition": 0.28, "adverb": 0.12, "noun": 0.12, "adjective": 0.06,
    },
    "participle": {"preposition": 0.42, "determiner": 0.34, "noun": 0.14, "adverb": 0.1},
    "adjective": {"noun": 0.86, "conjunction": 0.06, "adjective": 0.08},
    "adverb": {"verb": 0.42, "adjective": 0.34, "participle": 0.24},
}  # fmt: skip


@functools.cache
def english() -> Language:
    """The tables of English; built once per process in a few tenths of a second."""
    return language(
        "en",
        _classes(),
        start=_START,
        last="noun",
        function_classes=_FUNCTION_CLASSES,
        promotional=listed.PROMOTIONAL,
        accented=listed.ACCENTED,
    )


def _classes() -> dict[str, WordClass]:
    draws = Draws(_VOCABULARY_SEED, "english words")
    taken = {word for name in dir(listed) if name.isupper() for word in getattr(listed, name)}
    new_nouns = invented_nouns(1500, draws, taken)
    new_verbs = invented_verbs(320, draws, taken)
    new_adjectives = invented_adjectives(500, draws, taken)
    nouns = listed.NOUNS + [plural(noun) for noun in listed.NOUNS] + new_nouns
    verbs = listed.VERBS + new_verbs
    adjectives = listed.ADJECTIVES + new_adjectives
    words = {
        "determiner": (listed.DETERMINERS, 0.0),
        "preposition": (listed.PREPOSITIONS, 0.5),
        "conjunction": (listed.CONJUNCTIONS, 0.2),
        "pronoun": (listed.PRONOUNS, 1.0),
        "auxiliary": (listed.AUXILIARIES, 1.0),
        "modal": (listed.MODALS, 2.0),
        "bare": (listed.BARE, 0.0),
        "noun": (_distinct(nouns + [plural(noun) for noun in new_nouns[:700]]), 8.0),
        "verb": (_distinct([past(v) for v in verbs] + [plural(v) for v in listed.VERBS]), 6.0),
        "participle": (_distinct([progressive(v) for v in verbs]), 6.0),
        "adjective": (_distinct(adjectives), 6.0),
        "adverb": (_distinct(listed.ADVERBS + [adverb(a) for a in adjectives[:350]]), 4.0),
    }
    return {
        name: WordClass(members, shift, _FOLLOWING[name], before_comma=name == "noun")
        for name, (members, shift) in words.items()
    }


def _distinct(words: list[str]) -> list[str]:
    return list(dict.fromkeys(words))
