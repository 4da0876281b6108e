"""What dedup keeps of the whole: one answer, from the best evidence that there is.

The same function serves the forecast and ``corpuscost spectrum``. It says the state of its answer:
an estimate, a rough one, or bounds only, for which no point is given.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pipeline.errors import CorpuscostError
from profiler.scaling.bounds import Bounds
from profiler.scaling.classes import LEAST_RATIO, LawPrior, class_prior, load_class
from profiler.scaling.extrapolation import Extrapolation, extrapolate, state_of
from profiler.scaling.laws import Draw, RandomDocuments
from profiler.scaling.quantity import HIGH_QUANTILE, LOW_QUANTILE, Draws, Estimate, State
from profiler.scaling.spectrum import Spectrum, resampled_groups, spectrum_from_pairs

BEYOND_SAMPLE = 1.0001  # a whole up to this many times the sample is the sample
CARRIES_RATIO = 16.0  # a sample of this part of the whole nearly always gives an estimate
UNSEEN_PAIRS = 0.2275  # expected where none was seen: the median of Gamma(1/2, 1)
FAR_TIMES = 100.0  # nobody reads a sample so many times as large
MISCOUNT = 0.05  # of the documents: more than a draw's chance, so a mistake


@dataclass(frozen=True, slots=True)
class DedupRetention:
    """The answer, its draws, and sentences on what it supposes and what would help.

    ``estimate`` has the 90 % interval and the outer bounds; ``planned`` is the point where the
    state allows one, else the mean of the draws, for planning only. ``extrapolation`` stands
    behind the draws where the sample alone speaks; ``counted`` where a census does.
    """

    estimate: Estimate
    planned: float
    draws: Draws
    notes: tuple[str, ...]
    extrapolation: Extrapolation | None
    refused: str = ""
    doubt: str = ""
    counted: bool = False

    def draws_at(self, ranks: Draws) -> Draws:
        """The draws' quantiles at the given ranks."""
        return np.asarray(np.quantile(self.draws, ranks))


def dedup_retention(
    seen: Spectrum,
    sampled: float,
    total: float,
    like: str | LawPrior | None = None,
    seed: int = 1,
) -> DedupRetention:
    """Share of ``total`` documents that dedup keeps, from the spectrum of ``sampled`` random ones.

    ``like`` names a reference class (or is its prior), which is then assumed of the whole. Raises
    CorpuscostError for an unknown class, numbers of documents that cannot be, or a spectrum that
    holds more documents than were sampled.
    """
    if sampled == 0 == total:  # all documents of the sample were dropped before
        return _nothing("no document reached this stage")
    if not (0 <= sampled < math.inf and 0 < total < math.inf):
        raise CorpuscostError(
            f"{sampled:,.6g} documents sampled of {total:,.6g}: expected numbers from 0, and a "
            "whole that holds some"
        )
    if isinstance(like, str):
        load_class(like)  # an unknown name is an error at any ratio
    if sampled <= 0 or seen.documents == 0:
        return _nothing("no document reached this stage")
    seen = _with_singles(seen, sampled)
    if total <= sampled * BEYOND_SAMPLE:
        return within_sample(seen, min(1.0, total / sampled), seed)
    draw = RandomDocuments(float(total), float(seen.documents))
    if not (seen.sizes > 1).any():
        return _no_pairs(seen, draw)
    alone = from_draw(seen, draw, seed)
    if like is None or draw.ratio < LEAST_RATIO:
        return alone if like is None else _too_near(alone, draw.ratio)
    return _in_class(seen, draw, alone, like, seed)


