"""Signs of documents repeated exactly k times: mirrors, re-uploads, one copy per snapshot.

A smooth law of group sizes has no such peak, and an estimate that supposes one is then off by
many points. The sample shows a peak where k times its fraction is large enough to be counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from profiler.scaling.deconvolution import (
    LAW_RATIO,
    MODE_STEPS,
    PARTICLES,
    Mode,
    Posterior,
    Problem,
    particles,
    problem_of,
    resampled,
)
from profiler.scaling.laws import Draw, Floats, observe
from profiler.scaling.spectrum import Spectrum

CANDIDATE_RATIO = 1.35
FINER = (1.35, 1.12)  # how far from the best candidate the next are, either way
FINER_COUNT = 9
CLIMB_STEPS = 25
PEAK_STARTS = (1.5, 3.0)  # deviations: from a peak of next to nothing there is often no way up
LEAST_GAIN = 6.0  # of the log posterior, over the smooth law
WORTH_REFINING = 3.0
LEAST_SHARE = 0.02  # of the documents
PEAK_MEAN, PEAK_DEVIATION = -4.0, 2.5  # log share of the peak, before shares are normed
PEAK_PRIOR = 0.2  # of wholes; their k is as likely in any part of the logarithmic scale
LEAST_WEIGHT = 0.02  # of a k, to be drawn from


@dataclass(frozen=True, slots=True)
class Peak:
    """A law with a peak at ``times`` copies, next to a smooth one; where its posterior is highest.

    ``gain`` is of the log posterior over the best smooth law.
    """

    times: int
    problem: Problem
    place: Floats
    height: float
    gain: float

    @property
    def share(self) -> float:
        """Of the documents."""
        return float(self.problem.shares(self.place[None])[0, -1])


@dataclass(frozen=True, slots=True)
class Repeats:
    """A peak in the law: ``share`` of the documents seems to exist about ``times`` times each.

    ``smooth`` is the best law without a peak; ``peaks`` are all that were tried, by k.
    """

    times: int
    share: float
    gain: float
    smooth: Mode
    peaks: tuple[Peak, ...]

    def hardly_seen(self, ratio: float) -> bool:
        """Whether most copies of such a group are outside of a sample of one in ``ratio``."""
        return self.times < ratio


def find_repeats(seen: Spectrum, draw: Draw) -> Repeats | None:
    """The clearest peak that the counts ask for; None where a smooth law does as well.

    Compares the smooth law's highest posterior with that of the same law and a free atom at k,
    for k in steps of a third, then in finer ones around the best. Where k times the fraction is
    far below one no peak can be seen.
    """
    if not len(seen.sizes) or seen.sizes.max() < 2:
        return None
    search = _Search(seen, draw)
    search.climb_all()
    if search.best().gain > WORTH_REFINING:
        search.refine()
    peaks = tuple(search.peaks[times] for times in sorted(search.peaks))
    clear = [each for each in peaks if each.gain > LEAST_GAIN and each.share > LEAST_SHARE]
    if not clear:
        return None
    best = max(clear, key=lambda peak: peak.gain)
    return Repeats(best.times, best.share, best.gain, search.mode, peaks)


class _Search:
    """Climbs to the peaks of the posterior, with an atom at one k after the other."""

    def __init__(self, seen: Spectrum, draw: Draw) -> None:
        self.observation = observe(seen, draw, LAW_RATIO)
        self.draw = draw
        self.smooth = problem_of(self.observation)
        self.mode = self.smooth.mode()
        self.peaks: dict[int, Peak] = {}

    def best(self) -> Peak:
        return max(self.peaks.values(), key=lambda peak: peak.gain)

    def climb_all(self) -> None:
        """From the smooth law, over all k that a group may have."""
        starts = self._from_smooth()
        times = 2.0
        while times <= self.observation.grid.sizes.max():
            self._climb(round(times), starts, CLIMB_STEPS)
            times = max(times + 1, times * CANDIDATE_RATIO)

    def refine(self) -> None:
        """From the best peak as well: around it a climb ends there sooner."""
        for reach in FINER:
            best = self.best()
            starts = [best.place, *self._from_smooth()]
            near = np.geomspace(max(best.times / reach, 2), best.times * reach, FINER_COUNT)
            for times in np.unique(np.round(near)):
                self._climb(int(times), starts)

    def _from_smooth(self) -> list[Floats]:
        return [np.append(self.mode.z, start) for start in PEAK_STARTS]

    def _climb(self, times: int, starts: Sequence[Floats], steps: int = MODE_STEPS) -> None:
        sizes = np.array([times], np.float64)
        shown = self.draw.expected(self.observation.edges, sizes)[:, 0]
        problem = self.smooth.with_atom(shown, PEAK_MEAN, PEAK_DEVIATION)
        place, height = problem.highest(starts, steps)
        known = self.peaks.get(times)
        if known is None or height > known.height:
            self.peaks[times] = Peak(times, problem, place, height, height - self.mode.height)


def with_repeats(smooth: Posterior, repeats: Repeats, seed: int) -> Posterior:
    """Laws with a peak beside those without, as likely as the counts make each k.

    The evidence of a k is Laplace's; k is as likely before in any part of the logarithmic scale.
    Laws of ``smooth`` keep the share that is left to them.
    """
    modes = [peak.problem.mode_at(peak.place, peak.height) for peak in repeats.peaks]
    logs = np.array([mode.log_evidence for mode in modes]) + np.log(candidate_widths(repeats.peaks))
    logs = np.append(logs + np.log(PEAK_PRIOR), repeats.smooth.log_evidence + np.log1p(-PEAK_PRIOR))
    weights = np.exp(logs - logs.max())
    weights[weights < min(LEAST_WEIGHT * weights.sum(), 1.0)] = 0.0  # the likeliest has 1
    random = np.random.default_rng([seed, 8])
    models = np.bincount(resampled(weights, PARTICLES, random), minlength=len(weights))
    chosen = np.flatnonzero(models[:-1])
    grid = smooth.grid.with_sizes(np.array([repeats.peaks[i].times for i in chosen], np.float64))
    shares = np.zeros((PARTICLES, grid.bins))
    first = 0
    for column, i in enumerate(chosen, smooth.grid.bins):
        problem, beyond = repeats.peaks[i].problem, first + models[i]
        drawn = problem.shares(particles(problem, modes[i], random)[: models[i]])
        shares[first:beyond, : smooth.grid.bins] = drawn[:, :-1]
        shares[first:beyond, column] = drawn[:, -1]
        first = beyond
    shares[first:, : smooth.grid.bins] = smooth.shares[: models[-1]]
    misfit = [mode.misfit for mode in modes] + [smooth.misfit]
    return Posterior(grid, random.permutation(shares), float(misfit[int(weights.argmax())]))


def candidate_widths(peaks: Sequence[Peak]) -> Floats:
    """The part of the logarithmic scale, from 2 to the last k, that each k stands for."""
    logs = np.log([peak.times for peak in peaks])
    edges = np.concatenate([logs[:1], (logs[1:] + logs[:-1]) / 2, logs[-1:]])
    return np.asarray(np.maximum(np.diff(edges), 1e-9) / max(edges[-1] - edges[0], 1e-9))
