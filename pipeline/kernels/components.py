"""Connected components by union-find; the smallest member names its component.

Members that share a key are joined while they stream by: a hash table keeps the first member seen
of each key, so that memory grows with the distinct keys, however many members share one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.kernels.compiled import inlined, kernel
from pipeline.kernels.pointers import keep_apart, pointer_to, prefetch

NOBODY = 0xFFFFFFFF  # owner of an empty slot
AHEAD = 16  # entries between asking memory for what one needs and needing it


@inlined
def root_of(parents, member):  # type: ignore[no-untyped-def]
    """Root of a member, halving the path on the way (Tarjan and van Leeuwen 1984)."""
    while parents[member] != member:
        parents[member] = parents[parents[member]]
        member = np.int64(parents[member])
    return member


@kernel
def join_equal(
    keys: Any,
    owners: Any,
    slots_keys: Any,
    slots_owners: Any,
    filled: int,
    parents: Any,
    pairs: Any,
) -> int:
    """Join the owners of equal keys; returns the filled slots, ``filled`` being those before.

    keys (n, words), owners (n,); a table of a power of two slots, empty where the owner is NOBODY,
    with more than n to spare. Keys are taken for hashes: the last word's lower bits find the slot.
    ``pairs`` (m, 2) is scratch: owners of equal keys are gathered there before they are joined, so
    that many of their parents can be on the way from memory at once.
    """
    words = keys.shape[1]
    mask = np.uint64(len(slots_owners) - 1)
    wanted_owners, wanted_keys = pointer_to(slots_owners), pointer_to(slots_keys)
    found = 0
    for entry in range(len(owners)):
        if entry + AHEAD < len(owners):
            soon = np.int64(keys[entry + AHEAD, words - 1] & mask)
            prefetch(wanted_owners, soon)
            prefetch(wanted_keys, soon * words)
        owner = owners[entry]
        slot = np.int64(keys[entry, words - 1] & mask)
        while slots_owners[slot] != np.uint32(NOBODY):
            same = True
            for word in range(words):
                same &= slots_keys[slot, word] == keys[entry, word]
            if same:
                break
            slot = (slot + 1) & np.int64(mask)
        if slots_owners[slot] == np.uint32(NOBODY):
            slots_owners[slot] = owner
            for word in range(words):
                slots_keys[slot, word] = keys[entry, word]
            filled += 1
            continue
        if found == len(pairs):
            _join_pairs(pairs, found, parents)
            found = 0
        pairs[found, 0], pairs[found, 1] = slots_owners[slot], owner
        found += 1
    _join_pairs(pairs, found, parents)
    return filled


@inlined
def _join_pairs(pairs, count, parents):  # type: ignore[no-untyped-def]
    keep_apart()
    wanted = pointer_to(parents)
    for number in range(count):
        if number + AHEAD < count:
            prefetch(wanted, np.int64(pairs[number + AHEAD, 0]))
            prefetch(wanted, np.int64(pairs[number + AHEAD, 1]))
        first, second = np.int64(pairs[number, 0]), np.int64(pairs[number, 1])
        if parents[first] == parents[second]:  # as most are: the roots need not be fetched
            continue
        one, other = root_of(parents, first), root_of(parents, second)
        if one < other:
            parents[other] = one
        elif other < one:
            parents[one] = other


@kernel
def find_roots(parents: Any, shared: Any) -> None:
    """Replace each parent by the root, and mark the members of components of two and more.

    The answer does not depend on the order in which members were joined.
    """
    wanted, marks = pointer_to(parents), pointer_to(shared)
    for member in range(len(parents)):
        if member + AHEAD < len(parents):
            prefetch(wanted, np.int64(parents[member + AHEAD]))
            prefetch(marks, np.int64(parents[member + AHEAD]))
        root = root_of(parents, member)
        parents[member] = root
        if root != member:
            shared[member] = True
            shared[root] = True
