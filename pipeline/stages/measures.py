"""Every measure that a rule can be about: its name, its definition and where it comes from.

A measure is a column of a family, or its ratio to other columns; one kernel pass fills a family,
when a rule first asks for it. NaN means that the measure does not apply; no rule fires on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipeline.kernels import gibberish, lines, repetition, sentences, vocabulary, words
from pipeline.kernels.scripts import SCRIPTS, UNSPACED_SCRIPTS
from pipeline.stages.languages import in_scripts
from pipeline.stages.lexicon import Lexicon, stop_lists
from pipeline.stages.stage import Documents, Measures
from pipeline.stages.urls import has_blocked_word, in_blocked_host


@dataclass(frozen=True, slots=True)
class Measure:
    """``top`` over the sum of ``bottom``, each "family.column"; only ``top`` without ``bottom``."""

    definition: str
    top: str
    bottom: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Family:
    """Measures that one pass over a batch yields together, shape (n, len(columns)).

    ``needs`` are the families that are filled before: counting leaves the words of a batch, which
    others are counted from.
    """

    columns: tuple[str, ...]
    fill: Callable[[Documents, Lexicon], Measures]
    needs: tuple[str, ...] = ()


def measure(documents: Documents, name: str, lexicon: Lexicon) -> Measures:
    """One measure of every document, shape (n,); NaN where it does not apply.

    Only documents that are alive are measured; the rest are NaN or left from an earlier stage.
    """
    wanted = MEASURES[name]
    top = _column(documents, wanted.top, lexicon)
    if not wanted.bottom:
        return top
    first, *others = wanted.bottom
    bottom = _column(documents, first, lexicon)
    for other in others:
        bottom = bottom + _column(documents, other, lexicon)
    ratio = np.full(len(top), np.nan)
    return np.divide(top, bottom, out=ratio, where=bottom > 0)


def _column(documents: Documents, place: str, lexicon: Lexicon) -> Measures:
    name, _, column = place.partition(".")
    _fill(documents, name, lexicon)
    return documents.measures[name][:, FAMILIES[name].columns.index(column)]


def _fill(documents: Documents, name: str, lexicon: Lexicon) -> None:
    if name in documents.measures:
        return
    for need in FAMILIES[name].needs:
        _fill(documents, need, lexicon)
    documents.measures[name] = FAMILIES[name].fill(documents, lexicon)


def _counts(documents: Documents, lexicon: Lexicon) -> Measures:
    chosen = stop_lists(lexicon, documents.columns.column("lang"))
    documents.words, counts = words.scan_words(
        documents.text, documents.alive, lexicon.stop_words, chosen
    )
    return counts


def _tokens(documents: Documents, lexicon: Lexicon) -> Measures:
    del lexicon
    counts = documents.measures.get("counts")
    if counts is None:
        counts = words.count_words(documents.text, documents.alive)
    return counts[:, [words.COLUMNS.index(column) for column in _TOKEN_COLUMNS]]


def _lines(documents: Documents, lexicon: Lexicon) -> Measures:
    del lexicon
    return lines.measure_lines(documents.text, documents.alive)


def _repetition(documents: Documents, lexicon: Lexicon) -> Measures:
    del lexicon
    unspaced = in_scripts(documents.script, UNSPACED_SCRIPTS)
    return repetition.measure_repetition(_words(documents), documents.alive, unspaced)


def _sentences(documents: Documents, lexicon: Lexicon) -> Measures:
    del lexicon
    return sentences.measure_sentences(documents.text, documents.alive)


def _vocabulary(documents: Documents, lexicon: Lexicon) -> Measures:
    blocked = lexicon.blocked_words
    return vocabulary.measure_vocabulary(_words(documents), documents.alive, blocked)


def _words(documents: Documents) -> words.Words:
    if documents.words is None:
        raise ValueError("words are asked for before the batch is counted")
    return documents.words


def _letters(documents: Documents, lexicon: Lexicon) -> Measures:
    latin = documents.alive & (documents.script == SCRIPTS.index("latin"))
    scores = gibberish.mean_log_probability(documents.text, latin, lexicon.transitions)
    return scores[:, np.newaxis]


def _urls(documents: Documents, lexicon: Lexicon) -> Measures:
    urls = documents.columns.column("url")
    blocked_host = in_blocked_host(urls, lexicon.blocked_hosts)
    blocked_word = has_blocked_word(urls, lexicon.blocked_url_words)
    return np.stack([blocked_host, blocked_word], axis=1)


_TOKEN_COLUMNS = ("words", "symbol_tokens")

FAMILIES: dict[str, Family] = {
    "counts": Family(words.COLUMNS, _counts),
    "tokens": Family(_TOKEN_COLUMNS, _tokens),  # for rules that need no word itself
    "lines": Family(lines.COLUMNS, _lines),
    "repetition": Family(repetition.COLUMNS, _repetition, needs=("counts",)),
    "sentences": Family(sentences.COLUMNS, _sentences),
    "vocabulary": Family(vocabulary.COLUMNS, _vocabulary, needs=("counts",)),
    "letters": Family(("log_probability",), _letters),
    "urls": Family(("blocked_host", "blocked_word"), _urls),
}

_TOKENS = ("counts.words", "counts.symbol_tokens")
_CHARS = ("counts.chars",)
_LINES = ("lines.lines",)

# Sources. Gopher: Rae et al. 2021, arXiv:2112.11446, appendix A.1, as coded in datatrove. C4:
# Raffel et al. 2020, section 2.2, and tensorflow_datasets c4_utils. FineWeb: Penedo et al. 2024,
# arXiv:2406.17557, section 3.6, and datatrove. "Ours": no published definition is claimed.
# Differences that hold throughout: words and symbol tokens are those of pipeline.kernels.words
# (datatrove: NLTK or spaCy tokens, which keep punctuation), and blank lines are not counted.
MEASURES: dict[str, Measure] = {
    "chars": Measure("Code points. Ours.", "counts.chars"),
    "words": Measure("Words. Gopher.", "counts.words"),
    "mean_word_chars": Measure("Code points per word. Gopher.", "counts.word_chars", _TOKENS[:1]),
    "hash_signs_per_word": Measure(
        "Hash signs per word or symbol token. Gopher.", "counts.hash_signs", _TOKENS
    ),
    "ellipses_per_word": Measure(
        "Ellipses (... or …) per word or symbol token. Gopher.", "counts.ellipses", _TOKENS
    ),
    "bullet_line_share": Measure(
        "Share of lines that begin with • or - (the paper says bullet point, datatrove both). "
        "Gopher.",
        "lines.bullet_lines",
        _LINES,
    ),
    "ellipsis_line_share": Measure(
        "Share of lines that end with an ellipsis. Gopher.", "lines.ellipsis_lines", _LINES
    ),
    "alphabetic_word_share": Measure(
        "Share of words and symbol tokens that have a letter. Gopher.",
        "counts.alphabetic_words",
        _TOKENS,
    ),
    "stop_words": Measure(
        "Distinct stop words of the document's language found; does not apply to a language "
        "without a list. Gopher: two of eight words; datatrove tells upper case apart, we do not.",
        "counts.stop_words",
    ),
    "duplicate_line_share": Measure(
        "Share of lines equal to an earlier one. Gopher.", "lines.duplicate_lines", _LINES
    ),
    "duplicate_line_char_share": Measure(
        "Share of all characters that are in lines equal to an earlier one. Gopher.",
        "lines.duplicate_line_chars",
        _CHARS,
    ),
    "duplicate_paragraph_share": Measure(
        "Share of paragraphs equal to an earlier one. Gopher.",
        "lines.duplicate_paragraphs",
        ("lines.paragraphs",),
    ),
    "duplicate_paragraph_char_share": Measure(
        "Share of all characters that are in paragraphs equal to an earlier one. Gopher.",
        "lines.duplicate_paragraph_chars",
        _CHARS,
    ),
    **{
        f"top_{n}gram_char_share": Measure(
            f"Share of all characters in occurrences of the most frequent {n}-gram. Gopher.",
            f"repetition.top_{n}gram_chars",
            _CHARS,
        )
        for n in repetition.TOP_LENGTHS
    },
    **{
        f"duplicate_{n}gram_char_share": Measure(
            f"Share of all characters in {n}-grams met before, each stepped over whole. Gopher.",
            f"repetition.duplicate_{n}gram_chars",
            _CHARS,
        )
        for n in repetition.DUPLICATE_LENGTHS
    },
    "curly_brackets": Measure("Curly brackets, of either kind. C4.", "sentences.curly_brackets"),
    "lorem_ipsum": Measure('Occurrences of "lorem ipsum". C4.', "sentences.lorem_ipsum"),
    "sentences": Measure("Sentences, by terminal marks and line ends. C4.", "sentences.sentences"),
    "terminal_line_share": Measure(
        "Share of lines that end with terminal punctuation or a closing quote, of any script. "
        "FineWeb.",
        "lines.terminal_lines",
        _LINES,
    ),
    "short_line_share": Measure(
        "Share of lines of 30 characters or fewer. FineWeb.", "lines.short_lines", _LINES
    ),
    "repeated_line_char_share": Measure(
        "Share of the characters in lines that are in lines equal to an earlier one. FineWeb.",
        "lines.duplicate_line_chars",
        ("lines.line_chars",),
    ),
    "newlines_per_word": Measure(
        "Line feeds per word or symbol token. FineWeb (list ratio).",
        "lines.newlines",
        ("tokens.words", "tokens.symbol_tokens"),
    ),
    "special_char_share": Measure(
        "Share of characters that are punctuation, symbols or control characters. Ours.",
        "counts.special_chars",
        _CHARS,
    ),
    "longest_unbroken_chars": Measure(
        "Longest run without white space or ideograph, in characters. Ours.",
        "counts.longest_unbroken_chars",
    ),
    "unbroken_char_share": Measure(
        "Share of characters in such runs of more than 100. Ours.", "counts.unbroken_chars", _CHARS
    ),
    "incomplete_line_share": Measure(
        "Of lines of more than 30 characters, the share that end with a letter, digit, comma or "
        "hyphen. Ours.",
        "lines.incomplete_lines",
        ("lines.long_lines",),
    ),
    "repeated_word_share": Measure(
        "Share of words equal to the word before. Ours.",
        "vocabulary.repeated_words",
        ("vocabulary.words",),
    ),
    "top_word_share": Measure(
        "Share of all words that are the most frequent one of four letters or more. Ours.",
        "vocabulary.top_word",
        ("vocabulary.words",),
    ),
    "blocked_words": Measure("Words of the recipe's blocklist. Ours.", "vocabulary.blocked_words"),
    "blocked_word_share": Measure(
        "Share of words that are in the recipe's blocklist. Ours.",
        "vocabulary.blocked_words",
        ("vocabulary.words",),
    ),
    "letter_pair_log_probability": Measure(
        "Mean natural log-probability of a letter given the one before, by a model of English; "
        "applies to Latin script only. Ours.",
        "letters.log_probability",
    ),
    "blocked_host": Measure(
        "1 when the host, or a domain above it, is in the recipe's blocklist. Ours.",
        "urls.blocked_host",
    ),
    "blocked_url_word": Measure(
        "1 when a word of the recipe's list stands in the address. Ours.", "urls.blocked_word"
    ),
}
