"""An open-addressing hash table in scratch arrays that many documents use in turn.

An entry counts only when its stamp is the present one, so that nothing is cleared or allocated per
document; and a document uses no more slots than it needs, so that a short one stays in the cache.
"""

from __future__ import annotations

import numpy as np

from pipeline.kernels.compiled import inlined, kernel


@kernel
def slots_for(entries):  # type: ignore[no-untyped-def]
    """Slots of a table that stays at most half full: a power of two."""
    slots = 16
    while slots < 2 * entries:
        slots *= 2
    return slots


@inlined
def slot_of(keys, stamps, slots, stamp, key):  # type: ignore[no-untyped-def]
    """The slot that holds ``key``, or the empty one where it belongs.

    The slot is empty when its stamp is not ``stamp``; the caller then puts key and stamp there.
    """
    mask = np.uint64(slots - 1)
    mixed = (key ^ (key >> np.uint64(32))) * np.uint64(0x9E3779B97F4A7C15)
    slot = (mixed >> np.uint64(29)) & mask
    while stamps[slot] == stamp and keys[slot] != key:
        slot = (slot + np.uint64(1)) & mask
    return slot
