"""How far a budget goes: quantiles, fixed costs, and the largest whole that is paid for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.money.budget import make_budget
from profiler.money.inverse import fit, reach, spend_usd
from profiler.money.prices import default_book
from profiler.money.scenario import load_scenario

SMALLEST, LARGEST = 2e7, 1e18


def linear(size: float) -> float:
    """300,000 USD whatever the volume, 100 USD per TB."""
    return 300_000 + size / 1e10


@pytest.fixture
def budget(make_forecast):
    return make_budget(make_forecast(), load_scenario(), default_book(), date(2026, 11, 24))


def test_the_spend_is_the_point_or_a_quantile(budget) -> None:
    assert spend_usd(budget) == budget.total_usd.point
    assert spend_usd(budget, 0.9) == pytest.approx(np.quantile(budget.total_draws, 0.9))
    assert spend_usd(budget, 0.95) == pytest.approx(budget.total_usd.high)


def test_a_plan_fits_or_says_by_how_much_not(budget) -> None:
    total = budget.total_usd.point
    assert fit(budget, total).fits
    found = fit(budget, total - 1000)
    assert not found.fits
    assert found.over_usd == pytest.approx(1000)
    assert fit(budget, total + 1).over_usd == pytest.approx(-1)


def test_more_confidence_costs_more(budget) -> None:
    between = (spend_usd(budget, 0.5) + spend_usd(budget, 0.99)) / 2
    assert fit(budget, between, 0.5).fits
    assert not fit(budget, between, 0.99).fits


def test_the_largest_whole_of_a_linear_cost() -> None:
    found = reach(linear, 500_000, SMALLEST, LARGEST)
    assert found.size == pytest.approx(2e15, rel=1e-3)
    assert found.spend_usd <= 500_000
    assert found.least_usd == linear(SMALLEST)
    assert not found.covers_all


def test_fixed_costs_alone_may_exceed_the_budget() -> None:
    found = reach(linear, 299_999, SMALLEST, LARGEST)
    assert found.size is None
    assert found.least_usd > 299_999


def test_a_budget_may_cover_all_there_is() -> None:
    found = reach(linear, 500_000, SMALLEST, 1e15)
    assert found == replace(found, size=1e15, spend_usd=400_000, covers_all=True)


def test_a_step_in_the_cost_is_not_stepped_over() -> None:
    found = reach(lambda size: linear(size) + 1e6 * (size > 1e15), 900_000, SMALLEST, LARGEST)
    assert found.size is not None
    assert 0.99e15 < found.size <= 1e15
    assert found.spend_usd <= 900_000


@given(
    fixed=st.floats(0, 1e6),
    per_tb=st.floats(1, 1e4),
    power=st.floats(0.5, 1.5),
    budgets=st.tuples(st.floats(1e3, 1e8), st.floats(1e3, 1e8)),
)
def test_more_money_never_goes_less_far(fixed, per_tb, power, budgets) -> None:
    def spend_at(size: float) -> float:
        return fixed + per_tb * (size / 1e12) ** power

    less, more = sorted(budgets)
    one, other = (reach(spend_at, budget, SMALLEST, LARGEST) for budget in (less, more))
    for budget, found in ((less, one), (more, other)):
        assert found.size is None or spend_at(found.size) <= budget * (1 + 1e-12)
        if found.size is not None and not found.covers_all:
            # The search ends within 1e-4 of the money or 1e-3 of the size.
            assert spend_at(found.size) >= budget - 1.1e-3 * (budget - fixed)
    assert (other.size or 0) >= (one.size or 0) * (1 - 1e-3)
