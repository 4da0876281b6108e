from __future__ import annotations

import numpy as np
import pytest

from profiler.scaling.cputime import (
    cpu_seconds_per_byte,
    document_cpu_hours,
    mb_per_cpu_second,
    resolve_cpu_hours,
    resolve_growth,
)
from profiler.scaling.quantity import Quantity

RANKS = (np.arange(1000) + 0.5) / 1000


def test_rate_and_speed() -> None:
    rate = cpu_seconds_per_byte(np.array([1.0, 2.0, 3.3]), np.array([10**8, 2 * 10**8, 3 * 10**8]))
    assert rate.point == pytest.approx(6.3 / 6e8)
    speed = mb_per_cpu_second(rate)
    assert speed is not None
    assert speed.point == pytest.approx(600 / 6.3)
    assert speed.low == pytest.approx(1e-6 / rate.high)
    assert speed.high == pytest.approx(1e-6 / rate.low)


def test_a_stage_without_cpu_has_no_speed() -> None:
    rate = cpu_seconds_per_byte(np.zeros(3), np.full(3, 10))
    assert mb_per_cpu_second(rate) is None
    assert document_cpu_hours(rate, Quantity.certain(1e12, 1000), RANKS).draws.max() == 0


def test_hours_are_rate_times_volume() -> None:
    rate = cpu_seconds_per_byte(np.array([1.0, 1.1, 0.9]), np.full(3, 10**6))
    hours = document_cpu_hours(rate, Quantity.certain(3.6e9, 1000), RANKS)
    assert hours.point == pytest.approx(1.0)
    assert hours.interval() == pytest.approx((rate.low * 1e6, rate.high * 1e6), rel=1e-3)


def test_resolve_is_linear_at_least_and_n_log_n_at_most() -> None:
    hours = resolve_cpu_hours(3600.0, 1e3, Quantity.certain(1e6, 1000), RANKS)
    assert hours.point == pytest.approx(1000.0)
    assert hours.draws.min() == pytest.approx(1000.0, rel=0.01)
    assert hours.draws.max() == pytest.approx(2000.0, rel=0.01)  # log 10⁶ / log 10³ = 2


def test_resolve_of_the_sample_is_what_was_measured() -> None:
    hours = resolve_cpu_hours(7.2, 500, Quantity.certain(500, 1000), RANKS)
    assert hours.point == pytest.approx(0.002)
    assert hours.draws == pytest.approx(np.full(1000, 0.002))


def test_resolve_grows_with_documents() -> None:
    points = [
        resolve_cpu_hours(1.0, 100, Quantity.certain(total, 1000), RANKS).draws.mean()
        for total in (100, 1e4, 1e8, 1e12)
    ]
    assert points == sorted(points)
    assert resolve_growth(1, np.array([1e9])).tolist() == [1.0]


def test_nothing_to_resolve_costs_nothing() -> None:
    assert resolve_cpu_hours(0.0, 100, Quantity.certain(1e9, 1000), RANKS).draws.max() == 0
    assert resolve_cpu_hours(1.0, 0, Quantity.certain(1e9, 1000), RANKS).point == 0
