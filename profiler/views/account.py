"""The budget as a page prints it: chart, categories, lines that open, months, prices, doubts."""

from __future__ import annotations

from dataclasses import dataclass

from profiler.money.budget import Budget
from profiler.money.formulas import about
from profiler.money.lines import BudgetLine
from profiler.money.training import programme_share
from profiler.scaling.quantity import Estimate
from profiler.views.bars import Chart
from profiler.views.charts import budget_chart
from profiler.views.costs import (
    CashRow,
    CategoryRow,
    PriceRow,
    cash_rows,
    categories,
    price_rows,
    quantity_text,
)
from profiler.views.figures import COUNTS, MONEY, PERCENT, figure_of, usd
from profiler.views.funnel import share
from profiler.views.lineage import Lineage, lineage
from profiler.views.printable import printable
from profiler.views.provenance import Pair
from profiler.views.sureness import Sureness, sureness

COUNTED = "counted"
MEMO = "memo, not in the total"
UNKNOWN = "no USD"


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line: ``part`` is its share of the total where it is counted.

    ``facts`` is what it tells when it is opened, ``tree`` what its USD were made of.
    """

    title: str
    kind: str
    usd: Estimate | None
    part: float | None
    facts: tuple[Pair, ...]
    tree: Lineage | None


@dataclass(frozen=True, slots=True)
class CategoryLines:
    """A category with all its lines: counted ones first, then memo lines, then unknown ones."""

    row: CategoryRow
    lines: tuple[LineRow, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """A whole budget. ``currency`` and ``programme`` are sentences, "" where there is none."""

    total: Estimate
    currency: str
    programme: str
    chart: Chart
    categories: tuple[CategoryLines, ...]
    cash: tuple[CashRow, ...]
    sureness: Sureness
    prices: tuple[PriceRow, ...]
    has_trees: bool


def account(budget: Budget, trees: bool = True) -> Account:
    """The budget to print; without ``trees`` lines tell formula and values, but not the leaves."""
    rows = categories(budget)
    return Account(
        budget.total_usd,
        _currency(budget),
        _programme(budget),
        budget_chart(budget.total_usd, rows),
        tuple(_category(row, budget, trees) for row in rows),
        cash_rows(budget),
        sureness(budget),
        price_rows(budget),
        trees,
    )


def _currency(budget: Budget) -> str:
    shown = budget.currency
    if shown is None:
        return ""
    code = printable(shown.code, 12)
    total = figure_of(shown.total(budget), MONEY, 2)
    source = printable(shown.source, 200)
    rate = f"{shown.per_usd.point:g} {code} per USD"
    return f"In another currency: {total} {code}, at {rate} ({source})."


def _programme(budget: Budget) -> str:
    found = programme_share(budget.lines)
    if found is None:
        return ""
    return f"Of data and training together, the data is {figure_of(found, PERCENT, 1)}."


def _category(row: CategoryRow, budget: Budget, trees: bool) -> CategoryLines:
    kinds = ((COUNTED, row.counted), (MEMO, row.memo), (UNKNOWN, row.unknown))
    total = budget.total_usd.point
    lines = [_line(line, kind, total, trees) for kind, found in kinds for line in found]
    return CategoryLines(row, tuple(lines))


def _line(line: BudgetLine, kind: str, total: float | None, trees: bool) -> LineRow:
    point = line.usd.point if line.usd is not None and line.counted else None
    return LineRow(
        printable(line.title),
        kind,
        line.usd,
        share(point, total),
        _facts(line),
        lineage(line.term) if trees and line.term is not None else None,
    )


def _facts(line: BudgetLine) -> tuple[Pair, ...]:
    term = line.term
    pairs = (
        ("formula", line.explanation or line.formula),
        ("result", _result(line.usd)),
        ("that is", about(term.function) if term else ""),
        ("quantity × unit price", _product(line)),
        ("paid", _paid(line)),
        ("source", line.source),
        ("note", line.note),
    )
    return tuple((name, printable(text)) for name, text in pairs if text)


def _result(cost: Estimate | None) -> str:
    if cost is None or cost.point is None:
        return ""
    text = f"{cost.point:,.2f} USD"
    return text if cost.low == cost.high else f"{text} (90 %: {cost.low:,.2f} to {cost.high:,.2f})"


def _product(line: BudgetLine) -> str:
    if line.quantity is None:
        return ""
    price = "" if line.unit_price_usd is None else f" × {usd(line.unit_price_usd)} USD"
    return f"{quantity_text(line.quantity, line.unit, COUNTS)}{price}"


def _paid(line: BudgetLine) -> str:
    if line.usd is None:
        return ""
    return line.payment if line.months is None else f"{line.payment}, {line.months:g} months"
