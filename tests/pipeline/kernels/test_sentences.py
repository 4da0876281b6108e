from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.sentences import measure_sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", 0),
        ("...", 0),
        ("One. Two! Three?", 3),
        ('He said: "Stop." Then he left.', 2),
        ("Version 3.14 is out", 1),
        ("A title\nA sentence.\nanother title", 3),
        ("今天很好。明天呢？好！", 3),
        ("今天很好。明天", 2),
        ("wait... what?!", 2),
        ("यह एक वाक्य है। दूसरा।", 2),
        ("ends (in brackets.) Next.", 2),
        ("no.space between", 1),
    ],
)
def test_sentences(text: str, sentences: int, view_of, all_alive) -> None:
    view = view_of([text])
    assert measure_sentences(view, all_alive(view))[0, 2] == sentences


def test_curly_brackets_and_filler_text(view_of, all_alive) -> None:
    view = view_of(["{ a } {", "Lorem ipsum, LOREM IPSUM lorem  ipsum lorem ipsu", "l"])
    found = measure_sentences(view, all_alive(view))
    assert found[:, 0].tolist() == [3, 0, 0]
    assert found[:, 1].tolist() == [0, 2, 0]


def test_documents_that_are_not_alive_are_not_measured(view_of) -> None:
    view = view_of(["One.", "Two."])
    found = measure_sentences(view, np.array([True, False]))
    assert np.isnan(found[1]).all()
    assert found[0, 2] == 1


@given(data=st.data())
def test_counts_as_its_twin(data, texts, class_codes, view_of, all_alive) -> None:
    _check_sentences(data.draw(texts), class_codes, view_of, all_alive)


def test_counts_at_the_edges_of_blocks(at_edges, class_codes, view_of, all_alive) -> None:
    _check_sentences(at_edges, class_codes, view_of, all_alive)


def _check_sentences(batch: list[str], class_codes, view_of, all_alive) -> None:
    view = view_of(batch)
    found = measure_sentences(view, all_alive(view)).tolist()
    for text, row in zip(batch, found, strict=True):
        assert row == [
            text.count("{") + text.count("}"),
            len(re.findall("lorem ipsum", text, re.ASCII | re.IGNORECASE)),
            sum(_sentences_of(line, class_codes) for line in text.split("\n")),
        ]


def _sentences_of(line: str, class_codes) -> int:
    """Pieces with a word between ends, on a line made of one letter per role."""
    roles = ""
    for character, code in zip(line, class_codes(line), strict=True):
        if character in "。？！｡։؟۔।॥።":
            roles += "u"
        elif character in ".?!…":
            roles += "e"
        elif character in "\"')]}’”»」』）":
            roles += "c"
        elif code in "LDIY":
            roles += "w"
        elif code not in "MC":
            roles += " " if code == "S" else "x"
    return sum("w" in piece for piece in re.split(r"u|e[ec]*(?= |$)", roles))
