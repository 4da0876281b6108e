"""A budget as a table: a row per line, and columns named as in FOCUS where they mean the same.

FOCUS (FinOps Open Cost and Usage Specification, version 1.2) describes bills. A budget is a plan,
so there is no claim of conformance: no accounts, no charge periods, and unknown costs are null.
Columns that FOCUS does not have begin with ``x_``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from profiler.money.budget import Budget, PriceAge
from profiler.money.drivers import key_of, reckoned
from profiler.money.lines import BudgetLine
from profiler.money.terms import Term
from profiler.money.units import NO_UNIT
from profiler.views.printable import printable

Kind = Literal["text", "usd", "number", "flag"]
Cell = str | float | bool | None
Row = dict[str, Cell]

CURRENCY = "USD"
NO_CONFORMANCE = (
    "Columns are named as in FOCUS 1.2 where they mean the same. A budget is no bill: this is no "
    "claim of conformance."
)
SERVICE_CATEGORIES = (
    "AI and Machine Learning",
    "Analytics",
    "Business Applications",
    "Compute",
    "Databases",
    "Developer Tools",
    "Multicloud",
    "Identity",
    "Integration",
    "Internet of Things",
    "Management and Governance",
    "Media",
    "Migration",
    "Mobile",
    "Networking",
    "Security",
    "Storage",
    "Web",
    "Other",
)
"""The values that FOCUS 1.2 allows in ServiceCategory."""

OF_UNIT: dict[str, str] = {
    "USD/TB": "Storage",
    "USD/TB-month": "Storage",
    "USD/1000requests": "Storage",
    "USD/TB-moved": "Networking",
    "USD/GB": "Networking",
    "USD/IP": "Networking",
    "USD/IP-month": "Networking",
    "USD/vCPU-hour": "Compute",
    "USD/core-hour": "Compute",
    "USD/GB-hour": "Compute",
    "USD/GPU-hour": "Compute",
    "USD/node-hour": "Compute",
    "USD/100TB": "Compute",
    "USD/1000pages": "AI and Machine Learning",
    "USD/1e6tokens": "AI and Machine Learning",
    "USD/day": "Other",
    "USD/hour": "Other",
    "USD/site": "Other",
    "USD/site-year": "Other",
    "USD/membership": "Other",
    "USD/entry": "Other",
    "USD/pair": "Other",
}
"""What is paid for, by the unit of its price."""

OF_CATEGORY: dict[str, tuple[str, str]] = {
    "storage": ("Storage", "Corpus storage"),
    "crawling": ("Other", "Web crawling"),
    "conversion": ("AI and Machine Learning", "Document conversion"),
    "cleaning": ("Compute", "Corpus cleaning"),
    "screening": ("AI and Machine Learning", "Quality screening"),
    "annotation": ("Other", "Data annotation"),
    "training": ("AI and Machine Learning", "Model training"),
    "contingency": ("Other", "Contingency"),
}
"""ServiceCategory of a line without a price, and ServiceName, by category of the budget."""

PROVIDERS: dict[str, str] = {
    "aws-us-east-1": "AWS",
    "gcp": "Google Cloud",
    "azure": "Microsoft",
    "hetzner": "Hetzner",
}
"""Who asks the prices of a built-in book, where one provider does."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table. ``unit`` is "" for text, and may name the column that tells it."""

    name: str
    kind: Kind
    meaning: str
    unit: str = ""


COLUMNS: tuple[Column, ...] = (
    Column("BillingCurrency", "text", "currency of all costs"),
    Column("ChargeDescription", "text", "what is paid for, and how it is reckoned with values"),
    Column(
        "ListCost",
        "usd",
        "cost of a counted line, so that the column adds up to the total; null for a memo line, "
        "which x_MemoCost has, and for a cost that is not known",
        CURRENCY,
    ),
    Column(
        "ListUnitPrice",
        "number",
        "cost over quantity, before rounding to cents; a blend where several prices are in it",
        "USD per PricingUnit",
    ),
    Column("PricingQuantity", "number", "how much is paid for", "PricingUnit"),
    Column("PricingUnit", "text", "unit of the quantity"),
    Column("ProviderName", "text", "who asks the prices, where one provider does"),
    Column("RegionId", "text", "region of the prices, where all are of one"),
    Column("ServiceCategory", "text", "one of the values that FOCUS allows"),
    Column("ServiceName", "text", "the category of the budget in words"),
    Column("SkuPriceId", "text", "id of the price in its book, where the line uses one"),
    Column("x_Category", "text", "category of the budget"),
    Column("x_Domain", "text", "domain of the corpus; null for what the domains share"),
    Column("x_Item", "text", "name of the line"),
    Column("x_Counted", "flag", "whether the line is in the total"),
    Column("x_MemoCost", "usd", "cost of another way of paying, not in the total", CURRENCY),
    Column("x_LowCost", "usd", "5 % quantile of the cost, counted or memo", CURRENCY),
    Column("x_HighCost", "usd", "95 % quantile; lows and highs do not add up", CURRENCY),
    Column("x_PriceIds", "text", "ids of all prices that the line uses"),
    Column("x_PriceAsOf", "text", "date of the oldest of them: year, quarter, month or day"),
    Column("x_Source", "text", "where formula and prices come from"),
    Column("x_Payment", "text", "one-off or monthly"),
    Column("x_Months", "number", "how long a monthly line is paid", "month"),
    Column("x_Note", "text", "remark; of a cost that is not known, why it is not"),
)


