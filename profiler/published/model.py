"""The published cost model: formulas, worked examples, ranges, and what does not fit in it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from pipeline.config import read_toml, structure
from profiler.published.tables import FOLDER

Kind = Literal["exact", "exact-by-assumption", "derived", "check", "constant", "mismatch"]


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as it is published; ``function`` is ours, by its name in ``profiler.money``."""

    id: str
    what: str
    expression: str
    function: str
    source: str
    domain: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A worked example: ``inputs`` and the figure that is ``expected`` of them, in ``unit``.

    ``kind`` says what to expect of our formula. ``actual`` is what the inputs give where the
    source does not close; ``assumption`` is what of ours makes an example close. Raises
    ValueError when one of the two is missing where the kind needs it, or is there without need.
    """

    id: str
    formula: str
    inputs: dict[str, float]
    expected: float
    unit: str
    kind: Kind
    source: str
    rel_tol: float = 0.0
    actual: float | None = None
    assumption: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if (self.kind == "mismatch") != (self.actual is not None):
            raise ValueError("actual: expected in a mismatch and nowhere else")
        if (self.kind == "exact-by-assumption") != bool(self.assumption):
            raise ValueError("assumption: expected where kind is exact-by-assumption, only there")
        if not all(math.isfinite(value) for value in (self.expected, *self.inputs.values())):
            raise ValueError("inputs and expected: expected finite numbers")


@dataclass(frozen=True, slots=True)
class PriceRange:
    """What is said that something costs. Raises ValueError unless 0 <= low <= high."""

    id: str
    what: str
    low_usd: float
    high_usd: float
    source: str
    note: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.low_usd <= self.high_usd < math.inf:
            raise ValueError(f"expected 0 <= low_usd <= high_usd, found {self}")


@dataclass(frozen=True, slots=True)
class Issue:
    """Something in the published model that is wrong, doubtful or in contradiction to the rest.

    ``reading`` is what corpuscost makes of it.
    """

    id: str
    what: str
    reading: str
    source: str


@dataclass(frozen=True, slots=True)
class _Model:
    formula: tuple[Formula, ...]
    example: tuple[Example, ...]
    range: tuple[PriceRange, ...] = field(default=())
    issue: tuple[Issue, ...] = field(default=())


def formulas() -> tuple[Formula, ...]:
    """Formulas of the published cost model."""
    return _model().formula


def examples() -> tuple[Example, ...]:
    """Worked examples of the published cost model."""
    return _model().example


def price_ranges() -> tuple[PriceRange, ...]:
    """Prices of whole jobs."""
    return _model().range


def issues() -> tuple[Issue, ...]:
    """Faults of the published cost model."""
    return _model().issue


@cache
def _model() -> _Model:
    path = FOLDER / "examples.toml"
    return structure(read_toml(path), _Model, str(path))
