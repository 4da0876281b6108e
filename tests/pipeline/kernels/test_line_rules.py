from __future__ import annotations

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.line_rules import keep_lines, phrases_of
from pipeline.kernels.lines import _TERMINALS

PHRASES = ("javascript", "lorem ipsum")
CITATION = re.compile(r"\[[0-9]*\]|\[edit\]|\[citation needed\]")


def _kept(view, alive, **rules) -> list[str]:
    settings = {
        "min_words": 0,
        "max_word_chars": 1000,
        "terminal_punctuation": False,
        "strip_citations": False,
    }
    kept = keep_lines(view, alive, phrases_of(PHRASES), **(settings | rules))
    return [kept.text(row) for row in range(len(kept))]


def test_short_lines_and_phrases_are_cut(view_of, all_alive) -> None:
    view = view_of(
        ["one two three\none\n\n  four five six  \nPlease enable JavaScript now\nseven eight nine"]
    )
    assert _kept(view, all_alive(view), min_words=3) == [
        "one two three\n  four five six  \nseven eight nine"
    ]


def test_citation_marks_are_taken_out_before_words_are_counted(view_of, all_alive) -> None:
    text = "Water[12] is wet.[citation needed]\nHistory [edit]\nx[][1a] y[2 z"
    view = view_of([text])
    assert _kept(view, all_alive(view), strip_citations=True, min_words=2) == [
        "Water is wet.\nx[1a] y[2 z"
    ]


def test_lines_must_end_as_sentences_when_asked(view_of, all_alive) -> None:
    view = view_of(["Good.\nbad\ntrails off...\nquoted “yes”\n好的。\nsure!  \nhm…"])
    assert _kept(view, all_alive(view), terminal_punctuation=True) == [
        "Good.\nquoted “yes”\n好的。\nsure!  "
    ]


def test_long_words_but_not_long_chinese_lines(view_of, all_alive) -> None:
    view = view_of(["x" * 11 + "\n" + "y" * 10 + "\n" + "中" * 30])
    assert _kept(view, all_alive(view), max_word_chars=10) == ["y" * 10 + "\n" + "中" * 30]


def test_chinese_words_count(view_of, all_alive) -> None:
    view = view_of(["今天天气很好\n你好"])
    assert _kept(view, all_alive(view), min_words=5) == ["今天天气很好"]


def test_documents_that_are_not_alive_come_out_empty(view_of) -> None:
    view = view_of(["a\nb", "c", "d"])
    assert _kept(view, np.array([True, False, True])) == ["a\nb", "", "d"]


def test_phrases_are_told_apart_by_all_their_letters(view_of, all_alive) -> None:
    phrases = phrases_of(("ab", "abcde", "zzzz", *(f"phrase{number:02}" for number in range(60))))
    view = view_of(["xAB", "a b", "zzz", "xxPHRASE59", "phrase60", "abcd", "phrase5"])
    kept = keep_lines(
        view,
        all_alive(view),
        phrases,
        min_words=0,
        max_word_chars=99,
        terminal_punctuation=False,
        strip_citations=False,
    )
    found = [kept.text(row) for row in range(len(kept))]
    assert found == ["", "a b", "zzz", "", "phrase60", "", "phrase5"]


@given(
    data=st.data(),
    min_words=st.integers(0, 4),
    longest=st.integers(1, 12),
    terminal=st.booleans(),
    strips=st.booleans(),
)
def test_rewrites_as_its_twin(
    data, min_words, longest, terminal, strips, texts, words_in, class_codes, view_of, all_alive
) -> None:
    batch = data.draw(texts)
    view = view_of(batch)
    expected = []
    for text in batch:
        lines = text.split("\n") if text else []
        if text.endswith("\n"):
            lines.pop()  # no line begins behind the last line feed
        if strips:
            lines = [CITATION.sub("", line) for line in lines]
        kept = [
            line
            for line in lines
            if len(words_in(line)) >= min_words
            and not any(phrase in _ascii_lower(line) for phrase in PHRASES)
            and max(map(len, re.findall("[^SIY]+", class_codes(line))), default=0) <= longest
            and (not terminal or _ends_well(line, class_codes))
        ]
        expected.append("\n".join(kept))
    rules = {
        "min_words": min_words,
        "max_word_chars": longest,
        "terminal_punctuation": terminal,
        "strip_citations": strips,
    }
    assert _kept(view, all_alive(view), **rules) == expected


def _ascii_lower(line: str) -> str:
    return re.sub("[A-Z]", lambda match: match[0].lower(), line)


def _ends_well(line: str, class_codes) -> bool:
    inside = line[: len(class_codes(line).rstrip("S"))]
    return inside != "" and not inside.endswith("...") and inside[-1] in _TERMINALS
