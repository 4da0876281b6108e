"""The tokeniser of ``pipeline.kernels.words`` in plain Python: its twin, for tests and oracles.

A text becomes a string of character classes, one letter each, on which words and symbol tokens are
a regular expression. Nothing is shared with the kernel but the table of classes.
"""

from __future__ import annotations

import re

import numpy as np

from pipeline.kernels.characters import CONTROL, MARK, SPACE, class_table

# Letters of the classes 0 to 7 of pipeline.kernels.characters: symbol, space, letter, digit, mark,
# ideograph, syllable, control.
_LETTER_OF_CLASS = "S LDMIYC"
_WORD = r"(?:LM*(?:q(?=L))?|DM*(?:p(?=D))?)+|[IY]M*"
_SYMBOLS = r"(?:^|(?<= ))(?=[MC]*[Sqp])[SqpMC]+(?= |$)"
_TOKENS = re.compile(f"(?P<word>{_WORD})|(?P<symbols>{_SYMBOLS})")


def _members(*classes: int) -> str:
    """The characters of some classes below 0x20000, as in the brackets of a regular expression."""
    return re.escape("".join(map(chr, np.flatnonzero(np.isin(class_table(), classes)))))


# A mark ends a sentence at white space, whatever closers, combining marks and controls between.
_BETWEEN = ".?!…" + re.escape("\"')]}’”»」』）") + _members(MARK, CONTROL)
_SENTENCE_END = re.compile(rf"[。？！｡։؟۔।॥।]|[.?!…][{_BETWEEN}]*[{_members(SPACE)}]|\n")


class _Classes(dict[int, str]):
    """Class letter of a code point; apostrophes are q, points and commas p."""

    def __missing__(self, code_point: int) -> str:
        if code_point < 0x20000:
            letter = _LETTER_OF_CLASS[class_table()[code_point]]
        else:
            letter = "I" if code_point < 0x40000 else "S"
        self[code_point] = {"'": "q", "’": "q", ".": "p", ",": "p"}.get(chr(code_point), letter)
        return self[code_point]


class _Lowers(dict[int, str]):
    """Simple lower case: of one code point, below 0x20000."""

    def __missing__(self, code_point: int) -> str:
        lower = chr(code_point).lower()
        simple = len(lower) == 1 and code_point < 0x20000
        self[code_point] = lower if simple else chr(code_point)
        return self[code_point]


_CLASSES = _Classes()
_LOWERS = _Lowers()


def plain_words(text: str) -> list[str]:
    """The words of a text in their order, lower-cased."""
    return _found(text, "word")


def plain_tokens(text: str) -> list[str]:
    """The words and symbol tokens of a text in their order, lower-cased."""
    return _found(text, None)


def plain_sentences(text: str) -> list[str]:
    """The sentences of a text, as ``pipeline.kernels.sentences`` counts them: parts with words."""
    return [part for part in _SENTENCE_END.split(text) if plain_words(part)]


def unbroken_runs(text: str, longer_than: int) -> list[str]:
    """Runs without white space, ideograph or syllable of more than ``longer_than`` characters."""
    classes = text.translate(_CLASSES)
    runs = re.finditer(rf"[^ IY]{{{longer_than + 1},}}", classes)
    return [text[run.start() : run.end()] for run in runs]


def _found(text: str, kind: str | None) -> list[str]:
    classes = text.translate(_CLASSES)
    lower = text.translate(_LOWERS)
    return [
        lower[token.start() : token.end()]
        for token in _TOKENS.finditer(classes)
        if kind is None or token.lastgroup == kind
    ]
