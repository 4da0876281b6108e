"""Forecasts made by hand, certain or with draws, for the tests of money."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from profiler.money.lines import Domain, Inputs
from profiler.money.prices import default_book
from profiler.money.scenario import load_scenario, resolve_prices
from profiler.scaling.quantity import Estimate, Quantity
from profiler.scaling.volumes import Forecast, StageForecast, Target

DRAWS = 400
Stages = tuple[tuple[str, str, float], ...]  # name, kind, CPU-hours
STAGES: Stages = (
    ("read", "read", 9_000.0),
    ("gopher", "rules", 30_000.0),
    ("near", "near-dedup", 90_000.0),
)


def build_forecast(
    stored_tb: float = 1000.0,
    clean_tb: float = 50.0,
    documents: float = 4e10,
    stages: Stages = STAGES,
    fixed_cpu_hours: float = 0.0,
    spread: float = 0.1,
    state: str = "estimate",
    seed: int = 7,
) -> Forecast:
    generator = np.random.default_rng(seed)

    def around(point: float) -> Quantity:
        return Quantity(point, point * generator.lognormal(0.0, spread, DRAWS))

    cpu = [around(hours) for _, _, hours in stages]
    total = Quantity.certain(fixed_cpu_hours, DRAWS)
    for hours in cpu:
        total = total + hours
    half = Estimate(0.5, 0.45, 0.55, "by hand")
    texts = tuple(
        StageForecast(
            stage=name,
            kind=kind,
            docs_in=around(documents),
            docs_out=around(documents / 2),
            bytes_in=around(stored_tb * 1e11),
            bytes_out=around(stored_tb * 5e10),
            retention=half,
            cpu_hours=hours,
            mb_per_cpu_second=None,
            method="by hand",
        )
        for (name, kind, _), hours in zip(stages, cpu, strict=True)
    )
    stored = Quantity.certain(stored_tb * 1e12, DRAWS)
    target = Target(
        stored_tb * 1e12,
        "stored",
        stored,
        around(stored_tb * 2e11),
        around(documents),
        1e6,
        "by hand",
    )
    clean_docs, clean_bytes = around(documents / 4), around(clean_tb * 1e12)
    return Forecast(target, texts, clean_docs, clean_bytes, None, total, state, (), (), seed)


@pytest.fixture
def make_forecast() -> Callable[..., Forecast]:
    return build_forecast


def build_inputs(forecast: Forecast, *overrides: str) -> Inputs:
    scenario = load_scenario(None, overrides)
    return Inputs((Domain("", forecast),), scenario, resolve_prices(scenario, default_book()))


@pytest.fixture
def inputs_of() -> Callable[..., Inputs]:
    return build_inputs
