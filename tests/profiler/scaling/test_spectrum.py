from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import CorpuscostError
from profiler.record.schema import SPECTRUM
from profiler.scaling.spectrum import (
    Spectrum,
    read_spectrum,
    resampled_groups,
    retention_apart,
    spectrum_from_pairs,
    spectrum_of,
)

Law = list[tuple[int, int]]


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 50)), max_size=12))
def test_pairs_add_in_any_order(pairs: Law) -> None:
    first, second = spectrum_from_pairs(pairs), spectrum_from_pairs(reversed(pairs))
    assert first.sizes.tolist() == second.sizes.tolist()
    assert first.groups.tolist() == second.groups.tolist()
    assert first.sizes.tolist() == sorted(set(first.sizes.tolist()))
    assert first.documents == sum(k * g for k, g in pairs)
    assert first.distinct == sum(g for _, g in pairs)
    assert first.groups_of(3) == sum(g for k, g in pairs if k == 3)


@pytest.mark.parametrize(
    ("pair", "words"), [((0, 3), "3 groups of size 0"), ((2, -1), "-1 groups")]
)
def test_impossible_spectra_are_refused(pair: tuple[int, int], words: str) -> None:
    with pytest.raises(CorpuscostError, match=words):
        spectrum_from_pairs([pair])


def rows(*found: tuple[int, str, int, int]) -> pa.Table:
    blank = {"bytes": 0, "kept_bytes": 0, "kept_bytes_squares": 0.0, "kept_tokens": None}
    return pa.Table.from_pylist(
        [
            {"part": p, "stage": stage, "size": size, "groups": g, "docs": g * size, **blank}
            for p, stage, size, g in found
        ],
        SPECTRUM,
    )


def test_spectrum_of_one_stage() -> None:
    table = rows((0, "near", 2, 7), (0, "exact", 1, 5), (0, "near", 1, 9))
    found = spectrum_of(table, "near")
    assert found.sizes.tolist() == [1, 2]
    assert found.groups.tolist() == [9, 7]
    assert spectrum_of(table, "none").documents == 0


def test_records_added_up_are_bounded_by_hand() -> None:
    """120 and 60 documents in 100 and 30 groups: at most 130 of 180 are kept, at least 100."""
    table = rows((0, "near", 1, 80), (0, "near", 2, 20), (1, "near", 2, 30), (1, "other", 1, 9))
    found = retention_apart(table, "near", 180.0)
    assert (found.point, found.state) == (None, "bounds")
    assert found.high == pytest.approx(130 / 180)
    assert found.low == pytest.approx(100 / 180)
    assert retention_apart(table, "near", 1000.0).low == pytest.approx(0.1)
    assert "2 records added up" in found.method
    assert "resolve them in one run" in found.method


def test_no_document_in_the_parts_is_bounds_from_zero_to_one() -> None:
    found = retention_apart(rows(), "near", 10.0)
    assert (found.point, found.low, found.high, found.state) == (None, 0.0, 1.0, "bounds")


def test_the_bootstrap_has_the_mean_and_variance_of_poisson() -> None:
    draws = resampled_groups(spectrum_from_pairs([(1, 400), (2, 25)]), seed=3)
    assert draws.mean(axis=0) == pytest.approx([400, 25], rel=0.03)
    assert draws.var(axis=0) == pytest.approx([400, 25], rel=0.15)
    assert (draws == resampled_groups(spectrum_from_pairs([(1, 400), (2, 25)]), seed=3)).all()
    assert (draws != resampled_groups(spectrum_from_pairs([(1, 400), (2, 25)]), seed=4)).any()


@pytest.mark.parametrize(
    "data",
    [{"spectrum": [[2, 3], [1, 9], [2, 1]]}, [[1, 9.0], [2, 4]], {"spectrum": [[1, 9], [2, 4.0]]}],
)
def test_a_file_is_read(data: object, tmp_path: Path) -> None:
    path = tmp_path / "groups.json"
    path.write_text(json.dumps(data))
    found = read_spectrum(path)
    assert isinstance(found, Spectrum)
    assert (found.sizes.tolist(), found.groups.tolist()) == ([1, 2], [9, 4])
    assert found.sizes.dtype == np.int64


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "no JSON"),
        ("", "no JSON"),
        ("3", "expected"),
        ('{"spectra": [[1, 2]]}', "expected"),
        ('{"spectrum": [[1, 2.5]]}', "whole numbers"),
        ('{"spectrum": [[1, true]]}', "whole numbers"),
        ('{"spectrum": [[1]]}', "whole numbers"),
        ('{"spectrum": [[1, "2"]]}', "whole numbers"),
        ('{"spectrum": [[1, NaN]]}', "whole numbers"),
        ('{"spectrum": [[1, Infinity]]}', "whole numbers"),
        ('{"spectrum": {"1": 2}}', "whole numbers"),
    ],
)
def test_a_file_that_is_no_spectrum_is_named(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "groups.json"
    path.write_text(text)
    with pytest.raises(CorpuscostError, match=words) as caught:
        read_spectrum(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "groups.json"
    path.write_bytes(b"\x1f\x8b\xff\xfe")
    with pytest.raises(CorpuscostError, match="no JSON"):
        read_spectrum(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"spectrum": [[0, 3]]}', "3 groups of size 0"),
        ('{"spectrum": [[2, -3]]}', "-3 groups of size 2"),
        ('{"spectrum": [[1, 1e30]]}', "more than 1,000,000,000,000,000,000 documents"),
        ('{"spectrum": [[1e18, 3]]}', "more than"),
    ],
)
def test_an_impossible_count_in_a_file_is_told(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "groups.json"
    path.write_text(text)
    with pytest.raises(CorpuscostError, match=words) as caught:
        read_spectrum(path)
    assert str(path) in str(caught.value)
