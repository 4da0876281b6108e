"""Whole shards as the sample: are their documents as good as random ones, and if not, what then."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from profiler.record.incidence import groups_by_shards, held_by_each
from profiler.scaling.bounds import Bounds, law_bounds
from profiler.scaling.deconvolution import deconvolve
from profiler.scaling.extrapolation import Extrapolation, state_of, within_bounds
from profiler.scaling.laws import WholeShards
from profiler.scaling.quantity import HIGH_QUANTILE, LOW_QUANTILE, Draws, State
from profiler.scaling.ratio import jackknife_variance, t_95
from profiler.scaling.shard_noise import bin_starts, count_inflation, seem_mirrored, twin_shards
from profiler.scaling.spectrum import Spectrum, spectrum_from_pairs

LEAST_SHARDS = 8  # for a spectrum over shards
REJECTED = 0.05
FARTHEST = 20.0  # at 32 times points are 5 off, however many shards: no point beyond
# The lower half of an interval: at 16 times the sample, its growth with the ratio, and what of the
# draws' own it is at least and at most. The upper half is the draws' own and a tenth.
LOWER_RATIO = 16.0
LOWER_HALF, LOWER_POWER, LOWER_LEAST, LOWER_MOST = 0.052, 0.45, 0.5, 2.5
UPPER_FACTOR = 1.1
MIRRORED_WIDENING = 0.5  # of the way from the middle to the outer bound


@dataclass(frozen=True, slots=True)
class ShardCounts:
    """Per shard, shape (k,): documents, and groups held; and how groups lie over shards.

    ``holders`` tells how many groups exactly j shards hold; ``held`` how many of those each shard
    holds, shape (k, e), for the numbers of shards in ``bin_starts(holders)``. ``pairs`` are groups
    of size 2 and ``pairs_inside`` those that lie in one shard.
    """

    documents: npt.NDArray[np.int64]
    groups: npt.NDArray[np.int64]
    held: npt.NDArray[np.int64]
    holders: Spectrum
    pairs: int
    pairs_inside: int

    @property
    def count(self) -> int:
        return len(self.documents)


@dataclass(frozen=True, slots=True)
class Exchangeability:
    """Do pairs of duplicates lie in one shard as often as random documents would?"""

    pairs: int
    inside: int
    expected_share: float
    p_value: float

    @property
    def rejected(self) -> bool:
        return self.p_value < REJECTED

    def told(self) -> str:
        return (
            f"of {self.pairs:,} groups of two, {self.inside:,} lie in one shard, "
            f"{self.expected_share * self.pairs:,.0f} expected of random documents "
            f"(binomial test, p = {self.p_value:.2g})"
        )


def shard_counts(incidence: pa.Table, stage: str) -> ShardCounts:
    """What incidence.parquet tells of one dedup stage."""
    rows = incidence.filter(pc.equal(incidence["stage"], stage))
    mine = rows.filter(pc.is_valid(rows["shard"]))
    sums = mine.group_by("shard", use_threads=False).aggregate([("groups", "sum"), ("docs", "sum")])
    names = sums["shard"].to_pylist()
    twos = rows.filter(pc.and_(pc.is_null(rows["shard"]), pc.equal(rows["size"], 2)))
    inside = twos.filter(pc.equal(twos["shards_holding"], 1))
    holders = spectrum_from_pairs(groups_by_shards(incidence, stage).items())
    return ShardCounts(
        sums["docs_sum"].to_numpy(),
        sums["groups_sum"].to_numpy(),
        held_by_each(incidence, stage, names, bin_starts(holders).tolist()),
        holders,
        int(pc.sum(twos["groups"]).as_py() or 0),
        int(pc.sum(inside["groups"]).as_py() or 0),
    )


def exchangeability(counts: ShardCounts) -> Exchangeability:
    """Binomial test (two-sided) of the groups of size 2 that lie within one shard.

    Two random documents of n share a shard with probability Σ n_i (n_i - 1) / (n (n - 1)).
    """
    from scipy.stats import binomtest

    documents = counts.documents.astype(np.float64)
    total = documents.sum()
    share = float((documents * (documents - 1)).sum() / max(total * (total - 1), 1.0))
    if counts.pairs == 0:
        return Exchangeability(0, 0, share, 1.0)
    found = binomtest(counts.pairs_inside, counts.pairs, min(share, 1.0))
    return Exchangeability(counts.pairs, counts.pairs_inside, share, float(found.pvalue))


def two_stage(counts: ShardCounts, total_documents: float, seed: int) -> Extrapolation:
    """Within-shard retention times that of groups between shards, which is extrapolated.

    A group is held by m of the whole's shards; k drawn shards see it hypergeometrically often. The
    variance of every count is inflated by what a jackknife over shards finds.
    """
    within, deviation = within_shards(counts)
    shards_total = shards_of_whole(counts, total_documents)
    draw = WholeShards(shards_total, counts.count, float(counts.groups.sum()))
    inflation = count_inflation(counts.held, counts.holders, shards_total)
    bounds = law_bounds(counts.holders, draw, inflation)
    posterior = deconvolve(counts.holders, draw, seed, inflation)
    between = within_bounds(posterior.retention(), bounds)
    random = np.random.default_rng([seed, 6])
    spread = random.standard_t(max(1, counts.count - 1), len(between)) * deviation
    outer = Bounds(
        max(0.0, (within - 2 * deviation) * bounds.low),
        min(1.0, (within + 2 * deviation) * bounds.high),
        bounds.tolerance,
    )
    mirrored = mirror_seen(counts, total_documents)
    draws = levelled(np.clip((within + spread) * between, 0.0, 1.0), outer, draw.ratio, mirrored)
    low, planned, high = (float(q) for q in np.quantile(draws, (LOW_QUANTILE, 0.5, HIGH_QUANTILE)))
    carries = counts.count >= LEAST_SHARDS and draw.ratio <= FARTHEST and not mirrored
    pairs = counts.holders.groups_of(2)
    state: State = state_of(low, high, pairs) if carries else "bounds"
    return Extrapolation(planned, low, high, outer, state, draws, None, total_documents)


def levelled(draws: Draws, outer: Bounds, ratio: float, mirrored: bool = False) -> Draws:
    """Draws stretched so that the ends of their interval are right, on either side of the middle.

    Shards that share much are few. A draw that misses them sees too few copies, keeps too much, and
    looks sure of it: how far the draws reach down tells nothing of how far the truth is below. So
    the lower half is what is typical of the ratio, between a half and two and a half times the
    draws' own. The upper half follows the draws, for those that met too many copies are unsure.
    Where shards mirror each other the lower end goes half the way to the outer bound at least.
    Set on draws of shards of other populations and numbers than the published ones.
    """
    low, middle = (float(q) for q in np.quantile(draws, (LOW_QUANTILE, 0.5)))
    own = middle - low
    typical = LOWER_HALF * (ratio / LOWER_RATIO) ** LOWER_POWER
    down = min(max(typical, LOWER_LEAST * own), LOWER_MOST * own)
    if mirrored:
        down = max(down, MIRRORED_WIDENING * (middle - outer.low))
    below = middle - (middle - draws) * (down / max(own, 1e-12))
    above = middle + (draws - middle) * UPPER_FACTOR
    return np.clip(np.where(draws < middle, below, above), outer.low, outer.high)


def shards_of_whole(counts: ShardCounts, total_documents: float) -> int:
    """How many shards the whole has, were they as large as those drawn."""
    times = total_documents / float(counts.documents.sum())
    return max(counts.count, round(counts.count * times))


def mirror_seen(counts: ShardCounts, total_documents: float) -> bool:
    """Do shards that hold mostly the same as one other speak of a mirror in the whole?"""
    twins = twin_shards(counts.held, counts.groups)
    return seem_mirrored(twins, counts.count, shards_of_whole(counts, total_documents))


def within_shards(counts: ShardCounts) -> tuple[float, float]:
    """Groups per document inside shards, and its standard error (ratio jackknife over shards)."""
    share = float(counts.groups.sum() / counts.documents.sum())
    variance = jackknife_variance(counts.groups, counts.documents)
    if variance is None:
        return share, 0.5 * (1 - share)
    return share, math.sqrt(variance) * t_95(max(1, counts.count - 1)) / t_95(1000)
