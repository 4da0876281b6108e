"""How well a class's members foretell each other by regression alone, no law supposed.

A yardstick for the reference class: retention by a local-linear regression on the pairs and triples
that a sample shows, fitted to the other members. Its settings are the best of 48 that were tried on
the very languages that it is held to, at 1,000 times the sample, so it is flattered.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from profiler.scaling.laws import Floats
from profiler.scaling.spectrum import Spectrum
from profiler.scaling.truth.populations import Population
from profiler.scaling.truth.wholes import languages, population_of

LEAST_DOCUMENTS = 1e7  # of a member that is fitted to
DEPTHS = (1.0, 0.5, 0.25, 0.12)  # members are also fitted to thinned, as smaller crawls
THINNED_WEIGHT = 0.3
SIZE_DECADES, LARGEST_DECADES = 0.7, 9.0
REACH = 0.3  # of the kernel, in both features
RIDGE = 0.003
NOISY = 4  # samples of each member: features are noisy where they are fitted, too
LEAST_PAIRS = 5.0


def foretold(seen: Spectrum, name: str, ratio: float) -> float:
    """Retention of a whole ``ratio`` times the sample, from members other than ``name``."""
    sampled = float(seen.documents)
    points, logits, weights = _fitted_to(name, ratio, round(sampled, -4))
    here = features(np.array([[seen.groups_of(2), seen.groups_of(3)]], np.float64))[0]
    off = points - here
    near = weights * np.exp(-0.5 * np.square(off / REACH).sum(axis=1))
    design = np.column_stack([np.ones(len(off)), off])
    weighed = (design * near[:, None]).T
    ridge = near.sum() * np.diag([0.0, RIDGE, RIDGE])
    logit = np.linalg.solve(weighed @ design + ridge, weighed @ logits)[0]
    return float(1 / (1 + np.exp(-logit)))


def features(counts: Floats) -> Floats:
    """Of pairs and triples, shape (r, 2): how many pairs, and triples for what pairs there are."""
    logs = np.log(counts + 0.5)
    return np.column_stack([logs[:, 0], logs[:, 1] - 2 * logs[:, 0]])


def expected(population: Population, depth: float, ratio: float, sampled: float) -> Floats:
    """Pairs and triples in a sample, and retention, of a population thinned to ``depth``."""
    sizes, groups = population.sizes, population.groups
    q = depth / ratio
    rest = np.log1p(-q)
    pairs = sizes * (sizes - 1) / 2 * q**2 * np.exp((sizes - 2) * rest)
    triples = sizes * (sizes - 1) * (sizes - 2) / 6 * q**3 * np.exp((sizes - 3) * rest)
    met = -np.expm1(sizes * np.log1p(-depth)) if depth < 1 else np.ones(len(sizes))
    scale = sampled / (q * population.documents)
    kept = float(groups @ met) / (depth * population.documents)
    return np.array([scale * float(groups @ pairs), scale * float(groups @ triples), kept])


@cache
def _members_show(ratio: float, sampled: float) -> tuple[list[str], Floats]:
    """Names, and rows of (expected pairs, triples, retention, decades of documents, weight)."""
    names, rows = [], []
    for member in languages(LEAST_DOCUMENTS):
        population = population_of(member)
        for depth in DEPTHS:
            shown = expected(population, depth, ratio, sampled)
            if shown[0] <= LEAST_PAIRS:
                continue
            names.append(member.name)
            weight = 1.0 if depth == 1 else THINNED_WEIGHT
            rows.append([*shown, np.log10(population.documents), weight])
    return names, np.array(rows)


@cache
def _fitted_to(left_out: str, ratio: float, sampled: float) -> tuple[Floats, Floats, Floats]:
    """Features, logits of retention and weights of the members but one."""
    names, rows = _members_show(ratio, sampled)
    rows = rows[np.array(names) != left_out]
    random = np.random.default_rng(round(ratio))
    points = np.concatenate([features(random.poisson(rows[:, :2])) for _ in range(NOISY)])
    logits = np.log(rows[:, 2] / (1 - rows[:, 2]))
    centre = min(np.log10(sampled * ratio), LARGEST_DECADES)
    off = (np.minimum(rows[:, 3], LARGEST_DECADES) - centre) / SIZE_DECADES
    weights = rows[:, 4] * np.exp(-0.5 * np.square(off))
    return points, np.tile(logits, NOISY), np.tile(weights, NOISY)
