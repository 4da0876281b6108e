from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.scaling.quantity import Estimate
from profiler.scaling.ratio import (
    bootstrap_ranks,
    bootstrap_weights,
    inverse,
    jackknife_variance,
    log_draws,
    pooled_ratio,
    random_ranks,
    ratio_estimate,
    times,
)


def test_jackknife_by_hand() -> None:
    kept, received = np.array([1, 2, 6]), np.array([10, 10, 20])
    left_out = np.array([8 / 30, 7 / 30, 3 / 20])
    expected = 2 / 3 * np.square(left_out - left_out.mean()).sum()
    assert jackknife_variance(kept, received) == pytest.approx(expected)


def test_empty_clusters_do_not_count() -> None:
    kept, received = np.array([1, 2, 6]), np.array([10, 10, 20])
    with_empty = np.array([1, 0, 2, 6, 0]), np.array([10, 0, 10, 20, 0])
    assert jackknife_variance(*with_empty) == jackknife_variance(kept, received)
    assert ratio_estimate(*with_empty) == ratio_estimate(kept, received)


def test_ratio_of_equal_clusters_is_the_t_interval_of_their_mean() -> None:
    rates = np.array([0.9, 1.0, 1.1, 1.0])
    found = ratio_estimate(rates, np.ones(4))
    half = 2.3533634 * rates.std(ddof=1) / 2
    assert found.point == pytest.approx(1.0)
    assert np.log(found.high) == pytest.approx(half, rel=1e-6)
    assert np.log(found.low) == pytest.approx(-half, rel=1e-6)


def test_interval_of_a_rate_holds_nine_times_in_ten() -> None:
    random = np.random.default_rng(3)
    for k in (3, 8, 20):
        volume = random.lognormal(0, 0.5, (1000, k))
        cpu = volume * 2.0 * random.lognormal(-0.02, 0.2, (1000, k))
        found = [ratio_estimate(*counts) for counts in zip(cpu, volume, strict=True)]
        held = [interval.low <= 2.0 <= interval.high for interval in found]
        assert 0.85 <= np.mean(held) <= 0.96, k


def test_one_cluster_has_no_spread_and_says_so() -> None:
    found = ratio_estimate(np.array([6.0]), np.array([3]), "batches")
    assert (found.point, found.low, found.high) == (2.0, pytest.approx(4 / 3), 3.0)
    assert found.state == "rough"
    assert "no spread seen" in found.method


def test_nothing_measured_has_no_point() -> None:
    found = ratio_estimate(np.zeros(2), np.zeros(2))
    assert found.point is None
    assert found.state == "bounds"


def test_wild_clusters_stay_finite() -> None:
    found = ratio_estimate(np.array([1.0, 0.0]), np.array([1, 10**12]))
    assert 0 < found.low < found.high < np.inf
    assert np.isfinite(log_draws(found, np.array([0.001, 0.5, 0.999]))).all()


counts = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), min_size=2, max_size=8)


@given(counts, st.randoms(use_true_random=False))
def test_order_of_clusters_does_not_matter(pairs: list[tuple[int, int]], random: object) -> None:
    shuffled = list(pairs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first = ratio_estimate(*np.array(pairs).T)
    second = ratio_estimate(*np.array(shuffled).T)
    assert second.low == pytest.approx(first.low)
    assert second.high == pytest.approx(first.high)


@given(counts, st.integers(1, 7))
def test_merging_two_clusters_keeps_the_point(pairs: list[tuple[int, int]], cut: int) -> None:
    above, below = np.array(pairs).T
    cut = min(cut, len(pairs) - 1)
    merged = [np.append(values[:cut], values[cut:].sum()) for values in (above, below)]
    assert pooled_ratio(*merged) == pytest.approx(pooled_ratio(above, below))


def test_draws_meet_the_interval_and_the_point() -> None:
    found = Estimate(2.0, 1.5, 4.0, "given")
    draws = log_draws(found, random_ranks(10_001, np.random.default_rng(1)))
    assert np.quantile(draws, (0.05, 0.5, 0.95)) == pytest.approx([1.5, 2.0, 4.0], rel=1e-3)


def test_ranks_of_related_ratios_go_together() -> None:
    random = np.random.default_rng(7)
    received = random.integers(50, 100, 12)
    kept = random.binomial(received, random.beta(3, 3, 12))
    weights = bootstrap_weights(12, 4000, random)
    first = bootstrap_ranks(kept, received, weights, random)
    again = bootstrap_ranks(2 * kept, received, weights, random)
    dropped = bootstrap_ranks(received - kept, received, weights, random)
    assert np.corrcoef(first, again)[0, 1] > 0.999
    assert np.corrcoef(first, dropped)[0, 1] < -0.999
    assert np.sort(first) == pytest.approx((np.arange(4000) + 0.5) / 4000)


def test_many_clusters_fold_into_few_columns() -> None:
    random = np.random.default_rng(7)
    weights = bootstrap_weights(5000, 100, random)
    assert weights.shape == (100, 256)
    ranks = bootstrap_ranks(random.random(5000), np.ones(5000), weights, random)
    assert len(np.unique(ranks)) == 100


def test_product_and_inverse() -> None:
    first, second = Estimate(2.0, 1.0, 4.0, "a"), Estimate(3.0, 3.0, 3.0, "b")
    product = times(first, second, "a × b")
    assert (product.point, product.low, product.high) == pytest.approx((6.0, 3.0, 12.0))
    assert inverse(first) == Estimate(0.5, 0.25, 1.0, "a")
