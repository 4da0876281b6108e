"""A budget as it was written to JSON, read back: to explain and compare it."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NoReturn

import cattrs
import numpy as np

from pipeline.config import strict_converter, structure
from pipeline.errors import ConfigError
from profiler.money.formulas import formula
from profiler.money.terms import Origin, substitute, with_unit

HOW_TO_MAKE = "corpuscost estimate RUN --scale 1PB --json > budget.json"
MOST_LEVELS = 50  # of terms within terms; a budget has about six

Place = tuple[str, ...]
"""Where a term stands: the symbols from the root down to it."""


class FormulaError(ValueError):
    """A term that cannot be reckoned again: the formula that is missing or fails, and how."""


@dataclass(frozen=True, slots=True)
class WrittenTerm:
    """A term without its draws: ``low`` and ``high`` are its 5 % and 95 % quantiles."""

    symbol: str
    meaning: str
    point: float
    low: float
    high: float
    unit: str
    origin: Origin
    formula: str = ""
    function: str = ""
    parts: tuple[WrittenTerm, ...] = ()

    def text(self) -> str:
        """The value with its unit, to read."""
        return with_unit(self.point, self.unit)

    def substituted(self) -> str:
        """The formula with the values of its parts in place of their symbols."""
        if not self.parts:
            return self.text()
        return substitute(self.formula, {part.symbol: part.text() for part in self.parts})

    def placed_parts(self, place: Place = ()) -> Iterator[tuple[Place, WrittenTerm]]:
        """The parts, each with its place; a symbol that comes again is told apart by a number."""
        seen: Counter[str] = Counter()
        for part in self.parts:
            seen[part.symbol] += 1
            again = seen[part.symbol]
            yield (*place, part.symbol if again == 1 else f"{part.symbol}#{again}"), part

    def leaves(self, place: Place = ()) -> Iterator[tuple[Place, WrittenTerm]]:
        """The terms that nothing was computed for, each with its place."""
        if not self.parts:
            yield place, self
        for inner, part in self.placed_parts(place):
            yield from part.leaves(inner)


@dataclass(frozen=True, slots=True)
class WrittenUsd:
    """An amount with its 90 % interval; the point is in whole cents."""

    point: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class WrittenLine:
    """A line of the budget; ``usd`` and ``term`` are None where the cost is not known."""

    category: str
    item: str
    domain: str
    counted: bool
    quantity: float | None
    unit: str
    unit_price_usd: float | None
    usd: WrittenUsd | None
    source: str
    payment: str
    months: float | None
    note: str
    term: WrittenTerm | None

    def __post_init__(self) -> None:
        if (self.usd is None) != (self.term is None):
            raise ValueError(f"{self.item}: expected usd and term together, or neither")
        if self.usd is None and self.counted:
            raise ValueError(f"{self.item}: counted, but without USD")

    @property
    def title(self) -> str:
        """The item, after its domain where it has one."""
        return f"{self.domain}: {self.item}" if self.domain else self.item

    @property
    def kind(self) -> str:
        """ "counted", "memo" or "unknown"."""
        if self.usd is None:
            return "unknown"
        return "counted" if self.counted else "memo"


@dataclass(frozen=True, slots=True)
class WrittenPrice:
    """A price that the budget used, with its age on the day when the budget was made."""

    id: str
    book: str
    usd: float
    unit: str
    as_of: str
    age_days: float
    source: str = ""
    confidence: str = ""


@dataclass(frozen=True, slots=True)
class WrittenBudget:
    """A budget and what it was made for; ``target`` is plain data."""

    lines: tuple[WrittenLine, ...]
    total_usd: WrittenUsd
    target: Mapping[str, Any] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()
    prices: tuple[WrittenPrice, ...] = ()


def read_budget(text: str, where: str) -> WrittenBudget:
    """The budget in the JSON text of ``estimate --json``; ``where`` names it in messages.

    Raises ConfigError for anything else, with what is wrong and how to make a budget.
    """
    data = _parsed(text, where)
    _check_is_budget(data, where)
    return structure(data, WrittenBudget, where, _converter())


def reckoned(
    term: WrittenTerm, leaf: Callable[[Place, WrittenTerm], float], place: Place = ()
) -> float:
    """The value of a term from its leaves, by the pure functions that it names.

    ``leaf`` gives the value of a leaf. Raises FormulaError when a function is missing or fails.
    """
    if not term.parts:
        return leaf(place, term)
    function = formula(term.function)
    if function is None:
        raise FormulaError(f"{term.symbol}: this version has no formula {term.function!r}")
    values = [reckoned(part, leaf, inner) for inner, part in term.placed_parts(place)]
    try:
        with np.errstate(all="ignore"):
            value = float(function(*values))
    except (ArithmeticError, TypeError, ValueError) as error:
        raise FormulaError(f"{term.symbol}: {term.function} of {values}: {error}") from None
    if not math.isfinite(value):
        raise FormulaError(f"{term.symbol}: {term.function} of {values} gives no finite number")
    return value


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise ConfigError(f"{where}: nested too deeply for a budget; {_next()}") from None
    except ValueError as error:
        raise ConfigError(f"{where}: not valid JSON: {error}; {_next()}") from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"expected finite numbers, found {name}")


def _check_is_budget(data: Any, where: str) -> None:
    """That the data is a budget of this version: lines with terms, nested as budgets are."""
    lines = data.get("lines") if isinstance(data, dict) else None
    if not isinstance(lines, list) or "total_usd" not in data:
        raise ConfigError(f"{where}: no budget: expected lines and total_usd; {_next()}")
    old = [
        number
        for number, line in enumerate(lines, 1)
        if isinstance(line, dict) and "term" not in line
    ]
    if old:
        raise ConfigError(
            f"{where}: line {old[0]} has no term: an older version wrote it, without what each "
            f"figure was made from; {_next()}"
        )
    if _levels(lines) > 2 * MOST_LEVELS:  # a term is an object in a list
        raise ConfigError(f"{where}: terms are nested more than {MOST_LEVELS} deep; {_next()}")


def _levels(data: Any) -> int:
    """How deep lists and objects are nested; without recursion, since the file may be hostile."""
    levels, inner = 0, [data]
    while inner:
        levels += 1
        inner = [
            part
            for each in inner
            for part in (each.values() if isinstance(each, dict) else each)
            if isinstance(part, dict | list)
        ]
    return levels


def _next() -> str:
    return f"make it anew: {HOW_TO_MAKE}"


@cache
def _converter() -> cattrs.Converter:
    """Strict about types; keys that a newer version may have written are left alone."""
    converter = strict_converter()
    converter.forbid_extra_keys = False
    converter.register_structure_hook(float, _finite)
    converter.register_structure_hook_func(lambda kind: kind == Mapping[str, Any], _table)
    return converter


def _finite(value: Any, _: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"expected a number, found {value!r}")
    if not math.isfinite(value):
        raise ValueError(f"expected a finite number, found {value!r}")
    return float(value)


def _table(value: Any, _: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"expected an object, found {value!r}")
    return value