def from_draw(seen: Spectrum, draw: Draw, seed: int = 1) -> DedupRetention:
    """The answer that the sample alone gives, for any design of the draw."""
    found = extrapolate(seen, draw, seed)
    repeats, notes = found.repeats, []
    if repeats is not None:
        notes.append(
            f"About {repeats.share:.0%} of the documents seem to exist {repeats.times:,} times "
            "each (mirrors, re-uploads, one copy per snapshot). An estimate from the sample alone "
            "reckons with them; what is repeated too seldom to show, only a census finds."
        )
        state: State = "rough" if found.state == "estimate" else found.state
        if repeats.hardly_seen(draw.ratio):
            state = "bounds"
        found = replace(found, state=state)
    return published(found, "deconvolution of the group sizes, random documents", tuple(notes))


def published(found: Extrapolation, method: str, notes: tuple[str, ...]) -> DedupRetention:
    """An extrapolation as an answer: without a point where the state forbids one."""
    estimate = Estimate(
        found.point,
        found.low,
        found.high,
        method,
        found.state,
        found.outer.low,
        found.outer.high,
    )
    return DedupRetention(estimate, found.planned, found.draws, notes, found)


def within_sample(seen: Spectrum, part: float, seed: int) -> DedupRetention:
    """Rarefaction: a group of size k is met by a part q of the sample with 1 - (1 - q)^k."""
    shares = -np.expm1(seen.sizes * np.log1p(-part)) if part < 1 else np.ones(len(seen.sizes))

    def rate(groups: Draws) -> Draws:
        return np.asarray(groups @ shares / (part * (groups @ seen.sizes)))

    point = float(rate(seen.groups.astype(np.float64)))
    draws = np.minimum(rate(resampled_groups(seen, seed)), 1.0)
    low, high = np.quantile(draws, (LOW_QUANTILE, HIGH_QUANTILE))
    low, high = min(point, float(low)), max(point, float(high))
    method = "measured: the whole is no larger than the sample; noise of the spectrum"
    estimate = Estimate(point, low, high, method, "estimate", low, high)
    return DedupRetention(estimate, point, draws, (), None)


def answer_to_json(found: DedupRetention) -> dict[str, Any]:
    """What ``corpuscost spectrum --json`` prints."""
    estimate = found.estimate
    return {
        "retention": {
            "point": estimate.point,
            "low": estimate.low,
            "high": estimate.high,
            "outer_low": estimate.outer_low,
            "outer_high": estimate.outer_high,
            "method": estimate.method,
        },
        "state": estimate.state,
        "refused": found.refused,
        "doubt": found.doubt,
        "notes": list(found.notes),
    }


def what_helps(ratio: float) -> str:
    """What would turn bounds into an estimate."""
    more = ratio / CARRIES_RATIO
    reading = "" if more > FAR_TIMES else "more documents, or "
    if 1 < more <= FAR_TIMES:
        reading = f"a sample {more:,.0f} times as large, or "
    return (
        f"The sample alone gives bounds only. What would help: {reading}a census of its documents "
        "in more shards (corpuscost census; within about half a point when all are read)."
    )


def _with_singles(seen: Spectrum, sampled: float) -> Spectrum:
    """The spectrum with documents that have no copy, where only larger groups are told."""
    if not seen.groups_of(1) and seen.documents < sampled:
        singles = round(sampled - seen.documents)
        return spectrum_from_pairs(
            [(1, singles), *zip(seen.sizes.tolist(), seen.groups.tolist(), strict=True)]
        )
    if abs(seen.documents - sampled) > MISCOUNT * sampled:
        raise CorpuscostError(
            f"spectrum: its groups hold {seen.documents:,} documents, {sampled:,.0f} were sampled; "
            "give the number of documents that were drawn, those without a copy as groups of size 1"
        )
    return seen


