"""The inverse questions over a corpus: the volume for a count of clean tokens, or for a budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add
from typing import cast

import numpy as np

from pipeline.errors import ConfigError
from profiler.domains import Corpus
from profiler.estimation import Estimation, Prospect
from profiler.money.budget_draws import budget_ranks
from profiler.money.inverse import Fit, Reach, fit, reach, spend_usd
from profiler.money.lines import Domain
from profiler.scaling.inverse import Crossing, crossing, thinned, values_at
from profiler.scaling.quantity import HIGH_QUANTILE, LOW_QUANTILE, Draws, Estimate, Quantity, State
from profiler.scaling.volumes import Basis, Forecast, worst

LARGEST_BYTES = 1e18  # 1 EB: where the search ends when nothing says what the source has
VOLUMES: Mapping[str, Callable[[Forecast], Quantity]] = {
    "documents": lambda forecast: forecast.target.documents,
    "stored_bytes": lambda forecast: forecast.target.stored_bytes,
    "text_bytes": lambda forecast: forecast.target.text_bytes,
    "clean_text_bytes": lambda forecast: forecast.clean_text_bytes,
    "cpu_hours": lambda forecast: forecast.cpu_hours,
}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. ``scale`` is the plan, ``available`` all that the source has, in bytes.

    ``confidence`` is the quantile of the total at which a budget is held, None for the point.
    """

    clean_tokens: float | None = None
    budget_usd: float | None = None
    confidence: float | None = None
    scale: float | None = None
    available: float | None = None


@dataclass(frozen=True, slots=True)
class TokensAnswer:
    """How much raw corpus yields ``wanted`` clean tokens, and what that takes.

    ``raw`` is None where the target is out of reach of ``limit`` bytes, which are all that the
    source has if ``limit_is_available``. High ends are inf where more than 5 % of the draws, in all
    the share ``unreached``, do not reach the target. ``yields`` are the clean tokens at the point
    of ``raw``, or of all that there is. ``needs`` are volumes, CPU-hours and USD, each draw at
    the volume that it needs. In state "bounds" points are planning values.
    """

    wanted: float
    basis: Basis
    raw: Estimate | None
    yields: Estimate
    needs: Mapping[str, Estimate]
    unreached: float
    limit: float
    limit_is_available: bool
    state: State


