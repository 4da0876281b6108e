"""datatrove's filters with our words in them, one rule at a time: the oracle of our rules.

Importing this needs datatrove. What is injected: words and symbol tokens where a rule counts
tokens, words alone where it counts n-grams, our sentences, and our line ends in C4's filter, which
calls ``str.splitlines`` and ``str.split`` itself and so gets a string that answers as we do.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable
from typing import Any

import datatrove.pipeline.filters.c4_filters as c4
import datatrove.pipeline.filters.fineweb_quality_filter as fineweb
import datatrove.pipeline.filters.gopher_quality_filter as quality
import datatrove.pipeline.filters.gopher_repetition_filter as repetition
from datatrove.data import Document
from datatrove.pipeline.filters.base_filter import BaseFilter
from plain_words import plain_sentences, plain_tokens, plain_words, unbroken_runs

Drops = Callable[[str], bool]

MAX_WORD_CHARS = 1000
_NEVER_QUALITY = dict.fromkeys(
    (
        "min_doc_words",
        "max_doc_words",
        "min_avg_word_length",
        "max_avg_word_length",
        "max_symbol_word_ratio",
        "max_bullet_lines_ratio",
        "max_ellipsis_lines_ratio",
        "max_non_alpha_words_ratio",
        "min_stop_words",
    )
)
_NEVER_REPETITION: dict[str, Any] = {
    "dup_line_frac": None,
    "dup_para_frac": None,
    "dup_line_char_frac": None,
    "dup_para_char_frac": None,
    "top_n_grams": (),
    "dup_n_grams": (),
}
_NEVER_FINEWEB = {
    "line_punct_thr": -1.0,
    "short_line_thr": math.inf,
    "char_duplicates_ratio": math.inf,
    "new_line_ratio": math.inf,
}
_NEVER_C4: dict[str, Any] = {
    "remove_citations": False,
    "filter_no_terminal_punct": False,
    "min_num_sentences": -1,
    "min_words_per_line": -1,
    "max_word_length": -1,
    "filter_lorem_ipsum": False,
    "filter_javascript": False,
    "filter_curly_bracket": False,
    "filter_policy": False,
}
TOP_GRAMS = {2: 0.2, 3: 0.18, 4: 0.16}
DUPLICATE_GRAMS = {5: 0.15, 6: 0.14, 7: 0.13, 8: 0.12, 9: 0.11, 10: 0.1}


class _Line(str):
    """A line that splits into our words, and into runs that are too long for C4."""

    __slots__ = ()

    def strip(self, chars: str | None = None) -> _Line:
        return _Line(super().strip(chars))

    def split(self, *_: Any) -> list[str]:  # type: ignore[override]
        return [*plain_words(self), *unbroken_runs(self, MAX_WORD_CHARS)]


class _Text(str):
    """A text whose lines end at line feeds only."""

    __slots__ = ()

    def splitlines(self, keepends: bool = False) -> list[str]:
        del keepends
        return [_Line(line) for line in self.split("\n")]


class _Symbols:
    """Stands for datatrove's list of punctuation: whatever is no letter, digit or ideograph."""

    def __contains__(self, character: str) -> bool:
        return not plain_words(character)


def inject_our_words(terminals: str, patch: Callable[[Any, str, Any], None]) -> None:
    """Put our tokeniser, symbols, sentences and ``terminals`` in; ``patch`` undoes it later."""
    tokens = functools.lru_cache(2)(plain_tokens)
    words = functools.lru_cache(2)(plain_words)
    patch(quality, "split_into_words", lambda text, _: tokens(text))
    patch(quality, "PUNCTUATION_SET", _Symbols())
    patch(fineweb, "split_into_words", lambda text, _: tokens(text))
    patch(repetition, "split_into_words", lambda text, _: words(text))
    patch(c4, "split_into_sentences", lambda text, _: plain_sentences(text))
    patch(c4, "END_PUNCTUATION", tuple(terminals))


def quality_rules() -> dict[str, Drops]:
    """Gopher's quality rules by our names; the two symbol ratios are one rule here, as there."""
    single = {
        "too-few-words": {"min_doc_words": 50},
        "too-many-words": {"max_doc_words": 100_000},
        "mean-word-length": {"min_avg_word_length": 3, "max_avg_word_length": 10},
        "hash-signs+ellipses": {"max_symbol_word_ratio": 0.1},
        "bullet-lines": {"max_bullet_lines_ratio": 0.9},
        "ellipsis-lines": {"max_ellipsis_lines_ratio": 0.3},
        "alphabetic-words": {"max_non_alpha_words_ratio": 0.8},
        "stop-words": {"min_stop_words": 2},
    }
    return {
        name: drops(quality.GopherQualityFilter(**{**_NEVER_QUALITY, **rule}))
        for name, rule in single.items()
    }


