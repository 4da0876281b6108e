"""Union-find over shared keys, against a search through the graph of who shares what."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels.components import NOBODY, find_roots, join_equal
from pipeline.kernels.partitions import deal

ENTRIES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 29)), max_size=40)  # key, owner


def searched(members: int, entries: list[tuple[int, int]]) -> list[int]:
    """The smallest member of each one's component."""
    near: dict[int, set[int]] = {member: set() for member in range(members)}
    for key, owner in entries:
        near[owner] |= {other for another, other in entries if another == key}
    names = [-1] * members
    for start in range(members):
        stack = [start]
        while stack:
            member = stack.pop()
            if names[member] < 0:
                names[member] = start
                stack.extend(near[member])
    return names


def joined(
    members: int, entries: list[tuple[int, int]], words: int, together: int
) -> tuple[list[int], list[bool]]:
    """What the kernels make of it; every word of a key but the last is its upper half."""
    keys = np.array([[key >> 1] * (words - 1) + [key] for key, _ in entries], np.uint64)
    owners = np.array([owner for _, owner in entries], np.uint32)
    parents = np.arange(members, dtype=np.uint32)
    slots = np.full(128, NOBODY, np.uint32)
    table = np.empty((128, words), np.uint64)
    pairs = np.empty((together, 2), np.uint32)
    filled = join_equal(keys.reshape(-1, words), owners, table, slots, 0, parents, pairs)
    assert filled == len({key for key, _ in entries})
    shared = np.zeros(members, np.bool_)
    find_roots(parents, shared)
    return parents.tolist(), shared.tolist()


@given(ENTRIES, st.randoms(use_true_random=False), st.sampled_from([1, 2]), st.integers(1, 40))
@settings(deadline=None)
def test_equals_a_search_whatever_the_order_of_entries(entries, random, words, together):
    expected = searched(30, entries)
    for _ in range(2):
        roots, shared = joined(30, entries, words, together)
        assert roots == expected
        assert shared == [expected.count(root) > 1 for root in expected]
        random.shuffle(entries)


def test_a_long_chain_is_one_component():
    entries = np.arange(100_000, dtype=np.uint64)
    keys = np.concatenate([entries[1:], entries[:-1] + np.uint64(1)]).reshape(-1, 1)
    owners = np.concatenate([entries[1:], entries[:-1]]).astype(np.uint32)
    parents = np.arange(100_000, dtype=np.uint32)
    slots = np.full(1 << 18, NOBODY, np.uint32)
    pairs = np.empty((1000, 2), np.uint32)
    join_equal(keys, owners, np.empty((1 << 18, 1), np.uint64), slots, 0, parents, pairs)
    shared = np.zeros(100_000, np.bool_)
    find_roots(parents, shared)
    assert (parents == 0).all()
    assert shared.all()


@pytest.mark.parametrize("bits", [0, 1, 3, 8])
def test_dealing_keeps_every_entry_in_its_partition_and_in_order(bits):
    random = np.random.default_rng(bits)
    keys = random.integers(0, 2**64, (5000, 2), np.uint64)
    owners = np.arange(5000, dtype=np.uint32)
    buffers = np.empty((1 << bits, 7, 2), np.uint64), np.empty((1 << bits, 7), np.uint32)
    counts = np.zeros(1 << bits, np.int64)
    dealt: dict[int, list[int]] = {partition: [] for partition in range(1 << bits)}

    def empty(partition: int) -> None:
        taken = buffers[1][partition, : counts[partition]].tolist()
        assert (buffers[0][partition, : counts[partition]] == keys[taken]).all()
        dealt[partition] += taken
        counts[partition] = 0

    at, full = 0, 0
    while full >= 0:
        at, full = deal(keys, owners, at, bits, *buffers, counts)
        if full >= 0:
            empty(full)
    for partition in dealt:
        empty(partition)
    wanted = [int(key) >> (64 - bits) for key in keys[:, 0]]
    assert dealt == {
        partition: [row for row in range(5000) if wanted[row] == partition] for partition in dealt
    }