def focus_rows(budget: Budget) -> list[Row]:
    """A row per line of the budget, in its order; keys are the names of ``COLUMNS``.

    Costs are in cents, texts cannot act on a terminal, and empty texts are None.
    """
    ages = {age.id: age for age in budget.price_ages}
    return [_row(line, _prices(line, ages)) for line in budget.lines]


def service_category(line: BudgetLine) -> str:
    """The ServiceCategory of what is paid for; "Other" where a line pays for several."""
    if line.term is not None:
        units = [leaf.unit for leaf in line.term.leaves() if leaf.unit.startswith("USD/")]
        found = {OF_UNIT.get(unit, "Other") for unit in units}
        if found:
            return found.pop() if len(found) == 1 else "Other"
    return OF_CATEGORY[line.category][0]


def _row(line: BudgetLine, prices: Sequence[PriceAge]) -> Row:
    cost = None if line.usd is None else line.usd.point
    cells: Row = {
        "BillingCurrency": CURRENCY,
        "ChargeDescription": f"{line.title}: {line.explanation or line.note or line.category}",
        "ListCost": _cents(cost) if line.counted else None,
        "ListUnitPrice": line.unit_price_usd,
        "PricingQuantity": line.quantity,
        "PricingUnit": line.unit if line.quantity is not None else None,
        "ProviderName": _only({PROVIDERS.get(price.book) for price in prices}),
        "RegionId": _only({price.region or None for price in prices}),
        "ServiceCategory": service_category(line),
        "ServiceName": OF_CATEGORY[line.category][1],
        "SkuPriceId": _only({price.id for price in prices}),
        "x_Category": line.category,
        "x_Domain": line.domain,
        "x_Item": line.item,
        "x_Counted": line.counted,
        "x_MemoCost": None if line.counted else _cents(cost),
        "x_LowCost": None if line.usd is None else _cents(line.usd.low),
        "x_HighCost": None if line.usd is None else _cents(line.usd.high),
        "x_PriceIds": ", ".join(price.id for price in prices),
        "x_PriceAsOf": max(prices, key=lambda each: each.age_days).as_of if prices else None,
        "x_Source": line.source,
        "x_Payment": line.payment if line.usd is not None else None,
        "x_Months": line.months,
        "x_Note": line.note,
    }
    return {name: _cell(value) for name, value in cells.items()}


def _cell(value: Cell) -> Cell:
    return (printable(value) or None) if isinstance(value, str) else value


def _cents(usd: float | None) -> float | None:
    return None if usd is None else round(usd, 2)


def _only(values: set[str | None]) -> str | None:
    """The one value that all agree on."""
    return values.pop() if len(values) == 1 else None


def _prices(line: BudgetLine, ages: Mapping[str, PriceAge]) -> list[PriceAge]:
    """The prices that the cost of a line hangs on, each once; factors are no prices."""
    term = line.term
    if term is None:
        return []
    ids = dict.fromkeys(
        leaf.origin.where.partition(" (")[0]
        for leaf in term.leaves()
        if leaf.origin.kind == "price" and leaf.unit != NO_UNIT and _counts(leaf, term)
    )
    return [ages[price_id] for price_id in ids if price_id in ages]


def _counts(price: Term, cost: Term) -> bool:
    """Whether another price would make another cost: that of spot does not where none is used."""
    other = 2.0 * price.value.point + 1.0
    return reckoned(cost, {key_of(price): other}) != reckoned(cost, {})
