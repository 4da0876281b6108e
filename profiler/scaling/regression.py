"""Cost over batches on two amounts, documents and bytes, with coefficients that are not negative.

The law is  cost = level × ((1 - share) × bytes + share × documents × bytes per document):  at the
sample's own mix of documents and bytes it is the plain ratio of sums, whatever the share, so that
two coefficients are never worse there than one. The share, of the cost that goes by documents,
matters when the mix changes, and only it is fitted by regression.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MIN_BATCHES = 4
MIN_MIX_SPREAD = 0.02  # relative; below it documents and bytes are one and the same amount
UNKNOWN_SHARE_VARIANCE = 1 / 3  # about 0, of a share that may be anything from 0 to 1
HUBER = 1.345  # 95 % as good as least squares where the noise is normal (Huber 1964)
ROUNDS = 6
MAX_PERSISTENCE = 0.6
_FLOOR = 0.05  # of the level: no batch is expected to cost less


@dataclass(frozen=True, slots=True)
class MixFit:
    """``level`` in cost per byte, ``share`` from 0 to 1, and variances of log level and share.

    ``clusters`` is how many the variances rest on; ``identified`` is whether the share was fitted.
    ``within`` is the part of the level's variance that lies between batches of one cluster.
    """

    level: float
    share: float
    bytes_per_document: float
    level_variance: float
    covariance: float
    share_variance: float
    clusters: int
    identified: bool
    within: float


def fit_mix(docs: Floats, volume: Floats, cost: Floats, clusters: Integers) -> MixFit | None:
    """Fit the law to batches, arrays of shape (n,); None where nothing was measured at all.

    The level is Σ cost / Σ bytes: a disturbed batch costs more, and so do disturbed batches of the
    real run, so that their mean is kept. The share is the slope of cost per byte on documents per
    byte, weighted by bytes, with Huber's weights on the dear side only (a neighbour makes a batch
    dearer, never cheaper), so that disturbed batches do not tilt it. Variances are the jackknife's
    over clusters, in the order of the run (Quenouille 1956; Cochran, Sampling Techniques, 1977,
    § 6.17), robust weights held, residual about the law: what a cluster's own mix explains is not
    counted as noise. The share's variance is at least the jackknife's over batches: few clusters
    may agree by chance. A share that the batches tell badly is shrunk towards 0, cost by bytes,
    as the posterior mean under a share of variance 1/3 about 0.
    """
    if volume.sum() <= 0 or docs.sum() <= 0 or cost.sum() <= 0:
        return None
    per_document = float(volume.sum() / docs.sum())
    used = (volume > 0) & (docs > 0)
    mix = docs[used] * per_document / volume[used]
    rate = cost[used] / volume[used]
    weights = volume[used] / volume[used].sum()
    spread = float(np.sqrt(np.average(np.square(mix - 1), weights=weights)))
    identified = np.count_nonzero(used) >= MIN_BATCHES and spread >= MIN_MIX_SPREAD
    share, robust, stretch = 0.0, weights, 1.0
    if identified:
        share, robust, stretch = _robust_share(mix, rate, weights)
    places = np.unique(clusters, return_inverse=True)[1]
    slopes = _left_out_shares(mix, rate, robust, places[used], int(places.max()) + 1)
    slopes = slopes.mean() + stretch * (slopes - slopes.mean())
    sized = np.bincount(places, volume, minlength=len(slopes)) > 0
    each = stretch * _left_out_shares(mix, rate, robust, np.arange(len(mix)), len(mix))
    seen = max(_jackknife(slopes[sized], slopes[sized]), _jackknife(each, each))
    trust = UNKNOWN_SHARE_VARIANCE / (UNKNOWN_SHARE_VARIANCE + seen) if identified else 0.0
    fit = _mix_fit(docs, volume, cost, places, share * trust, slopes * trust)
    if fit.clusters < 2 or not identified:
        return fit
    return replace(fit, share_variance=seen * trust, identified=True)


def _mix_fit(
    docs: Floats, volume: Floats, cost: Floats, places: Integers, share: float, slopes: Floats
) -> MixFit:
    """Level and its variances; ``slopes`` are the shares without each cluster, not yet clipped.

    A share at the edge of its range has clipped replicates at the edge, which say nothing of how
    well it is known: covariances are those of the slopes.
    """
    per_document = float(volume.sum() / docs.sum())
    level = float(cost.sum() / volume.sum())

    def left_out(values: Floats) -> Floats:
        return np.asarray(values.sum() - np.bincount(places, values, minlength=len(slopes)))

    sized = np.bincount(places, volume, minlength=len(slopes)) > 0
    clusters = int(np.count_nonzero(sized))
    if clusters < 2:
        return MixFit(level, 0.0, per_document, 0.0, 0.0, UNKNOWN_SHARE_VARIANCE, 1, False, 1.0)
    shares = np.clip(slopes, 0, 1)
    amounts = (1 - shares) * left_out(volume) + shares * left_out(docs) * per_document
    logs = np.log(np.maximum(left_out(cost), 1e-300) / np.maximum(amounts, 1e-300))[sized]
    expected = level * ((1 - share) * volume + share * docs * per_document)
    persistence = _persistence(cost, expected, places, sized)
    variance = _jackknife(logs, logs) * (1 + persistence) / (1 - persistence)
    within = _within(cost - expected, places, float(cost.sum()))
    return MixFit(
        level,
        share,
        per_document,
        variance,
        _jackknife(logs, slopes[sized]),
        UNKNOWN_SHARE_VARIANCE,
        clusters,
        False,
        min(1.0, within / variance) if variance > 0 else 0.0,
    )


def _robust_share(mix: Floats, rate: Floats, weights: Floats) -> tuple[float, Floats, float]:
    """The share from an asymmetric Huber fit, and the weights of its last round.

    Last, how much farther a share moves without a cluster than held weights tell: the mean weight
    over the part of batches that are not held back (Huber and Ronchetti, Robust Statistics, 2009,
    § 7.6, the mean of ψ').
    """
    share, robust, stretch = 0.0, weights, 1.0
    for _ in range(ROUNDS):
        level, slope = _line(mix, rate, robust)
        share = float(np.clip(slope / level, 0, 1)) if level > 0 else 0.0
        expected = level * np.maximum(1 + share * (mix - 1), _FLOOR)
        residuals = (rate / expected - 1) * np.sqrt(weights * len(weights))
        below = residuals[residuals < 0]
        scale = 1.4826 * float(np.median(-below)) if len(below) else 0.0
        dear = np.maximum(residuals / scale, HUBER) if scale > 0 else np.full_like(rate, HUBER)
        robust = weights * HUBER / dear * np.square(level / expected)
        kept = max(0.5, float(np.mean(dear <= HUBER)))
        stretch = float(np.mean(HUBER / dear)) / kept
    return share, robust, stretch


def _line(mix: Floats, rate: Floats, weights: Floats) -> tuple[float, float]:
    """Weighted least squares of rate on mix: the rate at a mix of 1, and the slope."""
    weights = weights / weights.sum()
    centre = mix @ weights
    middle = rate @ weights
    spread = weights @ np.square(mix - centre)
    slope = float(weights @ ((mix - centre) * (rate - middle)) / spread) if spread > 0 else 0.0
    return float(middle + slope * (1 - centre)), slope


def _left_out_shares(
    mix: Floats, rate: Floats, weights: Floats, places: Integers, clusters: int
) -> Floats:
    """Share (slope over level, not clipped) without each cluster in turn, shape (clusters,)."""

    def left_out(values: Floats) -> Floats:
        sums = np.bincount(places, values, minlength=clusters)
        return np.asarray(values.sum() - sums)

    total = np.maximum(left_out(weights), 1e-300)
    centre, middle = left_out(weights * mix) / total, left_out(weights * rate) / total
    spread = left_out(weights * mix * mix) / total - centre * centre
    product = left_out(weights * mix * rate) / total - centre * middle
    slope = np.divide(product, spread, out=np.zeros_like(spread), where=spread > 1e-12)
    level = middle + slope * (1 - centre)
    shares = np.divide(slope, level, out=np.zeros_like(slope), where=level > 1e-3 * middle)
    return np.clip(shares, -3.0, 4.0)


def _jackknife(one: Floats, other: Floats) -> float:
    """Jackknife covariance of two figures from their values without each cluster."""
    k = len(one)
    return float((k - 1) / k * ((one - one.mean()) @ (other - other.mean()))) if k > 1 else 0.0


def _persistence(
    cost: Floats, expected: Floats, places: Integers, sized: npt.NDArray[np.bool_]
) -> float:
    """Correlation of each cluster's excess with the next one's, from 0 to 0.6.

    Busy neighbours and cold caches last longer than a shard, so that shards in a row are dear
    together, and their mean varies more than that of as many strangers, by (1 + ρ) / (1 - ρ)
    (Priestley, Spectral Analysis and Time Series, 1981, § 5.3, first order autoregression).
    """
    amounts = np.bincount(places, expected)[sized]
    excess = np.bincount(places, cost)[sized] / np.maximum(amounts, 1e-300)
    excess = excess - np.average(excess, weights=amounts)
    spread = float(excess @ excess)
    if len(excess) < MIN_BATCHES or spread <= 0:
        return 0.0
    return float(np.clip(excess[1:] @ excess[:-1] / spread, 0.0, MAX_PERSISTENCE))


def _within(residuals: Floats, places: Integers, total: float) -> float:
    """Variance of the relative total if only batches within clusters differed."""
    counts = np.bincount(places)
    means = np.bincount(places, residuals) / np.maximum(counts, 1)
    squares = np.bincount(places, np.square(residuals - means[places]))
    several = counts > 1
    spread = squares[several] * counts[several] / (counts[several] - 1)
    return float(spread.sum() / total**2)
