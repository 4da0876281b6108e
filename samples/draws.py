"""Random numbers that are the same on every machine and with every version of NumPy.

NumPy keeps the raw stream of a bit generator stable, but not what its distributions make of it.
Here everything is made from the raw stream by integer arithmetic and look-up tables.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from statistics import NormalDist
from typing import TypeVar

import numpy as np
import numpy.typing as npt

T = TypeVar("T")

Shorts = npt.NDArray[np.uint16]
Integers = npt.NDArray[np.int64]

TABLE_SIZE = 1 << 16  # entries of a table that is looked up with a 16-bit draw


class Draws:
    """A stream of random numbers, one per seed and purpose."""

    def __init__(self, seed: int, purpose: str) -> None:
        key = np.random.SeedSequence([seed, zlib.crc32(purpose.encode())])
        self._bits = np.random.PCG64(key)

    def shorts(self, count: int) -> Shorts:
        """``count`` uniform 16-bit numbers."""
        raw = self._bits.random_raw((count + 3) // 4)
        return raw.astype("<u8").view("<u2")[:count].astype(np.uint16)

    def integers(self, low: int, high: int, count: int) -> Integers:
        """``count`` uniform whole numbers of [low, high); high - low below 2**32."""
        halves = self._bits.random_raw(count) >> np.uint64(32)
        return ((halves * np.uint64(high - low)) >> np.uint64(32)).astype(np.int64) + low

    def integer(self, low: int, high: int) -> int:
        """One uniform whole number of [low, high)."""
        return low + ((int(self._bits.random_raw()) >> 32) * (high - low) >> 32)

    def happens(self, probability: float) -> bool:
        """True with this probability, to a resolution of 2**-32."""
        return self.integer(0, 1 << 32) < probability * (1 << 32)

    def pick(self, items: Sequence[T]) -> T:
        """One of the items, each as likely."""
        return items[self.integer(0, len(items))]

    def picks(self, items: Sequence[T], count: int) -> list[T]:
        """``count`` items, with replacement."""
        return [items[i] for i in self.integers(0, len(items), count)]

    def order(self, count: int) -> Integers:
        """A random permutation of 0 … count - 1."""
        return np.argsort(self._bits.random_raw(count), kind="stable")

    def hexadecimal(self, digits: int) -> str:
        """Random lower-case hexadecimal digits."""
        raw = self._bits.random_raw((digits + 15) // 16)
        return "".join(f"{int(value):016x}" for value in raw)[:digits]


def weighted_table(weights: Sequence[float], size: int = TABLE_SIZE) -> Integers:
    """Index 0 … n - 1 by weight, shape (size,): ``table[draw]`` has the distribution."""
    bounds = np.cumsum(np.asarray(weights, np.float64))
    middles = (np.arange(size) + 0.5) / size * bounds[-1]
    return np.searchsorted(bounds, middles).astype(np.int64)


def zipf_table(count: int, shift: float) -> Integers:
    """Ranks 0 … count - 1 with weights 1 / (rank + 1 + shift).

    Source: Mandelbrot (1953), generalised Zipf law with exponent 1.
    """
    return weighted_table([1.0 / (rank + 1 + shift) for rank in range(count)])


def lognormal_table(median: float, sigma: float, low: int, high: int) -> Integers:
    """Whole numbers of a log-normal law, clipped to [low, high], shape (65536,)."""
    quantile = NormalDist().inv_cdf
    values = [
        median * math.exp(sigma * quantile((i + 0.5) / TABLE_SIZE)) for i in range(TABLE_SIZE)
    ]
    return np.clip(np.rint(values), low, high).astype(np.int64)
