"""The budget as CSV: RFC 4180, a header line, UTF-8, a cell without a value where it is unknown."""

from __future__ import annotations

from profiler.money.budget import Budget
from profiler.views.export.focus import COLUMNS, Cell, Column, focus_rows

# A spreadsheet runs a cell that begins so as a formula (CWE-1236), some also the full width forms.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


def csv_text(budget: Budget) -> str:
    """A row per line of the budget; the columns are those of ``focus.COLUMNS``.

    All text is quoted, numbers are not. Text that a spreadsheet would run has a quote mark ' in
    front of it.
    """
    header = ",".join(column.name for column in COLUMNS)
    rows = [
        ",".join(_written(row[column.name], column) for column in COLUMNS)
        for row in focus_rows(budget)
    ]
    return "\n".join([header, *rows, ""])


def guarded(text: str) -> str:
    """Text that no spreadsheet runs as a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _written(cell: Cell, column: Column) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str):
        return '"' + guarded(cell).replace('"', '""') + '"'
    return f"{cell:.2f}" if column.kind == "usd" else repr(cell)
