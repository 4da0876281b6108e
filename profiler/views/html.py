"""One self-contained HTML page: no network, no script, every value escaped by the template."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from profiler.money.budget import Budget
from profiler.record.store import Record
from profiler.scaling.curves import CurvePoint
from profiler.scaling.quantity import Estimate
from profiler.scaling.volumes import Forecast
from profiler.views import figures
from profiler.views.outlook import STATE_WORDS
from profiler.views.printable import printable_lines
from profiler.views.report import make_page

ESTIMATE_SCALES: dict[str, figures.Scales] = {
    "bytes": figures.BYTES,
    "count": figures.SHORT_COUNTS,
    "hours": figures.HOURS,
    "money": figures.MONEY,
    "percent": figures.PERCENT,
    "plain": figures.PLAIN,
}


def html_report(
    records: Sequence[tuple[str, Record]],
    forecasts: Sequence[Forecast],
    budgets: Sequence[Budget],
    today: date,
    curves: Sequence[Sequence[CurvePoint]] = (),
) -> str:
    """The page for one run or several, each with its name.

    ``forecasts``, ``budgets`` and ``curves`` (over scale) belong to the records by position; each
    may be empty.
    Raises ValueError when their numbers differ.
    """
    page = make_page(records, forecasts, budgets, today, curves)
    return _environment().get_template("page.html.j2").render(page=page)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("profiler.views"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        finalize=_shown,
    )
    for name in ("megabytes", "percent", "seconds", "short", "three_digits", "whole"):
        environment.filters[name] = _absent_or(getattr(figures, name))
    environment.filters["estimate"] = _estimate_text
    environment.filters["outer"] = figures.outer_of
    environment.filters["state"] = lambda state: STATE_WORDS.get(state, state)
    return environment


def _shown(value: Any) -> Any:
    """The last gate before a value is escaped: characters that no one sees are taken out."""
    if value is None:
        return figures.ABSENT
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return printable_lines(value)
    return value


def _absent_or(write: Callable[[float], str]) -> Callable[[float | None], str]:
    return lambda value: figures.ABSENT if value is None else write(value)


def _estimate_text(estimate: Estimate | None, unit: str) -> str:
    if estimate is None:
        return figures.ABSENT
    decimals = 2 if unit == "money" else 9
    return str(figures.figure_of(estimate, ESTIMATE_SCALES[unit], decimals))
