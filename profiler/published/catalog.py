"""Every published table by its name, and every row by its id."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pipeline.config import did_you_mean
from pipeline.errors import CorpuscostError
from profiler.published.model import (
    Example,
    Formula,
    Issue,
    PriceRange,
    examples,
    formulas,
    issues,
    price_ranges,
)
from profiler.published.programme import StepRange, step_ranges
from profiler.published.tables import Crawl, Funnel, Throughput, crawls, funnels, throughputs

Row = Funnel | Throughput | Crawl | Formula | Example | PriceRange | StepRange | Issue

TABLES: Mapping[str, Callable[[], tuple[Row, ...]]] = {
    "funnels": funnels,
    "throughputs": throughputs,
    "crawls": crawls,
    "formulas": formulas,
    "examples": examples,
    "ranges": price_ranges,
    "programme": step_ranges,
    "issues": issues,
}


def rows(table: str) -> list[tuple[str, Row]]:
    """Each row of a table, after the table's name."""
    return [(table, row) for row in TABLES[table]()]


def all_rows() -> list[tuple[str, Row]]:
    """Each row of every table, after its table's name."""
    return [named for table in TABLES for named in rows(table)]


def find(name: str) -> list[tuple[str, Row]]:
    """The rows of the table of that name, else the rows with that id, which two tables may share.

    Raises CorpuscostError, with the nearest name, when there is neither.
    """
    if name in TABLES:
        return rows(name)
    found = [(table, row) for table, row in all_rows() if row.id == name]
    if found:
        return found
    known = [*TABLES, *(row.id for _, row in all_rows())]
    raise CorpuscostError(f"published row {name!r}: {did_you_mean(name, known)}")
