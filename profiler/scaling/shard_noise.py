"""How much more than Poisson's law the counts of groups over shards vary, and where shards pair up.

Shards are drawn, not groups: groups that lie together are seen together or not at all.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from profiler.scaling.laws import Floats, times_edges
from profiler.scaling.spectrum import Spectrum

Integers = npt.NDArray[np.int64]

LEAST_SHARDS_LEFT_OUT = 3  # a jackknife over two shards leaves no pair of shards
TWIN_SHARE = 0.3  # of a shard's groups, held by exactly one other shard
TWIN_TIMES = 2.0  # what the quarter of shards that pair up least have; else all are alike
MOST_TWINS = 0.2  # of all shards; text cut into shards stays below, a fifth mirrored comes to 0.5


def bin_starts(holders: Spectrum) -> Integers:
    """First numbers of shards of the bins of ``times_edges``, and one beyond; shape (e,)."""
    return times_edges(float(holders.sizes.max(initial=1))).astype(np.int64)


def count_inflation(held: Integers, holders: Spectrum, shards_total: int) -> Floats:
    """Variance of each count of groups over Poisson's, at least 1; shape (e,), the last is 1.

    ``held[i, b]`` are the groups that shard i holds and that exactly ``bin_starts[b]`` shards hold,
    shape (k, e); ``holders`` all groups by the number of their shards. A delete-one jackknife over
    shards: without one shard a bin loses the groups that sit at its first number there and gains
    those at the next bin's; a group held by m of k shards is left with chance (k - m) / k, by which
    the count is brought back. Groups that lie at random enter the jackknife's variance m times over
    (Efron and Stein, Annals of Statistics 9, 1981); what they would make of it is taken off, and
    their Poisson variance put in its place. All is of shards drawn without replacement, so the
    part of the whole that was drawn adds no variance (Cochran, Sampling Techniques, 1977, § 2.6).
    """
    starts, k = bin_starts(holders), len(held)
    found = np.ones(len(starts))
    if k < LEAST_SHARDS_LEFT_OUT:
        return found
    exactly = np.array([holders.groups_of(start) for start in starts.tolist()], np.float64)
    alone = exactly * starts * np.maximum(1 - starts / k, 0.0)
    for place in range(len(starts) - 1):
        mine = (holders.sizes >= starts[place]) & (holders.sizes < starts[place + 1])
        groups = float(holders.groups[mine].sum())
        if groups <= 0 or starts[place] >= k:
            continue
        times = float(holders.sizes[mine] @ holders.groups[mine]) / groups
        left = (groups - held[:, place] + held[:, place + 1]) * (k / max(k - times, 1.0))
        variance = (k - 1) / k * float(np.square(left - left.mean()).sum())
        random = (k - 1) / k * (k / max(k - times, 1.0)) ** 2 * (alone[place] + alone[place + 1])
        found[place] = max(1.0, (1 + (variance - random) / groups) * (1 - k / shards_total))
    return found


def twin_shards(held: Integers, groups: Integers) -> int:
    """Shards of which 30 % of the groups or more are held by exactly one other of those drawn.

    And twice what is so in the quarter of shards that have least of it: where everything is there
    twice in places at random, no shard is the copy of another. A mirror that is cut into shards at
    other places than its source has two shards for each of it. ``held`` as in ``count_inflation``,
    ``groups`` all that each shard holds, shape (k,).
    """
    if len(groups) == 0:
        return 0
    shares = held[:, 1] / np.maximum(groups, 1)
    usual = float(np.quantile(shares, 0.25))
    return int(np.count_nonzero(shares >= max(TWIN_SHARE, TWIN_TIMES * usual)))


def seem_mirrored(twins: int, shards_drawn: int, shards_total: int) -> bool:
    """Do so many twins among the shards drawn speak of a mirror in the whole?

    A shard's twin is drawn as well with chance k / K, so the whole has K / k times the share of
    twins that was seen.
    """
    return twins > 1 and twins / shards_drawn * (shards_total / shards_drawn) > MOST_TWINS
