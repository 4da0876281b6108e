"""A line of the budget, and what the lines are made from: forecasts, scenario and prices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from profiler.money.prices import Price
from profiler.money.ranges import Ranged, drawn
from profiler.money.terms import Origin, Term, computed, constant, total
from profiler.scaling.quantity import Draws, Estimate, Quantity
from profiler.scaling.volumes import Forecast, StageForecast

if TYPE_CHECKING:
    from profiler.money.scenario import Scenario

Category = Literal[
    "storage",
    "crawling",
    "conversion",
    "cleaning",
    "screening",
    "annotation",
    "training",
    "contingency",
]
CATEGORIES: tuple[Category, ...] = (
    "storage",
    "crawling",
    "conversion",
    "cleaning",
    "screening",
    "annotation",
    "training",
    "contingency",
)
Payment = Literal["one-off", "monthly"]
BYTES_PER_TB = 1e12


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One cost. ``counted`` lines make the total, the others are memo lines beside it.

    ``usd`` is None where the cost is not priced or not measured, and ``note`` then says so; it is
    never 0 for that. The point is in whole cents. ``draws`` are USD, joint with all other lines.
    ``formula`` has the symbols, ``explanation`` the same with values and the result; ``term`` is
    the whole tree, down to what was measured, planned and priced. ``domain`` is "" for what the
    domains share. A monthly line is spread evenly over ``months``.
    """

    category: Category
    item: str
    counted: bool
    quantity: float | None
    unit: str
    unit_price_usd: float | None
    usd: Estimate | None
    draws: Draws | None
    source: str
    formula: str = ""
    explanation: str = ""
    payment: Payment = "one-off"
    note: str = ""
    domain: str = ""
    months: float | None = None
    term: Term | None = None

    def __post_init__(self) -> None:
        if self.usd is None and (self.counted or not self.note):
            raise ValueError(f"{self.category}, {self.item}: a line without USD is memo and noted")

    @property
    def title(self) -> str:
        """The item, after its domain where it has one."""
        return f"{self.domain}: {self.item}" if self.domain else self.item


@dataclass(frozen=True, slots=True)
class Domain:
    """A part of the corpus with a profile of its own; ``name`` is "" where there is only one."""

    name: str
    forecast: Forecast
    run: str = ""
    stored_per_text_byte: float | None = None  # as measured on what the sample kept
    utilisation: float | None = None  # share of the workers' time that the profiled run worked

    def measured(
        self, symbol: str, meaning: str, value: Quantity, unit: str, method: str = ""
    ) -> Term:
        """A quantity of the domain's forecast; ``method`` says how it was scaled."""
        places = (self.name, f"run {self.run}" if self.run else "", method)
        where = ", ".join(place for place in places if place) or "forecast from the profiled run"
        return Term(symbol, meaning, value, unit, Origin("forecast", where))

    def stage(self, kind: str) -> StageForecast | None:
        """The first stage of a kind."""
        return next((stage for stage in self.forecast.stages if stage.kind == kind), None)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What every line is made from; ``prices`` are by the scenario key that names them."""

    domains: tuple[Domain, ...]
    scenario: Scenario
    prices: Mapping[str, Price]

    @property
    def forecast(self) -> Forecast:
        """The forecast of the first domain, which of one domain is the only one."""
        return self.domains[0].forecast

    @property
    def seed(self) -> int:
        return self.forecast.seed

    @property
    def draws(self) -> int:
        """How many draws each quantity has."""
        return int(self.forecast.target.stored_bytes.draws.size)

    def plan(self, symbol: str, key: str) -> Term:
        """The scenario's value of ``section.key`` with draws over its range."""
        value: Ranged = self.scenario.value(key)
        unit, meaning = self.scenario.declared(key)
        given = key in self.scenario.given
        source = self.scenario.sources.get(key, "")
        where = key if given else f"{key}; {source or 'no source'}"
        return Term(
            symbol,
            meaning,
            drawn(value, key, self.draws, self.seed),
            unit,
            Origin("scenario" if given else "default", where),
        )

    def price(self, symbol: str, key: str) -> Term:
        """The price that ``section.key`` names with draws over its published range."""
        price = self.prices[key]
        return Term(
            symbol,
            price.note or price.id,
            drawn(price.ranged(), price.id, self.draws, self.seed),
            price.unit if price.unit != "factor" else "1",
            Origin("price", price_source(price)),
        )

    def constant(self, symbol: str, meaning: str, value: float, unit: str, where: str) -> Term:
        """A figure that is neither planned nor priced."""
        return constant(symbol, meaning, value, unit, where, self.draws)

    def over_domains(
        self, symbol: str, meaning: str, unit: str, of: Callable[[Domain], Quantity]
    ) -> Term:
        """The sum of a quantity of the forecasts over all domains."""
        parts = [
            each.measured(symbol, meaning, of(each), unit, each.forecast.target.conversion)
            for each in self.domains
        ]
        if len(parts) == 1:
            return parts[0]
        named = [
            Term(f"{symbol}_{number}", meaning, part.value, unit, part.origin)
            for number, part in enumerate(parts, 1)
        ]
        return computed(
            symbol, meaning, unit, total, " + ".join(part.symbol for part in named), *named
        )


def line(
    category: Category,
    item: str,
    counted: bool,
    usd: Term,
    quantity: Term,
    source: str = "",
    payment: Payment = "one-off",
    note: str = "",
    domain: str = "",
    months: float | None = None,
) -> BudgetLine:
    """A line with a cost; its point is rounded to cents, its unit price follows from it.

    ``source`` is that of the formula; those of the prices in ``usd`` are added to it.
    """
    cents = round(usd.value.point, 2)
    low, high = usd.value.interval()
    amount = quantity.value.point
    return BudgetLine(
        category=category,
        item=item,
        counted=counted,
        quantity=amount,
        unit=quantity.unit,
        unit_price_usd=usd.value.point / amount if amount else None,
        usd=Estimate(cents, low, high, "plug-in point; quantiles of joint draws"),
        draws=usd.value.draws,
        source="; ".join(filter(None, (source, *_sources(usd)))),
        formula=usd.formula,
        explanation=f"{usd.formula} = {usd.substituted()} = {cents:,.2f} USD",
        payment=payment,
        note=note,
        domain=domain,
        months=months,
        term=usd,
    )


def unknown_line(
    category: Category, item: str, note: str, source: str = "", domain: str = ""
) -> BudgetLine:
    """A memo line for a cost that is not known; ``note`` says why, or gives a published range."""
    return BudgetLine(
        category, item, False, None, "", None, None, None, source, note=note, domain=domain
    )


def price_source(price: Price) -> str:
    """Where a price comes from, for the source of a line."""
    return f"{price.id} ({price.book}, {price.as_of}): {price.source}"


def _sources(usd: Term) -> list[str]:
    """Prices and publications among the leaves, each once."""
    kinds = ("price", "published")
    return list(dict.fromkeys(x.origin.where for x in usd.leaves() if x.origin.kind in kinds))
