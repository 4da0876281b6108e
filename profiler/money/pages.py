"""Prices per 1,000 pages, with tiers by the pages of a month, as terms of a cost."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from profiler.money.lines import Inputs, price_source
from profiler.money.prices import Tier
from profiler.money.ranges import Number, plain
from profiler.money.terms import Origin, Term, computed
from profiler.scaling.quantity import Quantity

PAGES_PER_PRICE = 1000.0
_PRICE, _MONTHS = "conversion.third_party_price", "conversion.third_party_months"


def tier_pages(pages: Number, months: Number, begin: Number, end: Number) -> Number:
    """Pages of a tier: T × (min(N / T, end) - min(N / T, begin)).

    ``begin`` and ``end`` of the tier in pages of a month; N pages are sent evenly over T months.
    """
    monthly = pages / months
    return months * (np.minimum(monthly, end) - np.minimum(monthly, begin))


def last_tier_pages(pages: Number, months: Number, begin: Number) -> Number:
    """Pages above the last limit: T × (N / T - min(N / T, begin))."""
    monthly = pages / months
    return months * (monthly - np.minimum(monthly, begin))


def pages_per_price(inputs: Inputs) -> Term:
    """How many pages a price is for."""
    meaning, where = "pages that a price is for", "unit of the price"
    return inputs.constant("P", meaning, PAGES_PER_PRICE, "page/1000pages", where)


def tier_terms(inputs: Inputs, pages: Term) -> list[tuple[Term, Term]]:
    """The third party's price and the pages of each of its tiers; without tiers all pages."""
    tiers = inputs.prices[_PRICE].tiers
    if not tiers:
        return [(inputs.price("C_tier", _PRICE), pages)]
    months = inputs.plan("T", _MONTHS)
    limits = [0.0, *(tier.up_to_pages for tier in tiers)]
    return [
        (_tier_price(inputs, number, tier), _tier_amount(inputs, pages, months, number, ends))
        for number, (tier, ends) in enumerate(zip(tiers, pairwise(limits), strict=True), 1)
    ]


def _tier_price(inputs: Inputs, number: int, tier: Tier) -> Term:
    price = inputs.prices[_PRICE]
    to = "above that" if tier.up_to_pages is None else f"up to {plain(tier.up_to_pages)} pages"
    return Term(
        f"C_tier{number}",
        f"{price.note or price.id}, {to}",
        Quantity.certain(tier.usd, inputs.draws),
        price.unit,
        Origin("price", price_source(price)),
    )


def _tier_amount(
    inputs: Inputs,
    pages: Term,
    months: Term,
    number: int,
    ends: tuple[float | None, float | None],
) -> Term:
    symbol, meaning = f"N_{number}", f"pages of tier {number}"
    where = price_source(inputs.prices[_PRICE])
    begin, end = (
        None
        if pages_of_month is None
        else inputs.constant(
            name, f"pages of a month, {text} of tier {number}", pages_of_month, "page/month", where
        )
        for name, text, pages_of_month in zip(("a", "b"), ("begin", "end"), ends, strict=True)
    )
    n = pages.symbol
    assert begin is not None  # only the last tier has no end, and no tier follows it
    if end is None:
        formula = f"T × ({n} / T - min({n} / T, a))"
        return computed(symbol, meaning, "page", last_tier_pages, formula, pages, months, begin)
    formula = f"T × (min({n} / T, b) - min({n} / T, a))"
    return computed(symbol, meaning, "page", tier_pages, formula, pages, months, begin, end)
