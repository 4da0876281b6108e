"""Formulas are found by the names that budgets hold, and nothing else is."""

from __future__ import annotations

import pytest

from profiler.money import screening, storage, training
from profiler.money.formulas import about, formula, name_of


def test_a_formula_is_found_by_module_and_name() -> None:
    assert name_of(storage.capacity_usd) == "storage.capacity_usd"
    assert formula("storage.capacity_usd") is storage.capacity_usd


def test_two_formulas_of_one_name_are_told_apart() -> None:
    assert formula("screening.training_usd") is screening.training_usd
    assert formula("training.training_usd") is training.training_usd


def test_a_private_formula_is_found_too() -> None:
    found = formula("crawling._days_of_sites")
    assert found is not None
    assert found(2.0, 3.0, 4.0, 5.0) == 26.0


@pytest.mark.parametrize(
    "name",
    [
        "",
        "capacity_usd",
        "storage.nothing",
        "nowhere.capacity_usd",
        "os.system",
        "..os.system",
        "storage.np",
        "storage.__builtins__",
        "storage.storage_lines",  # no formula: it takes inputs and gives lines
        "scenario.load_scenario",
        "cleaning.product",  # imported there, defined elsewhere
        "storage.tiered_usd_per_month",  # takes tiers
    ],
)
def test_a_file_cannot_name_anything_but_a_formula(name: str) -> None:
    assert formula(name) is None


def test_a_formula_says_what_it_is() -> None:
    assert about("crawling.operations_usd") == "Operation of a crawl: S_ops × D_crawl × alpha."
    assert about("os.system") == ""
