from __future__ import annotations

import numpy as np
import pytest
from made_up_shards import made_up_tables

from profiler.scaling.bounds import Bounds
from profiler.scaling.ratio import jackknife_variance
from profiler.scaling.shard_design import (
    LEAST_SHARDS,
    ShardCounts,
    exchangeability,
    levelled,
    mirror_seen,
    shard_counts,
    shards_of_whole,
    two_stage,
    within_shards,
)
from profiler.scaling.shard_noise import bin_starts
from profiler.scaling.spectrum import Spectrum, spectrum_from_pairs

STAGE = "near"


def counted(groups: np.ndarray, shards: np.ndarray) -> ShardCounts:
    return shard_counts(made_up_tables(STAGE, groups, shards)["incidence"], STAGE)


def test_counts_by_hand() -> None:
    """Shard 0: a a b; shard 1: a c d d; shard 2: c; group of two in one shard: d."""
    groups = np.array([0, 0, 1, 0, 2, 3, 3, 2])
    found = counted(groups, np.array([0, 0, 0, 1, 1, 1, 1, 2]))
    assert found.count == 3
    assert found.documents.tolist() == [3, 4, 1]
    assert found.groups.tolist() == [2, 3, 1]
    assert dict(zip(found.holders.sizes, found.holders.groups, strict=True)) == {1: 2, 2: 2}
    assert (found.pairs, found.pairs_inside) == (2, 1)  # c and d
    assert found.held.tolist() == [[1, 1, 0], [1, 2, 0], [0, 1, 0]]  # in one shard, in two, more


def test_groups_in_many_shards_are_told_by_where_their_bin_begins() -> None:
    """Numbers of shards up to 12 are bins of their own; then 13 to 19 are one, and 20 to 29."""
    groups = np.repeat(np.arange(30), np.arange(1, 31))
    shards = np.concatenate([np.arange(size) for size in range(1, 31)])
    found = counted(groups, shards)
    assert bin_starts(found.holders).tolist() == [*range(1, 14), 20, 30, 45]
    assert found.held[0].tolist() == [*[1] * 15, 0]
    assert found.held[19].tolist() == [*[0] * 13, 1, 1, 0]


def of_pairs(
    random: np.random.Generator, documents: np.ndarray, pairs: int, inside: float
) -> ShardCounts:
    """Pairs of random documents, of which a part is put into one shard."""
    shards = random.permutation(np.repeat(np.arange(len(documents)), documents))
    first, second = shards[:pairs].copy(), shards[pairs : 2 * pairs].copy()
    together = random.random(pairs) < inside
    second[together] = first[together]
    same = int((first == second).sum())
    spread = spectrum_from_pairs([(1, int(documents.sum()) - 2 * pairs + same), (2, pairs - same)])
    none = np.zeros(len(documents), np.int64)
    return ShardCounts(documents, none, np.zeros((len(none), 3), np.int64), spread, pairs, same)


@pytest.mark.parametrize("documents", [[4000] * 5, [9000, 500, 500, 1200, 60]])
def test_random_documents_are_seldom_rejected(documents: list[int]) -> None:
    """p-values of pairs that lie at random are near uniform, whatever the sizes of the shards."""
    random = np.random.default_rng(2)
    sizes = np.array(documents)
    p_values = np.array(
        [exchangeability(of_pairs(random, sizes, 250, 0.0)).p_value for _ in range(250)]
    )
    for level in (0.05, 0.2, 0.5):  # pairs are counted: p-values come in steps and are a bit high
        assert level - 0.12 < np.mean(p_values < level) < level + 0.05


@pytest.mark.parametrize("inside", [0.1, 0.9])
def test_pairs_that_lie_together_are_rejected(inside: float) -> None:
    random = np.random.default_rng(3)
    found = [exchangeability(of_pairs(random, np.full(20, 500), 800, inside)) for _ in range(20)]
    assert all(each.rejected for each in found)
    assert all(each.inside > each.expected_share * each.pairs for each in found)


def test_pairs_that_shun_each_other_are_rejected() -> None:
    """Deduplicated shard by shard: no pair lies in one shard, where a quarter should."""
    groups = np.repeat(np.arange(200), 2)
    shards = np.tile([0, 1, 2, 3], 100)
    assert exchangeability(counted(groups, shards)).rejected


