"""Slow twins in plain Python, and batches as kernels meet them."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import settings
from hypothesis import strategies as st

from pipeline.document import TextView, text_view
from pipeline.kernels.characters import class_table

settings.register_profile("kernels", deadline=None)  # the first call compiles
settings.load_profile("kernels")

# One letter per character class, with the signs that can stand inside a word told apart.
_CODES = "PSLDMIYC"
_WORD = re.compile(r"(?:LM*(?:A(?=L))?|DM*(?:N(?=D))?)+|[IY]M*")


def _class_codes(text: str) -> str:
    """Class of each character: P symbol, A apostrophe, N decimal sign, S space, L letter, D digit,
    M mark, I ideograph, Y syllable, C control."""
    table = class_table()
    codes = []
    for character in text:
        code_point = ord(character)
        if code_point >= len(table):
            code = "I" if code_point < 0x40000 else "P"
        else:
            code = _CODES[table[code_point]]
        if character in "'’":
            code = "A"
        if character in ".,":
            code = "N"
        codes.append(code)
    return "".join(codes)


@pytest.fixture(scope="session")
def class_codes() -> Callable[[str], str]:
    return _class_codes


@pytest.fixture(scope="session")
def words_in() -> Callable[[str], list[str]]:
    """The tokeniser by a regular expression over character classes."""

    def split(text: str) -> list[str]:
        return [text[m.start() : m.end()] for m in _WORD.finditer(_class_codes(text))]

    return split


@pytest.fixture(scope="session")
def view_of() -> Callable[[list[str]], TextView]:
    """A batch that is a slice of a longer one, so that no offset begins at 0.

    In every second batch the data go on for more than a block behind the last document.
    """

    def view(texts: list[str]) -> TextView:
        behind = "after 中, a block." * (1 + 5 * (sum(map(len, texts)) % 2))
        array = pa.array(["before é", *texts, behind], pa.large_string())
        return text_view(array.slice(1, len(texts)))

    return view


@pytest.fixture(scope="session")
def all_alive() -> Callable[[TextView], np.ndarray]:
    return lambda view: np.ones(len(view), np.bool_)


_PIECES = [
    *"aBzéß1234٣２ \n\t\r'’.,#…-•*{}[]\"!?:;。！？、「」中文漢かナー",
    *"한글กำไא😀\u0301\u200b\u200d\xa0\u3000\x00\x07𠀀𝒳",
    "...",
    "\n\n",
    "word " * 12,
    "x" * 59,
    "9," * 40,
    "the ",
    "The ",
    "and ",
    "of ",
    "word ",
    "lorem ipsum",
    "Lorem IPSUM ",
    "javascript",
    "[12]",
    "[edit]",
    "l'été ",
    "3.14 ",
    "e.g. ",
]


_AT_EDGES = [
    *("a.b", "don't", "'s '", "3.14", "1,", ". x", '." x', ".) x", "?! x", "...", "......", ".. "),
    *(
        "# -- x",
        "--",
        "-- ",
        " -",
        "\x01 -",
        "\x01\x02 ",
        "é",
        "é'a",
        "a’b",
        "中",
        "ก่",
        "  ",
        " \n",
    ),
    *("\n\n", "\u00a0", "\u0301b", "Ab1", "12 ", "12a", "{}", "lorem ipsum", "[1]", "the of", "”"),
]


@pytest.fixture(scope="session")
def at_edges() -> list[str]:
    """What tokenisers stumble over, at every place of a block of 64 bytes and around its edges."""
    return [
        (filler * 68)[:place] + piece + tail
        for piece in _AT_EDGES
        for filler, tail in (
            ("x", " end"),
            ("w ", "."),
            ("ab. ", ""),
            ("é", "\u2026 x"),
            ("-", "b"),
        )
        for place in range(52, 67)
    ]


@pytest.fixture(scope="session")
def texts() -> st.SearchStrategy[list[str]]:
    """Batches of texts with what tokenisers stumble over."""
    odd = st.lists(st.sampled_from(_PIECES), max_size=60).map("".join)
    return st.lists(odd | st.text(max_size=40), max_size=4)
