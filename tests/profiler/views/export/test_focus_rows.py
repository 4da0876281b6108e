"""The table of a budget: FOCUS names and values, sums, prices, and nothing unknown as 0."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from made_up_estimations import TODAY, made_up_estimation

from profiler.money.budget import make_budget
from profiler.money.lines import CATEGORIES, unknown_line
from profiler.money.price_units import UNITS
from profiler.money.prices import default_book
from profiler.money.scenario import load_scenario
from profiler.views.export.focus import (
    COLUMNS,
    OF_CATEGORY,
    OF_UNIT,
    SERVICE_CATEGORIES,
    focus_rows,
)

FOCUS_COLUMNS = {
    "BillingCurrency",
    "ChargeDescription",
    "ListCost",
    "ListUnitPrice",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "RegionId",
    "ServiceCategory",
    "ServiceName",
    "SkuPriceId",
}


def row_of(estimation, item, domain=None):
    (found,) = [
        row
        for row in focus_rows(estimation.budget)
        if row["x_Item"] == item and row["x_Domain"] == domain
    ]
    return found


def test_columns_are_of_focus_or_begin_with_x():
    names = [column.name for column in COLUMNS]
    assert {name for name in names if not name.startswith("x_")} == FOCUS_COLUMNS
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"(x_)?[A-Z][A-Za-z]+", name) for name in names)


def test_every_row_has_every_column_and_an_allowed_service_category(everything):
    rows = focus_rows(everything.budget)
    assert len(rows) == len(everything.budget.lines)
    assert {row["x_Category"] for row in rows} == set(CATEGORIES)
    for row in rows:
        assert list(row) == [column.name for column in COLUMNS]
        assert row["ServiceCategory"] in SERVICE_CATEGORIES
        assert row["BillingCurrency"] == "USD"
        assert row["ServiceName"]


def test_what_is_paid_for_is_known_of_every_unit_of_prices_and_every_category():
    assert set(UNITS) - {"factor"} <= set(OF_UNIT)
    assert set(OF_CATEGORY) == set(CATEGORIES)
    named = {*OF_UNIT.values(), *(category for category, _ in OF_CATEGORY.values())}
    assert named <= set(SERVICE_CATEGORIES)
    assert len(SERVICE_CATEGORIES) == 19


def test_list_costs_add_up_to_the_total_to_the_cent(everything):
    rows = focus_rows(everything.budget)
    costs = [Decimal(f"{row['ListCost']:.2f}") for row in rows if row["ListCost"] is not None]
    assert sum(costs) == Decimal(f"{everything.budget.total_usd.point:.2f}")
    assert any(row["x_MemoCost"] for row in rows)


def test_a_cost_stands_in_one_column_only(everything):
    for line, row in zip(everything.budget.lines, focus_rows(everything.budget), strict=True):
        cost = None if line.usd is None else line.usd.point
        assert row["ListCost"] == (cost if line.counted else None)
        assert row["x_MemoCost"] == (None if line.counted else cost)
        assert row["x_Counted"] == line.counted


def test_price_times_quantity_is_the_cost(everything):
    checked = 0
    for row in focus_rows(everything.budget):
        cost = row["ListCost"] if row["x_Counted"] else row["x_MemoCost"]
        if row["ListUnitPrice"] is not None and cost:
            assert row["ListUnitPrice"] * row["PricingQuantity"] == pytest.approx(cost, abs=0.0051)
            checked += 1
    assert checked > 20


def test_what_is_not_known_is_none_and_never_0(everything):
    line = unknown_line("cleaning", "compute", "not measured: broken", domain="news")
    budget = replace(everything.budget, lines=(*everything.budget.lines, line))
    row = focus_rows(budget)[-1]
    assert row["x_Domain"] == "news"
    assert row["x_Note"] == "not measured: broken"
    assert row["ChargeDescription"] == "news: compute: not measured: broken"
    empty = ("ListCost", "x_MemoCost", "x_LowCost", "x_HighCost", "ListUnitPrice")
    assert all(row[name] is None for name in (*empty, "PricingQuantity", "PricingUnit"))
    unknown = [line for line in budget.lines if line.usd is None]
    assert len(unknown) > 3
    for line, row in zip(budget.lines, focus_rows(budget), strict=True):
        if line.usd is None:
            assert all(row[name] is None for name in empty)


def test_price_region_and_provider_are_told_where_they_are_one(everything):
    rented = row_of(everything, "raw shards, rented", "web")
    assert rented["SkuPriceId"] == rented["x_PriceIds"] == "s3-standard"
    assert (rented["ProviderName"], rented["RegionId"]) == ("AWS", "us-east-1")
    assert (rented["x_PriceAsOf"], rented["x_Months"]) == ("2026-08", 12)
    assert rented["ServiceCategory"] == "Storage"
    compute = row_of(everything, "compute: gopher", "web")
    assert compute["SkuPriceId"] == compute["x_PriceIds"] == "ec2-c6i"
    assert (compute["ProviderName"], compute["RegionId"]) == ("AWS", "us-east-1")
    assert compute["ServiceCategory"] == "Compute"
    teacher = row_of(everything, "labels by a teacher model")
    assert teacher["ServiceCategory"] == "AI and Machine Learning"
    assert row_of(everything, "engineers: rules and debugging")["ServiceCategory"] == "Other"
    assert row_of(everything, "cleaned text, egress", "web")["ServiceCategory"] == "Networking"


def test_two_prices_in_one_line_are_both_told_with_the_date_of_the_oldest():
    mixed = made_up_estimation("cleaning.spot_share=0.5")
    ages = tuple(
        replace(age, as_of="2023", age_days=1_400) if age.id == "ec2-c6i-spot" else age
        for age in mixed.budget.price_ages
    )
    mixed = replace(mixed, budget=replace(mixed.budget, price_ages=ages))
    compute = row_of(mixed, "compute: gopher")
    assert compute["SkuPriceId"] is None
    assert compute["x_PriceIds"] == "ec2-c6i, ec2-c6i-spot"
    assert compute["ProviderName"] == "AWS"
    assert compute["x_PriceAsOf"] == "2023"


def test_a_price_of_the_users_own_book_has_no_provider(tmp_path):
    book = tmp_path / "ours.toml"
    book.write_text(
        '[price.s3-standard]\nusd = 9\nunit = "USD/TB-month"\nas_of = "2026-11"\nsource = "bill"\n'
    )
    estimation = made_up_estimation()
    budget = make_budget(estimation.domains, load_scenario(), default_book(str(book)), TODAY)
    row = row_of(replace(estimation, budget=budget), "raw shards, rented")
    assert row["ListUnitPrice"] == 9
    assert (row["ProviderName"], row["RegionId"], row["x_PriceAsOf"]) == (None, None, "2026-11")
