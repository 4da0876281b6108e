"""Figures that are not certain: an estimate with an interval, and a quantity with joint draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

State = Literal["estimate", "rough", "bounds"]
Draws = npt.NDArray[np.float64]

LOW_QUANTILE, HIGH_QUANTILE = 0.05, 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 90 % interval: low and high are the 5 % and 95 % quantiles.

    In state "bounds" there is no point: the figure lies between low and high, and the sample
    carries no further. ``outer_low`` and ``outer_high`` hold whatever the law behind the figure
    is, where such bounds are known.
    """

    point: float | None
    low: float
    high: float
    method: str
    state: State = "estimate"
    outer_low: float | None = None
    outer_high: float | None = None


def planning_point(estimate: Estimate) -> float:
    """The value that plans go by: the point, or the middle of the bounds."""
    if estimate.point is not None:
        return estimate.point
    return (estimate.low + estimate.high) / 2


@dataclass(frozen=True, slots=True)
class Quantity:
    """A plug-in value and draws of it; draw i of every quantity of a forecast belongs together.

    Arithmetic keeps both, so that sums of points are exact and sums of draws stay joint.
    """

    point: float
    draws: Draws

    @staticmethod
    def certain(value: float, draws: int) -> Quantity:
        """A value that is known, as ``draws`` equal draws."""
        return Quantity(float(value), np.full(draws, float(value)))

    def interval(self) -> tuple[float, float]:
        """The 5 % and 95 % quantiles of the draws."""
        low, high = np.quantile(self.draws, (LOW_QUANTILE, HIGH_QUANTILE))
        return float(low), float(high)

    def estimate(self, method: str, state: State = "estimate") -> Estimate:
        """As an estimate; without a point in state "bounds"."""
        low, high = self.interval()
        return Estimate(None if state == "bounds" else self.point, low, high, method, state)

    def __add__(self, other: Quantity) -> Quantity:
        return Quantity(self.point + other.point, self.draws + other.draws)

    def __mul__(self, other: Quantity | float) -> Quantity:
        if isinstance(other, Quantity):
            return Quantity(self.point * other.point, self.draws * other.draws)
        return Quantity(self.point * other, self.draws * other)

    __rmul__ = __mul__

    def __truediv__(self, other: float) -> Quantity:
        return Quantity(self.point / other, self.draws / other)
