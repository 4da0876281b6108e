"""The figures that the bench derives: exponents of known laws, money, and what it says of sets."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def bench_modules(monkeypatch):
    """The modules of the bench find each other as they do when it runs as a script."""
    monkeypatch.setattr(sys, "path", [str(Path(__file__).parent), *sys.path])


@pytest.mark.parametrize("exponent", [1.0, 1.1, 2.0])
def test_the_exponent_of_a_power_law_is_found(exponent):
    import exponents

    sizes = [1.0, 2.0, 4.0, 8.0, 16.0]
    round_of = [7 + 3 * size**exponent for size in sizes]
    found = exponents.fit("rules", sizes, [round_of, round_of], [7, 7])
    assert found.exponent == pytest.approx(exponent)
    assert found.standard_error == pytest.approx(0, abs=1e-6)


def test_the_error_is_that_of_rounds_which_differ():
    import exponents

    found = exponents.fit("rules", [1.0, 16.0], [[1, 16], [1, 16**1.2], [1, 16**0.8]], [0, 0, 0])
    assert found.exponent == pytest.approx(1.0)
    assert found.standard_error == pytest.approx(1.2533 * 0.2 / 3**0.5)


def test_a_speed_becomes_core_hours_and_dollars_per_terabyte():
    import table

    row = table.Row("rules", "ours", 10, 20_000_000, 1.0)
    assert row.mb_per_cpu_second == pytest.approx(20)
    assert row.core_hours_per_tb == pytest.approx(1e6 / 20 / 3600)
    assert row.usd_per_tb == pytest.approx(0.5556, abs=1e-4)


def test_a_difference_of_kept_documents_is_told():
    import table

    assert table.kept_note(["a", "b"], ["b", "a"], 3) == "same 2 kept"
    assert table.kept_note(["a"], ["b"], 3) == "kept 1 (ours 1); 2 of 3 differ"
