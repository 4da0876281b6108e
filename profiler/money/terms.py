"""Terms of a cost: values with symbol, unit and origin, in a tree that ends in what was given."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from profiler.money.formulas import name_of
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

    ``function`` names the pure function behind the formula, for ``formulas.formula``.
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
        return with_unit(self.value.point, self.unit)

    def substituted(self) -> str:
        """The formula with the values of its parts in place of their symbols."""
        if not self.parts:
            return self.text()
        return substitute(self.formula, {part.symbol: part.text() for part in self.parts})


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
    return Term(symbol, meaning, value, unit, origin, formula, name_of(function), parts)


def constant(symbol: str, meaning: str, value: float, unit: str, where: str, draws: int) -> Term:
    """A figure that is neither planned nor priced, such as the pages that a price is for."""
    return Term(symbol, meaning, Quantity.certain(value, draws), unit, Origin("constant", where))


def with_unit(value: float, unit: str) -> str:
    """A value with its unit, to read."""
    return plain(value) if unit == NO_UNIT else f"{plain(value)} {unit}"


def substitute(formula: str, texts: Mapping[str, str]) -> str:
    """A formula with ``texts`` in place of the symbols that are their keys."""
    if not texts:
        return formula
    longest_first = sorted(texts, key=len, reverse=True)
    pattern = "|".join(rf"(?<!\w){re.escape(symbol)}(?!\w)" for symbol in longest_first)
    return re.sub(pattern, lambda found: texts[found.group()], formula)


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
