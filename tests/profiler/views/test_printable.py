"""Hostile text cannot act on a terminal or turn the reading order."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.views.printable import clip, printable, printable_lines

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;http://evil.example\x07link\x1b]8;;\x07", "link"),
        ("\x1b]0;title\x1b\\text", "text"),
        ("\x9b2Jgone", "gone"),
        ("\x1bcreset", "reset"),
        ("\x1b", ""),
        ("a\x00b\x07c\x08d\x7fe", "abcde"),
        ("one\ttwo\r\nthree\u2028four\u00a0five", "one two three four five"),
        (f"a{BIDI}b", "ab"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("\U000e0041tag", "tag"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("e\u0301 中文 👩\u200d🔬", "e\u0301 中文 👩\u200d🔬"),
        ("\ud800lone", "lone"),
    ],
)
def test_known_answers(text, seen):
    assert printable(text) == seen


@given(st.text(st.characters(), max_size=300))
def test_nothing_invisible_is_left(text):
    for character in printable_lines(text):
        assert character in "\n\u200c\u200d" or unicodedata.category(character)[0] != "C"
        assert character not in BIDI


@given(st.text(max_size=200), st.integers(1, 50))
def test_clipping_holds(text, limit):
    assert len(printable(text, limit)) <= limit
    assert "\n" not in printable(text)


def test_an_escape_that_never_ends_does_not_swallow_the_text():
    assert "kept" in printable("\x1b]0;" + "x" * 10_000 + " kept")


def test_lines_stay_lines():
    assert printable_lines(" one \n\n two\r\nthree ") == "one\ntwo\nthree"


def test_a_clipped_text_says_so():
    assert clip("abcdef", 4) == "abc…"
    assert clip("abc", 4) == "abc"
