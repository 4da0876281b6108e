from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.repetition import (
    COLUMNS,
    DUPLICATE_LENGTHS,
    TOP_LENGTHS,
    measure_repetition,
)
from pipeline.kernels.words import Words, split_words


def _top_chars(words: list[str], n: int, gap: str) -> int:
    grams = [tuple(words[at : at + n]) for at in range(len(words) - n + 1)]
    if not grams:
        return 0
    gram, times = Counter(grams).most_common(1)[0]  # the first one met, on a tie
    return len(gap.join(gram)) * times


def _duplicate_chars(words: list[str], n: int) -> int:
    seen: set[tuple[str, ...]] = set()
    total = at = 0
    while at + n <= len(words):
        gram = tuple(words[at : at + n])
        if gram in seen:
            total += len("".join(gram))
            at += n
        else:
            seen.add(gram)
            at += 1
    return total


def _twin(words: list[str], gap: str) -> list[int]:
    top = [_top_chars(words, n, gap) for n in TOP_LENGTHS]
    return top + [_duplicate_chars(words, n) for n in DUPLICATE_LENGTHS]


def _words(batch: list[list[str]]) -> Words:
    flat = [word for words in batch for word in words]
    first = np.cumsum([0, *(len(words) for words in batch)]).astype(np.int64)
    names = sorted(set(flat))
    hashes = np.array([names.index(word) * 0x9E3779B97F4A7C15 % 2**64 for word in flat], np.uint64)
    return Words(first, hashes, np.array([len(word) for word in flat], np.int32))


WORDS = st.lists(st.sampled_from(["a", "bb", "ccc", "dddd"]), max_size=80)


@given(st.lists(WORDS, max_size=4), st.booleans())
def test_counts_as_its_twin(batch: list[list[str]], unspaced: bool) -> None:
    marks = np.full(len(batch), unspaced)
    found = measure_repetition(_words(batch), np.ones(len(batch), np.bool_), marks)
    assert found.tolist() == [_twin(words, "" if unspaced else " ") for words in batch]


def test_known_answers(view_of, all_alive) -> None:
    view = view_of(["to be or not to be", "one two three four five " * 3, "word"])
    words = split_words(view, all_alive(view))
    found = measure_repetition(words, all_alive(view), np.zeros(3, np.bool_))
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in found.tolist()]
    assert rows[0]["top_2gram_chars"] == 2 * len("to be")
    assert rows[0]["top_3gram_chars"] == len("to be or")  # all occur once: the first counts
    assert rows[1]["duplicate_5gram_chars"] == 2 * len("onetwothreefourfive")
    assert rows[1]["duplicate_10gram_chars"] == 2 * len("onetwothreefourfive")
    assert set(rows[2].values()) == {0}


@pytest.mark.parametrize("n", DUPLICATE_LENGTHS)
def test_a_passage_said_twice_is_duplicate_up_to_its_length(n: int) -> None:
    passage = [f"w{number}" for number in range(8)]
    text = [*passage, "x", *passage, "y"]
    row = measure_repetition(_words([text]), np.ones(1, np.bool_), np.zeros(1, np.bool_))[0]
    assert (row[COLUMNS.index(f"duplicate_{n}gram_chars")] > 0) == (n <= 8)


def test_case_and_punctuation_do_not_part_words(view_of, all_alive) -> None:
    view = view_of(["Buy now! buy NOW, buy, now"])
    words = split_words(view, all_alive(view))
    found = measure_repetition(words, all_alive(view), np.zeros(1, np.bool_))
    assert found[0, 0] == 3 * len("buy now")


def test_documents_that_are_not_alive_are_not_measured() -> None:
    alive = np.array([False, True])
    found = measure_repetition(_words([["a", "a", "a"], ["a", "a"]]), alive, ~alive)
    assert np.isnan(found[0]).all()
    assert found[1, 0] == len("a a")
