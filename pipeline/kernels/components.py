"""Connected components by union-find; the smallest member names its component.

Members that share a key are joined while they stream by: a hash table keeps the first member seen
of each key, so that memory grows with the distinct keys, however many members share one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.kernels.compiled import inlined, kernel

NOBODY = 0xFFFFFFFF  # owner of an empty slot


@inlined
def root_of(parents, member):  # type: ignore[no-untyped-def]
    """Root of a member, halving the path on the way (Tarjan and van Leeuwen 1984)."""
    while parents[member] != member:
        parents[member] = parents[parents[member]]
        member = np.int64(parents[member])
    return member


@kernel
def join_equal(
    keys: Any, owners: Any, slots_keys: Any, slots_owners: Any, filled: int, parents: Any
) -> int:
    """Join the owners of equal keys; returns the filled slots, ``filled`` being those before.

    keys (n, words), owners (n,); a table of a power of two slots, empty where the owner is NOBODY,
    with more than n to spare. Keys are taken for hashes: the last word's lower bits find the slot.
    """
    words = keys.shape[1]
    mask = np.uint64(len(slots_owners) - 1)
    for entry in range(len(owners)):
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
        first = np.int64(slots_owners[slot])
        if parents[first] == parents[owner]:  # as most are: the roots need not be fetched
            continue
        one = root_of(parents, first)
        other = root_of(parents, np.int64(owner))
        if one < other:
            parents[other] = one
        elif other < one:
            parents[one] = other
    return filled


@kernel
def find_roots(parents: Any, shared: Any) -> None:
    """Replace each parent by the root, and mark the members of components of two and more.

    The answer does not depend on the order in which members were joined.
    """
    for member in range(len(parents)):
        root = root_of(parents, member)
        parents[member] = root
        if root != member:
            shared[member] = True
            shared[root] = True
