"""Signs of documents repeated exactly k times: mirrors, re-uploads, one copy per snapshot.

A smooth law of group sizes has no such peak, and an estimate that supposes one is then off by
many points. The sample shows a peak where k times its fraction is large enough to be counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from profiler.scaling.deconvolution import LAW_RATIO, problem_of
from profiler.scaling.laws import Draw, observe
from profiler.scaling.spectrum import Spectrum

CANDIDATE_RATIO = 1.35
CLIMB_STEPS = 25
PEAK_START = 1.5  # deviations: from a peak of next to nothing the climb often finds no way up
LEAST_GAIN = 6.0  # of the log posterior, over the smooth law
LEAST_SHARE = 0.02  # of the documents
PEAK_MEAN, PEAK_DEVIATION = -4.0, 2.5  # log share of the peak, before shares are normed


@dataclass(frozen=True, slots=True)
class Repeats:
    """A peak in the law: ``share`` of the documents seems to exist about ``times`` times each.

    The share is a low one: the smooth law beside the peak takes a part of it.
    """

    times: int
    share: float
    gain: float


def find_repeats(seen: Spectrum, draw: Draw) -> Repeats | None:
    """The clearest peak that the counts ask for; None where a smooth law does as well.

    Compares the smooth law's highest posterior with that of the same law and a free atom at k,
    for k in steps of a third. Where k times the fraction is far below one no peak can be seen.
    """
    if not len(seen.sizes) or seen.sizes.max() < 2:
        return None
    observation = observe(seen, draw, LAW_RATIO)
    smooth = problem_of(observation)
    start, value = smooth.climb(smooth.start())
    best: Repeats | None = None
    times = 2.0
    while times <= observation.grid.sizes.max():
        shown = draw.expected(observation.edges, np.array([round(times)], np.float64))[:, 0]
        peaked = smooth.with_atom(shown, PEAK_MEAN, PEAK_DEVIATION)
        z, found = peaked.climb(np.append(start, PEAK_START), CLIMB_STEPS)
        gain = found - value
        share = float(peaked.shares(z[None])[0, -1])
        clearer = best is None or gain > best.gain
        if gain > LEAST_GAIN and share > LEAST_SHARE and clearer:
            best = Repeats(round(times), share, float(gain))
        times = max(times + 1, times * CANDIDATE_RATIO)
    return best
