"""The inverse of a quantity that grows with the whole: known laws, draws, out of reach."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiler.scaling.inverse import (
    NARROWEST,
    TOLERANCE,
    bracket,
    crossing,
    crossing_sizes,
    thinned,
    values_at,
)
from profiler.scaling.quantity import Quantity

SMALLEST, LARGEST = 2e7, 1e18
FACTORS = np.random.default_rng(3).lognormal(0.0, 0.2, 2000)


def power_law(
    share: float, exponent: float, draws: np.ndarray = FACTORS
) -> Callable[..., Quantity]:
    """share × size^exponent; every draw is a multiple of the point."""

    def at(size: float) -> Quantity:
        point = share * size**exponent
        return Quantity(point, point * draws)

    return at


@pytest.mark.parametrize(("share", "exponent"), [(0.2, 1.0), (3.0, 0.7), (1e4, 0.4)])
def test_a_power_of_the_size_is_inverted_exactly(share: float, exponent: float) -> None:
    wanted = share * 3e14**exponent
    found = crossing(power_law(share, exponent), wanted, SMALLEST, LARGEST)
    assert found.size == pytest.approx(3e14, rel=3 * TOLERANCE)
    expected = 3e14 * FACTORS ** (-1 / exponent)
    assert found.sizes == pytest.approx(expected, rel=1e-6)
    assert found.interval() == pytest.approx(tuple(np.quantile(expected, (0.05, 0.95))), rel=0.01)
    assert found.unreached == 0
    assert len(found.looked_at) <= 12


def test_a_law_whose_share_falls_is_met_from_few_sizes() -> None:
    sizes: list[float] = []

    def at(size: float) -> Quantity:
        sizes.append(size)
        point = 0.25 * size / (1 + (size / 1e12) ** 0.5)
        return Quantity(point, point * FACTORS)

    found = crossing(at, 1e12, SMALLEST, LARGEST)
    assert found.value.point == pytest.approx(1e12, rel=TOLERANCE)
    assert len(sizes) == len(set(sizes)) <= 14


def test_a_quantity_that_stops_growing_is_out_of_reach() -> None:
    def at(size: float) -> Quantity:
        point = min(size * 0.1, 1e12)
        return Quantity(point, point * FACTORS)

    found = crossing(at, 1.5e12, SMALLEST, 1e15)
    assert found.size is None
    assert found.value.point == 1e12
    assert found.unreached == pytest.approx((FACTORS < 1.5).mean())
    assert math.isinf(found.interval()[1])


def test_draws_that_never_reach_it_leave_the_interval_open() -> None:
    draws = np.where(np.arange(1000) < 100, 1e-9, 1.0)
    found = crossing(power_law(0.5, 1.0, draws), 5e11, SMALLEST, 1e15)
    assert found.size == pytest.approx(1e12, rel=TOLERANCE)
    assert found.unreached == pytest.approx(0.1)
    assert found.interval() == (pytest.approx(1e12, rel=1e-6), math.inf)


def test_what_the_largest_just_yields_is_in_reach() -> None:
    found = crossing(power_law(0.5, 1.0), 0.5 * 4e13, SMALLEST, 4e13)
    assert found.size == pytest.approx(4e13, rel=TOLERANCE)


def test_a_jump_is_met_from_above() -> None:
    def value_at(size: float) -> float:
        return size * (0.1 if size < 1e12 else 0.4)

    found = bracket(value_at, 2e11, SMALLEST, LARGEST)
    assert found.below is not None
    assert found.above is not None
    assert found.below.size < 1e12 <= found.above.size
    assert found.above.size / found.below.size < 1 + 2 * NARROWEST
    assert found.above.value >= 2e11


def test_the_smallest_may_have_it_already() -> None:
    found = bracket(lambda size: size, SMALLEST / 2, SMALLEST, LARGEST)
    assert found.below is None
    assert found.above is not None
    assert found.above.size == SMALLEST


def test_a_larger_whole_never_yields_less() -> None:
    sizes = [1.0, 10.0, 100.0]
    dips = [np.array([1.0, 1.0]), np.array([8.0, 2.0]), np.array([4.0, 3.0])]
    assert crossing_sizes(sizes, dips, 5.0)[0] == pytest.approx(10 ** (np.log(5) / np.log(8)))
    assert math.isinf(crossing_sizes(sizes, dips, 5.0)[1])
    assert crossing_sizes(sizes, dips, 0.5) == pytest.approx([1.0, 1.0])
    after_a_dip = crossing_sizes(sizes, [np.array([v]) for v in (8.0, 4.0, 16.0)], 8 * 2**0.5)
    assert after_a_dip == pytest.approx([10**1.5])  # from the 8 that the smallest has already


def test_values_are_read_between_sizes() -> None:
    sizes = [10.0, 20.0, 40.0]
    usd = [np.full(3, 5.0 + size) for size in sizes]
    assert values_at(sizes, usd, np.array([10.0, 30.0, math.inf])).tolist() == [15, 35, math.inf]
    assert values_at([10.0], [np.array([7.0])], np.array([99.0])).tolist() == [7.0]


@settings(max_examples=60)
@given(
    exponent=st.floats(0.2, 1.0),
    share=st.floats(1e-4, 1.0),
    less=st.floats(3e8, 1e13),
    times=st.floats(1.01, 1e3),
)
def test_more_wanted_takes_more(exponent: float, share: float, less: float, times: float) -> None:
    at = power_law(share, exponent, FACTORS[:50])
    smaller = share * less**exponent
    one = crossing(at, smaller, SMALLEST, LARGEST)
    other = crossing(at, smaller * times, SMALLEST, LARGEST)
    assert one.size is not None
    assert other.size is None or other.size > one.size
    assert (other.sizes >= one.sizes).all()


def test_sizes_near_to_one_another_are_thinned_and_the_found_one_stays() -> None:
    sizes = [1.0, 10.0, 99.0, 100.0, 101.0, 300.0, 1e6]
    assert thinned(sizes, 100.0) == (1.0, 10.0, 100.0, 300.0, 1e6)
