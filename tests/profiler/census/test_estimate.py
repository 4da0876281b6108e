"""The mean of one over copies: error and coverage on populations whose answer is known."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from profiler.census.estimate import share_estimate


def zeta(exponent: float, largest: int = 200_000) -> tuple[np.ndarray, np.ndarray]:
    sizes = np.arange(1, largest + 1, dtype=np.float64)
    return sizes, sizes**-exponent


def single_and(size: int, share: float) -> tuple[np.ndarray, np.ndarray]:
    return np.array([1.0, size]), np.array([1 - share, share])


def atom_and_tail() -> tuple[np.ndarray, np.ndarray]:
    sizes, groups = zeta(2.0)
    groups *= 0.03 / groups.sum()
    groups[0] += 0.97
    return sizes, groups


POPULATIONS = {
    "heavy tail": zeta(1.6),
    "web crawl": zeta(2.2),
    "few copies": zeta(3.0),
    "half of the documents in 90 copies": single_and(90, 1 / 91),
    "pairs": single_and(2, 0.5),
    "one document in a thousand has a copy": single_and(2, 0.001),
    "nearly unique, one huge group": single_and(1000, 1e-6),
    "free atom at one, and a tail": atom_and_tail(),
}


def draw(name: str, probes: int, seed: int) -> tuple[np.ndarray, float]:
    """Copies of random documents, which fall on a group in proportion to its size; the truth."""
    sizes, below, truth = law(name)
    places = np.searchsorted(below, np.random.default_rng(seed).random(probes))
    return sizes[np.minimum(places, len(sizes) - 1)], truth


@functools.cache
def law(name: str) -> tuple[np.ndarray, np.ndarray, float]:
    """Sizes, share of the documents in groups up to each, and groups over documents."""
    sizes, groups = POPULATIONS[name]
    documents = sizes * groups / (sizes * groups).sum()
    return sizes, documents.cumsum(), float((documents / sizes).sum())


@pytest.mark.parametrize("name", POPULATIONS)
def test_error_and_coverage_of_10_000_probes(name):
    errors, covered = [], []
    for seed in range(200):
        copies, truth = draw(name, 10_000, seed)
        estimate = share_estimate(1 / copies, np.ones(len(copies)))
        errors.append(100 * (estimate.point - truth))
        covered.append(estimate.low <= truth <= estimate.high)
    assert np.sqrt(np.mean(np.square(errors))) <= 0.5
    assert 0.85 <= np.mean(covered) <= 0.95


@pytest.mark.parametrize("probes", [50, 200, 1000])
@pytest.mark.parametrize("name", POPULATIONS)
def test_coverage_of_few_probes(name, probes):
    covered = []
    for seed in range(300):
        copies, truth = draw(name, probes, seed)
        estimate = share_estimate(1 / copies, np.ones(len(copies)))
        covered.append(estimate.low <= truth <= estimate.high)
    assert np.mean(covered) >= 0.84


def test_shards_that_differ_widen_the_interval():
    random = np.random.default_rng(5)
    covered, narrow = [], []
    for _ in range(300):
        levels = random.beta(4, 4, 8)  # 8 shards, each with its own share of single documents
        clusters = np.repeat(np.arange(8), 250)
        shares = np.where(random.random(2000) < levels[clusters], 1.0, 0.5)
        ones = np.ones(2000)
        for found, given in ((covered, clusters), (narrow, None)):
            estimate = share_estimate(shares, ones, given)
            found.append(estimate.low <= 0.75 <= estimate.high)
    assert np.mean(covered) >= 0.85
    assert np.mean(narrow) < 0.5


def test_weights_are_amounts():
    estimate = share_estimate(np.array([1.0, 0.5]), np.array([1000.0, 3000.0]))
    assert estimate.point == pytest.approx(0.625)


def test_no_copy_seen_leaves_one_in_the_interval():
    estimate = share_estimate(np.ones(1000), np.ones(1000))
    assert estimate.point == estimate.high == 1
    assert 0.997 < estimate.low < 1


def test_all_pairs_are_known_well_but_not_beyond_what_was_seen():
    estimate = share_estimate(np.full(100, 0.5), np.ones(100))
    assert estimate.point == 0.5
    assert 0.005 < estimate.high - estimate.low < 0.03


def test_nothing_is_bounds_and_two_shards_are_rough():
    assert share_estimate(np.zeros(0), np.zeros(0)).state == "bounds"
    two = share_estimate(np.array([1.0, 0.5, 1.0]), np.ones(3), np.array([0, 0, 1]))
    assert two.state == "rough"
    assert "2 shards" in two.method
