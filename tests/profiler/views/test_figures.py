"""Rounding follows the interval; known figures keep their digits."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from profiler.scaling.quantity import Estimate
from profiler.views import figures
from profiler.views.figures import BYTES, COUNTS, HOURS, MONEY, PERCENT, figure, figure_of

SIZES = st.floats(1e-3, 1e17, allow_nan=False)
SCALES = st.sampled_from([BYTES, COUNTS, HOURS, MONEY, PERCENT, ()])


@pytest.mark.parametrize(
    ("point", "low", "high", "scales", "text"),
    [
        (0.5, 0.42, 0.57, PERCENT, "50 % (42–57)"),
        (None, 0.42, 0.57, PERCENT, "42–57 %"),
        (0.9981, 0.9958, 0.9993, PERCENT, "99.81 % (99.58–99.93)"),
        (1.234e6, 0.98e6, 1.61e6, MONEY, "1.23 M (0.98–1.61)"),
        (12_345.0, 11_800.0, 12_900.0, HOURS, "12,300 (11,800–12,900)"),
        (2.35e15, 2.2e15, 2.5e15, BYTES, "2.35 PB (2.20–2.50)"),
        (5.9e11, 5.7e11, 6.1e11, COUNTS, "590 billion (570–610)"),
        (1e15, 1e15, 1e15, BYTES, "1 PB"),
        (1.0, 1.0, 1.0, PERCENT, "100 %"),
        (0.0, 0.0, 0.0, PERCENT, "0 %"),
        (2_800.0, 2_800.0, 2_800.0, MONEY, "2,800"),
        (0.33, 0.0, 140.0, MONEY, "0.3 (0–140)"),
        (1e-9, 0.0, 140.0, MONEY, "< 0.01 (0–140)"),
    ],
)
def test_known_answers(point, low, high, scales, text):
    assert str(figure(point, low, high, scales)) == text


def test_a_point_is_not_printed_where_only_bounds_are_known():
    written = figure_of(Estimate(0.5, 0.42, 0.57, "sneaked in", "bounds"), PERCENT)
    assert written.point is None
    assert str(written) == written.middle == "42–57 %"


def test_money_has_no_more_than_cents():
    assert str(figure(0.0, 0.001, 0.004, MONEY, 2)) == "< 0.01"
    assert str(figure(0.0, 0.0, 0.0, MONEY, 2)) == "0"
    assert str(figure(12.3456, 12.3451, 12.3462, MONEY, 2)) == "12.35"


@given(SIZES, st.floats(0.0005, 0.9), SCALES)
def test_bounds_that_differ_are_printed_apart(middle, part, scales):
    low, high = middle * (1 - part), middle * (1 + part)
    written = figure(middle, low, high, scales)
    assert written.low != written.high


@given(SIZES, st.floats(0.0005, 0.9))
def test_the_last_digit_is_between_a_hundredth_and_a_seventh_of_the_width(middle, part):
    low, high = middle * (1 - part), middle * (1 + part)
    last_digit = 10.0 ** -figures.decimals_of(low, high)
    assert (high - low) / 100 <= last_digit * 1.01
    assert last_digit <= (high - low) / 7 * 1.01


@given(SIZES, st.floats(0.01, 0.9), SCALES)
def test_rounding_moves_a_figure_by_at_most_half_its_last_digit(middle, part, scales):
    low, high = middle * (1 - part), middle * (1 + part)
    divisor, _ = figures.scale_of(max(middle, high), scales)
    written = figure(middle, low, high, scales)
    last_digit = 10.0 ** -figures.decimals_of(low / divisor, high / divisor)
    for value, text in ((low, written.low), (high, written.high)):
        assert abs(float(text.replace(",", "")) - value / divisor) <= last_digit * 0.501


@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6), st.floats(0, 1))
def test_a_point_that_is_something_never_prints_as_zero(a, b, place):
    low, high = sorted((a, b))
    assume(low < high)
    point = min(max(low + (high - low) * place**8, low), high)
    assert figure(point, low, high, ()).point.strip("0.,") != ""


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "–"),
        (0, "0.0 %"),
        (1, "100.0 %"),
        (0.9999, "> 99.9 %"),
        (0.0001, "< 0.1 %"),
        (0.4275, "42.8 %"),
    ],
)
def test_percent_does_not_round_to_all_or_nothing(share, text):
    assert figures.percent(share) == text


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_percent_keeps_the_ends_for_the_ends(share):
    assert figures.percent(share) not in ("0.0 %", "100.0 %")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0123, "0.012 s"),
        (59.94, "59.9 s"),
        (60, "1 min"),
        (245, "4 min 5 s"),
        (3_599.7, "1 h"),
        (11_520, "3 h 12 min"),
        (86_399, "1 d"),
        (442_800, "5 d 3 h"),
    ],
)
def test_durations(value, text):
    assert figures.duration(value) == text


@given(st.floats(0, 1e8))
def test_a_duration_has_no_part_that_is_a_whole_larger_unit(value):
    assert not re.search(r"(^| )(60(\.0)? s|60 min|24 h)$", figures.duration(value))


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (figures.byte_count, 17_000_000, "17 MB"),
        (figures.byte_count, 38_619_499, "38.6 MB"),
        (figures.byte_count, 12, "12 B"),
        (figures.short, 28_447, "28,447"),
        (figures.short, 9_250_000, "9.25 M"),
        (figures.short, None, "–"),
        (figures.megabytes, 133_909_048, "133.9"),
        (figures.megabytes, 42_000, "0.042"),
        (figures.megabytes, 12, "< 0.001"),
        (figures.megabytes, 0, "0"),
        (figures.usd, 0.0425, "0.0425"),
        (figures.usd, 21.55, "21.55"),
        (figures.usd, 2_800, "2,800"),
        (figures.seconds, 0.0001, "< 0.001"),
        (figures.seconds, 3.987, "3.99"),
        (figures.three_digits, 6_399.4, "6,399"),
        (figures.three_digits, 50.0, "50.0"),
    ],
)
def test_known_figures(write, value, text):
    assert write(value) == text


@given(st.floats(1e-12, 1e18))
def test_known_figures_keep_their_size(value):
    text = figures.known(value)
    assert math.isclose(float(text.replace(",", "")), value, rel_tol=6e-4)


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.5603, 0.8399, "56–84 %"),
        (8e-7, 0.8434, "0–85 %"),
        (0.642, 0.688, "64.2–68.8 %"),
        (0.6417, 0.6881, "64.1–68.9 %"),
        (0.29, 0.58, "29–58 %"),
        (1.0, 1.0, "100.0–100.0 %"),
    ],
)
def test_outer_bounds_are_rounded_outwards(low, high, text):
    assert figures.outer_of(Estimate(0.65, low, high, "", outer_low=low, outer_high=high)) == text


def test_unknown_outer_bounds_are_absent():
    assert figures.outer_of(Estimate(0.6, 0.5, 0.7, "")) == figures.ABSENT
