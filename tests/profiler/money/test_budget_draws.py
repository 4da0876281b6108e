"""The draws of budgets: the same numbers at every size and price, and as wide as those of all."""

from __future__ import annotations

from dataclasses import fields
from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from made_up_estimations import made_up_forecast

from profiler.money.budget import make_budget
from profiler.money.budget_draws import BUDGET_DRAWS, budget_ranks, of_budget, with_budget_draws
from profiler.money.lines import Domain
from profiler.money.prices import default_book
from profiler.money.scenario import load_scenario
from profiler.scaling.quantity import Quantity


@given(st.integers(1, 20_000))
def test_ranks_are_apart_and_spread_over_all_draws(draws: int) -> None:
    ranks = budget_ranks(draws)
    assert ranks.size == min(draws, BUDGET_DRAWS)
    assert ranks[0] == 0
    steps = np.diff(np.append(ranks, draws))
    assert steps.min() >= 1
    assert steps.max() - steps.min() <= 1


def test_few_draws_are_all_kept() -> None:
    quantity = Quantity(1.0, np.arange(BUDGET_DRAWS, dtype=np.float64))
    assert of_budget(quantity) is quantity


def test_every_quantity_of_every_domain_keeps_the_same_draws(monkeypatch) -> None:
    monkeypatch.setattr("made_up_estimations.DRAWS", 2 * BUDGET_DRAWS)
    given_domains = [Domain("", made_up_forecast(100.0, seed)) for seed in (1, 2)]
    for before, after in zip(given_domains, with_budget_draws(given_domains), strict=True):
        known = dict(quantities(before.forecast))
        left = dict(quantities(after.forecast))
        assert known.keys() == left.keys()
        for place, quantity in known.items():
            assert left[place].point == quantity.point
            np.testing.assert_array_equal(left[place].draws, quantity.draws[::2])


def test_another_price_changes_no_draw_of_another_line() -> None:
    draws = {}
    for cores in ("cleaning.target_core_speed=1", "cleaning.target_core_speed=2"):
        budget = make_budget(
            made_up_forecast(100.0, 1), load_scenario(None, [cores]), default_book(), date.today()
        )
        draws[cores] = [x.draws for x in budget.lines if x.counted and x.category != "cleaning"]
    for one, two in zip(*draws.values(), strict=True):
        np.testing.assert_array_equal(one, two)


def quantities(forecast):
    """Places of the quantities of a forecast, and the quantities."""
    for place, value in parts(forecast):
        if isinstance(value, Quantity):
            yield place, value
    for number, stage in enumerate(forecast.stages):
        yield from ((f"{number} {place}", v) for place, v in parts(stage) if is_quantity(v))
    yield from ((f"target {p}", v) for p, v in parts(forecast.target) if is_quantity(v))


def is_quantity(value):
    return isinstance(value, Quantity)


def parts(value):
    return [(each.name, getattr(value, each.name)) for each in fields(value)]
