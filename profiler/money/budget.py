"""The budget: forecast, scenario and prices into lines, their total, and what was assumed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from profiler.money.annotation import annotation_lines
from profiler.money.budget_draws import BUDGET_DRAWS, with_budget_draws
from profiler.money.cleaning import cleaning_lines
from profiler.money.conversion import conversion_lines
from profiler.money.crawling import crawling_lines
from profiler.money.gaps import out_of_scope_line, unmeasured_lines
from profiler.money.lines import BudgetLine, Category, Domain, Inputs, line
from profiler.money.prices import Price, PriceBook, age_days
from profiler.money.ranges import Ranged
from profiler.money.scenario import (
    SECTIONS,
    Scenario,
    resolve_prices,
    scenario_keys,
    value_text,
)
from profiler.money.screening import screening_lines, screening_warnings
from profiler.money.storage import storage_lines
from profiler.money.terms import Origin, Term, computed, product
from profiler.money.training import training_lines
from profiler.scaling.quantity import Draws, Estimate, Quantity
from profiler.scaling.volumes import Forecast

OLD_PRICE_DAYS = 365

GENERAL_ASSUMPTIONS = (
    "taxes, discounts and free allowances are not included",
    "a range of a price or of a planned value is drawn on both sides of its point with equal "
    "chance, thinner towards low and high; the point is what the budget counts",
    "points of counted lines add up to the total; their low and high do not, since the total's "
    "interval comes from joint draws",
    f"money is reckoned over {BUDGET_DRAWS:,} joint draws: chance moves an end of the total's "
    "interval, typically by 0.8 % of its width, in nine of ten cases by less than 2.2 %",
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
    region: str = ""


@dataclass(frozen=True, slots=True)
class ShownCurrency:
    """Another currency that totals are shown in, beside USD."""

    code: str
    per_usd: Ranged
    source: str

    def total(self, budget: Budget) -> Estimate:
        """The total in this currency, at the point of the rate."""
        usd, rate = budget.total_usd, self.per_usd.point
        point = None if usd.point is None else usd.point * rate
        return Estimate(point, usd.low * rate, usd.high * rate, f"at {rate:g} per USD")


@dataclass(frozen=True, slots=True)
class Budget:
    """What it costs. The point of ``total_usd`` is the sum of the points of counted lines.

    ``total_draws`` are USD of the counted lines together, by ``budget_ranks`` of the forecast's.
    Assumptions and warnings are of money; those of the volumes are in the forecast.
    """

    lines: tuple[BudgetLine, ...]
    total_usd: Estimate
    total_draws: Draws
    assumptions: tuple[str, ...]
    warnings: tuple[str, ...]
    price_ages: tuple[PriceAge, ...]
    currency: ShownCurrency | None = None


def make_budget(
    forecast: Forecast | Sequence[Domain], scenario: Scenario, book: PriceBook, today: date
) -> Budget:
    """Price forecasts under a scenario; ``today`` dates the prices.

    ``forecast`` is of the whole, or one for each domain; of its draws those of ``budget_ranks``
    serve. Raises ConfigError when the scenario names
    a price that ``book`` lacks or has in another unit.
    """
    domains = (Domain("", forecast),) if isinstance(forecast, Forecast) else tuple(forecast)
    inputs = Inputs(with_budget_draws(domains), scenario, resolve_prices(scenario, book))
    lines = _all_lines(inputs)
    total, draws = _total(lines, inputs.draws)
    ages = _price_ages(inputs, lines, today)
    return Budget(
        lines,
        total,
        draws,
        _assumptions(inputs, _notes_of(book, ages)),
        _warnings(inputs, lines, ages),
        ages,
        _shown_currency(scenario),
    )


def _shown_currency(scenario: Scenario) -> ShownCurrency | None:
    money = scenario.money
    if money.currency == "USD":
        return None
    source = scenario.sources.get("money.currency_per_usd", "given by the scenario")
    return ShownCurrency(str(money.currency), money.currency_per_usd, source)


def category_usd(budget: Budget) -> dict[Category, Estimate]:
    """Counted lines by category, in the order of the budget; points add up to the total."""
    categories = dict.fromkeys(line.category for line in budget.lines if line.counted)
    draws = int(budget.total_draws.size)
    return {
        category: _total(tuple(x for x in budget.lines if x.category == category), draws)[0]
        for category in categories
    }


def _all_lines(inputs: Inputs) -> tuple[BudgetLine, ...]:
    lines: list[BudgetLine] = []
    for category, of_category in LINES.items():
        if _in_scope(inputs.scenario, category):
            lines += of_category(inputs)
        else:
            lines.append(out_of_scope_line(category))
        if category == "cleaning" and inputs.scenario.crawling.in_scope:
            lines += unmeasured_lines(inputs)
    return (*lines, *contingency_lines(inputs, lines))


def _in_scope(scenario: Scenario, section: str) -> bool:
    return bool(getattr(getattr(scenario, section), "in_scope", True))


def contingency_lines(inputs: Inputs, lines: Sequence[BudgetLine]) -> list[BudgetLine]:
    """A share of all counted lines, where the scenario plans one."""
    if inputs.scenario.money.contingency_share.high <= 0:
        return []
    counted = [each.term for each in lines if each.counted and each.term is not None]
    sum_of_lines = Term(
        "sum",
        "all counted lines",
        Quantity(
            math.fsum(term.value.point for term in counted),
            np.sum([term.value.draws for term in counted], axis=0),
        ),
        "USD",
        Origin("computed", "sum of the counted lines"),
    )
    share = inputs.plan("s", "money.contingency_share")
    usd = computed("usd", "contingency", "USD", product, "sum × s", sum_of_lines, share)
    source = "ours: a share of what is planned, for what is not"
    return [line("contingency", "contingency", True, usd, sum_of_lines, source)]


LINES: dict[Category, Callable[[Inputs], list[BudgetLine]]] = {
    "storage": storage_lines,
    "crawling": crawling_lines,
    "conversion": conversion_lines,
    "cleaning": cleaning_lines,
    "screening": screening_lines,
    "annotation": annotation_lines,
    "training": training_lines,
}


def _total(lines: tuple[BudgetLine, ...], draws: int) -> tuple[Estimate, Draws]:
    counted = [each for each in lines if each.counted]
    points = [each.usd.point for each in counted if each.usd and each.usd.point is not None]
    total = np.sum([np.zeros(draws), *(x.draws for x in counted if x.draws is not None)], axis=0)
    quantity = Quantity(round(math.fsum(points), 2), total)
    return quantity.estimate("sum of counted lines; quantiles of their joint draws"), total


def _price_ages(inputs: Inputs, lines: Sequence[BudgetLine], today: date) -> tuple[PriceAge, ...]:
    """The prices that a line used, counted or memo."""
    used = {
        leaf.origin.where.partition(" (")[0]
        for each in lines
        if each.term is not None
        for leaf in each.term.leaves()
        if leaf.origin.kind == "price"
    }
    return tuple(
        _price_age(key, price, today) for key, price in inputs.prices.items() if price.id in used
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
        price.region,
    )


def _notes_of(book: PriceBook, ages: Sequence[PriceAge]) -> tuple[str, ...]:
    """Notes of the books whose prices were used; a note begins with the name of its book."""
    used = {age.book for age in ages}
    return tuple(note for note in book.notes if note.partition(":")[0] in used)


def _assumptions(inputs: Inputs, notes: Sequence[str]) -> tuple[str, ...]:
    scenario = inputs.scenario
    defaults = [
        f"{key} = {value_text(scenario.value(key))}; {scenario.sources.get(key, 'no source')}"
        for section in SECTIONS
        for key in _keys(inputs, section)
        if key not in scenario.given
    ]
    return (
        *GENERAL_ASSUMPTIONS,
        *_volume_assumptions(inputs),
        *_utilisations(inputs),
        *defaults,
        *notes,
    )


def _volume_assumptions(inputs: Inputs) -> list[str]:
    bounds = [domain.name for domain in inputs.domains if domain.forecast.state == "bounds"]
    if not bounds:
        return []
    named = ", ".join(name for name in bounds if name)
    return [
        f"{named + ': ' if named else ''}the sample gives bounds only for what survives "
        "deduplication: the points of the volumes behind it, and of the money that follows from "
        "them, are planning values"
    ]


def _utilisations(inputs: Inputs) -> list[str]:
    """What the profiled runs used of their workers' time, beside what is planned of the cluster."""
    planned = value_text(inputs.scenario.value("cleaning.cluster_utilisation"))
    return [
        f"{each.name + ': ' if each.name else ''}the profiled run worked {each.utilisation:.0%} of "
        f"its workers' time; the cluster is planned with {planned} (cleaning.cluster_utilisation)"
        for each in inputs.domains
        if each.utilisation is not None
    ]


