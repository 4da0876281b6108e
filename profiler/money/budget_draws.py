"""The draws that money is reckoned over: some of those of the forecast, by their numbers alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.money.lines import Domain
from profiler.scaling.quantity import Quantity

BUDGET_DRAWS = 1000
"""So many that a page can carry all of them at 26 sizes, and reckon what a budget reckons."""

Ranks = npt.NDArray[np.int64]


def budget_ranks(draws: int) -> Ranks:
    """The numbers of the draws that budgets are made from, evenly spaced among ``draws``.

    Draws of a forecast are in no order, so that any of them stand for all. No price and no size
    decides which: draw i of one budget belongs together with draw i of every other.
    """
    kept = min(draws, BUDGET_DRAWS)
    return np.arange(kept, dtype=np.int64) * draws // max(kept, 1)


def of_budget(quantity: Quantity) -> Quantity:
    """A quantity of a forecast with the draws that budgets are made from; the point stays."""
    if quantity.draws.size <= BUDGET_DRAWS:
        return quantity
    return Quantity(quantity.point, quantity.draws[budget_ranks(quantity.draws.size)])


def with_budget_draws(domains: Iterable[Domain]) -> tuple[Domain, ...]:
    """Domains whose forecasts have the draws that budgets are made from."""
    return tuple(replace(each, forecast=_thinned(each.forecast)) for each in domains)


def _thinned(value: Any) -> Any:
    """A forecast, or a part of one, with fewer draws in every quantity."""
    if isinstance(value, Quantity):
        return of_budget(value)
    if isinstance(value, tuple):
        return tuple(_thinned(each) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        parts = {each.name: getattr(value, each.name) for each in fields(value)}
        return replace(value, **{name: _thinned(part) for name, part in parts.items()})
    return value
