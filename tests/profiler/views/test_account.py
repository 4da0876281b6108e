"""The budget as the page prints it: every line, the sentences around it, months and prices."""

from __future__ import annotations

from dataclasses import replace

import pytest

from profiler.money.budget import ShownCurrency
from profiler.money.ranges import Ranged
from profiler.views.account import COUNTED, MEMO, UNKNOWN, account
from profiler.views.costs import cash_rows, price_rows


def test_every_line_stands_under_its_category_counted_ones_first(budget):
    found = account(budget)
    titles = {part.row.category: [line.title for line in part.lines] for part in found.categories}
    assert titles["storage"] == ["rented, raw", "rented, cleaned"]
    assert titles["cleaning"] == ["compute", "published rule"]
    kinds = [line.kind for part in found.categories for line in part.lines]
    assert kinds == [COUNTED, COUNTED, COUNTED, COUNTED, MEMO, UNKNOWN]


def test_a_counted_line_says_its_part_and_its_facts(budget):
    line = account(budget).categories[0].lines[0]
    assert line.part == pytest.approx(276_000 / budget.total_usd.point)
    facts = dict(line.facts)
    assert facts["formula"].startswith("usd") or "V × months × C" in facts["formula"]
    assert facts["result"].startswith("276,000.00 USD (90 %: ")
    assert facts["that is"] == "All factors multiplied."
    assert facts["quantity × unit price"] == "1,200 TB-month × 230 USD"
    assert facts["paid"] == "one-off"
    assert "price-41 (book, 2026-08): list" in facts["source"]


def test_a_line_without_usd_says_why(budget):
    line = account(budget).categories[-1].lines[-1]
    assert (line.kind, line.usd, line.part, line.tree) == (UNKNOWN, None, None, None)
    assert dict(line.facts) == {"note": "not priced in this version"}


def test_trees_can_be_left_out(budget):
    assert all(
        line.tree is None for part in account(budget, False).categories for line in part.lines
    )
    assert account(budget).categories[0].lines[0].tree is not None


def test_another_currency_and_the_programme_are_said_where_they_are_planned(budget):
    plain = account(budget)
    assert (plain.currency, plain.programme) == ("", "")
    shown = replace(budget, currency=ShownCurrency("EUR", Ranged(0.5, 0.5, 0.5), "a bank"))
    assert "EUR" in account(shown).currency
    assert "at 0.5 EUR per USD (a bank)" in account(shown).currency
    training = replace(budget.lines[0], category="training")
    programme = account(replace(budget, lines=(*budget.lines, training))).programme
    assert programme.startswith("Of data and training together, the data is 86 % (80–90)")


def test_months_of_equal_spending_are_one_row(budget):
    assert cash_rows(budget) == ()
    monthly = replace(budget.lines[0], payment="monthly", months=4.0)
    first, rest = cash_rows(replace(budget, lines=(monthly, *budget.lines[1:])))
    assert (first.months, rest.months) == ("1", "2 to 4")
    assert rest.usd.point == pytest.approx(69_000)
    assert rest.spent_usd == "1.731 M"


def test_prices_come_oldest_first_with_their_doubts(budget):
    old = replace(budget.price_ages[0], id="price-9", age_days=814)
    twice = replace(budget.price_ages[0], key="storage.other_price")
    rows = price_rows(replace(budget, price_ages=(*budget.price_ages, twice, old)))
    assert [(row.id, row.doubt) for row in rows] == [
        ("price-9", "older than a year"),
        ("price-0", ""),
        ("price-1", "dated after today"),
    ]
    assert rows[1].keys == "storage.rented_price, storage.other_price"
    assert (rows[1].price, rows[1].as_of, rows[1].age) == (
        "23 USD/TB-month",
        "2026-08",
        "115 days old",
    )