def _in_class(
    seen: Spectrum, draw: RandomDocuments, alone: DedupRetention, like: str | LawPrior, seed: int
) -> DedupRetention:
    from profiler.scaling.class_estimate import estimate_in_class  # compiles: only where needed

    prior = class_prior(like) if isinstance(like, str) else like
    name = like if isinstance(like, str) else "the class given"
    outer = Bounds(alone.estimate.outer_low or 0.0, alone.estimate.outer_high or 1.0, 0.0)
    found = estimate_in_class(seen, draw.total, prior, seed, outer)
    if found.refused:
        note = f"Not taken for {name}: {found.refused}. The sample alone speaks."
        return replace(alone, notes=(note, *alone.notes), refused=found.refused)
    low, middle, high = np.quantile(found.draws, (LOW_QUANTILE, 0.5, HIGH_QUANTILE))
    doubt = found.doubt or _disagreement(float(middle), alone)
    found = replace(found, doubt=doubt)
    pairs = float(seen.groups[seen.sizes > 1].sum())
    state = state_of(float(low), float(high), pairs)
    if found.doubt or alone.notes:
        state = "rough" if state == "estimate" else state
    notes = [_assumption(name)]
    if found.doubt:
        notes.append(f"A doubt about the class: {found.doubt}.")
    method = f"reference class {name}, assumed; " + (
        "with a tail beyond the published sizes" if found.tail_share > 0.5 else "as published"
    )
    estimate = Estimate(
        None if state == "bounds" else float(middle),
        float(low),
        float(high),
        method,
        state,
        outer.low,
        outer.high,
    )
    answer = DedupRetention(
        estimate, float(middle), found.draws, (*notes, *alone.notes), alone.extrapolation
    )
    return replace(answer, doubt=found.doubt)


def _disagreement(middle: float, alone: DedupRetention) -> str:
    """What the sample alone has against a class's answer; "" for nothing."""
    if not alone.estimate.low <= middle <= alone.estimate.high:
        return "its answer lies outside the interval that the sample alone gives"
    if alone.notes:
        return "the sample shows documents that are repeated a fixed number of times"
    return ""


def _assumption(name: str) -> str:
    text = f"That the whole is like {name} is an assumption. "
    if name != "the class given":
        text += f"Its law: {load_class(name).source} ({load_class(name).licence}). "
    return text + (
        "No test on the sample can tell it from the same crawl with a third more documents that "
        "have no copy, or with everything doubled; the outer bounds hold without it."
    )


def _too_near(alone: DedupRetention, ratio: float) -> DedupRetention:
    note = (
        f"The whole is {ratio:,.3g} times the sample: below {LEAST_RATIO:.0f} times the sample "
        "alone is better than a class, and was used."
    )
    return replace(alone, notes=(note, *alone.notes))


def _no_pairs(seen: Spectrum, draw: RandomDocuments) -> DedupRetention:
    """No duplicate was seen: there may be none in the whole either, so the interval is the bounds.

    Plans suppose as many pairs as the median of Gamma(1/2, 1), what Jeffreys' prior leaves of the
    mean of a Poisson count of 0; each stands for the squared ratio of pairs in the whole.
    """
    from profiler.scaling.bounds import law_bounds

    bounds = law_bounds(seen, draw)
    planned = min(max(bounds.low, 1 - UNSEEN_PAIRS * draw.ratio / draw.drawn), bounds.high)
    ends = [bounds.low, bounds.low, planned, bounds.high, bounds.high]
    # A little within the quantiles, so that joint draws at other ranks end there as well.
    ranks = [0.0, LOW_QUANTILE + 0.005, 0.5, HIGH_QUANTILE - 0.005, 1.0]
    draws = np.interp(np.linspace(0.0, 1.0, 401), ranks, ends)
    estimate = Estimate(
        None,
        bounds.low,
        bounds.high,
        "no duplicate was seen in the sample; linear programme over all laws",
        "bounds",
        bounds.low,
        bounds.high,
    )
    return DedupRetention(estimate, planned, draws, (what_helps(draw.ratio),), None)


def _nothing(why: str) -> DedupRetention:
    estimate = Estimate(None, 0.0, 1.0, why, "bounds", 0.0, 1.0)
    return DedupRetention(estimate, 0.5, np.linspace(0.0, 1.0, 201), (), None)
