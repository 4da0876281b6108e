"""Retention of dedup from a census: the mean of one over the copies of a random document.

A group of m documents holds m of N, and keeps one; the mean of 1/m over all documents is groups
over documents. Probes are random documents, so their mean is an unbiased estimate at any N, with
a standard error under 50/√q points for q probes. Where the run has more documents than probes, the
copies inside the run, known of all of them, make it smaller.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.census.counts import copies_in_run, multiplicities, reached
from profiler.census.store import Census, DedupStage
from profiler.census.strata import Strata, strata_of
from profiler.scaling.quantity import HIGH_QUANTILE, LOW_QUANTILE, Estimate, State
from profiler.scaling.ratio import NORMAL_95, t_95

Values = npt.NDArray[np.float64]

FEWEST_CLUSTERS = 3


@dataclass(frozen=True, slots=True)
class StageRetention:
    """What a dedup keeps of what was read: ``own`` of what enters it, ``combined`` with the
    dedups before it, in documents and in bytes of UTF-8 text."""

    stage: str
    kind: str
    own: Estimate
    combined: Estimate
    own_bytes: Estimate
    combined_bytes: Estimate
    probes: int
    with_copies: int
    most_copies: int


@dataclass(frozen=True, slots=True)
class NeighbourGap:
    """How much a probe misses that sees direct neighbours only, inside the run where both are
    known: mean of 1/m over neighbours, and over components, which is what dedup keeps."""

    by_neighbours: float
    by_components: float

    @property
    def points(self) -> float:
        """Percentage points by which neighbours say more than is kept."""
        return 100 * (self.by_neighbours - self.by_components)


def retentions(census: Census) -> tuple[StageRetention, ...]:
    """Retention of each dedup over all documents read (the run's and the census's), in order."""
    sizes = census.counts.column("bytes").to_numpy().astype(np.float64)
    previous = np.ones(len(sizes))
    found = []
    for stage in census.account.stages:
        there = reached(census, stage)
        copies = multiplicities(census, stage)
        clusters = _clusters(census, there)
        strata = _strata(census, stage) if clusters is None else None
        kept = np.minimum(1 / copies, previous[there])
        entered = previous[there]
        volume = sizes[there]
        found.append(
            StageRetention(
                stage=stage.stage,
                kind=stage.kind,
                own=share_estimate(kept / entered, entered, clusters, strata),
                combined=share_estimate(kept, np.ones(len(kept)), clusters, strata),
                own_bytes=share_estimate(kept / entered, entered * volume, clusters, strata),
                combined_bytes=share_estimate(kept, volume, clusters, strata),
                probes=len(copies),
                with_copies=int(np.count_nonzero(copies > 1)),
                most_copies=int(copies.max(initial=0)),
            )
        )
        previous = previous.copy()
        previous[there] = kept
    return tuple(found)


def share_estimate(
    shares: Values,
    weights: Values,
    clusters: npt.NDArray[np.int64] | None = None,
    strata: Strata | None = None,
) -> Estimate:
    """Σ weights·shares / Σ weights with its 90 % interval; shares are in (0, 1].

    The interval is Jeffreys' for a proportion in an effective number of documents, n* =
    p(1 - p)/variance (Korn and Graubard 1998, with Jeffreys' beta for Clopper and Pearson's:
    Brown, Cai and DasGupta 2001): for shares of 0 and 1 and equal weights it is Jeffreys' own. Half
    a document of share 0 and half one of share 1 stand in the variance for what no probe showed.
    ``clusters`` numbers the shard of each document when whole shards were drawn: from three on,
    the spread between them counts, with Student's t. ``strata`` of random documents weigh each
    probe by its stratum. The mean of no document is unknown: bounds.
    """
    used = weights > 0
    shares, weights = shares[used], weights[used]
    q = len(shares)
    if q == 0:
        return Estimate(None, 0.0, 1.0, "no probe", "bounds")
    apart = strata.of(used) if strata is not None else None
    if apart is not None:
        weights = weights * _adjusting(apart)
    total = weights.sum()
    point = float((weights * shares).sum() / total)
    pseudo = total / q  # the weight of an average document, half of it at 0 and half at 1
    middle = float(((weights * shares).sum() + pseudo / 2) / (total + pseudo))
    residuals = weights * (shares - middle)
    squares = np.square(residuals).sum() if apart is None else _two_phases(residuals, apart)
    squares += pseudo**2 / 2 * (middle**2 + (1 - middle) ** 2)
    effective = middle * (1 - middle) * (total + pseudo) ** 2 / squares
    method = f"mean of 1/copies over {q:,} probes"
    if apart is not None:
        method += f", weighed by the copies inside the run of its {apart.documents:,.0f} documents"
    state: State = "estimate"
    if clusters is not None:
        groups = np.unique(clusters[used], return_inverse=True)[1]
        k = int(groups.max()) + 1
        if k < FEWEST_CLUSTERS:
            method += f" of {k} shard{'s' * (k > 1)}; optimistic: spread between shards unseen"
            state = "rough"
        else:
            effective = min(effective, _between(shares, weights, groups, k, middle))
            method += f", spread between {k} shards (t, {k - 1} df)"
    low, high = _beta_interval(middle, effective)
    if bool((shares == 1).all()):
        high = 1.0
    return Estimate(point, min(low, point), max(high, point), method, state)


def neighbour_gap(census: Census) -> NeighbourGap | None:
    """Direct neighbours against components among the documents of the run; None without MinHash."""
    near = next((s for s in census.account.stages if s.kind == "near-dedup"), None)
    if near is None:
        return None
    there = reached(census, near)
    if not there.any():
        return None
    direct = census.counts.column("near_copies_in_run").fill_null(0).to_numpy()[there]
    groups = census.counts.column("near_group_copies_in_run").fill_null(0).to_numpy()[there]
    return NeighbourGap(float(np.mean(1 / (1 + direct))), float(np.mean(1 / (1 + groups))))


def _adjusting(strata: Strata) -> Values:
    """What a probe counts: its stratum's share of documents over that of probes, shape (q,)."""
    probes = np.bincount(strata.places, minlength=len(strata.shares))
    counted = strata.shares * len(strata.places) / np.maximum(probes, 1)
    return np.asarray(counted[strata.places])


