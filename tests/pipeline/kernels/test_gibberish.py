from __future__ import annotations

import math
import random
import string
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.gibberish import GAP, MIN_PAIRS, learn_transitions, mean_log_probability


def _states(text: str) -> list[int | None]:
    states: list[int | None] = []
    for character in text:
        if ord(character) >= 0x80:
            states.append(None)
        else:
            letter = string.ascii_lowercase.find(character.lower())
            states.append(letter if letter >= 0 else GAP)
    return states


def _pairs(text: str) -> list[tuple[int, int]]:
    chain = [GAP, *_states(text)]
    return [
        (a, b)
        for a, b in pairwise(chain)
        if a is not None and b is not None and (a, b) != (GAP, GAP)
    ]


def test_transitions_are_smoothed_probabilities() -> None:
    learnt = learn_transitions(b"ab ab")
    assert np.exp(learnt).sum(axis=1) == pytest.approx(np.ones(27))
    assert learnt[0, 1] == pytest.approx(math.log((2 + 1) / (2 + 27)))  # a, then b
    assert learnt[0, 2] == pytest.approx(math.log(1 / (2 + 27)))
    assert learnt[GAP, 0] == pytest.approx(math.log((2 + 1) / (2 + 27)))


@given(data=st.data())
def test_scores_as_its_twin(data, texts, view_of, all_alive) -> None:
    learnt = learn_transitions(b"The quick brown fox, the lazy dog.")
    batch = data.draw(texts)
    view = view_of(batch)
    for text, score in zip(batch, mean_log_probability(view, all_alive(view), learnt), strict=True):
        pairs = _pairs(text)
        if len(pairs) < MIN_PAIRS:
            assert np.isnan(score)
        else:
            assert score == pytest.approx(sum(learnt[a, b] for a, b in pairs) / len(pairs))


def test_long_texts_are_added_up_from_chunks(view_of, all_alive) -> None:
    learnt = learn_transitions(b"The quick brown fox, the lazy dog.")
    batch = ["Quick foxes jump, é, 42 dogs sleep. " * 500 + "x" * more for more in range(5)]
    view = view_of(batch)
    for text, score in zip(batch, mean_log_probability(view, all_alive(view), learnt), strict=True):
        pairs = _pairs(text)
        assert score == pytest.approx(sum(learnt[a, b] for a, b in pairs) / len(pairs))


def test_short_texts_and_those_not_alive_have_no_score(view_of) -> None:
    learnt = learn_transitions(b"abc")
    view = view_of(["too short", "a b c " * 50, "a b c " * 50])
    scores = mean_log_probability(view, np.array([True, True, False]), learnt)
    assert np.isnan(scores).tolist() == [True, False, True]


def test_random_letters_score_below_prose(view_of, all_alive) -> None:
    prose = "When the rain stopped, the children ran down to the harbour to look for the boat. "
    learnt = learn_transitions(prose.encode())
    drawn = random.Random(5).choices(string.ascii_lowercase + "  ", k=400)
    view = view_of([prose, "".join(drawn)])
    good, bad = mean_log_probability(view, all_alive(view), learnt)
    assert good > bad + 0.5
