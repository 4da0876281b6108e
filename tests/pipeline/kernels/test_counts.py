from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.stop_words import ANY_LIST, NO_LIST, stop_word_table
from pipeline.kernels.words import COLUMNS, UNBROKEN_CHARS, count_words, scan_words

ENGLISH = ("the", "be", "to", "of", "and", "that", "have", "with")
STOP_WORDS = stop_word_table({"en": ENGLISH, "fr": ("le", "la", "été", "de"), "zh": ("的", "中")})


def _counts(view, alive, chosen: list[int]) -> list[dict[str, float]]:
    _, found = scan_words(view, alive, STOP_WORDS, np.array(chosen, np.int64))
    return [dict(zip(COLUMNS, row, strict=True)) for row in found.tolist()]


def test_known_answers(view_of, all_alive) -> None:
    view = view_of(["The cat… and #the dog... -- sat: 42 times.", "的中文 ab", ""])
    english, chinese, empty = _counts(view, all_alive(view), [0, ANY_LIST, 0])
    assert english == {
        "chars": 42,
        "special_chars": 9,
        "hash_signs": 1,
        "ellipses": 2,
        "words": 8,
        "word_chars": 25,
        "alphabetic_words": 7,
        "symbol_tokens": 1,
        "longest_unbroken_chars": 6,
        "unbroken_chars": 0,
        "stop_words": 2,
    }
    assert (chinese["words"], chinese["alphabetic_words"], chinese["stop_words"]) == (4, 4, 2)
    assert chinese["longest_unbroken_chars"] == 2
    assert set(empty.values()) == {0}


def test_unbroken_runs_are_counted_beyond_the_limit(view_of, all_alive) -> None:
    at_limit, over = "x" * UNBROKEN_CHARS, "é" * (UNBROKEN_CHARS + 1)
    view = view_of([f"{at_limit} {over} {at_limit}中{at_limit}"])
    (row,) = _counts(view, all_alive(view), [0])
    assert row["longest_unbroken_chars"] == UNBROKEN_CHARS + 1
    assert row["unbroken_chars"] == UNBROKEN_CHARS + 1


@given(data=st.data())
def test_counts_are_the_same_where_no_word_is_kept(data, texts, view_of) -> None:
    batch = data.draw(texts)
    flags = st.lists(st.booleans(), min_size=len(batch), max_size=len(batch))
    _check_counts_alone(view_of(batch), np.array(data.draw(flags), np.bool_))


def test_counts_without_words_at_the_edges_of_blocks(at_edges, view_of, all_alive) -> None:
    _check_counts_alone(view_of(at_edges), all_alive(view_of(at_edges)))


def _check_counts_alone(view, alive) -> None:
    _, counts = scan_words(view, alive, STOP_WORDS, np.full(len(view), NO_LIST))
    np.testing.assert_array_equal(count_words(view, alive), counts)


@pytest.mark.parametrize(
    ("text", "ellipses"),
    [("..", 0), ("...", 1), (".....", 1), ("......", 2), (".. .", 0), ("…..", 1)],
)
def test_ellipses_do_not_overlap(text: str, ellipses: int, view_of, all_alive) -> None:
    view = view_of([text])
    (row,) = _counts(view, all_alive(view), [0])
    assert row["ellipses"] == ellipses


@pytest.mark.parametrize(
    ("chosen", "found"), [(0, 3.0), (1, 2.0), (2, 1.0), (ANY_LIST, 3.0), (NO_LIST, None)]
)
def test_stop_words_are_those_of_the_chosen_list(
    chosen: int, found: float | None, view_of, all_alive
) -> None:
    view = view_of(["THE end of the été AND de 的"])
    (row,) = _counts(view, all_alive(view), [chosen])
    assert row["stop_words"] == found or (found is None and np.isnan(row["stop_words"]))


def test_documents_that_are_not_alive_are_not_measured(view_of) -> None:
    view = view_of(["one two", "three"])
    dead, live = _counts(view, np.array([False, True]), [0, 0])
    assert all(np.isnan(value) for value in dead.values())
    assert live["words"] == 1


@given(data=st.data())
def test_counts_as_its_twin(data, texts, words_in, class_codes, view_of, all_alive) -> None:
    _check_counts(data.draw(texts), words_in, class_codes, view_of, all_alive)


def test_counts_at_the_edges_of_blocks(at_edges, words_in, class_codes, view_of, all_alive) -> None:
    _check_counts(at_edges, words_in, class_codes, view_of, all_alive)


def _check_counts(batch: list[str], words_in, class_codes, view_of, all_alive) -> None:
    view = view_of(batch)
    rows = _counts(view, all_alive(view), [0] * len(batch))
    for text, row in zip(batch, rows, strict=True):
        codes = class_codes(text)
        words = words_in(text)
        lowered = {re.sub("[A-Z]", lambda m: m[0].lower(), word) for word in words}
        runs = re.findall(r"[^SIY]+", codes)
        tokens = [text[m.start() : m.end()] for m in re.finditer(r"[^S]+", codes)]
        bare = [t for t in tokens if not words_in(t) and re.search("[PAN]", class_codes(t))]
        assert (text, row) == (
            text,
            {
                "chars": len(text),
                "special_chars": len(re.findall("[PANC]", codes)),
                "hash_signs": text.count("#"),
                "ellipses": text.count("...") + text.count("…"),
                "words": len(words),
                "word_chars": sum(map(len, words)),
                "alphabetic_words": sum(bool(re.search("[LIY]", class_codes(w))) for w in words),
                "symbol_tokens": len(bare),
                "longest_unbroken_chars": max(map(len, runs), default=0),
                "unbroken_chars": sum(len(run) for run in runs if len(run) > UNBROKEN_CHARS),
                "stop_words": len(lowered & set(ENGLISH)),
            },
        )
