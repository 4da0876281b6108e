"""A budget as rows that views print: categories with joint intervals, lines, ages of prices."""

from __future__ import annotations

from dataclasses import dataclass

from profiler.money.budget import OLD_PRICE_DAYS, Budget, PriceAge, category_usd
from profiler.money.cash import cash_flow
from profiler.money.lines import BudgetLine
from profiler.scaling.quantity import Estimate
from profiler.views.figures import Scales, known, usd
from profiler.views.funnel import share
from profiler.views.printable import printable

ADDING_UP = (
    "Points of counted lines add up to the total. Lows and highs do not: the lines are drawn "
    "together, and not all are dear at once."
)


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """Lines of one category. ``usd`` sums the counted ones, None where nothing is counted.

    ``part`` is the share of the total, by points.
    """

    category: str
    usd: Estimate | None
    part: float | None
    counted: tuple[BudgetLine, ...]
    memo: tuple[BudgetLine, ...]
    unknown: tuple[BudgetLine, ...]


@dataclass(frozen=True, slots=True)
class CashRow:
    """Months of equal spending, what each of them costs, and what is spent by the last."""

    months: str
    usd: Estimate
    spent_usd: str


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A price that the budget used. ``doubt`` says that it is old, or dated after today, or ""."""

    id: str
    price: str
    as_of: str
    age: str
    doubt: str
    region: str
    confidence: str
    source: str
    keys: str


def categories(budget: Budget) -> tuple[CategoryRow, ...]:
    """Categories in the order of their first line."""
    sums = {str(name): usd for name, usd in category_usd(budget).items()}
    total = budget.total_usd.point
    names = dict.fromkeys(line.category for line in budget.lines)
    return tuple(
        _category(name, sums.get(name), total, [x for x in budget.lines if x.category == name])
        for name in names
    )


def dominant(budget: Budget) -> CategoryRow | None:
    """The category that costs most, by points."""
    priced = [row for row in categories(budget) if row.part is not None]
    return max(priced, key=lambda row: row.part or 0.0, default=None)


def unknown_items(budget: Budget) -> tuple[str, ...]:
    """What is not in the total, since it has no price or was not measured."""
    return tuple(line.title for line in budget.lines if line.usd is None)


def price_texts(budget: Budget) -> tuple[str, ...]:
    """Every price that was used, once, with its date, age and source."""
    by_id = {(age.book, age.id): age for age in budget.price_ages}
    return tuple(_price_text(age) for age in by_id.values())


def price_rows(budget: Budget) -> tuple[PriceRow, ...]:
    """The same as rows, with the keys of the scenario that name the price; the oldest first."""
    keys: dict[tuple[str, str], list[str]] = {}
    for age in budget.price_ages:
        keys.setdefault((age.book, age.id), []).append(age.key)
    by_id = {(age.book, age.id): age for age in budget.price_ages}
    oldest_first = sorted(by_id.items(), key=lambda item: -item[1].age_days)
    return tuple(_price_row(age, keys[found]) for found, age in oldest_first)


def cash_rows(budget: Budget) -> tuple[CashRow, ...]:
    """Counted lines by month; empty where everything is paid in the first."""
    flow = cash_flow(budget)
    if len(flow) < 2 and all(months.last_month == 1 for months in flow):
        return ()
    return tuple(
        CashRow(
            f"{months.first_month}"
            if months.first_month == months.last_month
            else f"{months.first_month} to {months.last_month}",
            months.usd,
            usd(months.spent_usd),
        )
        for months in flow
    )


def _price_row(age: PriceAge, keys: list[str]) -> PriceRow:
    doubt = "older than a year" if age.age_days > OLD_PRICE_DAYS else ""
    return PriceRow(
        printable(age.id),
        printable(f"{known(age.usd)} {age.unit}"),
        printable(age.as_of),
        _age(age.age_days),
        "dated after today" if age.age_days < 0 else doubt,
        printable(age.region),
        printable(age.confidence),
        printable(f"{age.book}: {age.source}"),
        printable(", ".join(keys)),
    )


def _category(
    name: str, summed: Estimate | None, total: float | None, lines: list[BudgetLine]
) -> CategoryRow:
    return CategoryRow(
        name,
        summed,
        share(summed.point, total) if summed else None,
        tuple(line for line in lines if line.counted),
        tuple(line for line in lines if not line.counted and line.usd is not None),
        tuple(line for line in lines if line.usd is None),
    )


def _price_text(age: PriceAge) -> str:
    return printable(
        f"{age.id}: {known(age.usd)} {age.unit}, as of {age.as_of} ({_age(age.age_days)}), "
        f"{age.confidence}; {age.book}: {age.source}"
    )


def _age(days: int) -> str:
    if days < 0:
        return "dated after today"
    return f"{days:,} day{'' if days == 1 else 's'} old"


def quantity_text(quantity: float, unit: str, scales: Scales) -> str:
    """A quantity with its unit; a unit that begins with a number is multiplied: "10 × 100TB"."""
    sign = " × " if unit[:1].isdigit() else " "
    return f"{known(quantity, scales)}{sign}{unit}"
