"""The budget: forecast, scenario and prices into lines, their total, and what was assumed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from profiler.money.cleaning import cleaning_lines
from profiler.money.crawling import crawling_lines
from profiler.money.gaps import crawling_out_of_scope_line, unmeasured_lines, unpriced_lines
from profiler.money.lines import BudgetLine, Category, Inputs
from profiler.money.prices import Price, PriceBook, age_days
from profiler.money.scenario import (
    SECTIONS,
    Scenario,
    resolve_prices,
    scenario_keys,
    value_text,
)
from profiler.money.storage import storage_lines
from profiler.scaling.quantity import Draws, Estimate, Quantity
from profiler.scaling.volumes import Forecast

OLD_PRICE_DAYS = 365

GENERAL_ASSUMPTIONS = (
    "taxes, discounts, free allowances and a contingency are not included",
    "a range of a price or of a planned value is drawn on both sides of its point with equal "
    "chance, thinner towards low and high; the point is what the budget counts",
    "points of counted lines add up to the total; their low and high do not, since the total's "
    "interval comes from joint draws",
)


@dataclass(frozen=True, slots=True)
class PriceAge:
    """A price that the budget used, and how old it is. ``key`` is the scenario's key."""

    key: str
    id: str
    book: str
    usd: float
    unit: str
    as_of: str
    age_days: int
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Budget:
    """What it costs. The point of ``total_usd`` is the sum of the points of counted lines.

    ``total_draws`` are USD of the counted lines together. Assumptions and warnings are of money;
    those of the volumes are in the forecast.
    """

    lines: tuple[BudgetLine, ...]
    total_usd: Estimate
    total_draws: Draws
    assumptions: tuple[str, ...]
    warnings: tuple[str, ...]
    price_ages: tuple[PriceAge, ...]


def make_budget(forecast: Forecast, scenario: Scenario, book: PriceBook, today: date) -> Budget:
    """Price a forecast under a scenario; ``today`` dates the prices.

    Raises ConfigError when the scenario names a price that ``book`` lacks or has in another unit.
    """
    inputs = Inputs(forecast, scenario, resolve_prices(scenario, book))
    lines = _all_lines(inputs)
    total, draws = _total(lines, inputs.draws)
    ages = _price_ages(inputs, today)
    return Budget(
        lines,
        total,
        draws,
        _assumptions(inputs, book),
        _warnings(inputs, lines, ages),
        ages,
    )


def category_usd(budget: Budget) -> dict[Category, Estimate]:
    """Counted lines by category, in the order of the budget; points add up to the total."""
    categories = dict.fromkeys(line.category for line in budget.lines if line.counted)
    draws = int(budget.total_draws.size)
    return {
        category: _total(tuple(x for x in budget.lines if x.category == category), draws)[0]
        for category in categories
    }


def budget_to_json(budget: Budget) -> dict[str, Any]:
    """The parts of ``estimate --json`` that are about money, as plain data. USD are in cents."""
    return {
        "lines": [_line_to_json(line) for line in budget.lines],
        "total_usd": _usd_to_json(budget.total_usd),
        "assumptions": list(budget.assumptions),
        "warnings": list(budget.warnings),
        "prices": [
            {name: getattr(age, name) for name in PriceAge.__slots__} for age in budget.price_ages
        ],
    }


def _all_lines(inputs: Inputs) -> tuple[BudgetLine, ...]:
    in_scope = inputs.scenario.crawling.in_scope
    crawling = crawling_lines(inputs) if in_scope else [crawling_out_of_scope_line()]
    gaps = unmeasured_lines(inputs) if in_scope else []
    conversion, *others = unpriced_lines()
    return (
        *storage_lines(inputs),
        *crawling,
        conversion,
        *cleaning_lines(inputs),
        *gaps,
        *others,
    )


def _total(lines: tuple[BudgetLine, ...], draws: int) -> tuple[Estimate, Draws]:
    counted = [line for line in lines if line.counted]
    points = [line.usd.point for line in counted if line.usd and line.usd.point is not None]
    total = np.zeros(draws)
    for line in counted:
        if line.draws is not None:
            total = total + line.draws
    quantity = Quantity(round(math.fsum(points), 2), total)
    return quantity.estimate("sum of counted lines; quantiles of their joint draws"), total


def _price_ages(inputs: Inputs, today: date) -> tuple[PriceAge, ...]:
    used = {key for section in _used_sections(inputs) for key in _keys(inputs, section)}
    return tuple(
        _price_age(key, price, today) for key, price in inputs.prices.items() if key in used
    )


