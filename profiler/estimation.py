"""From a record to what the whole would cost: the forecast, and the budget made from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from profiler.money.budget import Budget, make_budget
from profiler.money.prices import default_book
from profiler.money.scenario import load_scenario
from profiler.record.store import Record
from profiler.scaling.forecast import make_forecast
from profiler.scaling.size import parse_size
from profiler.scaling.volumes import Basis, Forecast


@dataclass(frozen=True, slots=True)
class Estimation:
    """A forecast and its budget."""

    forecast: Forecast
    budget: Budget


@dataclass(frozen=True, slots=True)
class Plans:
    """What the user plans; ``scale`` is a size such as "1PB" in ``basis`` bytes."""

    scale: str
    basis: Basis = "stored"
    scenario: Path | None = None
    overrides: Sequence[str] = ()
    prices: Sequence[str] = ()
    seed: int = 1


def estimate(record: Record, plans: Plans, today: date) -> Estimation:
    """Scale a record to the target and price it; the same seed gives the same figures.

    Raises CorpuscostError for a size, basis, scenario or price book that cannot be used.
    """
    forecast = make_forecast(record, parse_size(plans.scale), plans.basis, plans.seed)
    scenario = load_scenario(plans.scenario, plans.overrides)
    budget = make_budget(forecast, scenario, default_book(*plans.prices), today)
    return Estimation(forecast, budget)
