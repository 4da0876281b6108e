"""Retention of dedup in the whole, from what a sample saw: point, interval and outer bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from profiler.scaling.bounds import Bounds, law_bounds
from profiler.scaling.deconvolution import Posterior, deconvolve
from profiler.scaling.laws import Draw, Floats, RandomDocuments
from profiler.scaling.quantity import HIGH_QUANTILE, LOW_QUANTILE, Draws, State
from profiler.scaling.repeats import Repeats, find_repeats, with_repeats
from profiler.scaling.spectrum import Spectrum

ESTIMATE_WIDTH = 0.10  # of a 90 % interval
ROUGH_WIDTH = 0.15
ESTIMATE_FACTOR, ROUGH_FACTOR = 2.0, 4.0  # of the high end over the low
LEAST_PAIRS = 20
LEAST_WIDENING, MOST_WIDENING = 0.025, 0.5
DOWN_CURVE, UP_GROWTH = 0.002, 0.035  # per squared doubling, per doubling
LEANING, MOST_LEANING = 0.015, 0.06  # of the interval, per doubling
CARRIES = 2.0  # doublings that a sample carries by itself
# Where most is kept: how far the upper end goes besides at which ratios, and from which medians on.
UNIQUE_UP, UNIQUE_RATIOS, UNIQUE_MEDIANS = (0.0, 0.4, 0.55), (64.0, 256.0, 1024.0), (0.6, 0.8)
# Where few pairs were seen: how far the upper end goes besides, from which ratios on, with how few.
SCARCE_UP, SCARCE_RATIOS, SCARCE_PAIRS = 0.9, (1024.0, 10_000.0), (50.0, 500.0)
REPEATED_UP = 0.5  # of the way at least, beside a peak of which most copies were not seen
# Half an interval at 16 times the sample, and its growth; how much of its own width it keeps.
TYPICAL_RATIO = 16.0
TYPICAL_HALF, TYPICAL_POWER, KEPT_POWER, MOST_GROWTH = 0.024, 0.94, 0.2, 2.0
LEVELLED_RATIOS = (5.0, 12.0, 72.0, 144.0)  # not at all, in full, in full, not at all
LEVELLED_SAMPLES = (6e4, 8e4, 2e5, 4e5)  # documents
CONTRADICTED = 0.1  # of the laws; smooth laws and crawls stay below a twentieth


@dataclass(frozen=True, slots=True)
class Extrapolation:
    """What may be said of the whole. ``draws`` are joint with ``low`` and ``high`` as quantiles.

    ``planned`` is their median: the point, where the state allows one. ``posterior`` is of the
    sample alone; draw i of both belongs together. ``repeats`` is the peak that the counts ask for.
    """

    planned: float
    low: float
    high: float
    outer: Bounds
    state: State
    draws: Draws
    posterior: Posterior | None
    total: float  # documents of the whole
    repeats: Repeats | None = None

    @property
    def point(self) -> float | None:
        return None if self.state == "bounds" else self.planned


def extrapolate(seen: Spectrum, draw: Draw, seed: int = 1) -> Extrapolation:
    """Retention of the whole from the sample alone, no class assumed."""
    bounds = law_bounds(seen, draw)
    pairs = seen.groups_of(2)
    posterior = deconvolve(seen, draw, seed)
    repeats = find_repeats(seen, draw)
    if repeats is not None:
        posterior = with_repeats(posterior, repeats, seed)
    kept = posterior.retention()
    within = within_bounds(kept, bounds)
    levelled = 0.0 if _contradicts(kept, bounds) else levelling(draw)
    least_up = REPEATED_UP if repeats and repeats.hardly_seen(draw.ratio) else 0.0
    draws = widened(within, bounds, draw.ratio, levelled, pairs, least_up)
    low, planned, high = np.quantile(draws, (LOW_QUANTILE, 0.5, HIGH_QUANTILE))
    return Extrapolation(
        float(planned),
        float(low),
        float(high),
        bounds,
        state_of(float(low), float(high), pairs),
        draws,
        posterior,
        draw.total,
        repeats,
    )


def within_bounds(kept: Floats, bounds: Bounds) -> Floats:
    """Retention of the laws, brought into the bounds.

    Where many lie outside, laws and bounds contradict each other (documents repeated exactly k
    times do that), and clipping would leave one value: then evenly over the bounds, in their order.
    """
    if not _contradicts(kept, bounds):
        return np.clip(kept, bounds.low, bounds.high)
    ranks = (np.argsort(np.argsort(kept)) + 0.5) / len(kept)
    return np.asarray(bounds.low + ranks * (bounds.high - bounds.low))


def _contradicts(kept: Floats, bounds: Bounds) -> bool:
    return float(np.mean((kept < bounds.low) | (kept > bounds.high))) > CONTRADICTED


def levelling(draw: Draw) -> float:
    """How far the intervals of this draw are levelled, 0 to 1: where it was set, and near that."""
    if not isinstance(draw, RandomDocuments):
        return 0.0
    places = ((draw.ratio, LEVELLED_RATIOS), (draw.drawn, LEVELLED_SAMPLES))
    return float(
        np.prod([np.interp(np.log(at), np.log(known), (0, 1, 1, 0)) for at, known in places])
    )


def widened(
    draws: Floats,
    bounds: Bounds,
    ratio: float,
    levelled: float = 0.0,
    pairs: float = math.inf,
    least_up: float = 0.0,
) -> Draws:
    """Draws stretched so that their 5 and 95 % quantiles move towards the bounds.

    The prior carries more of the posterior than it should, the more so the farther the whole: each
    end moves by 2.5 % of the distance to its bound and more with the doublings beyond four times
    the sample, up to half. The posterior leans low, so the upper end goes farther (at 64 times 17 %
    against 6 %), and the lower gives up to 6 % of the width back. Set on simulated populations, so
    that coverage holds on others. Where most documents are kept, the prior expects too many pairs
    far from the sample: at 256 times the upper end then goes 40 % of what is left to its bound.
    From 10,000 times, fewer than some hundred ``pairs`` (groups seen twice) tell nothing of groups
    that show no copy at all: it goes up to nine tenths of what is left. ``least_up`` is a part of
    the way that it goes in any case, levelled or not.

    ``levelled`` of the way each half goes to what is typical of the ratio instead, keeping a fifth
    of its own width on a logarithmic scale and growing to twice at most: how wide the posterior is
    tells little of how far it is off.
    """
    low, middle, high = np.quantile(draws, (LOW_QUANTILE, 0.5, HIGH_QUANTILE))
    beyond = max(0.0, math.log2(max(ratio, 1.0)) - CARRIES)
    share_down = min(MOST_WIDENING, LEAST_WIDENING + DOWN_CURVE * beyond**2)
    share_up = min(MOST_WIDENING, LEAST_WIDENING + UP_GROWTH * beyond)
    share_up += (1 - share_up) * _unique_up(float(middle), ratio)
    share_up += (1 - share_up) * _scarce_up(pairs, ratio)
    down = low - share_down * max(low - bounds.low, 0.0)
    up = high + share_up * max(bounds.high - high, 0.0)
    down = min(down + min(MOST_LEANING, LEANING * beyond) * (up - down), middle)
    if levelled > 0:
        down += levelled * (middle - _typical(middle - low, ratio) - down)
        up += levelled * (middle + _typical(high - middle, ratio) - up)
    if least_up > 0:
        up = max(up, high + least_up * max(bounds.high - high, 0.0))
    below = middle - (middle - draws) * ((middle - down) / max(middle - low, 1e-12))
    above = middle + (draws - middle) * ((up - middle) / max(high - middle, 1e-12))
    return np.clip(np.where(draws < middle, below, above), bounds.low, bounds.high)


def _unique_up(middle: float, ratio: float) -> float:
    share = np.interp(np.log(max(ratio, 1.0)), np.log(UNIQUE_RATIOS), UNIQUE_UP)
    return float(share * np.interp(middle, UNIQUE_MEDIANS, (0, 1)))


def _scarce_up(pairs: float, ratio: float) -> float:
    """The farther the whole, the more pairs are few: as the square root of the ratio."""
    near, far = SCARCE_RATIOS
    usual = max(pairs, 0.5) / math.sqrt(max(ratio / far, 1.0))
    share = np.interp(np.log(max(ratio, 1.0)), np.log((near, far)), (0, SCARCE_UP))
    return float(share * np.interp(np.log(usual), np.log(SCARCE_PAIRS), (1, 0)))


def _typical(half: float, ratio: float) -> float:
    usual = TYPICAL_HALF * (ratio / TYPICAL_RATIO) ** TYPICAL_POWER
    return float(min(usual ** (1 - KEPT_POWER) * half**KEPT_POWER, MOST_GROWTH * half))


def state_of(low: float, high: float, pairs: float) -> State:
    """What an interval, from so many pairs of documents, may be published as.

    Its width counts in points, and against its low end: later volumes carry the relative error.
    """
    width = high - low
    if pairs < LEAST_PAIRS or width > ROUGH_WIDTH or high > ROUGH_FACTOR * low:
        return "bounds"
    return "estimate" if width <= ESTIMATE_WIDTH and high <= ESTIMATE_FACTOR * low else "rough"
