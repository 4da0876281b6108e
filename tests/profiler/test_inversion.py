"""Inverse questions over forecasts made by hand, with known closed forms, and real budgets."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
from made_up_estimations import DRAWS, made_up_forecast

from pipeline.errors import ConfigError
from profiler.domains import Corpus
from profiler.estimation import Estimation
from profiler.inversion import LARGEST_BYTES, Question, answer
from profiler.money.budget import make_budget
from profiler.money.lines import Domain
from profiler.money.prices import default_book
from profiler.money.scenario import load_scenario
from profiler.scaling.quantity import Quantity

TODAY = date(2026, 11, 24)
SMALLEST = 1e9
SPREAD = np.random.default_rng(8).lognormal(0.0, 0.1, DRAWS)


@cache
def plan():
    return load_scenario(), default_book()


@dataclass
class HandMade:
    """A prospect whose clean text is share × size^power; a part of the draws may stop at a cap."""

    share: float = 0.05
    power: float = 1.0
    state: str = "estimate"
    cap: float = math.inf
    fixed: float | None = None
    tokens: bool = True

    @property
    def corpus(self):
        totals = SimpleNamespace(tokens_out=1.0 if self.tokens else None, stored_bytes=1)
        record = SimpleNamespace(run=SimpleNamespace(totals=totals))
        domains = (SimpleNamespace(name="web", record=record, bytes=self.fixed),)
        return SmallestGiven("plan", domains)

    def domains_at(self, size: float) -> tuple[Domain, ...]:
        made = made_up_forecast(size / 1e12, 4, self.state)
        point = min(self.share * size**self.power, self.cap)
        text = Quantity(point, np.minimum(self.share * size**self.power * SPREAD, self.cap))
        tokens = text / 4 if self.tokens else None
        return (Domain("", replace(made, clean_text_bytes=text, clean_tokens=tokens)),)

    def priced(self, domains: tuple[Domain, ...]) -> Estimation:
        return Estimation(domains, make_budget(domains, *plan(), TODAY))


class SmallestGiven(Corpus):
    def smallest(self) -> float:
        return self.fixed_bytes or SMALLEST


def tokens_of(prospect: HandMade, question: Question):
    found = answer(prospect, question)
    assert found.tokens is not None
    return found, found.tokens


@pytest.mark.parametrize(("share", "power"), [(0.05, 1.0), (40.0, 0.8)])
def test_the_volume_for_a_count_of_tokens_in_closed_form(share, power):
    wanted = share * 2e15**power / 4
    found, told = tokens_of(HandMade(share, power), Question(clean_tokens=wanted))
    assert told.raw.point == pytest.approx(2e15, rel=3e-4)
    ends = np.quantile(2e15 * SPREAD ** (-1 / power), (0.05, 0.95), method="inverted_cdf")
    assert (told.raw.low, told.raw.high) == pytest.approx(tuple(ends), rel=1e-6)
    assert told.yields.point == pytest.approx(wanted, rel=1e-4)
    assert found.estimation.forecast.target.bytes == told.raw.point
    assert found.met


def test_what_is_needed_is_that_of_the_estimate_and_of_each_draws_volume():
    found, told = tokens_of(HandMade(), Question(clean_tokens=2.5e13))
    estimation = found.estimation
    assert told.needs["usd"].point == estimation.budget.total_usd.point
    assert told.needs["cpu_hours"].point == estimation.forecast.cpu_hours.point
    assert told.needs["stored_bytes"].low == pytest.approx(told.raw.low)
    assert told.needs["stored_bytes"].high == pytest.approx(told.raw.high)
    clean = told.needs["clean_text_bytes"]
    assert (clean.low, clean.high) == pytest.approx((1e14, 1e14), rel=1e-3)  # 4 bytes a token
    at_one_volume = estimation.budget.total_usd
    usd = told.needs["usd"]
    assert usd.high - usd.low > at_one_volume.high - at_one_volume.low


def test_out_of_reach_says_what_all_of_it_yields():
    question = Question(clean_tokens=1e12, available=1e13)
    found, told = tokens_of(HandMade(), question)
    assert told.raw is None
    assert not found.met
    assert found.estimation is None
    assert told.yields.point == pytest.approx(0.05 * 1e13 / 4)
    assert told.yields.low < told.yields.point < told.yields.high
    assert told.limit == 1e13
    assert told.limit_is_available


def test_without_what_is_available_the_search_ends_at_an_exabyte():
    found, told = tokens_of(HandMade(cap=1e12), Question(clean_tokens=1e12))
    assert told.raw is None
    assert told.limit == LARGEST_BYTES
    assert not told.limit_is_available
    assert not found.met


def test_draws_beyond_what_is_available_leave_no_upper_end():
    wanted = 0.05 * 9e12 / 4
    _, told = tokens_of(HandMade(), Question(clean_tokens=wanted, available=1e13))
    assert told.raw.point == pytest.approx(9e12, rel=3e-4)
    assert math.isinf(told.raw.high)
    assert told.unreached == pytest.approx((0.9 / SPREAD > 1).mean(), abs=0.011)
    assert math.isinf(told.needs["usd"].high)
    assert told.needs["usd"].low > 0


def test_bounds_are_told_as_planning_values():
    _, told = tokens_of(HandMade(state="bounds"), Question(clean_tokens=1e12))
    assert told.state == "bounds"
    assert told.raw.point is not None
    assert {need.state for need in told.needs.values()} == {"bounds"}


def test_a_plan_that_fits_and_one_that_does_not():
    usd = answer(HandMade(), Question(scale=1e15)).estimation.budget.total_usd
    fits = answer(HandMade(), Question(scale=1e15, budget_usd=usd.point))
    exceeds = answer(HandMade(), Question(scale=1e15, budget_usd=usd.point - 500))
    surer = answer(HandMade(), Question(scale=1e15, budget_usd=usd.point, confidence=0.95))
    assert fits.met
    assert fits.budget.reach.size == pytest.approx(1e15, rel=2e-3)
    assert not exceeds.met
    assert exceeds.budget.plan.over_usd == pytest.approx(500)
    assert exceeds.budget.reach.size < 1e15
    assert not surer.met
    assert surer.budget.plan.spend_usd == pytest.approx(usd.high)
    assert surer.budget.reach.size < exceeds.budget.reach.size


def test_without_a_scale_the_estimate_is_as_far_as_the_money_goes():
    found = answer(HandMade(), Question(budget_usd=3e6))
    far = found.budget.reach
    assert found.budget.plan is None
    assert found.estimation.forecast.target.bytes == far.size
    assert 3e6 * 0.999 < found.estimation.budget.total_usd.point <= 3e6
    assert found.budget.clean_tokens.point == pytest.approx(0.05 * far.size / 4)
    assert found.met


def test_fixed_costs_may_leave_nothing():
    found = answer(HandMade(), Question(budget_usd=1000))
    assert found.budget.reach.size is None
    assert found.budget.reach.least_usd > 1000
    assert found.estimation is None
    assert not found.met


def test_money_for_more_than_is_available():
    found = answer(HandMade(), Question(budget_usd=1e9, available=1e14))
    assert found.budget.reach.covers_all
    assert found.budget.reach.size == 1e14


def test_both_questions_hold_the_plan_of_the_tokens_against_the_budget():
    wanted = 0.05 * 2e15 / 4
    plenty = answer(HandMade(), Question(clean_tokens=wanted, budget_usd=1e8))
    scarce = answer(HandMade(), Question(clean_tokens=wanted, budget_usd=7e5))
    assert plenty.met
    assert not scarce.met
    cost = plenty.tokens.needs["usd"].point
    assert scarce.budget.plan.over_usd == pytest.approx(cost - 7e5)
    assert scarce.budget.reach.size < plenty.tokens.raw.point


def test_domains_of_a_fixed_volume_are_held_against_a_budget_alone():
    found = answer(HandMade(fixed=1e15), Question(budget_usd=1e9))
    assert found.met
    assert found.budget.reach is None
    assert not answer(HandMade(fixed=1e15), Question(budget_usd=1e5)).met


@pytest.mark.parametrize(
    ("prospect", "question", "message"),
    [
        (HandMade(tokens=False), Question(clean_tokens=1e12), "--tokenizer"),
        (HandMade(fixed=1e12), Question(clean_tokens=1e12), "none can grow"),
        (HandMade(), Question(clean_tokens=1e6), "ask for more"),
        (HandMade(), Question(scale=2e12, available=1e12), "the source has"),
        (HandMade(), Question(clean_tokens=1e12, available=1e8), "no more than the samples"),
        (HandMade(), Question(), "no volume"),
    ],
)
def test_questions_that_cannot_be_asked(prospect, question, message):
    with pytest.raises(ConfigError, match=message):
        answer(prospect, question)


def test_every_size_is_forecast_once():
    sizes: list[float] = []
    answer(HandMade(), Question(clean_tokens=1e12, budget_usd=2e6), sizes.append)
    assert len(sizes) == len(set(sizes)) <= 25


def test_a_run_without_tokens_still_answers_for_money():
    found = answer(HandMade(tokens=False), Question(budget_usd=3e6))
    assert found.budget.clean_tokens is None
    assert found.budget.clean_text_bytes.point > 0
