"""The inverse question: at which size of the whole a quantity reaches what is wanted."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from profiler.scaling.quantity import HIGH_QUANTILE, LOW_QUANTILE, Draws, Quantity

TOLERANCE = 1e-4  # of the value that is wanted
NARROWEST = 1e-3  # of the size: nearer than this, the value jumps over what is wanted
MOST_VALUES = 20
LEAST_STEP, LONGEST_STEP = 1.5, 1000.0
LEAST_POWER = 0.1  # of the size, that growth is taken for when the next size is chosen
TAIL = 0.025  # share of the draws that may lie beyond the sizes looked at, on either side
WIDER = (3.0, 10.0, 100.0)  # times the size that was found, and parts of it
SMALLEST_VALUE = 1e-300
APART = 1.8  # times: sizes nearer to one another add little to a line


@dataclass(frozen=True, slots=True)
class SizeValue:
    """A size of the whole in bytes, and the value there."""

    size: float
    value: float


@dataclass(frozen=True, slots=True)
class Bracket:
    """Two sizes between which a value crosses what is wanted.

    ``below`` is None where the smallest size has it already, ``above`` where the largest has not.
    """

    below: SizeValue | None
    above: SizeValue | None


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where the point of a quantity reaches what is wanted, and where each draw does.

    ``size`` is None where the largest size does not reach it; ``value`` is the quantity at
    ``size``, or else at the largest. ``sizes`` are of the draws, inf for one that does not reach
    it at the largest. ``looked_at`` are the sizes behind them, in order.
    """

    size: float | None
    value: Quantity
    sizes: Draws
    looked_at: tuple[float, ...]

    @property
    def unreached(self) -> float:
        """The share of the draws that do not reach what is wanted at the largest size."""
        return float(np.isinf(self.sizes).mean())

    def interval(self) -> tuple[float, float]:
        """The 5 % and 95 % quantiles of the draws' sizes; inf where they are not reached."""
        low, high = np.quantile(
            self.sizes, (LOW_QUANTILE, HIGH_QUANTILE), method="inverted_cdf"
        )  # an observed value: no mean with inf
        return float(low), float(high)


def crossing(
    quantity_at: Callable[[float], Quantity], wanted: float, smallest: float, largest: float
) -> Crossing:
    """The size at which the point is ``wanted``, to one part in 10⁴, and that of each draw.

    The point is followed to its root. For the draws the quantity is looked at over some sizes, and
    each draw is interpolated between them. ``quantity_at`` is called once per size.
    """
    seen: dict[float, Quantity] = {}

    def at(size: float) -> Quantity:
        if size not in seen:
            seen[size] = quantity_at(size)
        return seen[size]

    found = bracket(lambda size: at(size).point, wanted, smallest, largest)
    centre = _nearer(found, wanted)
    _look_around(at, centre, wanted, smallest, largest)
    looked_at = tuple(sorted(seen))
    sizes = crossing_sizes(looked_at, [seen[size].draws for size in looked_at], wanted)
    reached = centre if found.above is not None else None
    return Crossing(reached, seen[centre], sizes, looked_at)


def bracket(
    value_at: Callable[[float], float],
    wanted: float,
    smallest: float,
    largest: float,
) -> Bracket:
    """Two sizes around the one with the value ``wanted``, one of them within TOLERANCE of it.

    Where the value jumps over what is wanted, the two sizes lie within one part in 10³. Larger
    sizes are tried as growth so far suggests; then false position in the logarithms of size and
    value, the end that stays weighted down (Illinois: Dowell and Jarratt 1971, BIT 11, 168). A
    power of the size is met at the first step.
    """
    below = SizeValue(smallest, value_at(smallest))
    if below.value >= wanted:
        return Bracket(None, below)
    size = below.size * _step(None, below, wanted)
    while True:
        size = min(size, largest)
        tried = SizeValue(size, value_at(size))
        if tried.value >= wanted or _close(tried, wanted):
            return _narrowed(value_at, wanted, below, tried)
        if size >= largest:
            return Bracket(tried, None)
        size *= _step(below, tried, wanted)
        below = tried


def crossing_sizes(sizes: Sequence[float], values: Sequence[Draws], wanted: float) -> Draws:
    """The size at which each draw reaches ``wanted``, linear between logarithms.

    ``sizes`` ascend; ``values`` has their draws. A larger whole holds the smaller one: what a draw
    has at one size it has at every larger one. inf where the largest size does not reach it, the
    smallest size where that does.
    """
    at = np.asarray(sizes, np.float64)
    grown = np.maximum.accumulate(np.asarray(values, np.float64), axis=0)
    reached = grown >= wanted
    first = reached.argmax(axis=0)
    before = np.maximum(first - 1, 0)
    draw = np.arange(grown.shape[1])
    low, high = _log(grown[before, draw]), _log(grown[first, draw])
    part = np.divide(
        math.log(wanted) - low, high - low, out=np.zeros_like(low), where=high > low
    ).clip(0.0, 1.0)
    found = np.exp(np.log(at)[before] + part * (np.log(at)[first] - np.log(at)[before]))
    found = np.where(first == 0, at[0], found)
    return np.asarray(np.where(reached.any(axis=0), found, math.inf))


