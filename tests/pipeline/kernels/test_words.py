from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.word_hash import python_word_hash
from pipeline.kernels.words import split_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("Hello, world!", ["Hello", "world"]),
        ("don't l'été rock'n", ["don't", "l'été", "rock'n"]),
        ("'quoted' dogs' '90s", ["quoted", "dogs", "90s"]),
        ("3.14 1,000 1. a.b 4ever", ["3.14", "1,000", "1", "a", "b", "4ever"]),
        ("中文 mixed字", ["中", "文", "mixed", "字"]),
        ("กำ", ["กำ"[:1], "กำ"[1:]]),  # sara am is a letter of its own
        ("e\u0301te\u0301 \u0301x", ["e\u0301te\u0301", "x"]),
        ("한국어 텍스트", ["한국어", "텍스트"]),
        ("state-of-the-art", ["state", "of", "the", "art"]),
        ("a\u200bb", ["a", "b"]),
        ("co\xadop", ["co\xadop"]),
    ],
)
def test_known_words(text: str, words: list[str], view_of, all_alive) -> None:
    view = view_of([text])
    split = split_words(view, all_alive(view))
    assert split.hashes.tolist() == [python_word_hash(word) for word in words]
    assert split.chars.tolist() == [len(word) for word in words]


@given(data=st.data())
def test_splits_as_its_twin(data, texts, words_in, view_of, all_alive) -> None:
    _check_words(data.draw(texts), words_in, view_of, all_alive)


def test_splits_at_the_edges_of_blocks(at_edges, words_in, view_of, all_alive) -> None:
    _check_words(at_edges, words_in, view_of, all_alive)


def _check_words(batch: list[str], words_in, view_of, all_alive) -> None:
    view = view_of(batch)
    split = split_words(view, all_alive(view))
    for row, text in enumerate(batch):
        words = words_in(text)
        part = slice(split.first[row], split.first[row + 1])
        assert split.hashes[part].tolist() == [python_word_hash(word) for word in words]
        assert split.chars[part].tolist() == [len(word) for word in words]


def test_documents_that_are_not_alive_have_no_words(view_of) -> None:
    view = view_of(["one two", "three", "four five"])
    split = split_words(view, np.array([True, False, True]))
    assert np.diff(split.first).tolist() == [2, 0, 2]
