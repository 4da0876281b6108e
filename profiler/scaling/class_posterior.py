"""Retention of a whole that is taken for a member of a reference class.

The sample's pairs fix the scale, the class fixes the shape. That the whole is of the class is an
assumption: dilution with single documents, or doubling everything, passes every test of misfit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from profiler.scaling.class_law import ClassTables, class_shows, class_tables, times_counts
from profiler.scaling.classes import CENTRES, STEPS, LawPrior
from profiler.scaling.deconvolution import resampled
from profiler.scaling.laws import Floats
from profiler.scaling.quantity import Draws
from profiler.scaling.spectrum import Spectrum

COMPLETE, THINNED = 0.35, 0.30  # the rest: a law of any size of crawl, with more documents
LARGEST_CRAWL = 10.0  # decades of documents
SCALE_DEVIATION = 0.35
TAIL_INDEX, TAIL_DEVIATION = 1.3, 0.25
REACH_DECADES, REACH_DEVIATION = 4.0, 0.6  # the largest group over the largest published size
MODEL_SLACK = 0.015
PARTICLES = 800
MOVES = 4
MOST_TEMPERATURES = 25
LAW = slice(1, 2 + STEPS)


@dataclass(frozen=True, slots=True)
class ClassPosterior:
    """Draws of the retention, and how well the class explains the sample.

    ``p_value`` is prior predictive, ``chi2`` the posterior mean deviance, ``strain`` how much
    farther from the class's centre the posterior lies than the class's own members do.
    """

    draws: Draws
    log_evidence: float
    p_value: float
    chi2: float
    strain: float
    has_tail: bool
    found: bool  # False: the sampler could not reach the sample from the class


def class_posterior(
    seen: Spectrum, total: float, prior: LawPrior, seed: int, with_tail: bool
) -> ClassPosterior:
    """Sequential Monte Carlo from the class to the sample; deterministic by ``seed``.

    Tempered likelihood, systematic resampling, differential-evolution and random-walk moves
    (Del Moral, Doucet and Jasra, JRSS B 68, 2006).
    """
    model = _model(seen, total, prior, with_tail)
    random = np.random.default_rng([seed, 4, int(with_tail)])
    z = random.standard_normal((PARTICLES, model.dimensions))
    fit, retention, means = model.fit(z)
    p_value = _predictive_p(model, means, random)
    power, log_evidence, temperatures = 0.0, 0.0, 0
    while power < 1:
        temperatures += 1
        if temperatures > MOST_TEMPERATURES:
            return ClassPosterior(
                retention, -math.inf, p_value, float(-2 * fit.mean()), math.inf, with_tail, False
            )
        step = _next_step(fit, 1 - power)
        weights = np.exp(step * (fit - fit.max()))
        log_evidence += float(np.log(weights.mean()) + step * fit.max())
        power = min(1.0, power + step)
        chosen = resampled(weights, PARTICLES, random)
        z, fit, retention = z[chosen], fit[chosen], retention[chosen]
        _move(model, z, fit, retention, power, random)
    strain = float(np.square(z[:, 1:]).sum(axis=1).mean() - (z.shape[1] - 1))
    chi2 = float(-2 * fit.mean())
    return ClassPosterior(retention, log_evidence, p_value, chi2, strain, with_tail, True)


@dataclass(frozen=True, slots=True)
class _Model:
    prior: LawPrior
    tables: ClassTables
    counts: Floats
    documents: float
    fraction: float
    decades: float
    with_tail: bool

    @property
    def dimensions(self) -> int:
        return 3 + STEPS + 2 * self.with_tail

    def shows(self, z: Floats) -> tuple[Floats, Floats]:
        """Expected counts and retention for standard normal z."""
        from scipy.special import ndtr

        crawl, depth = _crawl(ndtr(z[:, 0]), self.decades)
        scale = np.exp(SCALE_DEVIATION * z[:, 2 + STEPS] - SCALE_DEVIATION**2)
        numbers = self.prior.numbers(z[:, LAW], crawl, scale)
        index, reach = np.zeros(len(z)), np.ones(len(z))
        if self.with_tail:
            index = TAIL_INDEX * np.exp(TAIL_DEVIATION * z[:, -1])
            reach = 10 ** np.clip(REACH_DECADES + REACH_DEVIATION * z[:, -2], 1.0, 6.0)
        shown, retention = class_shows(self.tables, numbers, index, reach, depth, self.fraction)
        return np.maximum(shown * self.documents, 1e-9), retention

    def fit(self, z: Floats) -> tuple[Floats, Floats, Floats]:
        """Log likelihood (half the slackened Poisson deviance, negative), retention, means."""
        means, retention = self.shows(z)
        y = self.counts
        logs = np.log(np.maximum(y, 1e-300)) - np.log(means)
        deviance = 2 * (np.where(y > 0, y * logs, 0) - (y - means))
        slack = 1 + MODEL_SLACK**2 * np.maximum(y, 1)
        return -0.5 * (deviance / slack).sum(axis=1), retention, means


def _model(seen: Spectrum, total: float, prior: LawPrior, with_tail: bool) -> _Model:
    sampled = float(seen.documents)
    decades = math.log10(total)
    thinnest = 0.9 * 10 ** min(0.0, decades - LARGEST_CRAWL)
    tables = class_tables(sampled / total, thinnest)
    return _Model(prior, tables, times_counts(seen), sampled, sampled / total, decades, with_tail)


def _crawl(level: Floats, decades: float) -> tuple[Floats, Floats]:
    """Size (decades of documents) of the crawl whose law it is, and how much of it the whole is."""
    room = max(0.0, LARGEST_CRAWL - decades)
    thinned = room * np.clip((level - COMPLETE) / THINNED, 0, 1)
    free = COMPLETE + THINNED
    spread = np.clip((level - free) / (1 - free), 0, 1)
    any_size = CENTRES[2] + (CENTRES[-1] - CENTRES[2]) * spread
    size = np.where(level > free, any_size, decades + thinned)
    return size, np.where(level > free, 1.0, 10**-thinned)


def _predictive_p(model: _Model, means: Floats, random: np.random.Generator) -> float:
    """How often the class's own samples lie as far from its centre as this one."""
    noise = np.maximum(1 + MODEL_SLACK * random.standard_normal(means.shape), 0.1)
    drawn = random.poisson(np.minimum(means * noise, 1e15))
    used = (np.median(means, axis=0) > 3) | (model.counts > 3)
    used[0] = True
    logs = np.log((drawn[:, used] + 0.5) / model.documents)
    inverse = np.linalg.inv(np.atleast_2d(np.cov(logs.T)) + 1e-6 * np.eye(int(used.sum())))
    off = logs - logs.mean(axis=0)
    mine = np.log((model.counts[used] + 0.5) / model.documents) - logs.mean(axis=0)
    distances = np.einsum("pi,ij,pj->p", off, inverse, off)
    return float((1 + np.count_nonzero(distances >= mine @ inverse @ mine)) / (1 + len(means)))


