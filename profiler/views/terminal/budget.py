"""The budget, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from profiler.money.budget import Budget
from profiler.money.cash import cash_flow
from profiler.money.drivers import drivers
from profiler.money.lines import BudgetLine
from profiler.money.training import programme_share
from profiler.scaling.quantity import Estimate
from profiler.views.costs import ADDING_UP, CategoryRow, categories, price_texts, quantity_text
from profiler.views.figures import (
    ABSENT,
    MONEY,
    PERCENT,
    SHORT_COUNTS,
    figure_of,
    known,
    percent,
    significant,
    usd,
)
from profiler.views.printable import printable
from profiler.views.terminal.tables import add, bulleted, bullets, heading, note, safe, table

LONGEST_ITEM = 44
MOST_DRIVERS = 8
BAR_CELLS = 6


def show_budget(budget: Budget, console: Console) -> None:
    """Print what is paid for, what stands beside it, what has no price, and on which grounds."""
    heading(console, f"Total: {_usd(budget.total_usd)} USD")
    rows = categories(budget)
    shown = budget.currency
    currency = None if shown is None else (shown.code, shown.total(budget))
    _show_counted(rows, budget.total_usd, currency, console)
    _show_programme(budget, console)
    _show_memo([line for row in rows for line in row.memo], console)
    _show_unknown([line for row in rows for line in row.unknown], console)
    _show_cash(budget, console)
    _show_drivers(budget, console)
    for title, texts in (
        ("Warnings of the budget", budget.warnings),
        ("Prices and their age", price_texts(budget)),
        ("Assumptions of the budget", budget.assumptions),
    ):
        if texts:
            heading(console, title)
            bullets(console, texts)


def _show_counted(
    rows: Sequence[CategoryRow],
    total: Estimate,
    currency: tuple[str, Estimate] | None,
    console: Console,
) -> None:
    heading(console, "Counted")
    grid = _money_table()
    for row in rows:
        if row.usd is None:
            continue
        add(grid, row.category, _usd(row.usd), f"{percent(row.part)} of the total", style="bold")
        _add_lines(grid, row.counted)
    add(grid, "total", _usd(total), "", style="bold")
    if currency is not None:
        code, in_currency = currency
        add(grid, f"total in {code}", _usd(in_currency), in_currency.method, style="bold")
    console.print(grid)
    note(console, f"In parentheses: 90 % interval. {ADDING_UP}")


def _show_programme(budget: Budget, console: Console) -> None:
    share = programme_share(budget.lines)
    if share is not None:
        said = figure_of(share, PERCENT, 1)
        bullets(console, [f"Of data and training together, the data is {said}."])


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
    heading(console, "Not in the total: not planned, not priced, or not measured")
    bullets(console, [f"{line.category}, {line.title}: {line.note}" for line in lines])


def _show_cash(budget: Budget, console: Console) -> None:
    flow = cash_flow(budget)
    if len(flow) < 2:
        return
    heading(console, "Month by month")
    grid = table("months", "USD a month", "spent by then")
    for months in flow:
        last = "" if months.first_month == months.last_month else f" to {months.last_month}"
        spent = f"{usd(months.spent_usd)}"
        grid.add_row(safe(f"{months.first_month}{last}"), safe(_usd(months.usd)), safe(spent))
    console.print(grid)


def _show_drivers(budget: Budget, console: Console) -> None:
    found = [driver for driver in drivers(budget) if driver.swing_usd > 0][:MOST_DRIVERS]
    if not found:
        return
    heading(console, "What moves the total most")
    grid = table("input", "from", "to", "total\nfrom", "total\nto", "")
    longest = found[0].swing_usd
    for driver in found:
        bar = "█" * max(1, round(BAR_CELLS * driver.swing_usd / longest))
        add_cells = (
            safe(driver.name, LONGEST_ITEM),
            safe(known(driver.low, SHORT_COUNTS, digits=3)),
            safe(known(driver.high, SHORT_COUNTS, digits=3)),
            safe(known(significant(driver.usd_at_low, 4), MONEY)),
            safe(known(significant(driver.usd_at_high, 4), MONEY)),
            safe(bar),
        )
        grid.add_row(*add_cells)
    console.print(grid)
    note(console, "One input at a time, from its 5 % to its 95 % quantile, all others as planned.")


def _money_table() -> Table:
    return table("item", "USD", "quantity × unit price")


def _add_lines(grid: Table, lines: Sequence[BudgetLine]) -> None:
    for line in lines:
        cost = ABSENT if line.usd is None else _usd(line.usd)
        grid.add_row(bulleted(line.title, LONGEST_ITEM), safe(cost), safe(_product(line)))


def _product(line: BudgetLine) -> str:
    if line.quantity is None:
        return ""
    price = "" if line.unit_price_usd is None else f" × {usd(line.unit_price_usd)}"
    return f"{quantity_text(line.quantity, printable(line.unit), SHORT_COUNTS)}{price}"


def _usd(estimate: Estimate) -> str:
    return str(figure_of(estimate, MONEY, 2))
