"""One self-contained HTML page: no network, every value escaped by the template.

The only script is the one of the what-if, which the page's policy names by its hash.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from profiler.estimation import Estimation
from profiler.money.budget import Budget
from profiler.over_scale import ScalePoint
from profiler.record.store import Record
from profiler.scaling.quantity import Estimate
from profiler.scaling.volumes import Forecast
from profiler.views import figures
from profiler.views.band_cells import likely_causes
from profiler.views.outlook import STATE_WORDS
from profiler.views.printable import printable_lines
from profiler.views.report import make_page
from profiler.views.row_words import row_words
from profiler.views.whatif import WhatIf
from profiler.views.whatif_view import what_if_view

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
    curves: Sequence[Sequence[ScalePoint]] = (),
    what_if: WhatIf | None = None,
    plan: Estimation | None = None,
) -> str:
    """The page for one run or several, each with its name.

    ``forecasts``, ``budgets`` and ``curves`` (over scale) belong to the records by position; each
    may be empty. ``what_if`` is of the only record; ``plan`` is the estimation
    of the domains that the records are of, with the budget over all of them.
    Raises ValueError when their numbers differ.
    """
    page = make_page(records, forecasts, budgets, today, curves, plan)
    shown = None if what_if is None else what_if_view(what_if, forecasts[0].target.bytes)
    return _environment().get_template("page.html.j2").render(page=page, what_if=shown)


def estimation_page(estimation: Estimation, today: date) -> str:
    """The page of one run that was scaled, or of the domains of a plan with one budget over all."""
    domains = estimation.domains
    is_plan = any(domain.name for domain in domains)
    names = [domain.name or domain.run or "run" for domain in domains]
    return html_report(
        list(zip(names, estimation.records, strict=True)),
        [domain.forecast for domain in domains],
        [] if is_plan else [estimation.budget],
        today,
        plan=estimation if is_plan else None,
    )


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
    environment.filters["with_error"] = figures.with_error
    environment.filters["estimate"] = _estimate_text
    environment.filters["likely_causes"] = likely_causes
    environment.filters["outer"] = figures.outer_of
    environment.filters["row_words"] = row_words
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
