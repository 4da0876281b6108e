"""Union-find against a search through the graph."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels.components import components

EDGES = st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=40)


def searched(documents: int, edges: list[tuple[int, int]]) -> list[int]:
    near: dict[int, set[int]] = {node: {node} for node in range(documents)}
    for one, other in edges:
        near[one].add(other)
        near[other].add(one)
    names = [-1] * documents
    for start in range(documents):
        if names[start] >= 0:
            continue
        stack = [start]
        while stack:
            node = stack.pop()
            if names[node] < 0:
                names[node] = start
                stack.extend(near[node])
    return names


@given(EDGES, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_equals_a_search_whatever_the_order_of_edges(edges, random):
    expected = searched(30, edges)
    for _ in range(2):
        left = np.array([one for one, _ in edges], np.int64)
        right = np.array([other for _, other in edges], np.int64)
        assert components(30, left, right).tolist() == expected
        random.shuffle(edges)


def test_a_long_chain_is_one_component():
    left = np.arange(99_999, dtype=np.int64)
    assert (components(100_000, left + 1, left) == 0).all()
