"""The law of group sizes that a sample suggests: a Bayesian deconvolution.

Prior: the share of documents per unit of log size is locally a power of size, with a slope that
wanders; documents without any copy are an atom apart, free. Likelihood: Poisson counts of groups
by times seen. No data narrow the law at sizes that the sample cannot tell apart: there the prior
speaks, and ``extrapolation`` widens what it says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from profiler.scaling.laws import Draw, Floats, Observation, SizeGrid, observe
from profiler.scaling.spectrum import Spectrum

LAW_RATIO = 1.5
LEVEL_MEAN, LEVEL_DEVIATION = -2.0, 6.0
SLOPE_MEAN, SLOPE_DEVIATION = -0.5, 1.5
SLOPE_WALK = 2.0  # deviation of the slope's change over one unit of log size
ATOM_MEAN, ATOM_SCALE, ATOM_TAIL = 0.8, 0.8, 1.2  # log of single documents over the power law at 1
MODEL_SLACK = 0.003  # relative: no law in bins is exact
PROPOSALS = 2400
PARTICLES = 600
MOVES = 160
PROPOSAL_FREEDOM = 5
MODE_STEPS = 80


@dataclass(frozen=True, slots=True)
class Posterior:
    """Equally likely laws: shares of documents per size bin, shape (particles, b)."""

    grid: SizeGrid
    shares: Floats
    misfit: float  # mean squared residual of the counts at the mode

    def retention(self, part: float | Floats = 1.0) -> Floats:
        """Groups per document in a random part of the whole, per particle; 1.0 is the whole.

        An array of parts, shape (particles,), gives each law its own.
        """
        return law_retention(self.grid, self.shares, part)


def law_retention(grid: SizeGrid, shares: Floats, part: float | Floats = 1.0) -> Floats:
    """Σ w_b (1 - (1 - t)^m) / (m t): what dedup keeps of a part t of a whole with this law."""
    parts = np.atleast_1d(np.asarray(part, np.float64))
    if parts.min() >= 1:
        return np.asarray(shares @ grid.groups_per_document)
    held = np.minimum(parts, 1 - 1e-15)[:, None]
    met = -np.expm1(grid.sizes[None, :] * np.log1p(-held)) / (grid.sizes[None, :] * held)
    per_bin = grid.per_bin(met)
    return np.asarray((shares * per_bin).sum(axis=1))


def deconvolve(seen: Spectrum, draw: Draw, seed: int, inflation: float | Floats = 1.0) -> Posterior:
    """Laws that may lie behind what ``draw`` has seen; deterministic by ``seed``.

    Mode by Fisher scoring, importance sampling with a t law around it, then differential-evolution
    moves (ter Braak, Statistics and Computing 16, 2006), which repair what importance missed.
    """
    observation = observe(seen, draw, LAW_RATIO, inflation=inflation)
    problem = problem_of(observation)
    mode = problem.mode()
    found = particles(problem, mode, np.random.default_rng([seed, 3]))
    return Posterior(observation.grid, problem.shares(found), mode.misfit)


@dataclass(frozen=True, slots=True)
class Mode:
    """A peak of the posterior: its place, height, and a root of its covariance there."""

    z: Floats
    height: float
    spread: Floats
    misfit: float  # mean squared residual of the counts

    @property
    def log_evidence(self) -> float:
        """Laplace's approximation, up to a constant of the counts (standard normal prior)."""
        return self.height + float(np.log(np.diag(self.spread)).sum())


