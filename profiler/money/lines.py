"""A line of the budget, and what the lines are made from: forecast, scenario and prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from profiler.money.prices import Price
from profiler.money.ranges import Ranged, drawn, plain
from profiler.money.scenario import Scenario
from profiler.scaling.quantity import Draws, Estimate, Quantity
from profiler.scaling.volumes import Forecast

Category = Literal[
    "storage", "crawling", "conversion", "cleaning", "screening", "annotation", "training"
]
Payment = Literal["one-off", "monthly"]
BYTES_PER_TB = 1e12


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One cost. ``counted`` lines make the total, the others are memo lines beside it.

    ``usd`` is None where the cost is not priced or not measured, and ``note`` then says so; it is
    never 0 for that. The point is in whole cents. ``draws`` are USD, joint with all other lines.
    ``formula`` has the symbols, ``explanation`` the same with values and the result.
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

    def __post_init__(self) -> None:
        if self.usd is None and (self.counted or not self.note):
            raise ValueError(f"{self.category}, {self.item}: a line without USD is memo and noted")


@dataclass(frozen=True, slots=True)
class Inputs:
    """What every line is made from; ``prices`` are by the scenario key that names them."""

    forecast: Forecast
    scenario: Scenario
    prices: Mapping[str, Price]

    @property
    def draws(self) -> int:
        """How many draws each quantity has."""
        return int(self.forecast.target.stored_bytes.draws.size)

    def planned(self, key: str) -> Quantity:
        """The scenario's value of ``section.key`` with draws over its range."""
        value: Ranged = self.scenario.value(key)
        return drawn(value, key, self.draws, self.forecast.seed)

    def priced(self, key: str) -> Quantity:
        """The price that ``section.key`` names with draws over its published range."""
        price = self.prices[key]
        return drawn(price.ranged(), price.id, self.draws, self.forecast.seed)


def money_line(
    category: Category,
    item: str,
    counted: bool,
    usd: Quantity,
    quantity: float,
    unit: str,
    source: str,
    formula: str,
    substituted: str,
    payment: Payment = "one-off",
    note: str = "",
) -> BudgetLine:
    """A line with a cost; its point is rounded to cents, its unit price follows from it."""
    cents = round(usd.point, 2)
    low, high = usd.interval()
    return BudgetLine(
        category=category,
        item=item,
        counted=counted,
        quantity=quantity,
        unit=unit,
        unit_price_usd=usd.point / quantity if quantity else None,
        usd=Estimate(cents, low, high, "plug-in point; quantiles of joint draws"),
        draws=usd.draws,
        source=source,
        formula=formula,
        explanation=f"{formula} = {substituted} = {cents:,.2f} USD",
        payment=payment,
        note=note,
    )


def unknown_line(category: Category, item: str, note: str, source: str = "") -> BudgetLine:
    """A memo line for a cost that is not known; ``note`` says why, or gives a published range."""
    return BudgetLine(category, item, False, None, "", None, None, None, source, note=note)


def price_source(price: Price) -> str:
    """Where a price comes from, for the source of a line."""
    return f"{price.id} ({price.book}, {price.as_of}): {price.source}"


def price_text(price: Price) -> str:
    """A price with its unit, for an explanation."""
    return f"{plain(price.usd)} {price.unit}"
