"""The cheapest order of filters that keep the same documents whatever their order.

A filter sees what those before it leave, and pays for what it needs counted and no filter before
it has paid for. Both depend on which filters went before, not on the order among them, so that a
dynamic programme over sets of filters is exact (Held and Karp 1962, for the salesman's tour).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.scaling.quantity import Draws

Bits = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Block:
    """Filters of a block: what they drop together, and what each has to have counted.

    Arrays may have leading dimensions of draws, written "…". ``docs`` and ``bytes`` of shape
    (…, 2 ** n): documents that a set of filters leaves, the set as bits. ``needs`` of shape (n, c):
    components that each filter needs. ``cpu_seconds`` of shape (…, c, 4): of each component per
    batch, per document of those batches, and per document and byte that is alive. ``calls`` and
    ``present`` of shape (…): batches, and documents in them.
    """

    filters: tuple[str, ...]
    needs: Bits
    docs: Draws
    bytes: Draws
    cpu_seconds: Draws
    calls: Draws
    present: Draws

    def __len__(self) -> int:
        return len(self.filters)


def volumes_after(dropped: Draws) -> Draws:
    """What each set of filters leaves, shape (…, 2 ** n).

    ``dropped[…, m]`` is what exactly the filters in ``m`` would drop, 0 the ones that all keep. A
    set leaves what is dropped by none of it: sums over subsets of its complement (Yates 1937).
    """
    sums = dropped.astype(np.float64)
    size = sums.shape[-1]
    places = np.arange(size)
    for bit in range(size.bit_length() - 1):
        has = places[(places >> bit) & 1 == 1]
        sums[..., has] += sums[..., has ^ (1 << bit)]
    return np.asarray(sums[..., size - 1 - places])


def step_cpu_seconds(block: Block, before: int, added: int) -> Draws:
    """CPU of filter ``added`` once the filters in ``before`` (bits) have run, shape (…)."""
    paid = np.zeros(block.needs.shape[1], np.bool_)
    for each in range(len(block)):
        if before >> each & 1:
            paid |= block.needs[each]
    cost = block.cpu_seconds[..., block.needs[added] & ~paid, :].sum(axis=-2)
    amounts = (block.calls, block.present, block.docs[..., before], block.bytes[..., before])
    return np.asarray(sum(cost[..., n] * amount for n, amount in enumerate(amounts)))


def order_cpu_seconds(block: Block, order: Sequence[int]) -> Draws:
    """CPU of each filter, in the order given, shape (…, n)."""
    before, steps = 0, []
    for added in order:
        steps.append(step_cpu_seconds(block, before, added))
        before |= 1 << added
    return np.stack(steps, axis=-1)


def best_order(block: Block) -> tuple[int, ...]:
    """The order of least CPU; of several, the one that changes the given order least.

    For a block without draws. 2 ** n · n steps of work.
    """
    count = len(block)
    least = np.full(1 << count, np.inf)
    least[0] = 0.0
    last = np.zeros(1 << count, np.int64)
    for chosen in range(1, 1 << count):
        for added in range(count):
            if not chosen >> added & 1:
                continue
            before = chosen ^ (1 << added)
            cost = least[before] + float(step_cpu_seconds(block, before, added))
            if cost <= least[chosen] * (1 + 1e-12):
                least[chosen], last[chosen] = min(cost, least[chosen]), added
    order: list[int] = []
    chosen = (1 << count) - 1
    while chosen:
        order.append(int(last[chosen]))
        chosen ^= 1 << order[-1]
    return tuple(reversed(order))
