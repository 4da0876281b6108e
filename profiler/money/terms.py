"""Terms of a cost: values with symbol, unit and origin, in a tree that ends in what was given."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from profiler.money.ranges import Number, plain, through
from profiler.money.units import NO_UNIT, check
from profiler.scaling.quantity import Quantity

OriginKind = Literal[
    "measured", "forecast", "scenario", "default", "price", "published", "constant", "computed"
]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from: the kind, and the stage and run, price, key or publication."""

    kind: OriginKind
    where: str


@dataclass(frozen=True, slots=True)
class Term:
    """A value in ``unit``. A computed one has the formula and the ``parts`` it was made from.

    ``function`` is the name of the pure function behind the formula.
    """

    symbol: str
    meaning: str
    value: Quantity
    unit: str
    origin: Origin
    formula: str = ""
    function: str = ""
    parts: tuple[Term, ...] = ()

    def leaves(self) -> Iterator[Term]:
        """The terms that nothing was computed for, in order; a term used twice comes twice."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()

    def text(self) -> str:
        """The value with its unit, to read."""
        number = plain(self.value.point)
        return number if self.unit == NO_UNIT else f"{number} {self.unit}"

    def substituted(self) -> str:
        """The formula with the values of its parts in place of their symbols."""
        texts = {part.symbol: part.text() for part in self.parts}
        if not texts:
            return self.text()
        longest_first = sorted(texts, key=len, reverse=True)
        pattern = "|".join(rf"(?<!\w){re.escape(symbol)}(?!\w)" for symbol in longest_first)
        return re.sub(pattern, lambda found: texts[found.group()], self.formula)


def computed(
    symbol: str,
    meaning: str,
    unit: str,
    function: Callable[..., Any],
    formula: str,
    *parts: Term,
) -> Term:
    """A term that ``function`` makes of its parts, for the points and for every draw.

    ``formula`` is the same in the symbols of the parts. The function also runs over quantities
    with units: UnitError unless the result is in ``unit``.
    """
    check(function, formula, [(part.value.point, part.unit) for part in parts], unit)
    value = through(function, *(part.value for part in parts))
    origin = Origin("computed", formula)
    return Term(symbol, meaning, value, unit, origin, formula, function.__name__, parts)


def constant(symbol: str, meaning: str, value: float, unit: str, where: str, draws: int) -> Term:
    """A figure that is neither planned nor priced, such as the pages that a price is for."""
    return Term(symbol, meaning, Quantity.certain(value, draws), unit, Origin("constant", where))


def product(*factors: Number) -> Number:
    """All factors multiplied."""
    result = factors[0]
    for factor in factors[1:]:
        result = result * factor
    return result


def total(*parts: Number) -> Number:
    """All parts added."""
    result = parts[0]
    for part in parts[1:]:
        result = result + part
    return result
