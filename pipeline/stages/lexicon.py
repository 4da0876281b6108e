"""The lists and tables that measures look things up in, made ready once per recipe."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.kernels.gibberish import Transitions, learn_transitions
from pipeline.kernels.hosts import Hashes, host_set
from pipeline.kernels.stop_words import ANY_LIST, NO_LIST, StopWords, stop_word_table
from pipeline.kernels.vocabulary import word_set
from pipeline.recipes.recipe import Recipe
from pipeline.stages.languages import language_codes

_PROSE = Path(__file__).parent.parent / "recipes" / "english-prose.txt"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What a recipe's word lists become; ``language`` is the recipe's, "" for any."""

    language: str
    stop_words: StopWords
    blocked_words: Hashes
    blocked_hosts: Hashes
    blocked_url_words: tuple[str, ...]
    transitions: Transitions


def lexicon_of(recipe: Recipe) -> Lexicon:
    """The lexicon of a recipe whose list files have been read."""
    lists = recipe.lists
    return Lexicon(
        language=recipe.language,
        stop_words=stop_word_table(lists.stop_words),
        blocked_words=word_set(lists.blocked_words),
        blocked_hosts=host_set(lists.blocked_hosts),
        blocked_url_words=lists.blocked_url_words,
        transitions=english_transitions(),
    )


@functools.cache
def english_transitions() -> Transitions:
    """Letter pairs of English, learnt from a page of prose that comes with the recipes."""
    return learn_transitions(_PROSE.read_bytes())


def stop_lists(lexicon: Lexicon, languages: pa.Array) -> npt.NDArray[np.int64]:
    """Which stop list holds for each document, as ``pipeline.kernels.words.scan_words`` takes it.

    The list of its language; where that is unknown the list of the recipe's language, or in a
    recipe for every language the one that fits best; none for a language without a list.
    """
    known = {name: row for row, name in enumerate(lexicon.stop_words.languages)}
    unknown = ANY_LIST if lexicon.language == "" else known.get(lexicon.language, NO_LIST)
    codes, names = language_codes(languages)
    choice = np.array([*(known.get(name, NO_LIST) for name in names), unknown], np.int64)
    return choice[codes]
