from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from profiler.scaling.ratio import bootstrap_ranks, bootstrap_weights, random_ranks
from profiler.scaling.retention import effective_documents, retention_draws, stage_retention

REPLICATES = 1000


def shards(
    share: float, concentration: float | None, k: int, random: np.random.Generator
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Kept and received, shape (REPLICATES, k); Beta-distributed shares, or one share for all."""
    received = np.maximum(1, random.lognormal(np.log(800), 0.5, (REPLICATES, k)).astype(int))
    shares: float | npt.NDArray[np.float64] = share
    if concentration is not None:
        a, b = share * concentration, (1 - share) * concentration
        shares = random.beta(a, b, (REPLICATES, k))
    return random.binomial(received, shares), received


def coverage(share: float, concentration: float | None, k: int) -> float:
    random = np.random.default_rng([k, int(1000 * share), int(concentration or 0)])
    kept, received = shards(share, concentration, k, random)
    found = [stage_retention(*counts) for counts in zip(kept, received, strict=True)]
    return float(np.mean([interval.low <= share <= interval.high for interval in found]))


@pytest.mark.parametrize("k", [3, 5, 8, 20])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
@pytest.mark.parametrize("concentration", [None, 500.0, 50.0])
def test_interval_holds_nine_times_in_ten(
    share: float, concentration: float | None, k: int
) -> None:
    """Equal shards with k = 3 are the most cautious: the exact binomial is a floor beside t."""
    assert 0.85 <= coverage(share, concentration, k) <= 0.98


@pytest.mark.parametrize("k", [3, 5, 8, 20])
def test_interval_holds_with_shards_that_differ_widely(k: int) -> None:
    assert 0.85 <= coverage(0.3, 10.0, k) <= 0.96


@pytest.mark.parametrize("share", [0.02, 0.98])
@pytest.mark.parametrize("k", [3, 5, 8])
def test_rare_verdict_in_few_odd_shards_is_the_known_limit(share: float, k: int) -> None:
    """Beta(0.2, 9.8): most shards hold next to none. It holds less, and is never an estimate."""
    assert 0.65 <= coverage(share, 10.0, k) <= 0.86
    random = np.random.default_rng(k)
    kept, received = shards(share, 10.0, k, random)
    found = [stage_retention(*counts) for counts in zip(kept, received, strict=True)]
    rare = [each for each in found if each.point is not None and not 0.05 <= each.point <= 0.95]
    assert len(rare) > REPLICATES / 2
    assert {each.state for each in rare} == {"rough"}


def test_states_follow_the_share_and_the_number_of_shards() -> None:
    even = np.full(12, 1000)
    assert stage_retention(even[:5] - 200, even[:5]).state == "estimate"
    assert stage_retention(even[:5] - 10, even[:5]).state == "rough"
    assert stage_retention(even - 10, even).state == "estimate"
    assert "rare verdict" in stage_retention(even[:5] - 10, even[:5]).method


def test_no_drop_is_no_certainty() -> None:
    found = stage_retention(np.array([50, 50, 0]), np.array([50, 50, 0]))
    assert found.point == 1.0
    assert found.low == pytest.approx(0.05 ** (1 / 100))
    assert found.high == 1.0


def test_all_dropped_is_no_certainty() -> None:
    found = stage_retention(np.zeros(3, int), np.full(3, 20))
    assert (found.point, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(1 - 0.05 ** (1 / 60))


def test_single_cluster_is_binomial_and_says_what_is_missing() -> None:
    found = stage_retention(np.array([7]), np.array([10]), clusters="batches")
    assert found.low == pytest.approx(0.393376, abs=1e-5)  # Clopper-Pearson 90 % of 7 in 10
    assert found.high == pytest.approx(0.912736, abs=1e-5)
    assert found.state == "rough"
    assert "spread between them is not in it" in found.method


def test_batches_as_clusters_are_called_optimistic() -> None:
    found = stage_retention(np.array([3, 4]), np.array([10, 10]), clusters="batches")
    assert "optimistic" in found.method
    assert "optimistic" not in stage_retention(np.array([3, 4, 5]), np.full(3, 10)).method


def test_nothing_received_is_bounds_only() -> None:
    found = stage_retention(np.zeros(4, int), np.zeros(4, int))
    assert (found.point, found.low, found.high, found.state) == (None, 0.0, 1.0, "bounds")


def test_effective_size_is_never_above_the_documents_seen() -> None:
    alike = np.array([50, 50, 50, 50]), np.full(4, 100)
    assert effective_documents(*alike) == 400
    assert effective_documents(np.array([50, 50, 51]), np.full(3, 100)) == 300
    assert effective_documents(np.array([10, 90, 50]), np.full(3, 100)) < 10


def test_bytes_are_not_taken_for_independent_trials() -> None:
    kept, received = np.array([40_000, 61_000, 52_000]), np.full(3, 100_000)
    of_bytes = stage_retention(kept, received, documents=30)
    as_if_each_byte = stage_retention(np.full(3, 51_000), received)
    assert of_bytes.high - of_bytes.low > 0.2
    assert as_if_each_byte.high - as_if_each_byte.low < 0.01


def test_draws_meet_the_interval() -> None:
    kept, received = np.array([30, 44, 39, 51]), np.array([60, 61, 70, 66])
    found = stage_retention(kept, received)
    draws = retention_draws(kept, received, random_ranks(20_001, np.random.default_rng(1)))
    assert np.quantile(draws, 0.05) == pytest.approx(found.low, abs=1e-3)
    assert np.quantile(draws, 0.95) == pytest.approx(found.high, abs=1e-3)
    assert np.median(draws) == pytest.approx(found.point, abs=0.01)
    assert draws.min() >= 0
    assert draws.max() <= 1


def test_draws_rise_with_their_rank() -> None:
    ranks = np.linspace(0.001, 0.999, 500)
    for kept in (0, 1, 5, 10):
        draws = retention_draws(np.array([kept]), np.array([10]), ranks)
        assert (np.diff(draws) >= -1e-12).all()


def test_draws_of_two_stages_are_joint() -> None:
    """Shards that lose more in one stage lose more in the next: the product is wider."""
    random = np.random.default_rng(2)
    shares = random.beta(4, 4, 10)
    received = np.full(10, 1000)
    first = random.binomial(received, shares)
    second = random.binomial(first, shares)
    weights = bootstrap_weights(10, 5000, random)
    joint = [
        retention_draws(kept, of, bootstrap_ranks(kept, of, weights, random))
        for kept, of in ((first, received), (second, first))
    ]
    assert np.corrcoef(*joint)[0, 1] > 0.5
    apart = joint[0] * random.permutation(joint[1])
    assert np.std(joint[0] * joint[1]) > 1.1 * np.std(apart)
