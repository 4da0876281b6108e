"""The budget, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from profiler.money.budget import Budget
from profiler.money.lines import BudgetLine
from profiler.scaling.quantity import Estimate
from profiler.views.costs import ADDING_UP, CategoryRow, categories, price_texts, quantity_text
from profiler.views.figures import ABSENT, MONEY, SHORT_COUNTS, figure_of, percent, usd
from profiler.views.printable import printable
from profiler.views.terminal.tables import add, bullets, heading, note, safe, table

LONGEST_ITEM = 44


def show_budget(budget: Budget, console: Console) -> None:
    """Print what is paid for, what stands beside it, what has no price, and on which grounds."""
    heading(console, f"Total: {_usd(budget.total_usd)} USD")
    rows = categories(budget)
    _show_counted(rows, budget.total_usd, console)
    _show_memo([line for row in rows for line in row.memo], console)
    _show_unknown([line for row in rows for line in row.unknown], console)
    for title, texts in (
        ("Warnings of the budget", budget.warnings),
        ("Prices and their age", price_texts(budget)),
        ("Assumptions of the budget", budget.assumptions),
    ):
        if texts:
            heading(console, title)
            bullets(console, texts)


def _show_counted(rows: Sequence[CategoryRow], total: Estimate, console: Console) -> None:
    heading(console, "Counted")
    grid = _money_table()
    for row in rows:
        if row.usd is None:
            continue
        add(grid, row.category, _usd(row.usd), f"{percent(row.part)} of the total", style="bold")
        _add_lines(grid, row.counted)
    add(grid, "total", _usd(total), "", style="bold")
    console.print(grid)
    note(console, f"In parentheses: 90 % interval. {ADDING_UP}")


def _show_memo(lines: Sequence[BudgetLine], console: Console) -> None:
    if not lines:
        return
    heading(console, "Memo: other ways of paying, not in the total")
    grid = _money_table()
    _add_lines(grid, lines)
    console.print(grid)


def _show_unknown(lines: Sequence[BudgetLine], console: Console) -> None:
    if not lines:
        return
    heading(console, "Not in the total: not priced, or not measured")
    bullets(console, [f"{line.category}, {line.title}: {line.note}" for line in lines])


def _money_table() -> Table:
    return table("item", "USD", "quantity × unit price")


def _add_lines(grid: Table, lines: Sequence[BudgetLine]) -> None:
    for line in lines:
        cost = ABSENT if line.usd is None else _usd(line.usd)
        grid.add_row(safe(f"· {line.title}", LONGEST_ITEM), safe(cost), safe(_product(line)))


def _product(line: BudgetLine) -> str:
    if line.quantity is None:
        return ""
    price = "" if line.unit_price_usd is None else f" × {usd(line.unit_price_usd)}"
    return f"{quantity_text(line.quantity, printable(line.unit), SHORT_COUNTS)}{price}"


def _usd(estimate: Estimate) -> str:
    return str(figure_of(estimate, MONEY, 2))
