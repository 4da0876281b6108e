"""The law of group sizes of a whole, and what a draw from it shows.

A law says which share of the whole's documents sits in groups of which size. A draw sees a group
of size m some number of times; how often is binomial for random documents, hypergeometric for
whole shards. Expected counts are linear in the law, which is all that estimators need to know.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt

from profiler.scaling.spectrum import Spectrum

Floats = npt.NDArray[np.float64]

EXACT_TIMES = 12  # seen this often: each number of times is a count of its own
TIMES_RATIO = 1.5  # beyond, counts are lumped
POINTS_PER_BIN = 6
LARGEST_SEEN_FACTOR = 3.0  # the whole's largest group, over what the largest seen suggests
LARGEST_UNSEEN_FACTOR = 40.0  # groups of so many times the ratio would rarely stay unseen
SMALLEST_MAXIMUM = 64.0


class Draw(Protocol):
    """How a sample was drawn from the whole."""

    @property
    def total(self) -> float:
        """Documents of the whole (or groups held by shards, for whole shards)."""

    @property
    def drawn(self) -> float:
        """How many of them were drawn (or probes, whose copies were counted)."""

    @property
    def ratio(self) -> float:
        """The whole over the part in which copies were seen."""

    def expected(self, times: Floats, sizes: Floats) -> Floats:
        """Expected groups seen from ``times[i]`` to below ``times[i + 1]`` times, shape (i, s).

        As if all of the whole were in groups of ``sizes[s]``.
        """


@dataclass(frozen=True, slots=True)
class RandomDocuments:
    """Every document of the whole was drawn with the same probability."""

    total: float
    drawn: float

    @property
    def ratio(self) -> float:
        return self.total / self.drawn

    def expected(self, times: Floats, sizes: Floats) -> Floats:
        """n P(j | m) / (m p), with j binomial(m, p): there are n / (m p) groups of size m."""
        fraction = self.drawn / self.total
        share = binomial_between(times, sizes, fraction)
        return np.asarray(share * (self.drawn / (fraction * sizes)))


@dataclass(frozen=True, slots=True)
class WholeShards:
    """Shards were drawn; "seen" counts the shards drawn that hold a group, m those of the whole.

    ``drawn`` is the number of (group, shard) pairs in the shards drawn.
    """

    shards_total: int
    shards_drawn: int
    drawn: float

    @property
    def total(self) -> float:
        return self.drawn * self.shards_total / self.shards_drawn

    @property
    def ratio(self) -> float:
        return self.shards_total / self.shards_drawn

    def expected(self, times: Floats, sizes: Floats) -> Floats:
        """As for documents, with j hypergeometric: m of the whole's shards hold the group."""
        share = _hypergeometric_between(times, sizes, self.shards_total, self.shards_drawn)
        return np.asarray(share * (self.total / sizes))


@dataclass(frozen=True, slots=True)
class Probes:
    """Random documents whose copies were counted in ``read`` documents of ``total``.

    "Seen" is the number of copies of a probe among the documents read, itself included.
    """

    total: float
    read: float
    drawn: float  # probes

    @property
    def ratio(self) -> float:
        return max(1.0, self.total / self.read)

    def expected(self, times: Floats, sizes: Floats) -> Floats:
        """q P(j - 1 others | m - 1), binomial: a probe's group is met in proportion to its size."""
        fraction = min(self.read / self.total, 1.0)
        share = binomial_between(np.maximum(times - 1, 0), sizes - 1, fraction)
        return np.asarray(share * self.drawn)


@dataclass(frozen=True, slots=True)
class SizeGrid:
    """Bins of group size. Within a bin the documents spread as one over size.

    ``sizes`` and ``shares`` have shape (s,): representative sizes and their share of the bin's
    documents. ``starts`` has the first of each bin, shape (b,).
    """

    sizes: Floats
    shares: Floats
    starts: npt.NDArray[np.int64]
    log_widths: Floats

    def with_sizes(self, alone: Floats) -> SizeGrid:
        """This grid and, after its bins, one bin for each size of ``alone`` and no other."""
        return SizeGrid(
            np.append(self.sizes, alone),
            np.append(self.shares, np.ones(len(alone))),
            np.append(self.starts, len(self.sizes) + np.arange(len(alone))),
            np.append(self.log_widths, np.log1p(1 / alone)),
        )

    @property
    def bins(self) -> int:
        return len(self.starts)

    def per_bin(self, values: Floats) -> Floats:
        """Mean over the documents of each bin of ``values`` by size; shape (…, s) to (…, b)."""
        return np.asarray(np.add.reduceat(values * self.shares, self.starts, axis=-1))

    @property
    def log_sizes(self) -> Floats:
        return self.per_bin(np.log(self.sizes))

    @property
    def groups_per_document(self) -> Floats:
        return self.per_bin(1.0 / self.sizes)


