"""When money is spent: what is paid once, and what is paid every month."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from profiler.money.budget import Budget
from profiler.money.lines import BudgetLine
from profiler.scaling.quantity import Draws, Estimate, Quantity


@dataclass(frozen=True, slots=True)
class CashMonths:
    """Months of equal spending, the first and the last counted from 1. USD are of each month.

    ``spent_usd`` is all that was spent by the end of the last of them.
    """

    first_month: int
    last_month: int
    usd: Estimate
    spent_usd: float


def cash_flow(budget: Budget) -> tuple[CashMonths, ...]:
    """Counted lines by month; nothing is left out, so that the last ``spent_usd`` is the total.

    What is paid once falls into month 1. A monthly line is spread evenly over its months, the last
    of which may be a part of one.
    """
    counted = [line for line in budget.lines if line.counted and line.usd is not None]
    horizon = max((math.ceil(_months(line)) for line in counted), default=1)
    found: list[CashMonths] = []
    spent = 0.0
    for month in range(1, horizon + 1):
        of_month = _of_month(counted, month, budget.total_draws)
        spent += of_month.point
        usd = of_month.estimate("counted lines of the month; quantiles of their joint draws")
        if found and _same(found[-1].usd, usd):
            found[-1] = CashMonths(found[-1].first_month, month, usd, spent)
        else:
            found.append(CashMonths(month, month, usd, spent))
    return tuple(found)


def cash_to_json(flow: Sequence[CashMonths]) -> list[dict[str, Any]]:
    """As in ``estimate --json``: USD in cents."""
    return [
        {
            "first_month": months.first_month,
            "last_month": months.last_month,
            "usd_per_month": {
                "point": round(months.usd.point or 0.0, 2),
                "low": round(months.usd.low, 2),
                "high": round(months.usd.high, 2),
            },
            "spent_usd": round(months.spent_usd, 2),
        }
        for months in flow
    ]


def _of_month(lines: Sequence[BudgetLine], month: int, draws: Draws) -> Quantity:
    parts = [(line, share) for line in lines if (share := _share(line, month)) > 0]
    points = [(line.usd.point or 0.0) * share for line, share in parts if line.usd is not None]
    together = np.zeros(len(draws))
    for line, share in parts:
        if line.draws is not None:
            together = together + line.draws * share
    return Quantity(math.fsum(points), together)


def _share(line: BudgetLine, month: int) -> float:
    """The part of a line that falls into a month."""
    if line.payment == "one-off":
        return 1.0 if month == 1 else 0.0
    months = _months(line)
    return min(max(months - (month - 1), 0.0), 1.0) / months


def _months(line: BudgetLine) -> float:
    if line.payment == "one-off" or not line.months:
        return 1.0
    return max(line.months, 1.0)


def _same(before: Estimate, now: Estimate) -> bool:
    return math.isclose(before.point or 0.0, now.point or 0.0, rel_tol=1e-9, abs_tol=0.005)
