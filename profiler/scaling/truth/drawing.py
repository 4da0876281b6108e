"""Draw a sample's spectrum from a population, without making its documents."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from profiler.scaling.spectrum import Spectrum
from profiler.scaling.truth.populations import Population

Integers = npt.NDArray[np.int64]

FEW_GROUPS = 2000
REACH = 12.0  # standard deviations of a binomial that are drawn from


def drawn_spectrum(
    population: Population, fraction: float, random: np.random.Generator
) -> Spectrum:
    """Each document is drawn with probability ``fraction``; groups must be whole (``realised``)."""
    found: dict[int, int] = {}
    for _, times, number in drawn_groups(population, fraction, random):
        for seen, n in zip(times.tolist(), number.tolist(), strict=True):
            found[seen] = found.get(seen, 0) + n
    sizes = sorted(found)
    return Spectrum(np.array(sizes, np.int64), np.array([found[s] for s in sizes], np.int64))


def drawn_groups(
    population: Population, fraction: float, random: np.random.Generator
) -> Iterator[tuple[int, Integers, Integers]]:
    """For each group size, the times that groups are seen (from one), and how many are.

    Many groups of one size: Poisson numbers of those seen j times. Few: one by one.
    """
    from scipy.stats import binom

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
        seen = (times > 0) & (number > 0)
        yield int(size), times[seen].astype(np.int64), number[seen].astype(np.int64)
