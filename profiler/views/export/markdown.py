"""The budget as Markdown for a ticket: GitHub's dialect, and nothing in it that acts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from profiler.estimation import Estimation
from profiler.money.budget import Budget
from profiler.money.lines import BudgetLine
from profiler.scaling.quantity import Estimate
from profiler.views.costs import (
    ADDING_UP,
    CategoryRow,
    categories,
    price_texts,
    quantity_text,
)
from profiler.views.domains import COLUMNS, EXPLANATION, domain_cells, domain_rows
from profiler.views.figures import ABSENT, MONEY, SHORT_COUNTS, figure_of, percent, usd
from profiler.views.printable import printable

NO_BREAK = "\u2060"  # of no width: a mention or a reference with it inside is none
_ACTING = re.compile(r"[\\`*_{}\[\]|~$]|(?<=[A-Za-z]):(?=//)|(?<=www)\.", re.IGNORECASE)
_REFERENCE = re.compile(r"[@#!](?=[\w/])|(?<=GH)-(?=\d)", re.IGNORECASE)
_BLOCK_START = re.compile(r"^([-+#]|\d+(?=[.)](?:\s|$)))")
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def markdown_text(estimation: Estimation) -> str:
    """Total, domains, counted lines, other ways of paying, what is not known, and the grounds."""
    budget = estimation.budget
    rows = categories(budget)
    parts = [
        f"# Budget: {escaped(_usd(budget.total_usd))} USD",
        *_domain_part(estimation),
        "## Counted",
        _counted_table(rows, budget),
        f"In parentheses: 90 % interval. {ADDING_UP}",
        *_memo_part([line for row in rows for line in row.memo]),
        *_list_part(
            "## Not in the total: not priced, or not measured",
            [f"{each.category}, {each.title}: {each.note}" for row in rows for each in row.unknown],
        ),
        *_list_part("## Warnings", budget.warnings),
        *_list_part("## Prices and their age", price_texts(budget)),
        *_list_part("## Assumptions", budget.assumptions),
    ]
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """One line of text that Markdown shows as it is: no markup, HTML, link, mention, reference."""
    plain = printable(text).translate(_HTML)
    plain = _ACTING.sub(lambda found: f"\\{found.group()}", plain)
    plain = _REFERENCE.sub(lambda found: f"{found.group()}{NO_BREAK}", plain)
    return _BLOCK_START.sub(lambda found: _escaped_start(found.group()), plain)


def table(header: Sequence[str], rows: Iterable[Sequence[str]], names: int = 1) -> str:
    """A table; the first ``names`` columns are names, the others are numbers."""
    marks = [":--" if place < names else "--:" for place in range(len(header))]
    lines = [header, marks, *([escaped(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _domain_part(estimation: Estimation) -> list[str]:
    rows = domain_rows(estimation)
    if not rows:
        return []
    return ["## Domains", table(COLUMNS, [domain_cells(row) for row in rows]), EXPLANATION]


def _counted_table(rows: Sequence[CategoryRow], budget: Budget) -> str:
    cells: list[tuple[str, ...]] = []
    for row in rows:
        if row.usd is None:
            continue
        cells.append((row.category, "", _usd(row.usd), percent(row.part), ""))
        cells += [_line_cells(line) for line in row.counted]
    cells.append(("total", "", _usd(budget.total_usd), percent(1.0), ""))
    return table(("category", "line", "USD", "of the total", "quantity × unit price"), cells, 2)


def _line_cells(line: BudgetLine) -> tuple[str, ...]:
    return ("", line.title, _usd(line.usd), "", _product(line))


def _memo_part(lines: Sequence[BudgetLine]) -> list[str]:
    if not lines:
        return []
    cells = [(line.category, line.title, _usd(line.usd), _product(line)) for line in lines]
    header = ("category", "line", "USD", "quantity × unit price")
    return ["## Memo: other ways of paying, not in the total", table(header, cells, 2)]


def _list_part(title: str, texts: Iterable[str]) -> list[str]:
    lines = [f"- {escaped(text)}" for text in texts]
    return [title, "\n".join(lines)] if lines else []


def _product(line: BudgetLine) -> str:
    if line.quantity is None:
        return ""
    price = "" if line.unit_price_usd is None else f" × {usd(line.unit_price_usd)}"
    return f"{quantity_text(line.quantity, line.unit, SHORT_COUNTS)}{price}"


def _usd(estimate: Estimate | None) -> str:
    return ABSENT if estimate is None else str(figure_of(estimate, MONEY, 2))


def _escaped_start(start: str) -> str:
    return f"{start}{NO_BREAK}" if start.isdigit() else f"\\{start}"
