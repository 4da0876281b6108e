"""Keys looked up and copies counted, on answers that are plain."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from profiler.census.keys import NOWHERE, Keys, band_keys, digest_keys, probe_keys


def keys_of(rows: list[list[int]]) -> Keys:
    return band_keys(pa.array(rows, pa.list_(pa.uint64())))


def count(probes: list[list[int]], documents: list[list[int]], weights=None) -> list[int]:
    table = probe_keys([keys_of(probes)])
    weights = np.array(weights or [1] * len(documents), np.int64)
    return table.count(table.places(0, keys_of(documents)), weights).tolist()


def test_a_document_counts_once_however_many_keys_it_shares():
    assert count([[1, 2], [2, 3], [8, 9]], [[1, 2], [3, 7], [5, 6]]) == [1, 2, 0]


def test_a_document_counts_its_weight():
    assert count([[1, 2]], [[1, 5], [2, 1], [4, 4]], [10, 3, 100]) == [13]


def test_no_key_meets_no_key():
    assert count([[], [1, 2]], [[], [1, 9]]) == [0, 1]


def test_equal_probes_count_alike():
    assert count([[1, 2], [1, 2], [2, 1]], [[1, 9]]) == [1, 1, 1]


def test_keys_of_two_dedups_are_kept_apart_and_joined():
    digests = pa.array([(5).to_bytes(8) + bytes(8), None], pa.binary(16))
    table = probe_keys([digest_keys(digests), keys_of([[7, 8], [5, 6]])])
    same_number = table.places(0, Keys(np.array([[5], [7]], np.uint64), np.ones(2, np.bool_)))
    assert (same_number[1] == NOWHERE).all()
    bands = table.places(1, keys_of([[5, 1], [7, 1]]))
    both = np.concatenate((same_number, bands), axis=1)
    assert table.count(both, np.ones(2, np.int64)).tolist() == [2, 1]


lists = st.lists(st.lists(st.integers(0, 12), min_size=3, max_size=3), max_size=12)


@given(lists, lists)
def test_counts_are_those_of_sets(probes, documents):
    expected = [sum(bool(set(p) & set(d)) for d in documents) for p in probes]
    assert count(probes, documents) == expected
