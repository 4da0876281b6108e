"""What moves the total: known swings, and totals that agree with budgets made anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from profiler.money.budget import Budget, make_budget
from profiler.money.drivers import drivers, drivers_to_json, reckoned
from profiler.money.prices import default_book
from profiler.money.scenario import load_scenario
from profiler.scaling.volumes import Forecast

TODAY = date(2026, 11, 24)
Made = Callable[..., Forecast]


def budget_of(forecast: Forecast, *overrides: str) -> Budget:
    return make_budget(forecast, load_scenario(None, overrides), default_book(), TODAY)


def test_the_dearest_uncertain_price_comes_first(make_forecast: Made) -> None:
    found = drivers(budget_of(make_forecast()))
    assert found[0].name == "price abaka-large-site"
    assert found[0].usd_at_high - found[0].usd_at_low == pytest.approx(
        8 * (found[0].high - found[0].low)
    )
    swings = [driver.swing_usd for driver in found]
    assert swings == sorted(swings, reverse=True)
    assert all(driver.low < driver.high for driver in found)


@pytest.mark.parametrize("contingency", ["0", "0.1"])
def test_a_total_at_an_end_is_that_of_a_budget_with_that_value(
    contingency: str, make_forecast: Made
) -> None:
    laid_on = f"money.contingency_share={contingency}"
    forecast = make_forecast()
    passes = next(x for x in drivers(budget_of(forecast, laid_on)) if x.name == "cleaning.passes")
    again = budget_of(forecast, laid_on, f"cleaning.passes={passes.high!r}")
    assert passes.usd_at_high == pytest.approx(again.total_usd.point, abs=0.5)


def test_what_is_certain_or_not_counted_drives_nothing(make_forecast: Made) -> None:
    names = {driver.name for driver in drivers(budget_of(make_forecast()))}
    assert "storage.copies" not in names
    assert "crawling.crawl_days" not in names  # of the formula, which is a memo
    by_formula = drivers(budget_of(make_forecast(), "crawling.method=formula"))
    assert "crawling.crawl_days" in {driver.name for driver in by_formula}


def test_every_counted_line_reckons_to_its_point(make_forecast: Made) -> None:
    for line in budget_of(make_forecast(), "money.contingency_share=0.2").lines:
        if line.term is not None and line.usd is not None:
            assert reckoned(line.term, {}) == pytest.approx(line.usd.point, abs=0.005)


def test_json_has_both_ends(make_forecast: Made) -> None:
    found = drivers(budget_of(make_forecast()))
    rows = drivers_to_json(found)
    assert len(rows) == len(found)
    assert rows[0]["usd_at_low"] < rows[0]["usd_at_high"]