def values_at(sizes: Sequence[float], values: Sequence[Draws], wanted: Draws) -> Draws:
    """Each draw's value at its own size ``wanted``, linear between ``sizes``; inf at inf."""
    at, known = np.asarray(sizes, np.float64), np.asarray(values, np.float64)
    if len(at) == 1:
        return np.asarray(np.where(np.isinf(wanted), math.inf, known[0]))
    inside = np.clip(wanted, at[0], at[-1])
    right = np.clip(np.searchsorted(at, inside), 1, len(at) - 1)
    draw = np.arange(known.shape[1])
    part = (inside - at[right - 1]) / (at[right] - at[right - 1])
    found = (1 - part) * known[right - 1, draw] + part * known[right, draw]
    return np.asarray(np.where(np.isinf(wanted), math.inf, found))


def thinned(sizes: Sequence[float], kept: float) -> tuple[float, ...]:
    """The ends, ``kept``, and of the others those that lie apart: values between are near lines."""
    apart = [sizes[0], kept, sizes[-1]]
    for size in sizes:
        if all(max(size / other, other / size) >= APART for other in apart):
            apart.append(size)
    return tuple(sorted(set(apart)))


def _narrowed(
    value_at: Callable[[float], float], wanted: float, below: SizeValue, above: SizeValue
) -> Bracket:
    weights = {"below": 1.0, "above": 1.0}
    moved = ""
    for _ in range(MOST_VALUES):
        if _close(above, wanted) or _close(below, wanted):
            break
        if above.size / below.size < 1 + NARROWEST:
            break
        size = _between(below, above, wanted, weights["below"], weights["above"])
        tried = SizeValue(size, value_at(size))
        end, stays = ("above", "below") if tried.value >= wanted else ("below", "above")
        weights[end] = 1.0
        weights[stays] = weights[stays] / 2 if moved == end else 1.0
        moved = end
        below, above = (below, tried) if end == "above" else (tried, above)
    return Bracket(below, above)


def _between(
    below: SizeValue, above: SizeValue, wanted: float, weight_below: float, weight_above: float
) -> float:
    """Where the weighted line through both ends, in logarithms, crosses what is wanted."""
    start, end = math.log(below.size), math.log(above.size)
    if below.value <= 0:
        return math.exp((start + end) / 2)
    lacking = weight_below * math.log(wanted / below.value)
    over = weight_above * math.log(above.value / wanted)
    part = lacking / (lacking + over) if lacking + over > 0 else 0.5
    return math.exp(start + min(max(part, 1e-3), 1 - 1e-3) * (end - start))


def _look_around(
    at: Callable[[float], Quantity], centre: float, wanted: float, smallest: float, largest: float
) -> None:
    """Look at sizes on both sides of ``centre`` until all but a tail of the draws are inside.

    At the largest too, if there are draws that reach what is wanted nowhere else: those that do
    not reach it at all are counted.
    """
    last = centre
    for last in _unequal(centre, [min(centre * times, largest) for times in (*WIDER, math.inf)]):
        if float((at(last).draws < wanted).mean()) <= TAIL:
            break
    if (at(last).draws < wanted).any():
        at(largest)
    for size in _unequal(centre, [max(centre / times, smallest) for times in (*WIDER, math.inf)]):
        if float((at(size).draws >= wanted).mean()) <= TAIL:
            break


def _unequal(centre: float, sizes: Sequence[float]) -> list[float]:
    return [size for size in dict.fromkeys(sizes) if size != centre]


def _nearer(found: Bracket, wanted: float) -> float:
    """The end whose value is what is wanted, else the one that has at least that."""
    if found.above is None:
        assert found.below is not None
        return found.below.size
    if found.below is not None and _close(found.below, wanted) and not _close(found.above, wanted):
        return found.below.size
    return found.above.size


def _close(found: SizeValue, wanted: float) -> bool:
    return abs(found.value - wanted) <= TOLERANCE * wanted


def _step(before: SizeValue | None, found: SizeValue, wanted: float) -> float:
    """How much larger the next size is: what growth as seen asks for, and a little more."""
    if found.value <= 0:
        return LONGEST_STEP
    power = 1.0
    if before is not None and 0 < before.value < found.value:
        power = math.log(found.value / before.value) / math.log(found.size / before.size)
    lacking = math.log(wanted / found.value) / min(max(power, LEAST_POWER), 1.0)
    return math.exp(min(max(lacking + 0.1, math.log(LEAST_STEP)), math.log(LONGEST_STEP)))


def _log(values: Draws) -> Draws:
    return np.asarray(np.log(np.maximum(values, SMALLEST_VALUE)))
