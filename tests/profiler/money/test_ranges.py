"""Planned values with a range: reading, limits, draws, and formulas over points and draws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.money.ranges import Limits, Ranged, drawn, plain, ranged_from_toml, through
from profiler.scaling.quantity import Quantity


def test_a_number_is_certain_and_a_table_is_a_range() -> None:
    assert ranged_from_toml(3, Ranged) == Ranged(3.0, 3.0, 3.0)
    assert ranged_from_toml({"point": 2, "low": 1, "high": 4}, Ranged) == Ranged(2.0, 1.0, 4.0)


@pytest.mark.parametrize(
    "value",
    [
        "3",
        True,
        [1, 2, 3],
        {"point": 2},
        {"point": 2, "low": 1, "high": 4, "x": 1},
        {"point": "2", "low": 1, "high": 4},
        {"point": 5, "low": 1, "high": 4},
        float("nan"),
    ],
)
def test_anything_else_is_a_fault(value: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        ranged_from_toml(value, Ranged)


def test_limits_hold_for_the_whole_range() -> None:
    share = Limits(above=0, at_most=1)
    assert share.fault(Ranged(0.5, 0.1, 1.0)) is None
    assert share.fault(Ranged(0.5, 0.0, 1.0)) is not None
    fault = share.fault(Ranged(0.5, 0.1, 1.5))
    assert fault == "expected more than 0 and at most 1, found 0.5 (0.1 to 1.5)"


@pytest.mark.parametrize("point", [1.0, 2.0, 6.0])
def test_draws_stay_inside_and_their_interval_holds_the_point(point: float) -> None:
    quantity = drawn(Ranged(point, 1.0, 6.0), "x", 20_000, seed=1)
    assert quantity.point == point
    assert quantity.draws.min() >= 1.0
    assert quantity.draws.max() <= 6.0
    low, high = quantity.interval()
    assert low <= point <= high
    assert low < high
    assert np.median(quantity.draws) == pytest.approx(point, abs=0.05)


def test_draws_have_the_quantiles_of_two_triangles() -> None:
    quantity = drawn(Ranged(2.0, 1.0, 6.0), "x", 200_000, seed=1)
    # a tenth of each half lies beyond 1 - sqrt(0.1) of the way to its end
    far = 1 - 0.1**0.5
    low, high = quantity.interval()
    assert low == pytest.approx(2 - far * 1, rel=0.01)
    assert high == pytest.approx(2 + far * 4, rel=0.01)


@pytest.mark.parametrize("draws", [1, 7, 100])
def test_one_draw_falls_into_each_of_as_many_equally_likely_parts(draws: int) -> None:
    found = np.sort(drawn(Ranged(2.0, 1.0, 6.0), "x", draws, seed=3).draws)
    reach = np.where(found < 2.0, 2.0 - found, (found - 2.0) / 4.0)
    beyond = (1 - (1 - reach) ** 2) * np.sign(found - 2.0)
    np.testing.assert_array_equal(np.floor((1 + beyond) / 2 * draws), np.arange(draws))


def test_draws_belong_to_the_name_and_the_seed() -> None:
    ranged = Ranged(2.0, 1.0, 6.0)
    one = drawn(ranged, "x", 100, seed=1).draws
    np.testing.assert_array_equal(one, drawn(ranged, "x", 100, seed=1).draws)
    assert not np.array_equal(one, drawn(ranged, "y", 100, seed=1).draws)
    assert not np.array_equal(one, drawn(ranged, "x", 100, seed=2).draws)


@given(st.floats(0.1, 1e6), st.floats(0.1, 1e6))
def test_a_formula_treats_points_and_draws_alike(a: float, b: float) -> None:
    one, two = Quantity.certain(a, 3), Quantity.certain(b, 3)
    result = through(lambda x, y: x / y + 1, one, two)
    assert result.point == a / b + 1
    np.testing.assert_allclose(result.draws, np.full(3, a / b + 1))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1_000_000, "1,000,000"),
        (0.0425, "0.0425"),
        (28_571.428, "28,571.43"),
        (123_456.789, "123,457"),
        (3.15e23, "3.15e+23"),
        (0.000035, "3.5e-05"),
    ],
)
def test_numbers_as_they_are_read(value: float, text: str) -> None:
    assert plain(value) == text
