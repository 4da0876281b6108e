from __future__ import annotations

from collections import Counter
from itertools import chain, pairwise

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.document import text_view
from pipeline.kernels.vocabulary import COLUMNS, TOP_WORD_CHARS, measure_vocabulary, word_set
from pipeline.kernels.words import Words, split_words

BLOCKED = ("casino", "viagra", "élan")


def _measured(view, alive, blocked=BLOCKED) -> list[dict[str, float]]:
    found = measure_vocabulary(split_words(view, alive), alive, word_set(blocked))
    return [dict(zip(COLUMNS, row, strict=True)) for row in found.tolist()]


def test_known_answers(view_of, all_alive) -> None:
    view = view_of(["Casino CASINO casinos very very very good ÉLAN the the the the the"])
    (row,) = _measured(view, all_alive(view))
    assert row == {"words": 13, "repeated_words": 7, "top_word": 3, "blocked_words": 3}


def test_an_empty_blocklist_blocks_nothing(view_of, all_alive) -> None:
    view = view_of(["casino", ""])
    assert [row["blocked_words"] for row in _measured(view, all_alive(view), ())] == [0, 0]


def test_documents_that_are_not_alive_are_not_measured(view_of) -> None:
    view = view_of(["casino", "viagra"])
    dead, live = _measured(view, np.array([False, True]))
    assert all(np.isnan(value) for value in dead.values())
    assert live["blocked_words"] == 1


@given(st.lists(st.lists(st.sampled_from(["abc", "abcd", "casino", "long word"])), max_size=4))
def test_measures_as_its_twin(batch: list[list[str]]) -> None:
    texts = [" ".join(words) for words in batch]
    view = text_view(pa.array(texts, pa.large_string()))
    for text, row in zip(texts, _measured(view, np.ones(len(view), np.bool_)), strict=True):
        words = text.split()
        long = Counter(word for word in words if len(word) >= TOP_WORD_CHARS)
        assert row == {
            "words": len(words),
            "repeated_words": sum(a == b for a, b in pairwise(words)),
            "top_word": max(long.values(), default=0),
            "blocked_words": words.count("casino"),
        }


@given(st.lists(st.lists(st.integers(0, 5), max_size=40), max_size=3))
def test_the_top_word_is_told_from_words_with_nearly_its_hash(batch: list[list[int]]) -> None:
    """Numbers stand for words: 0 and 1 are short, and 0 to 3 differ in their highest bits only."""
    words = [*chain.from_iterable(batch)]
    hashes = np.array([n + 1 << 48 if n < 4 else n << 16 for n in words], np.uint64)
    chars = np.array([TOP_WORD_CHARS - (n < 2) for n in words], np.int32)
    first = np.cumsum([0, *map(len, batch)]).astype(np.int64)
    alive = np.ones(len(batch), np.bool_)
    found = measure_vocabulary(Words(first, hashes, chars), alive, np.empty(0, np.uint64))
    tops = [max(Counter(n for n in row if n >= 2).values(), default=0) for row in batch]
    assert found[:, COLUMNS.index("top_word")].tolist() == tops
