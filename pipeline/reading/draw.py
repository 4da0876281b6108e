"""A random draw of documents out of shards: each is chosen or not by a hash of its own place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.document import Mask
from pipeline.kernels.mixing import document_ranks, shard_salt

_RANKS = 2**64


@dataclass(frozen=True, slots=True)
class Draw:
    """Documents whose rank is at most ``last_rank`` are drawn.

    The rank hashes the seed, the name of the shard and the place of the document in it, so that
    documents are chosen independently of each other, and of batches and workers. A pair of copies
    is then seen with the square of the probability of one, which systematic choice or blocks of
    documents would not give.
    """

    seed: int
    last_rank: int

    def ranks(self, shard: str, positions: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint64]:
        """The rank of each document, apart from those that other samples are drawn by."""
        return document_ranks(shard_salt(self.seed, f"draw\0{shard}"), positions)

    def chosen(self, shard: str, positions: npt.NDArray[np.uint32]) -> Mask:
        """Which documents of a shard are drawn; places count what reading delivers, from 0."""
        if self.last_rank < 0:
            return np.zeros(len(positions), np.bool_)
        return self.ranks(shard, positions) <= np.uint64(self.last_rank)


def draw_of(seed: int, fraction: float) -> Draw:
    """The draw of every document with probability ``fraction``, 0 to 1; that of 0 is empty."""
    return Draw(seed, int(fraction * _RANKS) - 1)