@dataclass(frozen=True, slots=True)
class BudgetAnswer:
    """Whether the plan fits, where there is one, and how far the money goes.

    ``reach`` is None where every domain has a volume of its own. The figures at the end are of
    the whole that the money pays for; in state "bounds" their points are planning values.
    """

    budget_usd: float
    confidence: float | None
    basis: Basis
    plan: Fit | None
    reach: Reach | None
    limit: float
    limit_is_available: bool
    clean_tokens: Estimate | None = None
    clean_text_bytes: Estimate | None = None
    state: State = "estimate"

    @property
    def fits(self) -> bool:
        """Whether the plan is paid for; without a plan, whether anything is."""
        if self.plan is not None:
            return self.plan.fits
        return self.reach is not None and self.reach.size is not None


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers, and the estimate at the scale that was given or found; None if there is none."""

    tokens: TokensAnswer | None
    budget: BudgetAnswer | None
    estimation: Estimation | None

    @property
    def met(self) -> bool:
        """Whether all that was asked for can be had."""
        in_reach = self.tokens is None or self.tokens.raw is not None
        return in_reach and (self.budget is None or self.budget.fits)


@dataclass(frozen=True, slots=True)
class _Readings:
    """Forecasts and budgets by size of the whole, each made once."""

    prospect: Prospect
    told: Callable[[float], None]
    domains: dict[float, tuple[Domain, ...]] = field(default_factory=dict)
    priced: dict[float, Estimation] = field(default_factory=dict)

    def domains_at(self, size: float) -> tuple[Domain, ...]:
        if size not in self.domains:
            self.domains[size] = self.prospect.domains_at(size)
            self.told(size)
        return self.domains[size]

    def clean_tokens_at(self, size: float) -> Quantity:
        found = clean_tokens(self.domains_at(size))
        assert found is not None  # checked before anything was forecast
        return found

    def priced_at(self, size: float) -> Estimation:
        if size not in self.priced:
            self.priced[size] = self.prospect.priced(self.domains_at(size))
        return self.priced[size]


def answer(
    prospect: Prospect, question: Question, told: Callable[[float], None] = lambda size: None
) -> Answers:
    """Answer what is asked, and estimate at the scale given, or else at the one found.

    ``told`` hears of every size that was forecast. Raises ConfigError when the question cannot be
    asked: a run without a rate of tokens, domains that cannot grow, more than is available.
    """
    _check(prospect.corpus, question)
    readings = _Readings(prospect, told)
    size, tokens, budget = question.scale, None, None
    if not prospect.corpus.open_ended:
        size = prospect.corpus.fixed_bytes if size is None else size
    nothing_asked = question.clean_tokens is None and question.budget_usd is None
    if nothing_asked or size is not None:
        prospect.corpus.sizes(size)  # refuses a whole that cannot be divided
    if question.clean_tokens is not None:
        tokens = _tokens_answer(readings, question.clean_tokens, question)
        size = tokens.raw.point if tokens.raw else None
    if question.budget_usd is not None:
        budget = _budget_answer(readings, question.budget_usd, size, question)
        if tokens is None and size is None and budget.reach is not None:
            size = budget.reach.size
    return Answers(tokens, budget, None if size is None else readings.priced_at(size))


def clean_tokens(domains: tuple[Domain, ...]) -> Quantity | None:
    """Clean tokens of all domains; None where the rate of one is not known."""
    found = [domain.forecast.clean_tokens for domain in domains]
    known = [each for each in found if each is not None]
    return reduce(add, known) if len(known) == len(found) else None


def state_of(domains: tuple[Domain, ...]) -> State:
    """How sure the volume at the end of the line is: as the least sure domain."""
    return worst(*(cast(State, domain.forecast.state) for domain in domains))


def total(domains: tuple[Domain, ...], of: Callable[[Forecast], Quantity]) -> Quantity:
    """A quantity of the forecasts, added up over the domains."""
    return reduce(add, (of(domain.forecast) for domain in domains))


def _check(corpus: Corpus, question: Question) -> None:
    available = question.available
    if question.scale is not None and available is not None and question.scale > available:
        raise ConfigError(
            f"{corpus.name}: a scale of {question.scale:,.0f} bytes, but the source has "
            f"{available:,.0f} (available); ask for less, or correct what is available"
        )
    if available is not None and corpus.open_ended and available <= corpus.smallest():
        raise ConfigError(
            f"{corpus.name}: available are {available:,.0f} bytes, no more than the samples and "
            f"the domains with a scale of their own hold ({corpus.smallest():,.0f})"
        )
    if question.clean_tokens is None:
        return
    if not corpus.open_ended:
        raise ConfigError(
            f"{corpus.name}: every domain has a scale of its own, so that none can grow to reach "
            "the clean tokens; leave the scale of one away"
        )
    unknown = [each.name for each in corpus.domains if each.record.run.totals.tokens_out is None]
    if unknown:
        named = ", ".join(repr(name) for name in unknown if name)
        raise ConfigError(
            f"{corpus.name}: the run{' of ' + named if named else ''} has no rate of tokens for "
            "what it kept (no published one for its scripts); profile again with --tokenizer "
            "tokenizer.json, which measures it, or ask for a volume with --scale"
        )


def _tokens_answer(readings: _Readings, wanted: float, question: Question) -> TokensAnswer:
    corpus, limit = readings.prospect.corpus, question.available or LARGEST_BYTES
    smallest = corpus.smallest()
    least = readings.clean_tokens_at(smallest).point
    if least >= wanted:
        raise ConfigError(
            f"{corpus.name}: {wanted:,.0f} clean tokens are wanted, but a whole as small as the "
            f"samples yields {least:,.0f}; nothing is to be scaled up: ask for more"
        )
    found = crossing(readings.clean_tokens_at, wanted, smallest, limit)
    state = state_of(readings.domains_at(limit if found.size is None else found.size))
    return TokensAnswer(
        wanted,
        corpus.basis,
        None if found.size is None else _raw(found, found.size, state),
        _with_state(found.value, state),
        {} if found.size is None else _needs(readings, found, found.size, state),
        found.unreached,
        limit,
        question.available is not None,
        state,
    )


def _raw(found: Crossing, size: float, state: State) -> Estimate:
    low, high = found.interval()
    method = (
        "the size of the whole at which the point of the clean tokens is what is wanted; interval: "
        f"the size at which each draw has them, interpolated in logarithms over "
        f"{len(found.looked_at)} sizes, a larger whole yielding no less"
    )
    return Estimate(size, low, high, method, state)


def _needs(readings: _Readings, found: Crossing, size: float, state: State) -> dict[str, Estimate]:
    """Volumes, work and money at the size that was found; each draw at its own size."""
    sizes = thinned(found.looked_at, size)
    domains = [readings.domains_at(each) for each in sizes]
    at_size = readings.domains_at(size)

    def need(point: float, draws: Sequence[Draws], own: Draws = found.sizes) -> Estimate:
        return replace(_estimate_of(point, values_at(sizes, draws, own)), state=state)

    budgets = [readings.priced_at(each).budget.total_draws for each in sizes]
    return {
        **{
            name: need(total(at_size, of).point, [total(each, of).draws for each in domains])
            for name, of in VOLUMES.items()
        },
        "usd": need(
            spend_usd(readings.priced_at(size).budget),
            budgets,
            found.sizes[budget_ranks(found.sizes.size)],
        ),
    }


def _estimate_of(point: float, own: Draws) -> Estimate:
    low, high = np.quantile(own, (LOW_QUANTILE, HIGH_QUANTILE), method="inverted_cdf")
    return Estimate(point, float(low), float(high), "each draw at the volume that it needs")


def _budget_answer(
    readings: _Readings, budget_usd: float, size: float | None, question: Question
) -> BudgetAnswer:
    corpus, confidence = readings.prospect.corpus, question.confidence
    limit = question.available or LARGEST_BYTES
    plan = None
    if size is not None:
        plan = fit(readings.priced_at(size).budget, budget_usd, confidence)
    far = None
    if corpus.open_ended:
        far = reach(
            lambda each: spend_usd(readings.priced_at(each).budget, confidence),
            budget_usd,
            corpus.smallest(),
            limit,
        )
    given = BudgetAnswer(
        budget_usd, confidence, corpus.basis, plan, far, limit, question.available is not None
    )
    if far is None or far.size is None:
        return given
    domains = readings.domains_at(far.size)
    state, tokens = state_of(domains), clean_tokens(domains)
    return replace(
        given,
        clean_tokens=None if tokens is None else _with_state(tokens, state),
        clean_text_bytes=_with_state(total(domains, VOLUMES["clean_text_bytes"]), state),
        state=state,
    )


def _with_state(quantity: Quantity, state: State) -> Estimate:
    """An estimate that keeps its point in state "bounds", as the value that plans go by."""
    return replace(quantity.estimate("at this volume"), state=state)
