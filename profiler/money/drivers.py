"""What moves the total most: each uncertain input at its low and high end, others at the point."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from profiler.money.budget import Budget
from profiler.money.formulas import formula
from profiler.money.terms import OriginKind, Term

Key = tuple[str, str, str]
MOST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Driver:
    """An input from ``low`` to ``high``, its 5 and 95 % quantiles, and the total at each end.

    ``name`` is what a plan or a book calls it, ``meaning`` says what it is.
    """

    name: str
    meaning: str
    kind: OriginKind
    unit: str
    low: float
    point: float
    high: float
    usd_at_low: float
    usd_at_high: float

    @property
    def words(self) -> str:
        """The meaning without what is remarked on it."""
        return self.meaning.partition(";")[0]

    @property
    def swing_usd(self) -> float:
        return abs(self.usd_at_high - self.usd_at_low)


def drivers(budget: Budget) -> tuple[Driver, ...]:
    """Every uncertain input of the counted lines, the one that moves the total most first.

    One input moves at a time, in all lines that use it; it says nothing of inputs that move
    together, which the interval of the total does.
    """
    counted = [line.term for line in budget.lines if line.counted and line.term is not None]
    leaves = {key_of(leaf): leaf for term in counted for leaf in term.leaves()}
    found = [
        _driver(counted, key, leaf)
        for key, leaf in leaves.items()
        if leaf.value.draws.min() < leaf.value.draws.max() and leaf.origin.kind != "computed"
    ]
    return tuple(sorted(found, key=lambda driver: -driver.swing_usd))


def key_of(leaf: Term) -> Key:
    """What tells an input from others, wherever it is used."""
    return leaf.origin.kind, leaf.origin.where, leaf.meaning


def reckoned(term: Term, instead: Mapping[Key, float]) -> float:
    """The point of a term with other values for some of its leaves."""
    if not term.parts:
        return instead.get(key_of(term), term.value.point)
    function = formula(term.function)
    if function is None:
        raise ValueError(f"{term.meaning}: no formula {term.function!r}")
    return float(function(*(reckoned(part, instead) for part in term.parts)))


def drivers_to_json(found: tuple[Driver, ...]) -> list[dict[str, Any]]:
    """As in ``estimate --json``: USD in cents."""
    return [
        {
            "name": driver.name,
            "meaning": driver.meaning,
            "kind": driver.kind,
            "unit": driver.unit,
            "low": driver.low,
            "point": driver.point,
            "high": driver.high,
            "usd_at_low": round(driver.usd_at_low, 2),
            "usd_at_high": round(driver.usd_at_high, 2),
        }
        for driver in found
    ]


def _driver(counted: list[Term], key: Key, leaf: Term) -> Driver:
    low, high = leaf.value.interval()
    at_low, at_high = (_total(counted, key, value) for value in (low, high))
    return Driver(
        _name(leaf),
        leaf.meaning,
        leaf.origin.kind,
        leaf.unit,
        low,
        leaf.value.point,
        high,
        at_low,
        at_high,
    )


def _total(counted: list[Term], key: Key, value: float) -> float:
    """The total with one input at ``value``; a share of the sum goes on the new sum."""
    own = [term for term in counted if not _of_the_sum(term)]
    shares = [term for term in counted if _of_the_sum(term)]
    instead = {key: value}
    everything = math.fsum(reckoned(term, instead) for term in own)
    laid_on = [
        reckoned(term, {**instead, key_of(leaf): everything})
        for term in shares
        for leaf in term.leaves()
        if leaf.origin.kind == "computed"
    ]
    return everything + math.fsum(laid_on)


def _of_the_sum(term: Term) -> bool:
    return any(leaf.origin.kind == "computed" for leaf in term.leaves())


def _name(leaf: Term) -> str:
    where = leaf.origin.where
    if leaf.origin.kind == "price":
        return f"price {where.partition(' (')[0]}"
    if leaf.origin.kind in ("scenario", "default"):
        return where.partition(";")[0]
    return leaf.meaning