def _keys(inputs: Inputs, section: str) -> list[str]:
    """Keys of a section that the budget uses; of one that is not planned only its scope."""
    if not _in_scope(inputs.scenario, section):
        return [f"{section}.in_scope"]
    return list(scenario_keys(inputs.scenario, section))


def _warnings(
    inputs: Inputs, lines: tuple[BudgetLine, ...], ages: tuple[PriceAge, ...]
) -> tuple[str, ...]:
    return (
        *_gap_warnings(lines),
        *screening_warnings(lines),
        *_crawl_warnings(inputs.scenario),
        *_age_warnings(ages),
        *_kind_warnings(inputs),
    )


def _gap_warnings(lines: tuple[BudgetLine, ...]) -> list[str]:
    unpriced = [each for each in lines if each.note.startswith("not priced")]
    unmeasured = [each for each in lines if each.note.startswith("not measured")]
    return [f"not in the total: {each.title}, {each.note}" for each in (*unpriced, *unmeasured)]


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
    kinds = {stage.kind for domain in inputs.domains for stage in domain.forecast.stages}
    unknown = sorted(set(inputs.scenario.cleaning.distributed_kinds) - kinds)
    if not unknown or key not in inputs.scenario.given:
        return []
    return [
        f"{key}: no stage of this run is of kind {', '.join(unknown)}; "
        f"it has {', '.join(sorted(kinds))}"
    ]
