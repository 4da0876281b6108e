"""The scenario's section on money itself: contingency and currency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

from profiler.money.ranges import Positive, Share, planned

Currency = NewType("Currency", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What is laid on top of the sum, and the currency that totals are shown in beside USD."""

    contingency_share: Share = planned("1", "contingency on all counted lines")
    currency: Currency
    currency_per_usd: Positive = planned("1", "units of the currency for one USD")

    def __post_init__(self) -> None:
        per_usd = self.currency_per_usd
        if self.currency == "USD" and (per_usd.low, per_usd.high) != (1.0, 1.0):
            raise ValueError("currency_per_usd: expected 1 for USD; name the other currency")
        if self.currency != "USD" and per_usd.low == per_usd.high == 1.0:
            raise ValueError(f"currency_per_usd: give what one USD is in {self.currency}")


def currency_fault(code: str) -> str | None:
    """Why a text is no code of a currency, or None."""
    if len(code) == 3 and code.isascii() and code.isupper():
        return None
    return f"expected a code of three capital letters such as EUR, found {code!r}"
