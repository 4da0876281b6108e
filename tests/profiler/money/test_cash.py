"""Month by month: nothing is lost, and what is paid once is paid first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from profiler.money.budget import Budget, make_budget
from profiler.money.cash import cash_flow, cash_to_json
from profiler.money.prices import default_book
from profiler.money.scenario import load_scenario
from profiler.scaling.volumes import Forecast

TODAY = date(2026, 11, 24)
Made = Callable[..., Forecast]


def budget_of(forecast: Forecast, *overrides: str) -> Budget:
    return make_budget(forecast, load_scenario(None, overrides), default_book(), TODAY)


def test_bought_capacity_is_all_spent_in_the_first_month(make_forecast: Made) -> None:
    budget = budget_of(make_forecast())
    (only,) = cash_flow(budget)
    assert (only.first_month, only.last_month) == (1, 1)
    assert only.spent_usd == pytest.approx(budget.total_usd.point)


def test_rent_is_spread_over_its_months(make_forecast: Made) -> None:
    rented = ("storage.method=rented", "storage.raw_months=2.5", "storage.cleaned_months=4")
    budget = budget_of(make_forecast(), *rented)
    flow = cash_flow(budget)
    assert [(x.first_month, x.last_month) for x in flow] == [(1, 1), (2, 2), (3, 3), (4, 4)]
    rent = {x.item: x.usd.point or 0 for x in budget.lines if x.item.endswith("rented") and x.usd}
    raw, cleaned = rent["raw shards, rented"], rent["cleaned text, rented"]
    assert flow[1].usd.point == pytest.approx(raw / 2.5 + cleaned / 4)
    assert flow[2].usd.point == pytest.approx(raw / 2.5 / 2 + cleaned / 4)
    assert flow[3].usd.point == pytest.approx(cleaned / 4)
    assert flow[-1].spent_usd == pytest.approx(budget.total_usd.point, abs=0.01)
    assert flow[1].usd.low < (flow[1].usd.point or 0) < flow[1].usd.high


def test_equal_months_are_one_row(make_forecast: Made) -> None:
    rented = ("storage.method=rented", "storage.raw_months=12", "storage.cleaned_months=36")
    flow = cash_flow(budget_of(make_forecast(), *rented))
    assert [(x.first_month, x.last_month) for x in flow] == [(1, 1), (2, 12), (13, 36)]
    rows = cash_to_json(flow)
    months = sum(
        row["usd_per_month"]["point"] * (row["last_month"] - row["first_month"] + 1) for row in rows
    )
    assert months == pytest.approx(rows[-1]["spent_usd"], abs=0.5)
