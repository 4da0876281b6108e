"""Rates and their intervals, on files made up and on populations whose rate is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from profiler.conversion.rates import ConversionRates, rate_estimate, share_estimate
from profiler.conversion.rates import _clusters as clusters_of
from profiler.conversion.rates import _rates as rates_of
from profiler.conversion.record import ConvertedFile


def file(pages: int, cpu_seconds: float, scans: int = 0, blank: int = 0) -> ConvertedFile:
    return ConvertedFile(
        "a.pdf",
        1000,
        pages,
        pages_without_text=scans + blank,
        blank_pages=blank,
        cpu_seconds=cpu_seconds,
        passes=(cpu_seconds,),
    )


def drawn(files: Sequence[ConvertedFile], pages: Sequence[float] = ()) -> ConversionRates:
    return rates_of(clusters_of(files, pages), 2000, 3)


def test_the_point_is_all_pages_over_all_seconds() -> None:
    files = [file(10, 1.0), file(30, 1.0), file(20, 4.0)]
    estimate = rate_estimate(files, ())
    assert estimate.point == pytest.approx(60 / 6)
    assert estimate.low < 10 < estimate.high
    assert "3 files" in estimate.method
    assert "fewer than 10 files" in estimate.method
    rates = drawn(files)
    assert rates.pages_per_cpu_second.point == pytest.approx(10)
    assert np.all(rates.pages_per_cpu_second.draws > 0)


def test_failed_files_say_nothing_of_the_rate() -> None:
    bad = ConvertedFile("b.pdf", 5, fault="damaged")
    assert rate_estimate([file(10, 1.0), bad, file(12, 1.0)], ()).point == pytest.approx(11)


def test_alike_files_leave_no_doubt_and_unlike_ones_much() -> None:
    alike = rate_estimate([file(10, 1.0)] * 12, ())
    assert alike.low == pytest.approx(10)
    assert alike.high == pytest.approx(10)
    mixed = rate_estimate([file(10, 1.0), file(10, 5.0)] * 6, ())
    assert mixed.high / mixed.low > 1.5


def test_draws_reach_as_far_as_the_interval() -> None:
    files = [file(10, seconds) for seconds in (0.5, 0.7, 0.9, 1.0, 1.2, 1.8)]
    estimate = rate_estimate(files, ())
    low, high = drawn(files).pages_per_cpu_second.interval()
    assert low == pytest.approx(estimate.low, rel=0.02)
    assert high == pytest.approx(estimate.high, rel=0.02)


def test_a_lone_file_goes_by_its_pages_and_says_so() -> None:
    lone = [file(4, 2.0, scans=1)]
    estimate = rate_estimate(lone, (0.2, 0.4, 0.6, 0.4))
    assert estimate.point == pytest.approx(2.0)
    assert "one file" in estimate.method
    assert "optimistic" in estimate.method
    assert drawn(lone, (0.2, 0.4, 0.6, 0.4)).recognition_share.point == pytest.approx(0.25)


def test_a_lone_page_has_no_spread_but_a_wide_interval() -> None:
    estimate = rate_estimate([file(1, 0.5)], (0.4,))
    assert estimate.point == pytest.approx(2.0)
    assert estimate.high / estimate.low == pytest.approx(1.5**2)
    assert estimate.state == "rough"


def test_blank_pages_need_no_recognition() -> None:
    share = share_estimate([file(10, 1.0, scans=2, blank=3), file(10, 1.0)], ())
    assert share.point == pytest.approx(0.1)


def test_no_scan_seen_is_not_no_scan_at_all() -> None:
    few, many = (share_estimate([file(10, 1.0)] * count, ()) for count in (5, 100))
    assert few.point == many.point == 0
    assert few.low == many.low == 0
    assert few.high > 0.2
    assert 0 < many.high < 0.03
    full = share_estimate([file(10, 1.0, scans=10)] * 5, ())
    assert full.point == 1
    assert full.low < 0.8
    assert full.high == 1


def test_slow_scans_move_rate_and_share_together() -> None:
    files = [file(10, 1.0)] * 10 + [file(10, 9.0, scans=10)] * 10
    rates = drawn(files)
    both = np.corrcoef(rates.pages_per_cpu_second.draws, rates.recognition_share.draws)
    assert both[0, 1] < -0.7


@pytest.mark.parametrize("count", [5, 30])
def test_intervals_hold_the_truth_about_nine_times_in_ten(count: int) -> None:
    random = np.random.default_rng(7)
    spread, mean_pages = 0.8, 20.0
    truth = 1 / (0.01 * np.exp(spread**2 / 2))
    held = 0
    for _ in range(300):
        pages = 1 + random.poisson(mean_pages, count)
        seconds = pages * 0.01 * random.lognormal(0, spread, count)
        files = [file(int(n), float(s)) for n, s in zip(pages, seconds, strict=True)]
        estimate = rate_estimate(files, ())
        held += estimate.low <= truth <= estimate.high
    assert 0.80 <= held / 300 <= 0.97
