"""The plain linear programme, written apart from ``bounds``, to hold its outer range against.

Least and greatest retention over all laws of group size whose expected counts lie within two
standard errors of those seen. No Good-Turing ceiling.
"""

from __future__ import annotations

import numpy as np

from profiler.scaling.laws import Floats
from profiler.scaling.spectrum import Spectrum

TIMES_RATIO, DENSE_TIMES = 1.4, 15
SIZES_RATIO, DENSE_SIZES = 1.1, 30
LARGEST_UNSEEN = 40.0  # times the ratio
STANDARD_ERRORS = (2.0, 3.0, 5.0, 10.0)  # the first that any law fits


def programme_range(seen: Spectrum, total: float) -> tuple[float, float]:
    """(low, high) retention; (0, 1) where no law comes near the counts."""
    from scipy.optimize import linprog
    from scipy.stats import binom

    documents = float(seen.documents)
    fraction = documents / total
    times = _edges(float(seen.sizes.max()), DENSE_TIMES, TIMES_RATIO)
    largest = max(3 * float(seen.sizes.max()), LARGEST_UNSEEN) / fraction
    edges = _edges(min(largest, total), DENSE_SIZES, SIZES_RATIO)
    sizes = np.round(np.sqrt(edges[:-1] * (edges[1:] - 1)))
    at_least = binom.sf(times[:, None] - 1, sizes[None, :], fraction)
    expected = (at_least[:-1] - at_least[1:]) * total / sizes
    places = np.searchsorted(times, seen.sizes, side="right") - 1
    counts = np.bincount(places, seen.groups.astype(np.float64), len(times) - 1)
    for errors in STANDARD_ERRORS:
        off = errors * np.sqrt(counts + 1)
        limits = np.vstack([expected / off[:, None], -expected / off[:, None]])
        bounds = np.concatenate([counts / off + 1, 1 - counts / off])
        found = [
            linprog(sign / sizes, limits, bounds, np.ones((1, len(sizes))), [1.0], method="highs")
            for sign in (1, -1)
        ]
        if all(each.status == 0 for each in found):
            return float(found[0].fun), float(-found[1].fun)
    return 0.0, 1.0


def _edges(most: float, dense: int, ratio: float) -> Floats:
    """1, 2, … ``dense``, then growing by ``ratio`` to beyond ``most``."""
    edges = [float(each) for each in range(1, dense + 1)]
    while edges[-1] <= most:
        edges.append(float(np.ceil(edges[-1] * ratio)))
    return np.array(edges)
