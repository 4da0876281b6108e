from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import CorpuscostError
from profiler.scaling.size import UNIT_BYTES, UNIT_COUNTS, parse_count, parse_size, parse_usd


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("123", 123),
        ("40MB", 40_000_000),
        ("1PB", 10**15),
        ("1PiB", 2**50),
        ("1.5 TB", 1_500_000_000_000),
        (" 2kB ", 2000),
        ("0.1GB", 100_000_000),
        ("100TB", 10**14),
        ("3KiB", 3072),
    ],
)
def test_known_sizes(written: str, size: int) -> None:
    assert parse_size(written) == size


@pytest.mark.parametrize(
    "written",
    ["", "MB", "-1MB", "1 000", "1e6", "1,5TB", "0", "0PB", "1.5", "1.0001kB x", "٣MB", "nan"],
)
def test_what_is_no_size(written: str) -> None:
    with pytest.raises(CorpuscostError, match="size"):
        parse_size(written)


def test_unknown_unit_is_named_with_the_nearest() -> None:
    with pytest.raises(CorpuscostError, match=r"unknown unit 'Mb'; did you mean 'MB'"):
        parse_size("40Mb")


@given(st.integers(1, 10**6), st.sampled_from(sorted(UNIT_BYTES)))
def test_number_times_unit(number: int, unit: str) -> None:
    assert parse_size(f"{number}{unit}") == number * UNIT_BYTES[unit]


@pytest.mark.parametrize(
    ("written", "count"),
    [
        ("1T", 10**12),
        ("15e12", 15 * 10**12),
        ("1.5e3", 1500),
        ("500B", 5 * 10**11),
        ("2.5 billion", 2_500_000_000),
        ("0.5 M", 500_000),
        ("1_000", 1000),
        (" 7 ", 7),
        ("3 trillion", 3 * 10**12),
    ],
)
def test_known_counts(written: str, count: int) -> None:
    assert parse_count(written) == count


@pytest.mark.parametrize(
    "written", ["", "T", "-1T", "1,5T", "0", "0.1", "1e-3", "1e999", "٣T", "inf"]
)
def test_what_is_no_count(written: str) -> None:
    with pytest.raises(CorpuscostError, match="count"):
        parse_count(written)


def test_an_unknown_unit_of_a_count_is_named_with_the_nearest() -> None:
    with pytest.raises(CorpuscostError, match=r"unknown unit 't'; did you mean 'T'"):
        parse_count("1t")


@given(st.integers(1, 10**6), st.sampled_from(sorted(UNIT_COUNTS)))
def test_count_times_unit(number: int, unit: str) -> None:
    assert parse_count(f"{number}{unit}") == number * UNIT_COUNTS[unit]


def test_amounts_of_usd_may_have_cents() -> None:
    assert parse_usd("1999.90") == 1999.9
    assert parse_usd("2.5M") == 2_500_000
    assert parse_usd("500_000") == 500_000
    for written in ("0.00", "1.999", "-5", "nan"):
        with pytest.raises(CorpuscostError, match="count"):
            parse_usd(written)
