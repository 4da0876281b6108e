from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest

from samples.draws import Draws
from samples.english import english
from samples.families import family_copies, write_families
from samples.language import write
from samples.pairs import BINS, jaccard_bin, planted_pairs

COUNT = 450


def shingles(text: str) -> set[tuple[str, ...]]:
    words = re.findall("[a-z]+", text.lower())
    return set(zip(*(words[i:] for i in range(5)), strict=False))


def jaccard(a: str, b: str) -> float:
    grams_a, grams_b = shingles(a), shingles(b)
    return len(grams_a & grams_b) / len(grams_a | grams_b)


@pytest.fixture(scope="module")
def pairs() -> tuple[list[str], list[str], list[float]]:
    return planted_pairs(COUNT, 3)


def test_pairs_fill_the_bins_equally(pairs) -> None:  # type: ignore[no-untyped-def]
    assert Counter(map(jaccard_bin, pairs[2])) == dict.fromkeys(range(BINS), COUNT // BINS)
    assert min(pairs[2]) < 0.51
    assert max(pairs[2]) > 0.94


def test_stated_jaccard_is_that_of_the_texts(pairs) -> None:  # type: ignore[no-untyped-def]
    assert [jaccard(a, b) for a, b in zip(pairs[0], pairs[1], strict=True)] == pairs[2]


def test_pairs_are_independent(pairs) -> None:  # type: ignore[no-untyped-def]
    owners: dict[tuple[str, ...], set[int]] = {}
    for row, (a, b) in enumerate(zip(pairs[0], pairs[1], strict=True)):
        for gram in shingles(a) | shingles(b):
            owners.setdefault(gram, set()).add(row)
    shared = sum(len(rows) > 1 for rows in owners.values())
    assert shared < len(owners) / 1000


def test_pairs_repeat_by_seed(pairs) -> None:  # type: ignore[no-untyped-def]
    assert planted_pairs(COUNT, 3) == pairs
    assert planted_pairs(90, 4)[0][0] != planted_pairs(90, 5)[0][0]


def test_any_count_is_met() -> None:
    assert [len(part) for part in planted_pairs(10, 1)] == [10, 10, 10]
    assert planted_pairs(0, 1) == ([], [], [])


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.49, None), (0.5, 0), (0.55, 1), (0.6, 2), (0.649, 2), (0.95, 8), (0.951, None)],
)
def test_bins_hold_their_lower_edge(value: float, expected: int | None) -> None:
    assert jaccard_bin(value) == expected


def test_families_state_every_pair() -> None:
    draws = Draws(1, "families")
    copies = family_copies(60, draws)
    assert sum(copies) == 60
    originals = write(english(), np.full(len(copies), 250), draws)
    families = write_families(originals, copies, english(), draws)
    for family, count in zip(families, copies, strict=True):
        assert len(family.texts) == count + 1
        assert len(family.likenesses) == count * (count + 1) // 2
        for pair in family.likenesses:
            assert pair.jaccard == jaccard(family.texts[pair.a], family.texts[pair.b])
            assert pair.a > 0 or 0.5 <= pair.jaccard <= 0.95
    assert {change for family in families for change in family.changes} == {
        "none",
        "edits",
        "template",
    }
