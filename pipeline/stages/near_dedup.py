"""Near dedup: MinHash signatures over word shingles, banded; bands that agree make an edge.

A pair of Jaccard similarity J shares at least one of b bands of r rows with probability
1 - (1 - J**r)**b. Components of the graph are groups, of which the earliest document stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.kernels.minhash import band_keys, signatures
from pipeline.kernels.words import split_words
from pipeline.recipes.recipe import NearDedup as Settings
from pipeline.stages.dedup import Members
from pipeline.stages.groups import join_sketches
from pipeline.stages.joining import Room
from pipeline.stages.stage import Documents


@dataclass(frozen=True, slots=True)
class NearDedup:
    """Keeps the earliest of each component of similar documents."""

    name: str
    settings: Settings

    @property
    def fields(self) -> list[pa.Field]:
        return [pa.field("bands", pa.list_(pa.uint64()), nullable=False)]

    def sketch(self, documents: Documents) -> list[pa.Array]:
        """The band keys of each document that is alive; none for one without a shingle."""
        settings = self.settings
        words = split_words(documents.text, documents.alive)
        signature, shingles = signatures(
            words, settings.shingle_words, settings.permutations, settings.seed
        )
        keys = band_keys(signature[documents.alive], settings.bands, settings.rows)
        banded = shingles[documents.alive] > 0
        counts = np.where(banded, settings.bands, 0)
        offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
        values = pa.array(keys[banded].ravel())
        return [pa.ListArray.from_arrays(pa.array(offsets), values)]

    def resolve(self, room: Room, sketches: Sequence[Path]) -> Members:
        # The band's number is part of its key, so keys of different bands do not meet.
        return join_sketches(room, sketches, ["bands"], _band_keys)


def _band_keys(batch: pa.RecordBatch) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """As many keys of one word for each document as its sketch has."""
    bands = batch.column(0)
    counts = np.diff(bands.offsets.to_numpy()).astype(np.int64)
    return bands.flatten().to_numpy().reshape(-1, 1), counts
