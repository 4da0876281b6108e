"""Ratio estimators: a sum over a sum, with shards (or batches) as the sampling clusters."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from profiler.scaling.quantity import HIGH_QUANTILE, Draws, Estimate

Counts = npt.NDArray[np.int64] | npt.NDArray[np.float64]
Ranks = npt.NDArray[np.float64]

NORMAL_95 = 1.6448536269514722
LONE_CLUSTER_FACTOR = 1.5
MAX_FACTOR = 1000.0
MAX_BOOTSTRAP_COLUMNS = 256


def pooled_ratio(numerators: Counts, denominators: Counts) -> float | None:
    """Σ numerators / Σ denominators; None when nothing is in the denominator."""
    below = float(denominators.sum())
    return float(numerators.sum()) / below if below > 0 else None


def jackknife_variance(numerators: Counts, denominators: Counts) -> float | None:
    """Variance of the pooled ratio, each cluster left out in turn; None below two clusters.

    Clusters with nothing in the denominator carry no information and do not count. Formula
    (k-1)/k Σ (r_(i) - r̄)², Cochran, Sampling Techniques (1977), § 6.17; no finite population
    correction, since the sample is a small part of the whole.
    """
    used = denominators > 0
    above = numerators[used].astype(np.float64)
    below = denominators[used].astype(np.float64)
    k = len(below)
    if k < 2:
        return None
    left_out = (above.sum() - above) / (below.sum() - below)
    return float((k - 1) / k * np.square(left_out - left_out.mean()).sum())


def t_95(degrees_of_freedom: int) -> float:
    """The 95 % quantile of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees_of_freedom, HIGH_QUANTILE))


def ratio_estimate(numerators: Counts, denominators: Counts, clusters: str = "shards") -> Estimate:
    """A ratio of amounts (bytes, CPU-seconds) with its 90 % interval, on the logarithmic scale.

    The spread is the jackknife's between clusters, with Student's t. From a single cluster no
    spread can be measured: then a factor of 1.5 either way is assumed, and the state is "rough".
    No interval reaches farther than a factor of 1,000.
    An empty denominator is an estimate of 0 in state "bounds", with no upper end.
    """
    ratio = pooled_ratio(numerators, denominators)
    if ratio is None:
        return Estimate(None, 0.0, math.inf, "nothing was measured", "bounds")
    if ratio == 0:
        return Estimate(0.0, 0.0, 0.0, "nothing was counted")
    variance = jackknife_variance(numerators, denominators)
    if variance is None:
        return Estimate(
            ratio,
            ratio / LONE_CLUSTER_FACTOR,
            ratio * LONE_CLUSTER_FACTOR,
            f"one of the {clusters} only, no spread seen: factor {LONE_CLUSTER_FACTOR} assumed",
            "rough",
        )
    k = int(np.count_nonzero(denominators > 0))
    half_width = min(t_95(k - 1) * math.sqrt(variance) / ratio, math.log(MAX_FACTOR))
    return Estimate(
        ratio,
        ratio * math.exp(-half_width),
        ratio * math.exp(half_width),
        cluster_method("ratio estimate", k, clusters),
    )


def cluster_method(what: str, k: int, clusters: str) -> str:
    """How an interval came about, in words."""
    method = f"{what}, spread between {k} {clusters} (t, {k - 1} df)"
    if clusters == "shards":
        return method
    return f"{method}; optimistic: fewer than three shards, so {clusters} stand in for them"


def bootstrap_weights(clusters: int, draws: int, random: np.random.Generator) -> Draws:
    """How often each cluster is drawn in each resample, shape (draws, columns).

    Beyond 256 clusters, clusters i, i + 256, … are resampled as one: the weights only give the
    dependence between ratios, and their intervals come from all clusters.
    """
    columns = min(clusters, MAX_BOOTSTRAP_COLUMNS)
    shares = np.full(columns, 1.0 / columns)
    return random.multinomial(columns, shares, size=draws).astype(np.float64)


def bootstrap_ranks(
    numerators: Counts, denominators: Counts, weights: Draws, random: np.random.Generator
) -> Ranks:
    """Rank of each resample's ratio among all resamples, in (0, 1); ties are broken at random.

    The same ``weights`` for two ratios give ranks that are as dependent as the ratios are.
    """
    columns = weights.shape[1]
    above = weights @ _folded(numerators, columns)
    below = weights @ _folded(denominators, columns)
    ratios = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
    order = np.lexsort((random.random(len(ratios)), ratios))
    return _spread(order)


def random_ranks(draws: int, random: np.random.Generator) -> Ranks:
    """Ranks that depend on nothing."""
    return _spread(random.permutation(draws))


def log_draws(estimate: Estimate, ranks: Ranks) -> Draws:
    """Draws of a positive figure: log-normal on each side of the point, through low and high."""
    from scipy.special import ndtri

    if not estimate.point:
        return np.zeros(len(ranks))
    up = math.log(estimate.high / estimate.point)
    down = math.log(estimate.point / estimate.low)
    deviates = ndtri(ranks) / NORMAL_95
    return estimate.point * np.exp(np.where(deviates > 0, deviates * up, deviates * down))


def times(first: Estimate, second: Estimate, method: str) -> Estimate:
    """Product of two independent positive estimates; relative widths add in quadrature."""
    assert first.point
    assert second.point
    point = first.point * second.point
    down = math.hypot(math.log(first.point / first.low), math.log(second.point / second.low))
    up = math.hypot(math.log(first.high / first.point), math.log(second.high / second.point))
    return Estimate(point, point * math.exp(-down), point * math.exp(up), method)


def inverse(estimate: Estimate) -> Estimate:
    """One over a positive estimate."""
    assert estimate.point
    return Estimate(
        1 / estimate.point, 1 / estimate.high, 1 / estimate.low, estimate.method, estimate.state
    )


def _folded(values: Counts, columns: int) -> Draws:
    places = np.arange(len(values)) % columns
    return np.bincount(places, values, minlength=columns).astype(np.float64)


def _spread(order: npt.NDArray[np.int64]) -> Ranks:
    ranks = np.empty(len(order))
    ranks[order] = (np.arange(len(order)) + 0.5) / len(order)
    return ranks
