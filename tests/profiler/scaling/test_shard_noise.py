from __future__ import annotations

import numpy as np
import pytest

from profiler.scaling.shard_noise import bin_starts, count_inflation, seem_mirrored, twin_shards
from profiler.scaling.spectrum import Spectrum, spectrum_from_pairs

SHARDS = 24


def pairs_counted(
    first: np.ndarray, second: np.ndarray, shards: int
) -> tuple[np.ndarray, Spectrum]:
    """Groups of two, each in two given shards, and fifty groups in each shard alone."""
    twos = np.bincount(first, minlength=shards) + np.bincount(second, minlength=shards)
    held = np.stack([np.full(shards, 50), twos, np.zeros(shards, int)], axis=1)
    return held, spectrum_from_pairs([(1, 50 * shards), (2, len(first))])


def test_inflation_by_hand() -> None:
    """Three pairs, all of them in shards 0 and 1 of four that were drawn of sixteen.

    Without one shard 0, 0, 3, 3 pairs are left, twice that when brought back to four shards: the
    jackknife's variance is 3/4 × 36 = 27. At random it were 3/4 × 4 × 3 × 2 × 1/2 = 9. So the
    count of 3 varies 1 + (27 - 9) / 3 = 7 times as much, and 12 of the 16 shards were not drawn.
    """
    held, holders = pairs_counted(np.zeros(3, int), np.ones(3, int), 4)
    found = count_inflation(held, holders, 16)
    assert found[1] == pytest.approx(7 * 12 / 16)
    assert found[2] == 1.0
    assert len(found) == len(bin_starts(holders)) == 3


def test_groups_of_a_larger_number_of_shards_fall_to_the_count_below() -> None:
    """One group in three shards of four: without one of these there is a pair instead."""
    held = np.array([[0, 0, 1, 0]] * 3 + [[0, 0, 0, 0]])
    holders = spectrum_from_pairs([(2, 8), (3, 1)])
    held[:, 1] = 4  # eight pairs, as even as can be
    found = count_inflation(held, holders, 1000)
    left = np.array([10.0, 10.0, 10.0, 8.0])
    variance = 0.75 * np.square(left - left.mean()).sum()
    random = 0.75 * 4 * (8 * 2 / 2 + 3 / 4)
    assert found[1] == pytest.approx(max(1.0, (1 + (variance - random) / 8) * 0.996))


def test_pairs_that_lie_at_random_are_as_noisy_as_poisson() -> None:
    found = []
    for seed in range(12):
        random = np.random.default_rng(seed)
        first = random.integers(0, SHARDS, 600)
        second = (first + random.integers(1, SHARDS, 600)) % SHARDS
        held, holders = pairs_counted(first, second, SHARDS)
        found.append(count_inflation(held, holders, 1000)[1])
    assert np.median(found) < 1.6
    assert min(found) >= 1.0


def test_shards_that_mirror_each_other_are_noisier() -> None:
    """All pairs lie in shards 0 and 1, which a draw of shards has both or not."""
    first = np.zeros(600, int)
    held, holders = pairs_counted(first, first + 1, SHARDS)
    assert count_inflation(held, holders, 1000)[1] > 100


@pytest.mark.parametrize("shards", [48, 240])
def test_inflation_is_that_of_many_draws(shards: int) -> None:
    """Some shards share much with all others. Variance over mean of the pairs in 24 of them."""
    random = np.random.default_rng(3)
    weights = random.gamma(0.8, size=shards)
    shared = random.poisson(40 * np.outer(weights, weights) / weights.mean() ** 2 / 24)
    shared = np.triu(shared, 1) + np.triu(shared, 1).T
    pairs, told = [], []
    for _ in range(400):
        drawn = random.choice(shards, SHARDS, replace=False)
        twos = shared[np.ix_(drawn, drawn)].sum(axis=1)
        pairs.append(twos.sum() / 2)
        held = np.stack([np.full(SHARDS, 50), twos, np.zeros(SHARDS, int)], axis=1)
        holders = spectrum_from_pairs([(1, 50 * SHARDS), (2, int(twos.sum()) // 2)])
        told.append(count_inflation(held, holders, shards)[1])
    assert np.mean(told) == pytest.approx(np.var(pairs) / np.mean(pairs), rel=0.3)


def test_nothing_is_noisy_where_nothing_was_left_out_or_shards_are_few() -> None:
    held, holders = pairs_counted(np.zeros(60, int), np.ones(60, int), 4)
    assert count_inflation(held, holders, 4).tolist() == [1.0, 1.0, 1.0]
    held, holders = pairs_counted(np.zeros(60, int), np.ones(60, int), 2)
    assert count_inflation(held, holders, 100).tolist() == [1.0, 1.0, 1.0]


def test_twins_hold_much_of_what_one_other_holds() -> None:
    held = np.array([[70, 30, 0], [20, 30, 0], [71, 29, 0], [0, 0, 0], [95, 5, 0]])
    assert twin_shards(held, np.array([100, 50, 100, 0, 100])) == 2


def test_shards_that_are_all_alike_are_no_twins() -> None:
    """Everything is there twice, wherever it may be; then one shard that stands out."""
    held = np.tile([50, 50, 0], (9, 1))
    groups = np.full(9, 100)
    assert twin_shards(held, groups) == 0
    held[:8] = [80, 20, 0]
    assert twin_shards(held, groups) == 1
    assert twin_shards(held[:0], groups[:0]) == 0


@pytest.mark.parametrize(
    ("twins", "drawn", "total", "mirrored"),
    [
        (6, 128, 512, False),  # 19 % of the whole, by the rate of this draw
        (7, 128, 512, True),
        (2, 32, 512, True),
        (1, 8, 512, False),  # one shard is no pair
        (0, 8, 512, False),
    ],
)
def test_a_mirror_is_told_by_the_share_of_the_whole(
    twins: int, drawn: int, total: int, mirrored: bool
) -> None:
    assert seem_mirrored(twins, drawn, total) is mirrored