def test_expected_share_by_hand() -> None:
    counts = counted(np.array([0, 0, 1, 2, 3, 4]), np.array([0, 1, 0, 0, 1, 1]))
    found = exchangeability(counts)
    assert found.expected_share == pytest.approx((3 * 2 + 3 * 2) / (6 * 5))
    assert (found.pairs, found.inside) == (1, 0)
    assert found.p_value == pytest.approx(1.0, abs=0.4)
    assert not found.rejected


def test_the_test_is_named_with_its_numbers() -> None:
    groups = np.repeat(np.arange(200), 2)
    told = exchangeability(counted(groups, np.repeat(np.arange(4), 100))).told()
    for words in (
        "of 200 groups of two",
        "200 lie in one shard",
        "50 expected",
        "binomial test, p = ",
    ):
        assert words in told


def test_no_pair_is_no_reason_to_reject() -> None:
    found = exchangeability(counted(np.arange(50), np.arange(50) % 5))
    assert (found.p_value, found.rejected, found.pairs) == (1.0, False, 0)


def population(
    random: np.random.Generator, shards: int, groups: int
) -> tuple[np.ndarray, np.ndarray]:
    """Group and shard of every document: most groups in one shard, some in many (Pareto's law);
    where a shard holds a group it has 1 + Poisson(0.3) of its documents."""
    held = np.minimum(1 + random.pareto(1.5, groups).astype(int), shards)
    holder = random.permuted(np.tile(np.arange(shards), (groups, 1)), axis=1)
    mine = np.arange(shards)[None, :] < held[:, None]
    group, place = np.nonzero(mine)
    copies = 1 + random.poisson(0.3, len(group))
    return np.repeat(group, copies), np.repeat(holder[group, place], copies)


@pytest.mark.parametrize(("drawn", "widest"), [(16, 0.16), (32, 0.05)])
def test_two_stages_hold_the_truth(drawn: int, widest: float) -> None:
    """Copies within shards are kept apart from copies between shards."""
    held, errors = [], []
    for seed in range(6):
        random = np.random.default_rng(seed)
        groups, shards = population(random, 64, 6000)
        truth = len(np.unique(groups)) / len(groups)
        mine = shards < drawn
        counts = counted(groups[mine], shards[mine])
        found = two_stage(counts, float(len(groups)), seed)
        assert 0 <= found.outer.low <= found.low <= found.planned <= found.high <= found.outer.high
        assert found.high - found.low < widest
        assert found.draws.max() <= 1
        held.append(found.low <= truth <= found.high)
        errors.append(found.planned - truth)
    assert sum(held) >= 5
    assert abs(np.mean(errors)) < 0.025


def test_pooled_shards_would_be_rejected_there() -> None:
    random = np.random.default_rng(1)
    groups, shards = population(random, 64, 6000)
    assert exchangeability(counted(groups[shards < 16], shards[shards < 16])).rejected


def test_all_shards_drawn_is_what_they_keep() -> None:
    groups, shards = population(np.random.default_rng(4), 24, 3000)
    truth = len(np.unique(groups)) / len(groups)
    found = two_stage(counted(groups, shards), float(len(groups)), 1)
    assert found.planned == pytest.approx(truth, abs=0.01)
    assert found.low <= truth <= found.high


def test_few_shards_are_bounds() -> None:
    groups, shards = population(np.random.default_rng(5), 64, 6000)
    mine = shards < LEAST_SHARDS - 1
    found = two_stage(counted(groups[mine], shards[mine]), float(len(groups)), 1)
    assert found.state == "bounds"
    truth = len(np.unique(groups)) / len(groups)
    assert found.outer.low <= truth <= found.outer.high


def test_one_shard_has_bounds_that_hold() -> None:
    groups, shards = population(np.random.default_rng(5), 64, 6000)
    mine = shards == 0
    found = two_stage(counted(groups[mine], shards[mine]), float(len(groups)), 1)
    truth = len(np.unique(groups)) / len(groups)
    assert found.outer.low <= truth <= found.outer.high
    assert found.point is None


def test_within_shards_by_hand() -> None:
    groups = np.array([0, 0, 1, 2, 3, 3, 3, 4])
    counts = counted(groups, np.array([0, 0, 0, 1, 1, 1, 1, 2]))
    share, deviation = within_shards(counts)
    assert share == pytest.approx((2 + 2 + 1) / 8)
    variance = jackknife_variance(np.array([2, 2, 1]), np.array([3, 4, 1]))
    assert variance is not None
    assert deviation == pytest.approx(np.sqrt(variance) * 2.919986 / 1.646379, rel=1e-4)
    alone = counted(np.array([0, 0, 1, 2]), np.zeros(4, int))
    assert within_shards(alone) == pytest.approx((0.75, 0.125))