def repetition_rules() -> dict[str, Drops]:
    """Gopher's repetition rules by our names."""
    single: dict[str, dict[str, Any]] = {
        "duplicate-lines": {"dup_line_frac": 0.3},
        "duplicate-line-chars": {"dup_line_char_frac": 0.2},
        "duplicate-paragraphs": {"dup_para_frac": 0.3},
        "duplicate-paragraph-chars": {"dup_para_char_frac": 0.2},
    }
    for size, share in TOP_GRAMS.items():
        single[f"top-{size}grams"] = {"top_n_grams": ((size, share),)}
    for size, share in DUPLICATE_GRAMS.items():
        single[f"duplicate-{size}grams"] = {"dup_n_grams": ((size, share),)}
    return {
        name: drops(repetition.GopherRepetitionFilter(**{**_NEVER_REPETITION, **rule}))
        for name, rule in single.items()
    }


def fineweb_rules(terminals: str) -> dict[str, Drops]:
    """FineWeb's rules by our names, a line's end judged by ``terminals``."""
    single = {
        "line-punctuation": {"line_punct_thr": 0.12},
        "short-lines": {"short_line_thr": 0.67},
        "duplicate-line-chars": {"char_duplicates_ratio": 0.01},
        "list-lines": {"new_line_ratio": 0.3},
    }
    stop_chars = tuple(terminals)
    return {
        name: drops(
            fineweb.FineWebQualityFilter(stop_chars=stop_chars, **{**_NEVER_FINEWEB, **rule})
        )
        for name, rule in single.items()
    }


def c4_line_rules() -> dict[str, BaseFilter]:
    """C4's rules for lines by our names, as recipe web-en has them; they drop no document."""
    single = {
        "min_words": {"min_words_per_line": 5},
        "max_word_chars": {"max_word_length": MAX_WORD_CHARS},
        "terminal_punctuation": {"filter_no_terminal_punct": True},
        "javascript": {"filter_javascript": True},
        "policy_phrases": {"filter_policy": True},
        "strip_citations": {"remove_citations": True},
    }
    return {name: c4.C4QualityFilter(**{**_NEVER_C4, **rule}) for name, rule in single.items()}


def c4_rules() -> dict[str, Drops]:
    """C4's rules for documents by our names, after its rules for lines."""
    single = {
        "curly-bracket": {"filter_curly_bracket": True},
        "lorem-ipsum": {"filter_lorem_ipsum": True},
        "too-few-sentences": {"min_num_sentences": 3},
    }
    nothing = {"filter_curly_bracket": False, "filter_lorem_ipsum": False, "min_num_sentences": -1}
    return {name: drops(c4_filter(**{**nothing, **rule})) for name, rule in single.items()}


def c4_filter(**settings: Any) -> BaseFilter:
    """C4's filter as recipe web-en sets it, but for ``settings``."""
    recipe = {"filter_no_terminal_punct": False, "min_words_per_line": 5, "min_num_sentences": 3}
    return c4.C4QualityFilter(**{**recipe, **settings})


def chain(terminals: str) -> list[BaseFilter]:
    """All four filters in the order of recipe web-en."""
    return [
        quality.GopherQualityFilter(),
        repetition.GopherRepetitionFilter(),
        c4_filter(),
        fineweb.FineWebQualityFilter(stop_chars=tuple(terminals)),
    ]


def drops(judge: BaseFilter) -> Drops:
    """Whether a filter drops a text."""
    return lambda text: rewritten(judge, text) is None


def rewritten(judge: BaseFilter, text: str) -> str | None:
    """The text as a filter leaves it, or None where the filter drops it."""
    document = Document(text=_Text(text), id="")
    verdict = judge.filter(document)
    kept = verdict[0] if isinstance(verdict, tuple) else verdict
    return str(document.text) if kept else None


def tidy(text: str) -> str:
    """Lines trimmed, one blank line at most between two: where datatrove and we see equal lines."""
    lines = "\n".join(line.strip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def dense(text: str) -> str:
    """Lines trimmed, no blank line; brackets } as {, for which alone datatrove's C4 looks."""
    return re.sub(r"\n+", "\n", tidy(text)).replace("}", "{")
