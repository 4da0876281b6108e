"""Retention of deduplication at scale, from the spectrum of a sample. First version: a band.

Deduplication does not scale in proportion: a sample of fraction p sees a pair of duplicates with
probability p². The sample's own rate is the high end; the low end is a lower bound on the number
of groups in the whole (Chao and Lin 2012), which holds whatever the law of group sizes is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import CorpuscostError
from profiler.scaling.quantity import HIGH_QUANTILE, LOW_QUANTILE, Draws, Estimate
from profiler.scaling.ratio import Ranks

BEYOND_SAMPLE = 1.0001  # a whole up to this many times the sample is the sample
BOOTSTRAP_DRAWS = 2000
BAND_POINTS = 33


@dataclass(frozen=True, slots=True)
class Spectrum:
    """How many duplicate groups have which size; both arrays of shape (m,), sizes ascending."""

    sizes: npt.NDArray[np.int64]
    groups: npt.NDArray[np.int64]

    @property
    def documents(self) -> int:
        return int((self.sizes * self.groups).sum())

    @property
    def distinct(self) -> int:
        return int(self.groups.sum())

    def groups_of(self, size: int) -> int:
        return int(self.groups[self.sizes == size].sum())


def spectrum_from_pairs(pairs: Iterable[tuple[int, int]]) -> Spectrum:
    """A spectrum from (size, groups) in any order; equal sizes add up.

    Raises CorpuscostError on a size below 1 or a negative number of groups.
    """
    sums: dict[int, int] = {}
    for size, groups in pairs:
        if size < 1 or groups < 0:
            raise CorpuscostError(
                f"spectrum: found {groups} groups of size {size}; "
                "expected sizes from 1 and counts from 0"
            )
        sums[size] = sums.get(size, 0) + groups
    sizes = sorted(size for size, groups in sums.items() if groups)
    return Spectrum(np.array(sizes, np.int64), np.array([sums[s] for s in sizes], np.int64))


def spectrum_of(table: pa.Table, stage: str) -> Spectrum:
    """The spectrum of one dedup stage, from spectrum.parquet."""
    rows = table.filter(pc.equal(table["stage"], stage))
    return spectrum_from_pairs(
        zip(rows["size"].to_pylist(), rows["groups"].to_pylist(), strict=True)
    )


def unseen_groups(singles: Draws, pairs: Draws, fraction: float) -> Draws:
    """Lower bound on groups of the whole that a sample of ``fraction`` has not met.

    f1² / (2 f2 + f1 p / (1 - p)): Chao and Lin, Biometrics 68 (2012), for sampling without
    replacement from a whole of known size. For groups all of size 2 it is exact. Chao and Jost's
    extrapolation (2012) supposes sampling with replacement, and lies above the truth there.
    """
    seen_again = 2 * pairs + singles * fraction / (1 - fraction)
    return np.divide(
        np.square(singles), seen_again, out=np.zeros_like(singles), where=seen_again > 0
    )


def dedup_retention(spectrum: Spectrum, sampled: float, total: float, seed: int = 1) -> Estimate:
    """Share of ``total`` documents that dedup keeps, from the spectrum of ``sampled`` of them.

    The sample is taken as random documents. Beyond it: state "bounds", no point, the band of
    ``dedup_band``. Up to it: the expected rate of a part of the sample, which at ``total`` =
    ``sampled`` is the measured one.
    """
    if sampled <= 0 or spectrum.documents == 0:
        return Estimate(None, 0.0, 1.0, "no document reached this stage", "bounds")
    if total <= sampled * BEYOND_SAMPLE:
        return _within_sample(spectrum, min(1.0, total / sampled), _resampled(spectrum, seed))
    low, high = dedup_band(spectrum, sampled, np.array([total]), seed)
    return Estimate(
        None,
        float(low[0]),
        float(high[0]),
        "naive rate above, Chao1 (without replacement) below; a sample of fraction "
        f"p = {sampled / total:.2g} sees a duplicate pair with probability p²",
        "bounds",
    )


def dedup_band(
    spectrum: Spectrum, sampled: float, totals: Draws, seed: int = 1
) -> tuple[Draws, Draws]:
    """Low and high end of the retention for each of ``totals`` documents, both of its shape.

    Low: no more groups unseen than must be; the 5 % quantile over the noise of the spectrum, never
    less than the sample's own groups. High: the sample's rate; the 95 % quantile. Totals below the
    sample count as the sample.
    """
    totals = np.maximum(totals, sampled * BEYOND_SAMPLE)
    resampled = _resampled(spectrum, seed)
    documents = resampled.groups @ resampled.sizes
    distinct = resampled.groups.sum(axis=1)
    rate = spectrum.distinct / spectrum.documents
    high = min(1.0, max(rate, float(np.quantile(distinct / documents, HIGH_QUANTILE))))
    grid = np.geomspace(totals.min(), totals.max(), BAND_POINTS if np.ptp(totals) > 0 else 1)
    lows = [float(np.quantile(_least(resampled, sampled / total), LOW_QUANTILE)) for total in grid]
    low = np.interp(np.log(totals), np.log(grid), lows)
    low = np.minimum(high, np.maximum(low, rate * sampled / totals))
    return low, np.full(len(totals), high)


def retention_apart(table: pa.Table, stage: str, total: float) -> Estimate:
    """Bounds for records that were added up: copies across them were never looked for.

    High: as if there were none. Low: as if each of the ``total`` documents were a copy of one in
    the part with the most groups.
    """
    rows = table.filter(pc.equal(table["stage"], stage))
    parts = rows.group_by("part", use_threads=False).aggregate([("groups", "sum"), ("docs", "sum")])
    groups, docs = parts["groups_sum"].to_numpy(), parts["docs_sum"].to_numpy()
    if docs.sum() == 0:
        return Estimate(None, 0.0, 1.0, "no document reached this stage", "bounds")
    high = float(groups.sum() / docs.sum())
    low = min(high, float(groups.max() / total))
    method = (
        f"{len(groups)} records added up: copies across them are unseen; resolve them in one run"
    )
    return Estimate(None, low, high, method, "bounds")


def planning_point(estimate: Estimate) -> float:
    """The value that plans go by: the point, or the middle of the bounds."""
    if estimate.point is not None:
        return estimate.point
    return (estimate.low + estimate.high) / 2


def planning_draws(estimate: Estimate, ranks: Ranks) -> Draws:
    """Draws that are uniform between low and planning point, and from there to high.

    Between bounds this is a choice for planning and no probability that was measured.
    """
    levels = [estimate.low, planning_point(estimate), estimate.high]
    return np.interp(ranks, [0.0, 0.5, 1.0], levels)


def _within_sample(spectrum: Spectrum, part: float, resampled: _Resampled) -> Estimate:
    """Rarefaction: a group of size k is met by a part q of the sample with 1 - (1 - q)^k."""

    def rate(groups: Draws) -> Draws:
        met = groups @ -np.expm1(spectrum.sizes * np.log1p(-part)) if part < 1 else groups.sum(-1)
        return np.asarray(met / (part * (groups @ spectrum.sizes)))

    point = float(rate(spectrum.groups.astype(np.float64)))
    low, high = np.quantile(rate(resampled.groups), (LOW_QUANTILE, HIGH_QUANTILE))
    method = "measured: the whole is no larger than the sample; noise of the spectrum"
    return Estimate(point, min(point, float(low)), max(point, min(1.0, float(high))), method)


@dataclass(frozen=True, slots=True)
class _Resampled:
    """Resampled numbers of groups, shape (draws, m), with sizes 1 and 2 picked out."""

    sizes: npt.NDArray[np.int64]
    groups: Draws
    singles: Draws
    pairs: Draws


def _resampled(spectrum: Spectrum, seed: int) -> _Resampled:
    """Smoothed Poisson bootstrap of the spectrum: Gamma(f_j) for f_j groups.

    Pairs are Gamma(f_2 + 1), whose 95 % quantile is the exact upper limit of a Poisson mean, so
    that a sample without a pair does not prove a whole without one.
    """
    random = np.random.default_rng([seed, 2])
    sizes, groups = spectrum.sizes, spectrum.groups.astype(np.float64)
    if 2 not in sizes:
        sizes, groups = np.append(sizes, 2), np.append(groups, 0.0)
    draws = random.gamma(groups + (sizes == 2), size=(BOOTSTRAP_DRAWS, len(groups)))
    singles = draws[:, sizes == 1].sum(axis=1)
    pairs = draws[:, sizes == 2].sum(axis=1)
    measured = draws[:, : len(spectrum.sizes)]
    return _Resampled(spectrum.sizes, measured, singles, pairs)


def _least(resampled: _Resampled, fraction: float) -> Draws:
    """Retention of the whole if no more groups were unseen than must be, per resample."""
    documents = resampled.groups @ resampled.sizes
    unseen = unseen_groups(resampled.singles, resampled.pairs, fraction)
    return (resampled.groups.sum(axis=1) + unseen) * fraction / documents