DRAWS = np.linspace(0.7, 0.9, 2001)  # 5 % quantile 0.71, middle 0.8, 95 % quantile 0.89


def interval(ratio: float, draws: np.ndarray = DRAWS, mirrored: bool = False) -> list[float]:
    found = levelled(draws, Bounds(0.4, 0.99, 2.0), ratio, mirrored)
    return [float(q) for q in np.quantile(found, (0.05, 0.5, 0.95))]


def test_the_lower_half_is_typical_of_the_ratio() -> None:
    """5.2 points at 16 times, 5.2 × 2^0.45 at 32; the upper half is the draws' own and a tenth."""
    assert interval(16.0) == pytest.approx([0.8 - 0.052, 0.8, 0.8 + 0.099])
    assert interval(32.0) == pytest.approx([0.8 - 0.052 * 2**0.45, 0.8, 0.899])
    sure = 0.8 + (DRAWS - 0.8) / 3
    assert interval(16.0, sure) == pytest.approx([0.8 - 0.052, 0.8, 0.833])


def test_the_lower_half_keeps_to_the_draws_within_limits() -> None:
    """Between a half and two and a half times their own."""
    assert interval(4.0)[0] == pytest.approx(0.8 - 0.09 / 2)
    narrow = 0.8 + (DRAWS - 0.8) / 10
    assert interval(16.0, narrow)[0] == pytest.approx(0.8 - 0.009 * 2.5)


def test_where_shards_mirror_each_other_the_outer_bound_draws_the_lower_end() -> None:
    assert interval(16.0, mirrored=True) == pytest.approx([0.8 - 0.5 * 0.4, 0.8, 0.899], abs=1e-3)


def test_draws_stay_within_the_outer_bounds() -> None:
    found = levelled(DRAWS, Bounds(0.76, 0.85, 2.0), 16.0)
    assert (found.min(), found.max()) == (0.76, 0.85)


def drawn_from(shards: int, drawn: int, mirrored: bool = False) -> tuple[ShardCounts, float, float]:
    """Counts of random shards of a whole, the whole's documents, and what dedup keeps of it.

    ``shards`` are there before the first half of them is put once more at the end.
    """
    random = np.random.default_rng(7)
    groups, places = population(random, shards, 100 * shards)
    if mirrored:
        again = places < shards // 2
        groups = np.concatenate([groups, groups[again]])
        places = np.concatenate([places, places[again] + shards])
    mine = np.isin(places, random.choice(places.max() + 1, drawn, replace=False))
    counts = counted(groups[mine], np.unique(places[mine], return_inverse=True)[1])
    return counts, float(len(groups)), len(np.unique(groups)) / len(groups)


def test_beyond_twenty_times_no_point_is_given_however_sure_it_looks() -> None:
    """A hundred pairs among 20,000 documents, in 20 shards as alike as can be."""
    groups = np.arange(20_000)
    groups[:200] = np.repeat(np.arange(100), 2)
    counts = counted(groups, np.arange(20_000) % 20)
    near = two_stage(counts, 20_000 * 19.0, 1)
    assert near.state == "estimate"
    far = two_stage(counts, 20_000 * 21.0, 1)
    assert far.high - far.low < 0.1
    assert (far.state, far.point) == ("bounds", None)


def test_a_mirror_that_is_seen_forbids_the_point() -> None:
    counts, documents, truth = drawn_from(64, 32, mirrored=True)
    assert mirror_seen(counts, documents)
    found = two_stage(counts, documents, 1)
    assert (found.state, found.point) == ("bounds", None)
    assert found.low <= truth <= found.high
    plain, whole, _ = drawn_from(64, 32)
    assert not mirror_seen(plain, whole)


def test_the_whole_has_as_many_shards_as_its_documents_fill() -> None:
    counts = counted(np.arange(40), np.arange(40) % 4)
    assert shards_of_whole(counts, 400.0) == 40
    assert shards_of_whole(counts, 10.0) == 4


def test_counts_are_of_one_stage() -> None:
    table = made_up_tables(STAGE, np.array([0, 0, 1]), np.array([0, 1, 1]))["incidence"]
    other = shard_counts(table, "exact")
    assert other.count == 0
    assert isinstance(other.holders, Spectrum)
    assert other.holders.documents == 0
