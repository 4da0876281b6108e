"""Lines as sums of products: coefficients of known formulas, and what is not linear."""

from __future__ import annotations

import numpy as np
import pytest

from profiler.money.cleaning import extra_memory_usd, mixed_core_usd
from profiler.money.products import products, reckoned_draws, valued
from profiler.money.terms import Origin, Term, computed, product
from profiler.scaling.quantity import Quantity

DRAWS = 50


def leaf(symbol, point, unit, kind="price", spread=0.1, seed=1):
    noise = np.random.default_rng(seed).uniform(1 - spread, 1 + spread, DRAWS)
    return Term(symbol, symbol, Quantity(point, point * noise), unit, Origin(kind, symbol))


def price_names(term):
    return term.symbol if term.origin.kind == "price" else None


@pytest.fixture
def core():
    """The price of a core-hour: two prices, a share between them, and memory."""
    memory = computed(
        "C_memory",
        "memory",
        "USD/vCPU-hour",
        extra_memory_usd,
        "max(0, M - M_included) × C_GB",
        leaf("M", 8.0, "GB/vCPU", "default"),
        leaf("M_included", 2.0, "GB/vCPU", "default"),
        leaf("C_GB", 0.004, "USD/GB-hour"),
    )
    return computed(
        "C",
        "an hour",
        "USD/vCPU-hour",
        mixed_core_usd,
        "C_demand × (1 - s) + C_spot × s + C_memory",
        leaf("C_demand", 0.04, "USD/vCPU-hour"),
        leaf("C_spot", 0.01, "USD/vCPU-hour", seed=2),
        leaf("s", 0.3, "1", "default", seed=3),
        memory,
    )


def test_coefficients_are_those_of_the_formula(core):
    found = {each.inputs: each.values for each in products(core, price_names)}
    assert set(found) == {("C_demand",), ("C_spot",), ("C_GB",)}
    share = next(part for part in core.parts if part.symbol == "s").value
    assert found[("C_demand",)][0] == pytest.approx(0.7)
    assert found[("C_spot",)][1:] == pytest.approx(share.draws)
    assert found[("C_GB",)][0] == pytest.approx(6.0)


def test_products_add_up_to_the_term_at_any_prices(core):
    given = {"C_demand": 0.31, "C_spot": 0.02, "C_GB": 1.7}
    added = sum(valued(each, given) for each in products(core, price_names))
    assert added == pytest.approx(reckoned_draws(core, price_names, given), rel=1e-12)


def test_a_term_without_inputs_is_its_own_value():
    alone = leaf("T", 3.0, "day", "default")
    (only,) = products(alone, price_names)
    assert only.inputs == ()
    assert only.values[0] == 3.0
    assert only.values[1:] == pytest.approx(alone.value.draws)


def test_an_input_that_is_used_twice_is_not_linear():
    share = leaf("f", 2.0, "1")
    squared = computed("usd", "squared", "1", product, "f × f", share, share)
    assert products(squared, price_names) is None
