from __future__ import annotations

import re
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples.draws import Draws
from samples.duplicates import (
    GROUP_EXPONENT,
    change_templates,
    decomposed,
    double_spaces,
    edit_words,
    group_sizes,
    spread_targets,
    surviving_share,
)
from samples.english import english
from samples.language import jaccard, render, shingle_codes, write


@given(st.integers(0, 2000), st.integers(2, 500), st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_group_sizes_add_up(copies: int, largest: int, seed: int) -> None:
    sizes = group_sizes(copies, largest, Draws(seed, "sizes"))
    assert sum(size - 1 for size in sizes) == copies
    assert all(2 <= size <= largest for size in sizes)


def test_group_sizes_follow_the_zeta_law() -> None:
    sizes = np.array(group_sizes(60_000, 500, Draws(1, "law")))
    weights = np.arange(2, 501) ** -GROUP_EXPONENT
    expected = len(sizes) * weights / weights.sum()
    for size in range(2, 8):
        assert abs((sizes == size).sum() - expected[size - 2]) < 5 * np.sqrt(expected[size - 2])
    tail = expected[98:].sum()  # sizes from 100
    assert abs((sizes >= 100).sum() - tail) < 5 * np.sqrt(tail)
    assert sizes.max() > 300


def test_surviving_share_solves_for_jaccard() -> None:
    wanted = np.linspace(0.5, 1, 6)
    share = surviving_share(wanted)
    assert share / (2 - share) == pytest.approx(wanted)


def test_targets_are_spread_evenly() -> None:
    targets = spread_targets(940, Draws(1, "targets"))
    assert np.histogram(targets, np.linspace(0.48, 0.97, 8))[0].tolist() == pytest.approx(
        [940 / 7] * 7, abs=2
    )


def test_edits_come_near_the_jaccard_asked_for() -> None:
    language = english()
    original = write(language, np.full(300, 400), Draws(1, "originals"))
    wanted = np.repeat([0.55, 0.75, 0.9], 100)
    edited = edit_words(original, wanted, language, Draws(1, "edits"))
    found = np.array(
        [
            jaccard(shingle_codes(language, original, row), shingle_codes(language, edited, row))
            for row in range(300)
        ]
    )
    assert found.reshape(3, 100).mean(axis=1) == pytest.approx([0.55, 0.75, 0.9], abs=0.03)
    assert len(edited.words) == edited.first[-1] == len(edited.forms)
    assert (edited.counts != original.counts).mean() > 0.5  # words put in and left out


def test_edited_text_keeps_its_sentences() -> None:
    language = english()
    original = write(language, np.full(20, 300), Draws(2, "originals"))
    edited = edit_words(original, np.full(20, 0.5), language, Draws(2, "edits"))
    before, after = render(language, original), render(language, edited)
    for a, b in zip(before, after, strict=True):
        assert re.sub("[^.?!\n]", "", a) == re.sub("[^.?!\n]", "", b)
        assert re.fullmatch(r"(?s)[A-Z].*[.?!]", b)


@pytest.mark.parametrize("wanted", [0.5, 0.7, 0.9])
def test_changed_templates_keep_the_body(wanted: float) -> None:
    language = english()
    original = write(language, np.array([500]), Draws(3, "original"))
    changed = change_templates(original, wanted, language, Draws(3, "templates"))
    a, b = shingle_codes(language, original, 0), shingle_codes(language, changed, 0)
    assert jaccard(a, b) == pytest.approx(wanted, abs=0.08)
    before, after = original.words.tolist(), changed.words.tolist()
    half = len(before) // 2
    middle = before[half - 20 : half + 20]
    assert any(after[i : i + 40] == middle for i in range(len(after)))


def test_double_spaces_differ_in_white_space_only() -> None:
    text = "One two three four. " * 20 + "\n" + "Five six seven. " * 20
    changed = double_spaces(text, Draws(1, "spaces"))
    assert changed != text
    assert changed.endswith("\n")
    assert changed.split() == text.split()
    assert changed.rstrip("\n").count("\n") == text.count("\n")


def test_decomposed_differs_in_normal_form_only() -> None:
    text = "The café was naïve."
    assert decomposed(text) != text
    assert unicodedata.normalize("NFC", decomposed(text)) == text
