"""Bounds on the groups of a whole: over all laws of group size that fit what was seen."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from profiler.scaling.laws import Draw, Floats, Observation, Probes, observe
from profiler.scaling.ratio import NORMAL_95
from profiler.scaling.spectrum import Spectrum

LAW_RATIO = 1.15
TOLERANCE = 2.0  # standard errors that each count may be off
LOOSER = 1.6
LOOSEST = 40.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the most that the whole keeps; ``tolerance`` in standard errors."""

    low: float
    high: float
    tolerance: float


def law_bounds(seen: Spectrum, draw: Draw, inflation: float | Floats = 1.0) -> Bounds:
    """Least and greatest retention over all laws whose expected counts are near those seen.

    A linear programme: the law is a share of documents per size bin, every expected count within
    two standard errors (more where no law fits). The ceiling is Good and Turing's: new groups never
    come faster than at the end of the sample, where they come at the rate of groups seen once.
    """
    observation = observe(seen, draw, LAW_RATIO, inflation=inflation)
    low, high, tolerance = _extremes(observation)
    floor, ceiling = _surely(seen, draw, float(np.ravel(inflation)[0]))
    high = min(high, ceiling)
    return Bounds(min(max(low, floor), high), max(high, floor), tolerance)


def _extremes(observation: Observation) -> tuple[float, float, float]:
    """The laws that barely fit bound nothing: where two errors do not do, one step looser."""
    tolerance = TOLERANCE
    while tolerance < LOOSEST:
        found = _at_tolerance(observation, tolerance)
        if found is not None and tolerance > TOLERANCE:
            tolerance *= LOOSER
            found = _at_tolerance(observation, tolerance)
        if found is not None:
            return *found, tolerance
        tolerance *= LOOSER
    return 0.0, 1.0, math.inf


def _at_tolerance(observation: Observation, tolerance: float) -> tuple[float, float] | None:
    from scipy.optimize import linprog

    groups = observation.grid.groups_per_document
    off = tolerance * np.sqrt(observation.inflation * (observation.counts + 1))
    scaled = observation.expected / off[:, None]
    target = observation.counts / off
    limits = np.vstack([scaled, -scaled]), np.concatenate([target + 1, 1 - target])
    found = [
        linprog(
            sign * groups,
            A_ub=limits[0],
            b_ub=limits[1],
            A_eq=np.ones((1, len(groups))),
            b_eq=[1.0],
            bounds=(0, None),
            method="highs",
        )
        for sign in (1, -1)
    ]
    if not all(result.status == 0 for result in found):
        return None
    return float(found[0].fun), float(-found[1].fun)


def _surely(seen: Spectrum, draw: Draw, inflation: float) -> tuple[float, float]:
    """Floor: the groups seen are there. Ceiling: Good-Turing."""
    once = float(seen.groups_of(1))
    share_new = min(1.0, (once + NORMAL_95 * math.sqrt(inflation * max(once, 1.0))) / draw.drawn)
    if isinstance(draw, Probes):
        part = min(draw.read / draw.total, 1.0)
        kept = float((seen.groups / seen.sizes).sum() / draw.drawn)
        slack = NORMAL_95 * 0.5 / math.sqrt(draw.drawn)
        return max(0.0, kept - slack) * part, min(
            1.0, (kept + slack) * part + (1 - part) * share_new
        )
    groups = float(seen.distinct)
    unseen = draw.total - draw.drawn
    return groups / draw.total, min(1.0, (groups + unseen * share_new) / draw.total)
