"""Retention under the assumption that the whole is of a reference class, and the gate before it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from profiler.scaling.bounds import Bounds
from profiler.scaling.class_posterior import ClassPosterior, class_posterior
from profiler.scaling.classes import LawPrior
from profiler.scaling.quantity import Draws
from profiler.scaling.spectrum import Spectrum

LEAST_P, DOUBTFUL_P = 0.01, 0.20
MOST_CHI2, DOUBTFUL_CHI2 = 20.0, 10.0
MOST_STRAIN, DOUBTFUL_STRAIN = 8.0, 2.0
# Of the draws about their median, set on languages left out: a tail that is not as supposed costs
# most where most of it is extrapolated.
STRETCH, TAIL_STRETCH = 0.95, 1.15
TAIL_STRETCH_FROM, TAIL_STRETCH_POWER = 1_000.0, 0.13  # of the ratio
FAR_OUT_STRETCH = 2.0  # more per decade of p below a doubtful one: the members tell less out there
DRAWS = 800


@dataclass(frozen=True, slots=True)
class ClassEstimate:
    """Draws of the retention; ``refused`` or ``doubt`` say why the class does not fit, or ""."""

    draws: Draws
    refused: str
    doubt: str
    tail_share: float  # how far the sample prefers a class with a tail beyond the published sizes


def estimate_in_class(
    seen: Spectrum, total: float, prior: LawPrior, seed: int, bounds: Bounds
) -> ClassEstimate:
    """The class with and without a tail beyond the published sizes, weighed by their evidence.

    Refused: neither is able to explain the sample, or the median lies outside the ``bounds``
    that the sample alone sets.
    """
    both = [class_posterior(seen, total, prior, seed, tail) for tail in (False, True)]
    evidence = np.array([each.log_evidence for each in both])
    if not np.isfinite(evidence).any():
        reason = "no law of the class comes near the sample"
        return ClassEstimate(both[0].draws, reason, "", 0.5)
    weights = np.exp(evidence - evidence.max())
    tail_share = float(weights[1] / weights.sum())
    from_tail = round(DRAWS * tail_share)
    ratio = total / float(seen.documents)
    wider = TAIL_STRETCH * max(1.0, ratio / TAIL_STRETCH_FROM) ** TAIL_STRETCH_POWER
    random = np.random.default_rng([seed, 5])
    draws = np.concatenate(
        [
            random.choice(_stretched(both[0].draws, STRETCH), DRAWS - from_tail),
            random.choice(_stretched(both[1].draws, wider), from_tail),
        ]
    )
    middle = float(np.median(draws))
    better = both[int(np.argmax(evidence))]
    draws = _stretched(draws, far_out_stretch(better.p_value))
    refused = misfit(better, LEAST_P, MOST_CHI2, MOST_STRAIN)
    if not refused and not bounds.low <= middle <= bounds.high:
        refused = f"its median {middle:.3g} lies outside the bounds that the sample sets"
    draws = np.clip(draws, bounds.low, bounds.high)
    doubt = misfit(better, DOUBTFUL_P, DOUBTFUL_CHI2, DOUBTFUL_STRAIN)
    return ClassEstimate(draws, refused, doubt, tail_share)


def _stretched(draws: Draws, factor: float) -> Draws:
    middle = float(np.median(draws))
    return np.clip(middle + factor * (draws - middle), 0.0, 1.0)


def far_out_stretch(p_value: float) -> float:
    """Of the draws, where few samples of the class lie as far out as this one: at least 1."""
    return 1 + FAR_OUT_STRETCH * max(0.0, math.log10(DOUBTFUL_P / p_value))


def misfit(found: ClassPosterior, least_p: float, most_chi2: float, most_strain: float) -> str:
    """The first test that the class fails, in words; "" where it passes all."""
    if found.p_value < least_p:
        return f"few samples of the class lie as far out as this one (p = {found.p_value:.2g})"
    if found.chi2 > most_chi2:
        return f"no law of the class fits the counts well (deviance {found.chi2:.3g})"
    if found.strain > most_strain:
        return f"its law lies far from the class's members (excess {found.strain:.2g})"
    return ""