def _price_age(key: str, price: Price, today: date) -> PriceAge:
    return PriceAge(
        key,
        price.id,
        price.book,
        price.usd,
        price.unit,
        price.as_of,
        age_days(price, today),
        price.source,
        price.confidence,
    )


def _assumptions(inputs: Inputs, book: PriceBook) -> tuple[str, ...]:
    scenario = inputs.scenario
    defaults = [
        f"{key} = {value_text(scenario.value(key))}; {scenario.sources.get(key, 'no source')}"
        for section in SECTIONS
        for key in _keys(inputs, section)
        if key not in scenario.given
    ]
    return (*GENERAL_ASSUMPTIONS, *_volume_assumptions(inputs), *defaults, *book.notes)


def _volume_assumptions(inputs: Inputs) -> list[str]:
    if inputs.forecast.state != "bounds":
        return []
    return [
        "the sample gives bounds only for what survives deduplication: the points of the volumes "
        "behind it, and of the money that follows from them, are planning values"
    ]


def _keys(inputs: Inputs, section: str) -> list[str]:
    """Keys of a section that the budget uses; of a crawl that is not planned only its scope."""
    if section == "crawling" and not inputs.scenario.crawling.in_scope:
        return ["crawling.in_scope"]
    return list(scenario_keys(inputs.scenario, section))


def _used_sections(inputs: Inputs) -> list[str]:
    return [name for name in SECTIONS if name != "crawling" or inputs.scenario.crawling.in_scope]


def _warnings(
    inputs: Inputs, lines: tuple[BudgetLine, ...], ages: tuple[PriceAge, ...]
) -> tuple[str, ...]:
    return (
        *_gap_warnings(lines),
        *_crawl_warnings(inputs.scenario),
        *_age_warnings(ages),
        *_kind_warnings(inputs),
    )


def _gap_warnings(lines: tuple[BudgetLine, ...]) -> list[str]:
    unpriced = [line for line in lines if line.note.startswith("not priced")]
    unmeasured = [line for line in lines if line.note.startswith("not measured")]
    warnings = []
    if unpriced:
        names = ", ".join(line.category for line in unpriced)
        warnings.append(f"not in the total, since not priced in this version: {names}")
    warnings += [f"not in the total: {line.item}, {line.note}" for line in unmeasured]
    return warnings


def _crawl_warnings(scenario: Scenario) -> list[str]:
    planned = any(key.startswith("crawling.") for key in scenario.given)
    if planned or not scenario.crawling.in_scope:
        return []
    return [
        "the crawl is planned by defaults alone, whatever the volume: give its sites (crawling.*), "
        "or set crawling.in_scope=false where the corpus is downloaded"
    ]


def _age_warnings(ages: tuple[PriceAge, ...]) -> list[str]:
    old = sorted({f"{age.id} ({age.age_days} days)" for age in ages if _is_old(age)})
    future = sorted({f"{age.id} ({age.as_of})" for age in ages if age.age_days < 0})
    warnings = []
    if old:
        warnings.append(f"prices older than a year, check them: {', '.join(old)}")
    if future:
        warnings.append(f"prices dated after today: {', '.join(future)}")
    return warnings


def _is_old(age: PriceAge) -> bool:
    return age.age_days > OLD_PRICE_DAYS


def _kind_warnings(inputs: Inputs) -> list[str]:
    key = "cleaning.distributed_kinds"
    kinds = {stage.kind for stage in inputs.forecast.stages}
    unknown = sorted(set(inputs.scenario.cleaning.distributed_kinds) - kinds)
    if not unknown or key not in inputs.scenario.given:
        return []
    return [
        f"{key}: no stage of this run is of kind {', '.join(unknown)}; "
        f"it has {', '.join(sorted(kinds))}"
    ]


def _line_to_json(line: BudgetLine) -> dict[str, Any]:
    return {
        "category": line.category,
        "item": line.item,
        "counted": line.counted,
        "quantity": line.quantity,
        "unit": line.unit,
        "unit_price_usd": line.unit_price_usd,
        "usd": None if line.usd is None else _usd_to_json(line.usd),
        "source": line.source,
        "payment": line.payment,
        "formula": line.formula,
        "explanation": line.explanation,
        "note": line.note,
    }


def _usd_to_json(usd: Estimate) -> dict[str, float | None]:
    return {
        "point": usd.point,
        "low": round(usd.low, 2),
        "high": round(usd.high, 2),
    }
