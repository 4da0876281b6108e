"""The tables of a run as CSV or Markdown; rows are those of ``profiler.views.funnel``."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from profiler.record.store import Record
from profiler.views.duplicates import group_members
from profiler.views.export.csv import guarded
from profiler.views.export.markdown import table
from profiler.views.figures import ABSENT, percent, three_digits, whole
from profiler.views.funnel import (
    DEDUP_PHASES,
    alone,
    cpu,
    dropped_samples,
    funnel,
    reasons,
    spectrum,
)
from profiler.views.parts import TablePart
from profiler.views.printable import printable

Row = dict[str, Any]
SAMPLES_PER_REASON = 2
LONGEST_TEXT = 160  # characters of a sampled document in Markdown
TITLES: dict[TablePart, str] = {
    "funnel": "What survives each stage",
    "reasons": "Why documents were dropped",
    "alone": "Retention of each filter, in order and alone",
    "duplicates": "Duplicate groups by size",
    "cpu": "What burns the CPU",
    "files": "Files between stages",
    "dropped": "Documents that were dropped, a few of each reason",
    "groups": "The largest groups of duplicates",
}
ROWS: dict[TablePart, Callable[[Record], Sequence[Any]]] = {
    "funnel": lambda record: funnel(record.run),
    "reasons": reasons,
    "alone": alone,
    "duplicates": spectrum,
    "cpu": lambda record: cpu(record.run),
    "files": lambda record: record.run.intermediate_files,
    "dropped": lambda record: dropped_samples(record, SAMPLES_PER_REASON),
    "groups": group_members,
}
SHARES = (
    *("docs_kept", "bytes_kept", "tokens_kept", "docs_of_pool", "bytes_of_pool", "tokens_of_pool"),
    *("share", "alone_docs", "alone_bytes"),
    *("docs_in_order", "bytes_in_order", "docs_alone", "bytes_alone"),
)


def run_rows(record: Record, part: TablePart) -> list[Row]:
    """The rows of one table: units in the names, shares as fractions of 1, None for unknown.

    CPU of a dedup's phases is in columns of their own.
    """
    return [_flat(dataclasses.asdict(row)) for row in ROWS[part](record)]


def run_csv(record: Record, part: TablePart) -> str:
    """One table as CSV (RFC 4180): a header line, unknown cells empty.

    Text is one line, quoted; none of it acts on a terminal or in a spreadsheet.
    """
    rows = run_rows(record, part)
    header = [",".join(rows[0])] if rows else []
    return "\n".join([*header, *(",".join(map(_csv_cell, row.values())) for row in rows), ""])


def run_markdown(record: Record, parts: Sequence[TablePart]) -> str:
    """Tables as Markdown, for people; nothing in a name or a text acts."""
    return "\n".join(f"## {TITLES[part]}\n\n{_markdown(record, part)}\n" for part in parts)


def _flat(row: Row) -> Row:
    phases = row.pop("phases", None)
    if phases is None:
        return row
    return row | {f"{phase}_cpu_seconds": phases.get(phase) for phase in DEDUP_PHASES}


def _csv_cell(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str):
        return '"' + guarded(printable(cell)).replace('"', '""') + '"'
    return repr(cell)


def _markdown(record: Record, part: TablePart) -> str:
    rows = run_rows(record, part)
    if not rows:
        return "None."
    names = [name for name, cell in rows[0].items() if isinstance(cell, str)]
    numbers = [name for name in rows[0] if name not in names]
    header = [name.replace("_", " ") for name in (*names, *numbers)]
    cells = [[_shown(name, row[name]) for name in (*names, *numbers)] for row in rows]
    return table(header, cells, len(names))


def _shown(name: str, cell: Any) -> str:
    if cell is None:
        return ABSENT
    if isinstance(cell, str):
        return printable(cell, LONGEST_TEXT)
    if isinstance(cell, bool):
        return "yes" if cell else ""
    if name in SHARES:
        return percent(cell)
    return whole(cell) if isinstance(cell, int) else three_digits(cell)
