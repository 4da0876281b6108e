"""Counting copies: each document once per sought one."""

from __future__ import annotations

import numpy as np

from pipeline.kernels.copies import count_copies


def test_one_document_with_two_keys_of_one_sought_counts_once():
    first = np.array([0, 2, 3, 4])  # key 0 is sought by 0 and 1, key 1 by 0, key 2 by 2
    members = np.array([0, 1, 0, 2])
    places = np.array([[0, 1], [-1, 1], [-1, -1], [2, -1]])
    weights = np.array([1, 10, 100, 1000])
    assert count_copies(places, first, members, weights, 4).tolist() == [11, 1, 1000, 0]


def test_no_document():
    nothing = np.zeros(0, np.int64)
    places = np.zeros((0, 3), np.int64)
    assert count_copies(places, np.zeros(1, np.int64), nothing, nothing, 2).tolist() == [0, 0]