@dataclass(frozen=True, slots=True)
class Problem:
    """Log shares are ``offset + z @ loading.T`` before they are normed, z standard normal.

    ``z[atom]`` adds a heavy-tailed amount, scale × sinh(tail × z), to bin 0: single documents.
    """

    counts: Floats
    expected: Floats
    slack: Floats
    offset: Floats
    loading: Floats
    atom: int

    @property
    def dimensions(self) -> int:
        return self.loading.shape[1]

    def shares(self, z: Floats) -> Floats:
        logs = self.offset + z @ self.loading.T
        logs[..., 0] += ATOM_MEAN + ATOM_SCALE * np.sinh(ATOM_TAIL * z[..., self.atom])
        logs -= logs.max(axis=-1, keepdims=True)
        raw = np.exp(logs)
        return np.asarray(raw / raw.sum(axis=-1, keepdims=True))

    def log_posterior(self, z: Floats) -> Floats:
        """Up to a constant, shape (particles,); Poisson deviances over their slack."""
        means = np.maximum(self.shares(z) @ self.expected.T, 1e-300)
        loss = means - self.counts * np.log(means)
        return np.asarray(-(loss / self.slack).sum(axis=1) - 0.5 * np.square(z).sum(axis=1))

    def mode(self) -> Mode:
        """Highest point of the posterior, from starts with few and with many single documents."""
        return self.mode_at(*self.highest([self.start(few_or_many) for few_or_many in (0.2, 1.5)]))

    def mode_at(self, z: Floats, height: float) -> Mode:
        _, curvature, means = self._slope(z)
        residual = np.square(self.counts - means) / ((means + 0.3) * self.slack)
        root = np.linalg.cholesky(np.linalg.inv(curvature))
        return Mode(z, height, root, float(residual.mean()))

    def highest(self, starts: Sequence[Floats], steps: int = MODE_STEPS) -> tuple[Floats, float]:
        """The highest of the peaks that are climbed to from ``starts``."""
        return max((self.climb(z, steps) for z in starts), key=lambda found: found[1])

    def _slope(self, z: Floats) -> tuple[Floats, Floats, Floats]:
        share = self.shares(z[None])[0]
        means = np.maximum(self.expected @ share, 1e-300)
        by_log = self.expected * share - means[:, None] * share
        jacobian = by_log @ self.loading
        steepness = ATOM_SCALE * ATOM_TAIL * np.cosh(ATOM_TAIL * z[self.atom])
        jacobian[:, self.atom] += by_log[:, 0] * steepness
        weights = 1 / (means * self.slack)
        gradient = jacobian.T @ ((self.counts - means) * weights) - z
        curvature = (jacobian * weights[:, None]).T @ jacobian + np.eye(self.dimensions)
        return gradient, curvature, means

    def start(self, atom: float = 0.2) -> Floats:
        """A place to climb from."""
        z = np.zeros(self.dimensions)
        z[self.atom] = atom
        return z

    def with_atom(self, shown: Floats, mean: float, deviation: float) -> Problem:
        """The same problem with one more size, which would show ``shown`` (k,) counts alone."""
        loading = np.pad(self.loading, ((0, 1), (0, 1)))
        loading[-1, -1] = deviation
        return replace(
            self,
            expected=np.column_stack([self.expected, shown]),
            offset=np.append(self.offset, mean),
            loading=loading,
        )

    def climb(self, z: Floats, steps: int = MODE_STEPS) -> tuple[Floats, float]:
        """The nearest peak of the posterior from ``z``, and its height (Fisher scoring, damped)."""
        value, damping = float(self.log_posterior(z[None])[0]), 1.0
        for _ in range(steps):
            gradient, curvature, _ = self._slope(z)
            step = np.linalg.solve(curvature + damping * np.diag(np.diag(curvature)), gradient)
            step *= min(1.0, 3.0 / np.abs(step).max())
            found = float(self.log_posterior((z + step)[None])[0])
            if found > value:
                gain, z, value, damping = found - value, z + step, found, damping / 4
                if gain < 1e-6 and damping < 1e-3:
                    break
            else:
                damping = min(damping * 4, 1e8)
        return z, value


def problem_of(observation: Observation) -> Problem:
    """The posterior of a law given the counts, in standard normal coordinates."""
    grid = observation.grid
    logs = grid.log_sizes[1:]
    knots = len(logs)
    columns = [np.full(knots, LEVEL_DEVIATION)]
    if knots > 1:
        columns.append(SLOPE_DEVIATION * (logs - logs[0]))
    for i in range(1, knots - 1):
        walk = SLOPE_WALK * np.sqrt(logs[i] - logs[i - 1])
        columns.append(walk * np.maximum(logs - logs[i], 0.0))
    loading = np.zeros((grid.bins, len(columns) + 1))
    loading[1:, :-1] = np.array(columns).T
    loading[0, 0] = LEVEL_DEVIATION
    if knots > 1:
        loading[0, 1] = -SLOPE_DEVIATION * logs[0]
    offset = np.zeros(grid.bins)
    offset[0] = LEVEL_MEAN - SLOPE_MEAN * logs[0] + np.log(grid.log_widths[0])
    offset[1:] = LEVEL_MEAN + SLOPE_MEAN * (logs - logs[0]) + np.log(grid.log_widths[1:])
    slack = observation.inflation + MODEL_SLACK**2 * np.maximum(observation.counts, 1.0)
    return Problem(
        observation.counts, observation.expected, slack, offset, loading, loading.shape[1] - 1
    )


def particles(problem: Problem, mode: Mode, random: np.random.Generator) -> Floats:
    """Equally likely places, shape (PARTICLES, dimensions), around the mode."""
    spread = mode.spread
    size = problem.dimensions
    normal = random.standard_normal((PROPOSALS, size))
    scale = np.sqrt(random.chisquare(PROPOSAL_FREEDOM, PROPOSALS) / PROPOSAL_FREEDOM)
    deviates = normal / scale[:, None]
    z = mode.z + deviates @ spread.T
    proposal = (
        -0.5
        * (PROPOSAL_FREEDOM + size)
        * np.log1p(np.square(deviates).sum(axis=1) / PROPOSAL_FREEDOM)
    )
    logs = problem.log_posterior(z) - proposal
    weights = np.exp(logs - logs.max())
    weights = np.minimum(weights / weights.sum(), 1 / np.sqrt(PROPOSALS))
    z = z[resampled(weights, PARTICLES, random)]
    value = problem.log_posterior(z)
    for move in range(MOVES):
        if move % 5 == 4:
            step = random.choice([0.1, 0.3, 0.6]) * random.standard_normal(z.shape) @ spread.T
        else:
            first, second = random.integers(0, PARTICLES, (2, PARTICLES))
            reach = 1.0 if move % 10 == 8 else 2.38 / np.sqrt(2 * size) * random.choice([0.3, 1.0])
            step = reach * (z[first] - z[second])
            step += 0.01 * random.standard_normal(z.shape)
        proposed = z + step
        found = problem.log_posterior(proposed)
        taken = np.log(random.random(PARTICLES)) < found - value
        z[taken], value[taken] = proposed[taken], found[taken]
    return z


def resampled(weights: Floats, count: int, random: np.random.Generator) -> np.ndarray:
    """Places of ``count`` particles drawn by weight, systematically."""
    cumulated = np.cumsum(weights / weights.sum())
    places = np.searchsorted(cumulated, (random.random() + np.arange(count)) / count)
    return np.minimum(places, len(weights) - 1)
