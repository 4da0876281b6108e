"""What every step of a forecast shares: the counts, and the draws that keep it joint."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from profiler.scaling.clusters import Clusters
from profiler.scaling.quantity import Draws
from profiler.scaling.ratio import (
    Counts,
    Ranks,
    bootstrap_ranks,
    bootstrap_weights,
    random_ranks,
)


@dataclass(frozen=True, slots=True)
class Simulation:
    """One Monte Carlo. ``weights`` are the resamples of the clusters, shape (draws, columns).

    ``dedup_ranks`` serves all dedup stages: how duplicates grow is one unknown, and bands of
    ignorance that were drawn apart would cancel out.
    """

    clusters: Clusters
    weights: Draws
    dedup_ranks: Ranks
    random: np.random.Generator
    seed: int

    @property
    def draws(self) -> int:
        return len(self.dedup_ranks)

    def ranks(self, numerators: Counts, denominators: Counts) -> Ranks:
        """Ranks of a ratio over the shared resamples."""
        return bootstrap_ranks(numerators, denominators, self.weights, self.random)

    def independent_ranks(self) -> Ranks:
        """Ranks of a figure that depends on no other."""
        return random_ranks(self.draws, self.random)


def simulate(clusters: Clusters, seed: int, draws: int) -> Simulation:
    """Set up a Monte Carlo of ``draws`` draws, deterministic by ``seed``."""
    random = np.random.default_rng([seed, 1])
    weights = bootstrap_weights(max(1, clusters.count), draws, random)
    return Simulation(clusters, weights, random_ranks(draws, random), random, seed)
