from __future__ import annotations

import numpy as np
import pytest

from profiler.scaling.quantity import Quantity
from profiler.scaling.resolving import (
    ResolveTimings,
    resolve_cpu_hours,
    resolve_growth,
    resolve_method,
    resolve_state,
    timings_from_rows,
)

RANKS = (np.arange(1000) + 0.5) / 1000


def seconds(
    cpu: float, sampled: float, documents: float, timings: ResolveTimings | None = None
) -> Quantity:
    return resolve_cpu_hours(cpu, sampled, Quantity.certain(documents, 1000), RANKS, timings) * 3600


def timed(exponent: float = 1.0, spilled: int = 0, top: int = 4) -> ResolveTimings:
    """1e4, 4e4, … documents at 1 µs each (at 1e4), and 0.05 s of opening."""
    rows = [(1, 0.05, 0), (1, 0.05, 0)]
    for size in (10_000 * 4**step for step in range(top)):
        cost = 0.05 + 0.01 * (size / 10_000) ** exponent
        rows += [(size, cost, 0), (size, cost * 1.0001, spilled if size > 100_000 else 0)]
    found = timings_from_rows(rows, 4e9)
    assert found is not None
    return found


def test_timings_are_medians_without_opening():
    rows = [(1, 0.1, 0), (100, 1.1, 0), (100, 1.3, 5), (100, 1.2, 0), (400, 4.1, 0)]
    timings = timings_from_rows(rows, 1e9)
    assert timings.documents.tolist() == [100, 400]
    assert timings.cpu_seconds == pytest.approx([1.1, 4.0])
    assert timings.spreads == pytest.approx([0.1 / 1.2] * 2)  # one timing: as the others
    assert timings.spilled_bytes.tolist() == [5, 0]
    assert timings_from_rows([(1, 0.1, 0)], 1e9) is None


def test_a_larger_size_is_never_cheaper():
    timings = timings_from_rows([(1, 0.05, 0), (10, 0.04, 0), (100, 0.09, 0), (400, 0.08, 0)], 1e9)
    assert (timings.cpu_seconds > 0).all()
    assert (np.diff(timings.cpu_seconds) >= 0).all()


def test_within_the_timed_sizes_it_is_the_timing():
    timings = timed()
    figure = seconds(0.06, 10_000, 160_000, timings)  # real as synthetic at the sample's size
    assert figure.point == pytest.approx(0.05 + 0.16, rel=0.01)
    low, high = figure.interval()
    assert 0.5 * figure.point < low < figure.point < high < 2 * figure.point
    assert seconds(0.06, 10_000, 80_000, timings).point == pytest.approx(0.05 + 0.08, rel=0.01)


def test_opening_the_session_is_not_scaled():
    assert seconds(0.06, 10_000, 640_000, timed()).point < 0.06 * 64 / 4


def test_dearer_real_keys_are_scaled_by_as_far_as_they_can_be_told():
    rows = [(1, 0.05, 0), (10**6, 10.05, 0), (10**6, 10.05, 0), (4 * 10**6, 40.05, 0)]
    timings = timings_from_rows(rows, 4e9)
    alike, dearer = (seconds(cpu, 1e6, 4e6, timings).point for cpu in (10.05, 20.05))
    assert 1.3 < dearer / alike < 2.0
    hidden = seconds(0.07, 10_000, 640_000, timed()).point / seconds(0.06, 1e4, 64e4, timed()).point
    assert 1.0 < hidden < 1.4  # 0.01 s more, beside an opening of 0.05 s, says little


def test_beyond_the_timed_sizes_is_a_range_from_linear():
    timings = timed(exponent=1.2)
    figure = seconds(0.06, 10_000, timings.largest * 100, timings)
    top = float(timings.cpu_seconds[-1])
    assert figure.draws.min() < top * 100 * 1.1
    assert figure.draws.max() > top * 100**1.2
    assert figure.interval()[1] / figure.interval()[0] > 2


def test_spilling_that_was_not_seen_widens():
    reach = timed().largest * 16
    wide, narrow = (seconds(0.06, 1e4, reach, timed(spilled=seen)) for seen in (0, 10**9))
    assert wide.interval()[1] > 1.5 * narrow.interval()[1]


def test_the_range_begins_where_the_timings_end():
    timings = timed()
    ends = [seconds(0.06, 1e4, timings.largest * f, timings) for f in (0.999, 1.001)]
    assert ends[0].point == pytest.approx(ends[1].point, rel=0.02)
    assert ends[0].interval() == pytest.approx(ends[1].interval(), rel=0.02)


def test_without_timings_the_sample_is_what_was_measured():
    figure = seconds(7.2, 500, 500)
    assert figure.point == pytest.approx(7.2)
    assert figure.draws == pytest.approx(np.full(1000, 7.2))


def test_without_timings_the_range_holds_what_was_seen_elsewhere():
    hash_tables = seconds(10.0, 1e5, 64e5)  # 4.5 times linear at 64 times
    assert hash_tables.draws.max() > 4.5 * 640
    assert hash_tables.draws.min() < 640
    opening = seconds(0.074, 3711, 4e6)  # 8.8 s was measured; linear says 80
    assert opening.interval()[0] < 8.8


def test_cost_grows_with_documents():
    for timings in (None, timed()):
        means = [seconds(1.0, 100, total, timings).draws.mean() for total in (100, 1e4, 1e8, 1e12)]
        assert means == sorted(means)
    assert resolve_growth(1, np.array([1e9])).tolist() == [1.0]


def test_nothing_to_resolve_costs_nothing():
    for timings in (None, timed()):
        assert seconds(0.0, 100, 1e9, timings).draws.max() == 0
        assert seconds(1.0, 0, 1e9, timings).point == 0
        assert seconds(1.0, 100, 0, timings).draws.max() == 0


def test_states_and_words():
    timings = timed()
    assert resolve_state(timings.largest, 1e4, timings) == "estimate"
    assert resolve_state(timings.largest * 3, 1e4, timings) == "rough"
    assert resolve_state(timings.largest * 30, 1e4, timings) == "bounds"
    assert resolve_state(1e5, 1e4, None) == "bounds"
    assert resolve_state(1e4, 1e4, None) == "estimate"
    assert "calibrate" in resolve_method(1e5, 1e4, None)
    assert "spilling not seen" in resolve_method(1e9, 1e4, timings)
    assert "timed on synthetic keys" in resolve_method(2e4, 1e4, timings)
