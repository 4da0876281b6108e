"""Text of one language by a chain of word classes with Zipf laws inside.

A sentence is a walk through word classes (determiner, noun, verb, …) that ends on a noun; a word
is drawn from its class. Everything is drawn for many documents at once, as arrays of word numbers
and written forms; strings are joined last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from samples.draws import TABLE_SIZE, Draws, Integers, lognormal_table, weighted_table, zipf_table

Codes = npt.NDArray[np.uint64]

# How a word is written: alone, at the start of a sentence, before a comma or a stop.
PLAIN, CAPITAL, COMMA, STOP, QUESTION, EXCLAMATION = range(6)
LINE_END = 3  # added to a stop: the line ends there
FORMS = 9

SHINGLE_WORDS = 5
MAX_WORDS = 7131  # so that five word numbers fit into 64 bits exactly: 7131**5 < 2**64

_STOPS = weighted_table([0.88, 0.07, 0.05], 256).astype(np.uint8) + np.uint8(STOP)
_SHORTEST_SENTENCE, _LONGEST_SENTENCE = 5, 36


@dataclass(frozen=True, slots=True)
class Tokens:
    """Words of n documents: document i has rows ``first[i]:first[i + 1]``.

    ``words`` are numbers of words of the language (int32), ``forms`` how they are written (uint8).
    """

    words: npt.NDArray[np.int32]
    forms: npt.NDArray[np.uint8]
    first: Integers

    def __len__(self) -> int:
        return len(self.first) - 1

    @property
    def counts(self) -> Integers:
        """Words of each document, shape (n,)."""
        return np.diff(self.first)

    def document(self, row: int) -> Tokens:
        """One document alone."""
        rows = slice(self.first[row], self.first[row + 1])
        count = self.first[row + 1] - self.first[row]
        return Tokens(self.words[rows], self.forms[rows], np.array([0, count], np.int64))


@dataclass(frozen=True, slots=True)
class WordClass:
    """Words of one part of speech, common ones first, and which class may follow."""

    words: Sequence[str]
    shift: float  # of the Zipf-Mandelbrot law: the larger, the flatter
    following: Mapping[str, float]
    before_comma: bool = False


@dataclass(frozen=True, slots=True)
class Language:
    """Tables to write a language with. Build one with ``language``."""

    code: str
    words: tuple[str, ...]
    classes: tuple[str, ...]
    next_class: npt.NDArray[np.uint8]  # (classes + 1, 256); the last row starts a sentence
    class_words: npt.NDArray[np.int32]  # (classes, 65536)
    before_comma: npt.NDArray[np.bool_]  # (classes,)
    last_class: int
    sentence_words: Integers  # (65536,)
    written: npt.NDArray[np.object_]  # (FORMS × words,)
    joiner: str
    is_content: npt.NDArray[np.bool_]  # (words,): may be exchanged without harm to the grammar
    promotional: npt.NDArray[np.int32]  # words that low-quality text is heavy with
    accented: npt.NDArray[np.int32]  # words with two Unicode normal forms


def language(
    code: str,
    classes: Mapping[str, WordClass],
    start: Mapping[str, float],
    last: str,
    *,
    function_classes: Sequence[str],
    promotional: Sequence[str],
    accented: Sequence[str] = (),
    stops: str = ",.?!",
    joiner: str = " ",
    sentence_words: float = 14,
) -> Language:
    """Tables of a language.

    Promotional and accented words are numbered, but no sentence is made of them until
    ``sprinkle`` puts them in.
    """
    names = list(classes)
    in_classes = [word for word_class in classes.values() for word in word_class.words]
    words = list(dict.fromkeys([*in_classes, *promotional, *accented]))
    if len(words) > MAX_WORDS:
        raise ValueError(f"{code}: {len(words)} words, at most {MAX_WORDS} fit the shingle codes")
    numbers = {word: number for number, word in enumerate(words)}
    function_words = {word for name in function_classes for word in classes[name].words}
    rows = [c.following for c in classes.values()] + [start]
    next_class = [weighted_table([row.get(name, 0.0) for name in names], 256) for row in rows]
    return Language(
        code=code,
        words=tuple(words),
        classes=tuple(names),
        next_class=np.array(next_class, np.uint8),
        class_words=np.array([_words_by_draw(c, numbers) for c in classes.values()], np.int32),
        before_comma=np.array([c.before_comma for c in classes.values()]),
        last_class=names.index(last),
        sentence_words=lognormal_table(sentence_words, 0.4, _SHORTEST_SENTENCE, _LONGEST_SENTENCE),
        written=_written_forms(words, stops),
        joiner=joiner,
        is_content=np.array([word not in function_words for word in words]),
        promotional=np.array([numbers[word] for word in promotional], np.int32),
        accented=np.array([numbers[word] for word in accented], np.int32),
    )


def write(language: Language, word_counts: Integers, draws: Draws) -> Tokens:
    """Documents of whole sentences and about ``word_counts`` words each.

    A document differs from its count by less than one sentence on either side; counts are at
    least 40, so that none is empty.
    """
    targets = np.cumsum(word_counts)
    lengths = _sentence_lengths(language, int(targets[-1]), draws)
    ends = np.cumsum(lengths)
    last_sentences = np.searchsorted(ends, targets)
    sentences = int(last_sentences[-1]) + 1
    first = np.concatenate([[0], ends[last_sentences]]).astype(np.int64)
    words, forms = _sentences(language, lengths[:sentences], draws)
    forms[first[1:] - 1] -= np.where(forms[first[1:] - 1] >= STOP + LINE_END, LINE_END, 0).astype(
        np.uint8
    )
    return Tokens(words, forms, first)


def sprinkle(
    language: Language,
    tokens: Tokens,
    rates: npt.NDArray[np.float64],
    words: npt.NDArray[np.int32],
    draws: Draws,
) -> Tokens:
    """The documents with a share ``rates`` (n,) of their content words exchanged for ``words``.

    At least one word of a document is exchanged where the rate is above 0.
    """
    rows = np.repeat(np.arange(len(tokens)), tokens.counts)
    limits = np.rint(rates * TABLE_SIZE).astype(np.int64)
    exchanged = language.is_content[tokens.words] & (draws.shorts(len(rows)) < limits[rows])
    exchanged[tokens.first[:-1][rates > 0] + 1] = True
    fresh = words[draws.integers(0, len(words), len(rows))]
    return Tokens(np.where(exchanged, fresh, tokens.words), tokens.forms, tokens.first)


def sentences(language: Language, count: int, draws: Draws) -> list[str]:
    """``count`` sentences, each a string with its final stop."""
    if count == 0:
        return []
    lengths = language.sentence_words[draws.shorts(count)]
    words, forms = _sentences(language, lengths, draws)
    forms[forms >= STOP + LINE_END] -= np.uint8(LINE_END)
    return render(language, Tokens(words, forms, np.concatenate([[0], np.cumsum(lengths)])))


def render(language: Language, tokens: Tokens) -> list[str]:
    """The text of each document; a line ends with a single newline, the last one with none."""
    pieces = language.written[tokens.forms.astype(np.int64) * len(language.words) + tokens.words]
    listed, bounds = pieces.tolist(), tokens.first.tolist()
    join = language.joiner.join
    texts = [join(listed[bounds[i] : bounds[i + 1]]) for i in range(len(tokens))]
    return [text.replace("\n ", "\n") for text in texts]


def shingle_codes(language: Language, tokens: Tokens, row: int) -> set[int]:
    """Word 5-grams of a document, each as one exact number (base: words of the language)."""
    base = np.uint64(len(language.words))
    words = tokens.words[tokens.first[row] : tokens.first[row + 1]].astype(np.uint64)
    count = max(len(words) - SHINGLE_WORDS + 1, 0)
    codes: Codes = np.zeros(count, np.uint64)
    for offset in range(SHINGLE_WORDS):
        codes = codes * base + words[offset : offset + count]
    return set(codes.tolist())


def jaccard(a: set[int], b: set[int]) -> float:
    """Shared over all: |a ∩ b| / |a ∪ b|; 0 for two empty sets. Source: Jaccard (1901)."""
    shared = len(a & b)
    return shared / (len(a) + len(b) - shared) if a or b else 0.0


def _sentence_lengths(language: Language, words: int, draws: Draws) -> Integers:
    lengths = language.sentence_words[draws.shorts(words // _SHORTEST_SENTENCE + 1)]
    return lengths[: int(np.searchsorted(np.cumsum(lengths), words)) + 1]


def _sentences(
    language: Language, lengths: Integers, draws: Draws
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """Words and forms of sentences of the lengths given; about one in three ends its line."""
    ends = np.cumsum(lengths)
    starts = ends - lengths
    classes = _walk(language, lengths, starts, int(ends[-1]), draws)
    words = language.class_words[classes, draws.shorts(len(classes))]
    forms = np.zeros(len(classes), np.uint8)
    forms[language.before_comma[classes] & (draws.shorts(len(classes)) < TABLE_SIZE // 6)] = COMMA
    forms[starts] = CAPITAL
    stops = _STOPS[draws.shorts(len(ends)) & np.uint16(255)]
    ends_line = draws.shorts(len(ends)) < TABLE_SIZE // 3
    forms[ends - 1] = stops + np.where(ends_line, LINE_END, 0).astype(np.uint8)
    return words, forms


def _walk(
    language: Language, lengths: Integers, starts: Integers, total: int, draws: Draws
) -> npt.NDArray[np.uint8]:
    """Word class of every word: all sentences take a step at a time."""
    classes = np.full(total, language.last_class, np.uint8)
    going = np.arange(len(lengths))
    state = np.full(len(lengths), len(language.classes), np.uint8)
    for step in range(_LONGEST_SENTENCE - 1):
        goes_on = lengths[going] > step + 1
        going, state = going[goes_on], state[goes_on]
        if len(going) == 0:
            break
        state = language.next_class[state, draws.shorts(len(going)) & np.uint16(255)]
        classes[starts[going] + step] = state
    return classes


def _words_by_draw(word_class: WordClass, numbers: Mapping[str, int]) -> Integers:
    ranked = np.array([numbers[word] for word in word_class.words])
    return ranked[zipf_table(len(ranked), word_class.shift)]


def _written_forms(words: Sequence[str], stops: str) -> npt.NDArray[np.object_]:
    ends = list(stops)  # comma, full stop, question mark, exclamation mark
    ends += [end + "\n" for end in ends[1:]]
    written = [*words, *(word.capitalize() for word in words)]
    written += [word + end for end in ends for word in words]
    return np.array(written, dtype=object)
