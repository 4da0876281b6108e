"""``import profiler`` offers the library by name and costs nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

import profiler


@pytest.mark.parametrize("name", profiler.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(profiler, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'profil'"):
        profiler.profil  # noqa: B018


def test_importing_loads_nothing_heavy() -> None:
    code = "import sys, profiler; print([m for m in ('numpy', 'pyarrow') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_dedup_retention_answers_a_histogram() -> None:
    seen = profiler.spectrum_from_pairs([(1, 8_000), (2, 800), (3, 100), (5, 20)])
    found = profiler.dedup_retention(seen, 10_000, 40_000)
    assert 0 < found.estimate.low < found.estimate.high < 1
