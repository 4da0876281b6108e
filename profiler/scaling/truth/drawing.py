"""Draw a sample's spectrum from a population, without making its documents."""

from __future__ import annotations

import numpy as np

from profiler.scaling.spectrum import Spectrum
from profiler.scaling.truth.populations import Population

FEW_GROUPS = 2000
REACH = 12.0  # standard deviations of a binomial that are drawn from


def drawn_spectrum(
    population: Population, fraction: float, random: np.random.Generator
) -> Spectrum:
    """Each document is drawn with probability ``fraction``; groups must be whole (``realised``).

    Many groups of one size: Poisson numbers of those seen j times. Few: one by one.
    """
    from scipy.stats import binom

    found: dict[int, int] = {}
    for size, groups in zip(population.sizes, population.groups, strict=True):
        if groups <= FEW_GROUPS:
            times, number = np.unique(
                random.binomial(int(size), fraction, int(groups)), return_counts=True
            )
        else:
            centre = size * fraction
            reach = REACH * np.sqrt(centre) + REACH
            times = np.arange(max(0, int(centre - reach)), int(min(size, centre + reach)) + 1)
            number = random.poisson(binom.pmf(times, int(size), fraction) * groups)
        for seen, n in zip(times.tolist(), number.tolist(), strict=True):
            if seen and n:
                found[seen] = found.get(seen, 0) + n
    sizes = sorted(found)
    return Spectrum(np.array(sizes, np.int64), np.array([found[s] for s in sizes], np.int64))
