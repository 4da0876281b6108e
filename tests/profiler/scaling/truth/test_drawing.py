"""Samples of populations without their documents, and what the programme makes of them."""

from __future__ import annotations

import numpy as np
import pytest

from profiler.scaling.bounds import law_bounds
from profiler.scaling.laws import RandomDocuments
from profiler.scaling.truth.drawing import drawn_spectrum
from profiler.scaling.truth.linear_programme import programme_range
from profiler.scaling.truth.populations import Population, copies, mixed, power_law


def test_singles_stay_singles() -> None:
    seen = drawn_spectrum(copies(1, 1e7), 0.01, np.random.default_rng(1))
    assert seen.sizes.tolist() == [1]
    assert seen.documents == pytest.approx(1e5, abs=5 * 1e5**0.5)


@pytest.mark.parametrize("groups", [1500, 4_000_000])  # one by one, and by Poisson's law
def test_pairs_are_seen_with_the_square_of_the_fraction(groups: int) -> None:
    pairs = Population("pairs", np.array([2.0]), np.array([float(groups)]))
    seen = drawn_spectrum(pairs, 0.3, np.random.default_rng(2))
    for times, share in ((1, 2 * 0.3 * 0.7), (2, 0.09)):
        wanted = groups * share
        assert seen.groups_of(times) == pytest.approx(wanted, abs=5 * wanted**0.5)


def test_one_large_group_is_seen_in_proportion() -> None:
    large = Population("large", np.array([1e6]), np.array([1.0]))
    seen = drawn_spectrum(large, 0.01, np.random.default_rng(3))
    assert seen.distinct == 1
    assert seen.documents == pytest.approx(1e4, abs=500)


def test_drawing_is_seeded() -> None:
    whole = power_law(2.2, 1e4, 1e7)
    one, other = (drawn_spectrum(whole, 0.01, np.random.default_rng(7)) for _ in range(2))
    assert one.sizes.tolist() == other.sizes.tolist()
    assert one.groups.tolist() == other.groups.tolist()


@pytest.mark.parametrize("ratio", [4, 64, 1000])
def test_programme_holds_the_truth_and_agrees_with_the_bounds(ratio: int) -> None:
    random = np.random.default_rng(ratio)
    law = mixed("m", [(0.5, copies(1, 1)), (0.5, power_law(2.2, 1e4, 1))], 1e5 * ratio)
    whole = law.realised(random)
    seen = drawn_spectrum(whole, 1 / ratio, random)
    low, high = programme_range(seen, whole.documents)
    assert low <= whole.retention <= high
    bounds = law_bounds(seen, RandomDocuments(whole.documents, float(seen.documents)))
    assert bounds.low == pytest.approx(low, abs=0.02)
    assert bounds.high == pytest.approx(high, abs=0.02)
