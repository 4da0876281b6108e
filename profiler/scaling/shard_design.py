"""Whole shards as the sample: are their documents as good as random ones, and if not, what then."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from profiler.record.incidence import groups_by_shards, held_without_each
from profiler.scaling.bounds import Bounds
from profiler.scaling.extrapolation import Extrapolation, extrapolate, state_of
from profiler.scaling.laws import WholeShards
from profiler.scaling.quantity import HIGH_QUANTILE, LOW_QUANTILE, Draws
from profiler.scaling.ratio import jackknife_variance, t_95
from profiler.scaling.spectrum import Spectrum, spectrum_from_pairs

LEAST_SHARDS = 8  # for a spectrum over shards
REJECTED = 0.05


@dataclass(frozen=True, slots=True)
class ShardCounts:
    """Per shard, shape (k,): documents, groups held, and pairs over shards without it.

    ``holders`` tells how many groups exactly j shards hold; ``pairs`` of groups of size 2 and
    ``pairs_inside`` of those that lie in one shard.
    """

    documents: npt.NDArray[np.int64]
    groups: npt.NDArray[np.int64]
    shared_without: npt.NDArray[np.int64]
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
    holders = groups_by_shards(incidence, stage)
    return ShardCounts(
        sums["docs_sum"].to_numpy(),
        sums["groups_sum"].to_numpy(),
        held_without_each(incidence, stage, names, 2),
        spectrum_from_pairs(holders.items()),
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
    counts' variance is inflated by what a jackknife over shards finds for the groups that two
    shards hold. For fewer than eight shards only the outer bounds are of use.
    """
    within, deviation = within_shards(counts)
    shards_total = max(
        counts.count, round(counts.count * total_documents / float(counts.documents.sum()))
    )
    held = float(counts.groups.sum())
    draw = WholeShards(shards_total, counts.count, held)
    between = extrapolate(counts.holders, draw, seed, pair_inflation(counts))
    random = np.random.default_rng([seed, 6])
    spread = random.standard_t(max(1, counts.count - 1), len(between.draws)) * deviation
    draws: Draws = np.clip((within + spread) * between.draws, 0.0, 1.0)
    outer = Bounds(
        max(0.0, (within - 2 * deviation) * between.outer.low),
        min(1.0, (within + 2 * deviation) * between.outer.high),
        between.outer.tolerance,
    )
    low, planned, high = np.quantile(draws, (LOW_QUANTILE, 0.5, HIGH_QUANTILE))
    pairs = counts.holders.groups_of(2) / pair_inflation(counts)
    state = state_of(float(low), float(high), pairs) if counts.count >= LEAST_SHARDS else "bounds"
    return Extrapolation(
        float(planned), float(low), float(high), outer, state, draws, None, total_documents
    )


def within_shards(counts: ShardCounts) -> tuple[float, float]:
    """Groups per document inside shards, and its standard error (ratio jackknife over shards)."""
    share = float(counts.groups.sum() / counts.documents.sum())
    variance = jackknife_variance(counts.groups, counts.documents)
    if variance is None:
        return share, 0.5 * (1 - share)
    return share, math.sqrt(variance) * t_95(max(1, counts.count - 1)) / t_95(1000)


def pair_inflation(counts: ShardCounts) -> float:
    """Variance of the number of groups held by two shards, over the Poisson law's; at least 1.

    Delete-one jackknife, each count brought back to k shards by k / (k - 2), as pairs of shards
    lose two in k of theirs. A pair's own chance enters twice, once with each of its shards, so the
    jackknife of pairs that lie at random is twice their Poisson variance (Efron and Stein, Annals
    of Statistics 9, 1981): one of the two is taken off.
    """
    k, twos = counts.count, float(counts.holders.groups_of(2))
    if k < 3 or twos <= 0:
        return 1.0
    scaled = counts.shared_without * (k / (k - 2))
    variance = (k - 1) / k * float(np.square(scaled - scaled.mean()).sum())
    return max(1.0, variance / twos - 1)