def _two_phases(residuals: Values, strata: Strata) -> float:
    """Variance of Σ residuals (of q probes) where n documents tell how large the strata are.

    Within strata q_h/(q_h - 1) Σ(e - ē_h)², and between them q²/n Σ W_h (ē_h q_h/(W_h q))², as
    residuals are weighed already: Cochran 1977, section 12.2.
    """
    count = len(strata.shares)
    probes = np.bincount(strata.places, minlength=count).astype(np.float64)
    sums = np.bincount(strata.places, residuals, minlength=count)
    means = sums / np.maximum(probes, 1)
    spread = np.bincount(
        strata.places, np.square(residuals - means[strata.places]), minlength=count
    )
    within = float((spread * probes / np.maximum(probes - 1, 1)).sum())
    between = np.divide(np.square(sums), strata.shares, out=np.zeros(count), where=probes > 0)
    return within + float(between.sum()) / strata.documents


def _between(
    shares: Values, weights: Values, groups: npt.NDArray[np.int64], k: int, middle: float
) -> float:
    """Effective documents by the spread between clusters, with Student's t in the normal's place.

    Variance k/(k - 1) Σ(Σ w(x - p))² / (Σw)², linearised: Cochran 1977, section 6.3.
    """
    residuals = np.bincount(groups, weights * (shares - middle), minlength=k)
    residuals -= residuals.mean()
    squares = float(np.square(residuals).sum()) * k / (k - 1)
    if squares == 0:
        return math.inf
    by_spread = middle * (1 - middle) * float(weights.sum()) ** 2 / squares
    return by_spread * (NORMAL_95 / t_95(k - 1)) ** 2


def _beta_interval(middle: float, effective: float) -> tuple[float, float]:
    from scipy.special import betaincinv

    one, other = max(effective * middle, 1e-9), max(effective * (1 - middle), 1e-9)
    low, high = betaincinv(one, other, (LOW_QUANTILE, HIGH_QUANTILE))
    return float(low), float(high)


def _strata(census: Census, stage: DedupStage) -> Strata | None:
    """The strata of the probes that reached a stage; None where the run does not tell."""
    return strata_of(copies_in_run(census, stage)[reached(census, stage)], stage.run_strata)


def _clusters(census: Census, there: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64] | None:
    if census.account.design == "documents":
        return None
    encoded = census.counts.column("shard").combine_chunks().dictionary_encode()
    codes: npt.NDArray[np.int64] = encoded.indices.to_numpy().astype(np.int64)
    return codes[there]
