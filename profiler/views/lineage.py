"""Where the USD of a line come from: its tree of terms as texts, down to the leaves."""

from __future__ import annotations

from dataclasses import dataclass

from profiler.money.ranges import plain
from profiler.money.terms import Term, with_unit
from profiler.views.printable import printable

LONGEST_MEANING = 160
LONGEST_ORIGIN = 400
KINDS: dict[str, str] = {
    "measured": "measured",
    "forecast": "forecast",
    "scenario": "your scenario",
    "default": "default of the scenario, not yours",
    "price": "price",
    "published": "published",
    "constant": "fixed",
    "computed": "computed",
}


@dataclass(frozen=True, slots=True)
class Lineage:
    """A value, what it means, its 90 % range ("" where it is certain), and what it was made of.

    ``origin`` is the formula with values for what was computed, else the place it was taken from.
    """

    symbol: str
    value: str
    range: str
    meaning: str
    origin: str
    parts: tuple[Lineage, ...]


def lineage(term: Term) -> Lineage:
    """The tree of a term, safe to print."""
    return Lineage(
        printable(term.symbol),
        printable(term.text()),
        _range(term),
        printable(term.meaning, LONGEST_MEANING),
        printable(_origin(term), LONGEST_ORIGIN),
        tuple(lineage(part) for part in term.parts),
    )


def _range(term: Term) -> str:
    low, high = term.value.interval()
    if low == high:
        return ""
    return f"{plain(low)} to {printable(with_unit(high, term.unit))}"


def _origin(term: Term) -> str:
    if term.parts:
        return f"{term.formula} = {term.substituted()}"
    return f"{KINDS[term.origin.kind]}: {term.origin.where}"