def _next_step(fit: Floats, rest: float) -> float:
    """How far the temperature may go until half the particles would be lost."""

    def effective(step: float) -> float:
        weights = np.exp(step * (fit - fit.max()))
        return float(weights.sum() ** 2 / np.square(weights).sum())

    if effective(rest) >= PARTICLES / 2:
        return rest
    low, high = 0.0, rest
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if effective(middle) > PARTICLES / 2 else (low, middle)
    return max(low, 1e-9)


def _move(
    model: _Model,
    z: Floats,
    fit: Floats,
    retention: Floats,
    power: float,
    random: np.random.Generator,
) -> None:
    """Metropolis moves in place at one temperature."""
    for move in range(MOVES if power < 1 else 3 * MOVES):
        if move % 2:
            first, second = random.integers(0, PARTICLES, (2, PARTICLES))
            reach = random.choice([0.25, 0.6, 1.0], PARTICLES)[:, None]
            step = reach * (z[first] - z[second]) + 0.01 * random.standard_normal(z.shape)
        else:
            root = np.linalg.cholesky(np.cov(z.T) + 1e-6 * np.eye(z.shape[1]))
            reach = random.choice([0.2, 0.6], PARTICLES)[:, None]
            step = reach * (random.standard_normal(z.shape) @ root.T)
        proposed = z + step
        found, kept, _ = model.fit(proposed)
        gain = power * (found - fit)
        gain -= 0.5 * (np.square(proposed).sum(axis=1) - np.square(z).sum(axis=1))
        taken = np.log(random.random(PARTICLES)) < gain
        z[taken], fit[taken], retention[taken] = proposed[taken], found[taken], kept[taken]
