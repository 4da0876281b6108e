"""Estimations without a run: forecasts made by hand with draws, priced by the real budget."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np

from profiler.estimation import Estimation
from profiler.money.budget import make_budget
from profiler.money.lines import Domain
from profiler.money.prices import default_book
from profiler.money.scenario import load_scenario
from profiler.scaling.quantity import Estimate, Quantity, State
from profiler.scaling.volumes import Forecast, StageForecast, Target

DRAWS = 200
TODAY = date(2026, 11, 24)
EVERYTHING = (
    "annotation.in_scope=true",
    "training.in_scope=true",
    "conversion.pages=1e7",
    "storage.egress_copies=1",
    "money.contingency_share=0.1",
)
"""Overrides that put every category into the budget."""


def made_up_forecast(stored_tb: float, seed: int, dedup: State = "estimate") -> Forecast:
    """Raw volume in TB, a filter that keeps half, a dedup in a state that keeps half of that."""
    around = _around(np.random.default_rng(seed))
    stages = []
    docs, size = around(stored_tb * 4e8), around(stored_tb * 2e12)
    target = Target(
        stored_tb * 1e12,
        "stored",
        Quantity.certain(stored_tb * 1e12, DRAWS),
        size,
        docs,
        1e6,
        "by hand",
    )
    plan: tuple[tuple[str, str, State], ...] = (
        ("gopher", "rules", "estimate"),
        ("near", "near-dedup", dedup),
    )
    for name, kind, state in plan:
        half = Estimate(None if state == "bounds" else 0.5, 0.4, 0.6, "by hand", state)
        stages.append(
            StageForecast(
                stage=name,
                kind=kind,
                docs_in=docs,
                docs_out=docs / 2,
                bytes_in=size,
                bytes_out=size / 2,
                retention=half,
                cpu_hours=around(30 * stored_tb),
                mb_per_cpu_second=None,
                method="by hand",
                chain_retention=half if kind == "near-dedup" else None,
            )
        )
        docs, size = docs / 2, size / 2
    hours = stages[0].cpu_hours + stages[1].cpu_hours
    return Forecast(target, tuple(stages), docs, size, size / 4, hours, dedup, (), (), seed)


def made_up_estimation(*overrides: str, domains: tuple[str, ...] = ("",)) -> Estimation:
    """The budget over a forecast of 100 TB for each name, the last of them in state bounds."""
    states: list[State] = ["estimate"] * (len(domains) - 1) + ["bounds"]
    named = tuple(
        Domain(name, made_up_forecast(100.0, seed, state), f"runs/{seed}")
        for seed, (name, state) in enumerate(zip(domains, states, strict=True), 1)
    )
    budget = make_budget(named, load_scenario(None, overrides), default_book(), TODAY)
    return Estimation(named, budget)


def _around(generator: np.random.Generator) -> Callable[[float], Quantity]:
    return lambda point: Quantity(point, point * generator.lognormal(0.0, 0.1, DRAWS))