@dataclass(frozen=True, slots=True)
class Observation:
    """Binned counts of groups by times seen, and what each bin of a law would make of them.

    ``counts`` has shape (k,), ``expected`` (k, b): the counts if all documents were in size bin b.
    ``edges`` bound the bins of times seen, (k + 1,). ``inflation`` is the variance of counts over
    the Poisson law's, one number or (k,).
    """

    grid: SizeGrid
    edges: Floats
    counts: Floats
    expected: Floats
    inflation: float | Floats = 1.0


def observe(
    seen: Spectrum, draw: Draw, ratio: float, inflation: float | Floats = 1.0
) -> Observation:
    """Set up the linear problem for ``seen``; size bins grow by ``ratio``.

    An array ``inflation`` has a number for each bin of ``times_edges``, and one for beyond them.
    """
    times_seen = float(seen.sizes.max()) if len(seen.sizes) else 1.0
    likely = max(LARGEST_SEEN_FACTOR * times_seen, LARGEST_UNSEEN_FACTOR) * draw.ratio
    most = draw.shards_total if isinstance(draw, WholeShards) else max(draw.total, 2.0)
    grid = size_grid(min(max(likely, SMALLEST_MAXIMUM), most), ratio)
    edges = times_edges(times_seen)
    # That nothing was seen more often is a count too: without it, giant groups would cost nothing.
    edges = np.append(edges, max(edges[-1], grid.sizes[-1]) + 1)
    counts = np.bincount(
        np.searchsorted(edges, seen.sizes, side="right") - 1,
        weights=seen.groups.astype(np.float64),
        minlength=len(edges) - 1,
    ).astype(np.float64)
    expected = grid.per_bin(draw.expected(edges, grid.sizes))
    return Observation(grid, edges, counts, expected, inflation)


def size_grid(largest: float, ratio: float) -> SizeGrid:
    """Bins 1, 2, 3, then growing by ``ratio`` up to ``largest``."""
    edges = [1, 2, 3, 4]
    while edges[-1] <= largest:
        edges.append(max(edges[-1] + 1, math.ceil(edges[-1] * ratio)))
    edges[-1] = max(edges[-2] + 1, math.floor(largest) + 1)
    sizes: list[Floats] = []
    shares: list[Floats] = []
    starts: list[int] = []
    for low, high in pairwise(edges):
        starts.append(sum(len(each) for each in sizes))
        if high - low <= POINTS_PER_BIN:
            inside = np.arange(low, high, dtype=np.float64)
            share = 1 / inside
        else:  # geometric points stand for equal mass where documents spread as 1 / size
            inside = np.unique(np.round(np.geomspace(low, high - 1, POINTS_PER_BIN)))
            share = np.ones(len(inside))
        sizes.append(inside)
        shares.append(share / share.sum())
    widths = np.log(np.array(edges[1:]) / np.array(edges[:-1]))
    return SizeGrid(np.concatenate(sizes), np.concatenate(shares), np.array(starts), widths)


def times_edges(most: float) -> Floats:
    """Lower edges of the bins of times seen, and one beyond; each number up to 12 is a bin."""
    edges = list(range(1, int(min(EXACT_TIMES, most)) + 2))
    while edges[-1] <= most:
        edges.append(math.ceil(edges[-1] * TIMES_RATIO))
    return np.array(edges, np.float64)


def binomial_between(times: Floats, trials: Floats, fraction: float) -> Floats:
    """P(times[i] <= j < times[i + 1]) for j binomial(trials, fraction)."""
    from scipy.special import betainc

    if fraction >= 1:
        at_least = (trials[None, :] >= times[:, None]).astype(np.float64)
    else:
        low, most = times[:, None], trials[None, :]
        within = betainc(np.maximum(low, 0.5), np.maximum(most - low + 1, 0.5), fraction)
        at_least = np.where(low <= 0, 1.0, np.where(low > most, 0.0, within))
    return np.asarray(at_least[:-1] - at_least[1:])


def _hypergeometric_between(times: Floats, sizes: Floats, total: int, drawn: int) -> Floats:
    """P(times[i] <= j < times[i + 1]) for j of ``drawn`` shards out of ``total``, m hold it."""
    from scipy.special import gammaln

    highest = int(min(times[-1] - 1, drawn))
    held = np.minimum(np.round(sizes), total)
    j = np.arange(highest + 1, dtype=np.float64)[:, None]

    def log_choose(n: Floats | float, k: Floats) -> Floats:
        inside = (k >= 0) & (k <= n)
        at = np.where(inside, k, 0.0)
        value = gammaln(n + 1.0) - gammaln(at + 1.0) - gammaln(n - at + 1.0)
        return np.where(inside, value, -np.inf)

    log_share = (
        log_choose(held[None, :], j)
        + log_choose(total - held[None, :], drawn - j)
        - log_choose(float(total), np.full(1, float(drawn)))
    )
    cumulated = np.vstack([np.zeros(len(sizes)), np.cumsum(np.exp(log_share), axis=0)])
    at = np.minimum(times, highest + 1).astype(np.int64)
    return np.asarray(cumulated[at[1:]] - cumulated[at[:-1]])
