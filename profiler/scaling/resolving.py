"""CPU of a resolve phase at scale: from timings on synthetic keys, else a wide range."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.scaling.quantity import Draws, Quantity, State
from profiler.scaling.ratio import Ranks

Floats = npt.NDArray[np.float64]

SECONDS_PER_HOUR = 3600.0
MODEL_SPREAD = 0.10  # sd of synthetic against real keys: -10 to +15 % at 16 times the sample
CORRECTION_SPREAD = 0.25  # sd of log (real / synthetic) before it is looked at
TIMING_NOISE = 0.15  # relative sd of one timing on a machine that others use as well
MAX_CORRECTION = 3.0
SPILL_FACTOR = 2.0  # what spilling may add where no timing spilled: an assumption
MAX_EXPONENT = 2.0
MIN_SHARE_OF_TOP = 1 / 64  # sizes below this part of the largest do not tell how it goes on
# Without timings. From 3,000 to 20 million documents (tests/bench) growth was 0.15 to 1 of linear:
# a small resolve is mostly what is paid once and memory touched for the first time. From 1.25 to
# 20 million, where keys spill, it was up to 2.7 times linear. Beyond, nothing is measured.
SESSION_CPU_SECONDS = 0.07
MIN_MARGINAL_SHARE = 0.05
CACHE_EXPONENT = 0.36
MAX_CACHE_FACTOR = 8.0
HELP = "`corpuscost calibrate RUN` times it on keys of that size"


@dataclass(frozen=True, slots=True)
class ResolveTimings:
    """Timings of one resolve phase by number of documents, arrays of shape (m,), ascending.

    ``cpu_seconds`` are medians of repeats without ``base_cpu_seconds``, what resolving next to
    nothing takes; ``spreads`` are relative standard deviations of the repeats, of all sizes
    together where a size was timed once.
    """

    documents: Floats
    cpu_seconds: Floats
    spreads: Floats
    base_cpu_seconds: float
    spilled_bytes: Floats
    memory_bytes: float

    @property
    def largest(self) -> float:
        return float(self.documents[-1])

    @property
    def spilled(self) -> bool:
        """Whether the largest size was resolved with spilling."""
        return bool(self.spilled_bytes[-1] > 0)


def timings_from_rows(
    rows: Sequence[tuple[int, float, int]], memory_bytes: float
) -> ResolveTimings | None:
    """Timings from (documents, CPU-seconds, spilled bytes); one document is the base."""
    sizes = sorted({documents for documents, _, _ in rows if documents > 1})
    if not sizes:
        return None
    base = [cpu for documents, cpu, _ in rows if documents <= 1]
    opening = float(np.median(base)) if base else 0.0
    repeats = [[cpu for documents, cpu, _ in rows if documents == size] for size in sizes]
    medians = np.array([np.median(each) for each in repeats])
    several = [np.std(each, ddof=1) / np.mean(each) for each in repeats if len(each) > 1]
    usual = float(np.mean(several)) if several else 0.0
    spreads = [np.std(e, ddof=1) / np.mean(e) if len(e) > 1 else usual for e in repeats]
    spilled = [max(s for documents, _, s in rows if documents == size) for size in sizes]
    # Noise must not make a larger size cheaper, nor a small one free.
    marginal = np.maximum.accumulate(np.maximum(medians - opening, 1e-3 * medians))
    return ResolveTimings(
        np.array(sizes, float),
        marginal,
        np.array(spreads),
        opening,
        np.array(spilled, float),
        memory_bytes,
    )


def resolve_cpu_hours(
    cpu_seconds: float,
    sampled_documents: float,
    docs_in: Quantity,
    ranks: Ranks,
    timings: ResolveTimings | None = None,
) -> Quantity:
    """CPU-hours of a resolve phase that took ``cpu_seconds`` on the sample, at ``docs_in``.

    With timings: between timed sizes, log-log interpolation × (real / synthetic at the sample's
    size), spread by repeats and by what synthetic keys are known to miss. Beyond the largest: a
    range, even on the logarithmic scale, its middle for planning. Without timings: a range from
    linear growth of what is not paid once to n log n × cache misses.
    """
    from scipy.special import ndtri

    if cpu_seconds == 0 or sampled_documents <= 0:
        return Quantity.certain(0.0, len(ranks))
    if timings is None:
        spread = np.zeros(len(ranks))

        def ends(documents: Draws) -> tuple[Draws, Draws]:
            return _untimed_range(cpu_seconds, sampled_documents, documents)
    else:
        factor, spread = _correction(timings, cpu_seconds, sampled_documents, docs_in.draws)
        opening = min(cpu_seconds, timings.base_cpu_seconds)

        def ends(documents: Draws) -> tuple[Draws, Draws]:
            low, high = _timed_range(timings, documents)
            return low * factor + opening, high * factor + opening

    low, high = ends(docs_in.draws)
    draws = low * np.power(high / low, ranks) * np.exp(spread * ndtri(ranks))
    point = math.prod(float(end[0]) for end in ends(np.array([docs_in.point]))) ** 0.5
    draws = np.where(docs_in.draws > 0, draws, 0.0)
    return Quantity(point if docs_in.point > 0 else 0.0, draws) / SECONDS_PER_HOUR


def resolve_state(documents: float, sampled: float, timings: ResolveTimings | None) -> State:
    """How far the figure can be trusted: "estimate" within timed sizes, or what was measured.

    "rough" up to four times the largest timed size, beyond it "bounds".
    """
    reach = sampled if timings is None else timings.largest
    if documents <= reach * 1.0001:
        return "estimate"
    return "rough" if timings is not None and documents <= 4 * reach else "bounds"


def resolve_method(documents: float, sampled: float, timings: ResolveTimings | None) -> str:
    """How the figure came about, in words."""
    if timings is None:
        if documents <= sampled:
            return "resolve: in proportion to the sample's"
        return f"resolve: not timed beyond the sample, a range from linear growth up; {HELP}"
    if documents <= timings.largest:
        return f"resolve: timed on synthetic keys up to {timings.largest:,.3g} documents"
    spilling = "with spilling" if timings.spilled else "spilling not seen"
    return (
        f"resolve: timed on synthetic keys up to {timings.largest:,.3g} documents ({spilling}), "
        f"beyond it a range from linear growth to the exponent {_steepest(timings):.2f}"
    )


def _untimed_range(cpu_seconds: float, sampled: float, documents: Draws) -> tuple[Draws, Draws]:
    """Linear growth of all but what is paid once, and n log n × cache misses of everything."""
    ratio = np.maximum(documents, 1.0) / sampled
    marginal = max(cpu_seconds - SESSION_CPU_SECONDS, MIN_MARGINAL_SHARE * cpu_seconds)
    linear = cpu_seconds * ratio
    misses = np.clip(np.power(ratio, CACHE_EXPONENT), 1.0, MAX_CACHE_FACTOR)
    high = linear * misses * resolve_growth(sampled, documents)
    low = marginal * ratio + cpu_seconds - marginal
    beyond = ratio > 1  # up to the sample's size the measured figure is meant
    return np.where(beyond, low, linear), np.where(beyond, high, linear)


def resolve_growth(sampled: float, total: Draws) -> Draws:
    """How much dearer one document is in n log n than in linear growth: log N / log n, from 1."""
    if sampled <= 2:
        return np.ones(len(total))
    return np.maximum(1.0, np.log(np.maximum(total, 1.0)) / np.log(sampled))


def _timed_range(timings: ResolveTimings, documents: Draws) -> tuple[Draws, Draws]:
    """CPU-seconds without opening: one value up to the largest timed size, a range beyond."""
    sizes = np.log(timings.documents)
    wanted = np.maximum(documents, 1.0)
    logs = np.interp(np.log(wanted), sizes, np.log(timings.cpu_seconds))
    within = np.exp(logs) * np.minimum(1.0, wanted / timings.documents[0])
    beyond = np.maximum(1.0, wanted / timings.largest)
    steep = np.power(beyond, _steepest(timings))
    sorting = beyond * resolve_growth(timings.largest, wanted)
    high = within * np.maximum(steep, sorting) * _unseen_spill(timings, beyond)
    return within * beyond, high


def _steepest(timings: ResolveTimings) -> float:
    """The steepest local exponent among the larger timed sizes; at least 1."""
    large = timings.documents >= timings.largest * MIN_SHARE_OF_TOP
    sizes, costs = timings.documents[large], timings.cpu_seconds[large]
    if len(sizes) < 2:
        return 1 + CACHE_EXPONENT
    exponents = np.diff(np.log(costs)) / np.diff(np.log(sizes))
    return float(np.clip(exponents.max(), 1.0, MAX_EXPONENT))


def _unseen_spill(timings: ResolveTimings, beyond: Draws) -> Draws:
    """Up to twice within four times the largest size, where no timing spilled."""
    if timings.spilled:
        return np.ones(len(beyond))
    return 1 + (SPILL_FACTOR - 1) * np.minimum(1.0, np.log(beyond) / math.log(4))


def _correction(
    timings: ResolveTimings, cpu_seconds: float, sampled: float, documents: Draws
) -> tuple[float, Draws]:
    """Real over synthetic at the sample's size, and the sd of the logarithm of the figure.

    The real code ran on both, in the same layout, so the ratio is near 1, and one timing of a
    small sample, of which what is paid once is most, says little against that: the logarithm
    is the posterior mean under N(0, 0.25²), with the noise of both timings and of the opening.
    """
    own = float(_timed_range(timings, np.array([sampled]))[0][0])
    real = max(cpu_seconds - timings.base_cpu_seconds, own / MAX_CORRECTION)
    ratio = min(real / own, MAX_CORRECTION)
    opening = (0.25 * timings.base_cpu_seconds + 0.01) / own
    error = math.hypot(TIMING_NOISE, float(timings.spreads[0]), opening)
    trust = CORRECTION_SPREAD**2 / (CORRECTION_SPREAD**2 + error**2)
    left = CORRECTION_SPREAD**2 * (1 - trust)
    spreads = np.interp(
        np.log(np.maximum(documents, 1.0)), np.log(timings.documents), timings.spreads
    )
    return ratio**trust, np.sqrt(np.square(spreads) + MODEL_SPREAD**2 + left)
