"""What a budget comes to per unit: USD per TB and per billion tokens, core-hours, days on cores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from profiler.money.budget import Budget
from profiler.money.budget_draws import of_budget
from profiler.money.lines import BudgetLine
from profiler.scaling.quantity import Estimate, Quantity, State
from profiler.views.figures import figure
from profiler.views.outlook import ratio

CORE_UNITS = ("vCPU-hour", "core-hour")
BYTES_PER_TB = 1e12
TOKENS_PER_BILLION = 1e9
SECONDS_PER_HOUR = 3600.0
UNMEASURED = "not measured"  # how the note of a line begins that holds a published figure
CORES = (100, 1_000, 10_000)  # that wall times are said for
TIMES = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s"))
LEAST_UNITS = 3.0  # a time is said in a unit of which it has so many: 41 h, and 4 d


def usd_per_raw_tb(budget: Budget, stored_bytes: Quantity) -> Estimate:
    """The total over the raw corpus as it lies on disk."""
    return ratio(_total(budget), of_budget(stored_bytes) / BYTES_PER_TB, "estimate")


def usd_per_billion_tokens(budget: Budget, tokens: Quantity, state: State) -> Estimate:
    """The total over a billion clean tokens; ``state`` is that of the tokens."""
    return ratio(_total(budget), of_budget(tokens) / TOKENS_PER_BILLION, state)


def paid_core_hours(lines: Sequence[BudgetLine]) -> Quantity | None:
    """Core-hours that lines of cleaning pay for, with utilisation, reruns and overheads.

    Those of what was not measured are left out. None where no line has core-hours. Draws are those
    of the lines' USD over those of their price of an hour.
    """
    found = [
        hours
        for line in lines
        if line.category == "cleaning" and line.unit in CORE_UNITS
        if not line.note.startswith(UNMEASURED)
        if (hours := _hours(line)) is not None
    ]
    if not found:
        return None
    return Quantity(
        math.fsum(hours.point for hours in found), np.sum([hours.draws for hours in found], axis=0)
    )


def wall_text(core_hours: Estimate, cores: int) -> str:
    """How long so many cores need, if the work divides evenly: ``28 h (16–41)``."""
    longest = core_hours.high * SECONDS_PER_HOUR / cores
    seconds, unit = next((t for t in TIMES if longest >= LEAST_UNITS * t[0]), TIMES[-1])
    part = SECONDS_PER_HOUR / cores / seconds
    point = None if core_hours.state == "bounds" else core_hours.point
    text = figure(
        None if point is None else point * part, core_hours.low * part, core_hours.high * part
    )
    return str(replace(text, unit=unit))


def _total(budget: Budget) -> Quantity:
    return Quantity(budget.total_usd.point or 0.0, budget.total_draws)


def _hours(line: BudgetLine) -> Quantity | None:
    """The quantity of a line with its draws; its USD are the price of an hour times the hours."""
    if line.quantity is None or line.draws is None or line.term is None:
        return None
    unit = f"USD/{line.unit}"
    price = next((part for part in line.term.parts if part.unit == unit), None)
    if price is None or not (price.value.draws > 0).all():
        return None
    return Quantity(line.quantity, line.draws / price.value.draws)
