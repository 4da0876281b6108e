"""Figures of a plan with a range, and how a formula runs over points and draws alike."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NewType

import numpy as np
import numpy.typing as npt

from profiler.scaling.quantity import Quantity

Number = float | npt.NDArray[np.float64]
"""What a formula takes and gives: one value, or one value per draw."""


@dataclass(frozen=True, slots=True)
class Ranged:
    """A planned value, and the least and the most that it may be (both included).

    Raises ValueError unless low <= point <= high, all finite.
    """

    point: float
    low: float
    high: float

    def __post_init__(self) -> None:
        values = (self.low, self.point, self.high)
        if not all(math.isfinite(value) for value in values):
            raise ValueError(f"expected finite numbers, found {values}")
        if not self.low <= self.point <= self.high:
            raise ValueError(f"expected low <= point <= high, found {self}")

    def __str__(self) -> str:
        if self.low == self.high:
            return plain(self.point)
        return f"{plain(self.point)} ({plain(self.low)} to {plain(self.high)})"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a planned value, with its whole range, must obey."""

    above: float = -math.inf
    at_least: float = -math.inf
    at_most: float = math.inf

    def fault(self, value: Ranged) -> str | None:
        """What was expected and found, or None."""
        if value.low > self.above and value.low >= self.at_least and value.high <= self.at_most:
            return None
        parts = (("more than", self.above), ("at least", self.at_least), ("at most", self.at_most))
        expected = " and ".join(f"{word} {plain(v)}" for word, v in parts if math.isfinite(v))
        return f"expected {expected}, found {value}"


Amount = NewType("Amount", Ranged)
Positive = NewType("Positive", Ranged)
AtLeastOne = NewType("AtLeastOne", Ranged)
Share = NewType("Share", Ranged)
PositiveShare = NewType("PositiveShare", Ranged)

LIMITS: dict[Any, Limits] = {
    Amount: Limits(at_least=0),
    Positive: Limits(above=0),
    AtLeastOne: Limits(at_least=1),
    Share: Limits(at_least=0, at_most=1),
    PositiveShare: Limits(above=0, at_most=1),
}


def planned(unit: str, meaning: str) -> Any:
    """The declaration of a planned value in a section of the scenario: its unit and its meaning.

    ``unit`` is a text of ``profiler.money.units``; "1" for shares, factors and counts of nothing.
    """
    return field(metadata={"unit": unit, "meaning": meaning})


def ranged_from_toml(value: Any, _: type) -> Ranged:
    """A number, or a table of point, low and high, as a Ranged; ValueError for anything else."""
    if _is_number(value):
        return Ranged(float(value), float(value), float(value))
    if not isinstance(value, dict) or set(value) != {"point", "low", "high"}:
        raise ValueError(f"expected a number or {{ point, low, high }}, found {value!r}")
    wrong = [key for key, part in value.items() if not _is_number(part)]
    if wrong:
        raise ValueError(f"expected numbers in {', '.join(sorted(wrong))}, found {value!r}")
    return Ranged(float(value["point"]), float(value["low"]), float(value["high"]))


def drawn(ranged: Ranged, name: str, draws: int, seed: int) -> Quantity:
    """Draws on both sides of the point with equal chance, thinner towards low and high.

    Two triangles that meet at the point, half of the draws in each: the point is the median, so
    that the interval holds it wherever it lies in the range. One draw falls into each of as many
    equally likely parts, in an order drawn by chance (Latin hypercube: McKay, Beckman and Conover
    1979, Technometrics 21, 239). The generator is seeded by ``seed`` and ``name``: two lines that
    use one price or one planned value move together, and an input that is added later changes no
    other draw.
    """
    if ranged.low == ranged.high:
        return Quantity.certain(ranged.point, draws)
    generator = np.random.default_rng([seed, zlib.crc32(name.encode())])
    levels = (generator.permutation(draws) + generator.random(draws)) / draws
    beyond = 2.0 * levels - 1.0  # from -1 to 1, 0 at the point
    reach = 1.0 - np.sqrt(1.0 - np.abs(beyond))
    side = np.where(beyond < 0, ranged.low - ranged.point, ranged.high - ranged.point)
    return Quantity(ranged.point, np.clip(ranged.point + reach * side, ranged.low, ranged.high))


def through(formula: Callable[..., Number], *inputs: Quantity) -> Quantity:
    """``formula`` of the points, and of the draws, of ``inputs``."""
    point = formula(*(quantity.point for quantity in inputs))
    draws = formula(*(quantity.draws for quantity in inputs))
    return Quantity(float(point), np.asarray(draws, dtype=np.float64))


def plain(value: float) -> str:
    """A number to read: whole numbers whole, six digits of the others, thousands set apart."""
    if abs(value) >= 1e15:
        return f"{value:.6g}"
    if value == round(value):
        return f"{value:,.0f}"
    if abs(value) >= 1e5:
        return f"{value:,.0f}"
    if abs(value) >= 1000:
        return f"{value:,.2f}"
    return f"{value:.6g}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
