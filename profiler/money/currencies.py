"""Prices in another currency, and the rate without which they are not known in dollars."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from profiler.money.provenance import provenance_faults

HOME = "USD"
_CODE = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit of another currency was worth in dollars on a date.

    Raises ValueError that lists what is wrong.
    """

    usd: float
    as_of: str
    source: str
    confidence: str = "own"
    note: str = ""

    def __post_init__(self) -> None:
        faults = provenance_faults(self.as_of, self.source, self.confidence)
        if not (math.isfinite(self.usd) and self.usd > 0):
            faults.insert(0, f"usd: expected dollars for one of it, more than 0, found {self.usd}")
        if faults:
            raise ValueError("; ".join(faults))


@dataclass(frozen=True, slots=True)
class ForeignPrice:
    """A price in another currency: ``amount`` per ``unit``, such as EUR/TB-month.

    Raises ValueError that lists what is wrong.
    """

    amount: float
    unit: str
    as_of: str
    source: str
    region: str = ""
    confidence: str = "own"
    low: float | None = None
    high: float | None = None
    note: str = ""
    id: str = ""
    book: str = ""

    def __post_init__(self) -> None:
        faults = [*unit_faults(self.unit), *_amount_faults(self)]
        faults += provenance_faults(self.as_of, self.source, self.confidence)
        if faults:
            raise ValueError("; ".join(faults))

    @property
    def currency(self) -> str:
        """The code of the currency, such as EUR."""
        return self.unit.partition("/")[0]

    @property
    def usd_unit(self) -> str:
        """The unit that the price has once it is in dollars."""
        return f"{HOME}/{self.unit.partition('/')[2]}"

    def without_rate(self) -> str:
        """Why the price cannot be used before a rate is known, and what to do."""
        return (
            f"price {self.id!r} of book {self.book} is {self.amount:,.6g} {self.unit}, and no book "
            f"says what one {self.currency} is worth: give [currency.{self.currency}] with usd, "
            "as_of and source in a book of your own (--prices FILE)"
        )


def code_fault(code: str) -> str | None:
    """What is wrong with the code of a currency, or None."""
    if code == HOME:
        return f"expected another currency than {HOME}, in which books reckon"
    if _CODE.fullmatch(code) is None:
        return f"expected three capital letters such as EUR, found {code!r}"
    return None


def unit_faults(unit: str) -> list[str]:
    """What is wrong with the currency of a unit such as EUR/TB-month."""
    code, slash, below = unit.partition("/")
    if not slash or not below:
        return [f"unit: expected a currency per something, such as EUR/TB-month, found {unit!r}"]
    fault = code_fault(code)
    return [] if fault is None else [f"unit: {unit!r}: {fault}"]


def _amount_faults(price: ForeignPrice) -> list[str]:
    values = [price.amount, *(end for end in (price.low, price.high) if end is not None)]
    if not all(math.isfinite(value) and value >= 0 for value in values):
        return [f"amount, low and high: expected numbers of at least 0, found {values}"]
    if (price.low is None) != (price.high is None):
        return ["low and high: expected both or none"]
    if price.low is None or price.high is None or price.low <= price.amount <= price.high:
        return []
    return [f"expected low <= amount <= high, found {price.low}, {price.amount} and {price.high}"]
