"""Costs per unit, paid core-hours with their draws, and wall time."""

from __future__ import annotations

import numpy as np
import pytest

from profiler.money.lines import BudgetLine, line
from profiler.money.terms import Origin, Term, computed, product
from profiler.scaling.quantity import Estimate, Quantity
from profiler.views.unitcosts import (
    paid_core_hours,
    usd_per_billion_tokens,
    usd_per_raw_tb,
    wall_text,
)

DRAWS = 400


def spread(point: float, seed: int) -> Quantity:
    return Quantity(point, point * np.random.default_rng(seed).uniform(0.5, 1.5, DRAWS))


def compute(hours: Quantity, item: str = "compute: read", note: str = "") -> BudgetLine:
    price = Term("C", "an hour", spread(0.04, 3), "USD/vCPU-hour", Origin("price", "list"))
    work = Term("H", "core-hours", hours, "vCPU-hour", Origin("forecast", "run"))
    usd = computed("usd", item, "USD", product, "C × H", price, work)
    return line("cleaning", item, True, usd, work, note=note)


def test_usd_per_raw_tb_divides_the_total(budget, forecast):
    found = usd_per_raw_tb(budget, forecast.target.stored_bytes)
    assert found.point == pytest.approx(budget.total_usd.point / 1_000)
    low, high = np.quantile(budget.total_draws / 1_000, (0.05, 0.95))
    assert (found.low, found.high) == pytest.approx((low, high))


def test_usd_per_billion_tokens_has_no_point_between_bounds(budget, forecast):
    tokens = forecast.clean_tokens
    known = usd_per_billion_tokens(budget, tokens, "rough")
    assert known.point == pytest.approx(budget.total_usd.point / (tokens.point / 1e9))
    assert usd_per_billion_tokens(budget, tokens, "bounds").point is None


def test_core_hours_are_those_of_the_lines_draw_by_draw(budget):
    read, resolve = spread(1_000.0, 1), spread(50.0, 2)
    unmeasured = compute(spread(9e6, 4), "HTML extraction", "not measured; published range")
    lines = (compute(read), compute(resolve, "compute: resolve"), unmeasured, *budget.lines)
    found = paid_core_hours(lines)
    assert found.point == pytest.approx(1_050)
    assert found.draws == pytest.approx(read.draws + resolve.draws)


def test_no_line_with_core_hours_no_figure(budget):
    assert paid_core_hours(budget.lines) is None


def test_wall_time_is_core_hours_over_cores():
    assert wall_text(Estimate(1_000, 500, 2_000, ""), 100) == "10 h (5–20)"
    assert wall_text(Estimate(1_000, 500, 2_000, "", "bounds"), 100) == "5–20 h"
    assert wall_text(Estimate(1_000, 1_000, 1_000, ""), 1_000) == "60 min"
    assert wall_text(Estimate(None, 15_580, 41_210, "", "bounds"), 1_000) == "16–41 h"
    assert wall_text(Estimate(None, 15_580, 41_210, "", "bounds"), 100) == "6–17 d"
    assert wall_text(Estimate(1e-4, 1e-4, 1e-4, ""), 1_000) == "0.00036 s"
