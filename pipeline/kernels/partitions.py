"""Dealing keys out by their upper bits, into buffers that are emptied when one is full."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.kernels.compiled import kernel


@kernel
def deal(
    keys: Any,
    owners: Any,
    start: int,
    bits: int,
    key_buffers: Any,
    owner_buffers: Any,
    counts: Any,
) -> tuple[int, Any]:
    """Append entries from ``start`` on to the buffer that the upper ``bits`` of their key name.

    keys (n, words), owners (n,), key_buffers (2**bits, c, words), owner_buffers (2**bits, c),
    counts (2**bits,). Returns where it stopped and the full buffer that stopped it, else n and -1.
    """
    words = keys.shape[1]
    shift = np.uint64(63 - bits)
    for entry in range(start, len(owners)):
        # In two steps, since a shift by all 64 bits is undefined.
        partition = np.int64((keys[entry, 0] >> np.uint64(1)) >> shift)
        count = counts[partition]
        if count == owner_buffers.shape[1]:
            return entry, partition
        for word in range(words):
            key_buffers[partition, count, word] = keys[entry, word]
        owner_buffers[partition, count] = owners[entry]
        counts[partition] = count + 1
    return len(owners), np.int64(-1)
