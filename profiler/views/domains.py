"""A budget by domain: volume, clean tokens, core-hours and cost, and what the domains share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from profiler.estimation import Estimation
from profiler.money.budget import Budget
from profiler.money.lines import BudgetLine, Domain
from profiler.scaling.quantity import Estimate, Quantity, State
from profiler.scaling.volumes import Forecast, worst
from profiler.views.figures import (
    ABSENT,
    BYTES,
    HOURS,
    MONEY,
    SHORT_COUNTS,
    figure_of,
    percent,
)
from profiler.views.funnel import share
from profiler.views.outlook import outlook
from profiler.views.unitcosts import paid_core_hours

SHARED = "shared"
TOTAL = "total"
TOTAL_OF_KNOWN = "total of what is known"
COLUMNS = ("domain", "raw, stored", "clean tokens", "core-hours", "USD", "of the total")
EXPLANATION = (
    "In parentheses: 90 % interval; two figures and no point: bounds only. Raw is as the input "
    "lies on disk. Core-hours are those that cleaning pays for, with utilisation, reruns and "
    "overheads. "
    f"{ABSENT}: not known, or nothing of the kind."
)


@dataclass(frozen=True, slots=True)
class DomainRow:
    """A domain, what the domains share, or the total; None where that is not known.

    ``usd`` sums counted lines; ``part`` is its share of the total, by points. ``core_hours`` are
    those that the lines of cleaning pay for, or would.
    """

    name: str
    raw_bytes: Estimate | None
    clean_tokens: Estimate | None
    core_hours: Estimate | None
    usd: Estimate | None
    part: float | None


def domain_rows(estimation: Estimation) -> tuple[DomainRow, ...]:
    """A row per domain, one for what is shared, and the total; empty without named domains.

    A domain that could not be measured has a row of unknowns, and the total is then of the others.
    """
    budget, domains = estimation.budget, estimation.domains
    if not domains[0].name:
        return ()
    measured = [_domain_row(domain, budget) for domain in domains]
    names = {domain.name for domain in domains}
    unmeasured = dict.fromkeys(
        line.domain for line in budget.lines if line.domain and line.domain not in names
    )
    unknown = [DomainRow(name, None, None, None, None, None) for name in unmeasured]
    shared = _usd(_of_domain(budget, ""), budget)
    return (
        *measured,
        *unknown,
        DomainRow(SHARED, None, None, None, shared, _part(shared, budget)),
        _total_row(TOTAL_OF_KNOWN if unknown else TOTAL, domains, measured, budget),
    )


def domain_cells(row: DomainRow) -> tuple[str, ...]:
    """A row as texts, in the order of ``COLUMNS``."""
    usd, hours = row.usd, row.core_hours
    return (
        row.name,
        ABSENT if row.raw_bytes is None else str(figure_of(row.raw_bytes, BYTES)),
        ABSENT if row.clean_tokens is None else str(figure_of(row.clean_tokens, SHORT_COUNTS)),
        ABSENT if hours is None else figure_of(hours, HOURS).middle,
        ABSENT if usd is None else str(figure_of(usd, MONEY, 2)),
        percent(row.part),
    )


def _domain_row(domain: Domain, budget: Budget) -> DomainRow:
    forecast = domain.forecast
    lines = _of_domain(budget, domain.name)
    tokens, usd = forecast.clean_tokens, _usd(lines, budget)
    return DomainRow(
        domain.name,
        forecast.target.stored_bytes.estimate(forecast.target.conversion),
        None if tokens is None else tokens.estimate("forecast", cast(State, forecast.state)),
        _core_hours(lines, [forecast]),
        usd,
        _part(usd, budget),
    )


def _total_row(
    name: str, domains: Sequence[Domain], rows: Sequence[DomainRow], budget: Budget
) -> DomainRow:
    raw = _sum(domain.forecast.target.stored_bytes for domain in domains)
    tokens = [domain.forecast.clean_tokens for domain in domains]
    state = worst(*(cast(State, domain.forecast.state) for domain in domains))
    found = [quantity for quantity in tokens if quantity is not None]
    of_domains = [line for line in budget.lines if line.domain]
    hours = _core_hours(of_domains, [domain.forecast for domain in domains])
    return DomainRow(
        name,
        raw.estimate("sum of the domains"),
        _sum(found).estimate("sum of the domains", state) if len(found) == len(tokens) else None,
        hours if all(row.core_hours is not None for row in rows) else None,
        budget.total_usd,
        1.0,
    )


def _of_domain(budget: Budget, name: str) -> list[BudgetLine]:
    return [line for line in budget.lines if line.domain == name]


def _core_hours(lines: Sequence[BudgetLine], forecasts: Sequence[Forecast]) -> Estimate | None:
    """Core-hours of lines over what some forecasts leave, with a point where they have one."""
    hours = paid_core_hours(lines)
    if hours is None:
        return None
    state = worst(*(outlook(forecast).cpu_hours.state for forecast in forecasts))
    return hours.estimate("lines of cleaning", state)


def _usd(lines: Sequence[BudgetLine], budget: Budget) -> Estimate | None:
    counted = [line for line in lines if line.counted and line.usd is not None]
    if not counted:
        return None
    points = [line.usd.point for line in counted if line.usd and line.usd.point is not None]
    draws = np.zeros_like(budget.total_draws)
    for line in counted:
        if line.draws is not None:
            draws = draws + line.draws
    return Quantity(round(math.fsum(points), 2), draws).estimate("sum of counted lines")


def _part(usd: Estimate | None, budget: Budget) -> float | None:
    return None if usd is None else share(usd.point, budget.total_usd.point)


def _sum(quantities: Iterable[Quantity]) -> Quantity:
    first, *others = quantities
    for each in others:
        first = first + each
    return first
