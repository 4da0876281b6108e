"""Retention of dedup in the whole, from what a sample saw: point, interval and outer bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from profiler.scaling.bounds import Bounds, law_bounds
from profiler.scaling.deconvolution import Posterior, deconvolve
from profiler.scaling.laws import Draw, Floats
from profiler.scaling.quantity import HIGH_QUANTILE, LOW_QUANTILE, Draws, State
from profiler.scaling.spectrum import Spectrum

ESTIMATE_WIDTH = 0.10  # of a 90 % interval
ROUGH_WIDTH = 0.15
ESTIMATE_FACTOR, ROUGH_FACTOR = 2.0, 4.0  # of the high end over the low
LEAST_PAIRS = 20
LEAST_WIDENING, MOST_WIDENING = 0.03, 0.5
WIDENING_GROWTH, WIDENING_CURVE = 0.02, 0.0008  # per doubling, and its square
CARRIES = 2.0  # doublings that a sample carries by itself


@dataclass(frozen=True, slots=True)
class Extrapolation:
    """What may be said of the whole. ``draws`` are joint with ``low`` and ``high`` as quantiles.

    ``planned`` is their median: the point, where the state allows one. ``posterior`` is of the
    sample alone; draw i of both belongs together.
    """

    planned: float
    low: float
    high: float
    outer: Bounds
    state: State
    draws: Draws
    posterior: Posterior | None
    total: float  # documents of the whole

    @property
    def point(self) -> float | None:
        return None if self.state == "bounds" else self.planned


def extrapolate(seen: Spectrum, draw: Draw, seed: int = 1, inflation: float = 1.0) -> Extrapolation:
    """Retention of the whole from the sample alone, no class assumed."""
    bounds = law_bounds(seen, draw, inflation)
    posterior = deconvolve(seen, draw, seed, inflation)
    raw = np.clip(posterior.retention(), bounds.low, bounds.high)
    draws = widened(raw, bounds, draw.ratio)
    low, planned, high = np.quantile(draws, (LOW_QUANTILE, 0.5, HIGH_QUANTILE))
    pairs = seen.groups_of(2) / inflation
    return Extrapolation(
        float(planned),
        float(low),
        float(high),
        bounds,
        state_of(float(low), float(high), pairs),
        draws,
        posterior,
        draw.total,
    )


def widened(draws: Floats, bounds: Bounds, ratio: float) -> Draws:
    """Draws stretched so that their 5 and 95 % quantiles move towards the bounds.

    By 3 % of the distance, and more with the doublings beyond four times the sample (12 % at 64,
    18 % at 256, 24 % at 1,024), at most by half: the prior carries more of the posterior than it
    should. The growth was set on simulated populations, so that coverage holds on others.
    """
    low, middle, high = np.quantile(draws, (LOW_QUANTILE, 0.5, HIGH_QUANTILE))
    beyond = max(0.0, math.log2(max(ratio, 1.0)) - CARRIES)
    growth = WIDENING_GROWTH * beyond + WIDENING_CURVE * beyond**2
    share = min(MOST_WIDENING, LEAST_WIDENING + growth)
    down = low - share * max(low - bounds.low, 0.0)
    up = high + share * max(bounds.high - high, 0.0)
    below = middle - (middle - draws) * ((middle - down) / max(middle - low, 1e-12))
    above = middle + (draws - middle) * ((up - middle) / max(high - middle, 1e-12))
    return np.clip(np.where(draws < middle, below, above), bounds.low, bounds.high)


def state_of(low: float, high: float, pairs: float) -> State:
    """What an interval, from so many pairs of documents, may be published as.

    Its width counts in points, and against its low end: later volumes carry the relative error.
    """
    width = high - low
    if pairs < LEAST_PAIRS or width > ROUGH_WIDTH or high > ROUGH_FACTOR * low:
        return "bounds"
    return "estimate" if width <= ESTIMATE_WIDTH and high <= ESTIMATE_FACTOR * low else "rough"
