from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import CorpuscostError
from profiler.scaling.size import UNIT_BYTES, parse_size


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
