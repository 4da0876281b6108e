"""How far a budget goes: does a plan fit, and which whole is the largest that it pays for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from profiler.money.budget import Budget
from profiler.scaling.inverse import TOLERANCE, bracket


@dataclass(frozen=True, slots=True)
class Fit:
    """A plan beside a budget. ``spend_usd`` is what the plan costs at the confidence asked for."""

    budget_usd: float
    spend_usd: float

    @property
    def fits(self) -> bool:
        return self.spend_usd <= self.budget_usd

    @property
    def over_usd(self) -> float:
        """By how much the plan exceeds the budget; below 0 where money is left."""
        return self.spend_usd - self.budget_usd


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a budget goes, in bytes of the whole.

    ``size`` is None where even the smallest whole costs more: what is paid whatever the volume is
    ``least_usd``, the cost of that whole. ``covers_all`` says that the largest is paid for.
    """

    size: float | None
    spend_usd: float
    least_usd: float
    covers_all: bool


def spend_usd(budget: Budget, confidence: float | None = None) -> float:
    """The total, at its point or at a quantile of its draws: with 0.9, what nine in ten cost less
    than."""
    if confidence is None:
        return budget.total_usd.point or 0.0
    return float(np.quantile(budget.total_draws, confidence))


def fit(budget: Budget, budget_usd: float, confidence: float | None = None) -> Fit:
    """Whether a plan is within ``budget_usd`` at the quantile ``confidence``, or at its point."""
    return Fit(budget_usd, spend_usd(budget, confidence))


def reach(
    spend_at: Callable[[float], float], budget_usd: float, smallest: float, largest: float
) -> Reach:
    """The largest whole that costs no more than ``budget_usd``, to one part in 10⁴ of the money.

    ``spend_at`` is what a whole of so many bytes costs, and grows with it. What it grows by above
    the smallest whole is followed to the part of the budget that is left for it.
    """
    least = spend_at(smallest)
    if least > budget_usd:
        return Reach(None, least, least, False)
    left = (budget_usd - least) * (1 - TOLERANCE)  # the root is met from both sides
    if left <= 0:
        return Reach(smallest, least, least, smallest >= largest)
    found = bracket(
        lambda size: 0.0 if size == smallest else spend_at(size) - least,
        left,
        smallest,
        largest,
    )
    ends = [end for end in (found.above, found.below) if end is not None]
    paid = next(end for end in ends if least + end.value <= budget_usd)
    return Reach(paid.size, least + paid.value, least, found.above is None)
