"""Exact dedup: documents whose normalised texts are equal, found by 128-bit digests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.document import text_array, text_view
from pipeline.kernels.digest import digests, not_nfc
from pipeline.recipes.recipe import ExactDedup as Settings
from pipeline.stages.dedup import Members
from pipeline.stages.groups import join_sketches
from pipeline.stages.joining import Room
from pipeline.stages.stage import Documents


@dataclass(frozen=True, slots=True)
class ExactDedup:
    """Keeps the earliest of the documents that are equal after normalisation."""

    name: str
    settings: Settings

    @property
    def fields(self) -> list[pa.Field]:
        return [
            pa.field("high", pa.uint64(), nullable=False),
            pa.field("low", pa.uint64(), nullable=False),
        ]

    def sketch(self, documents: Documents) -> list[pa.Array]:
        """High and low word of the digest of each document that is alive."""
        both = self._digests(documents)[documents.alive]
        return [pa.array(both[:, 0].copy()), pa.array(both[:, 1].copy())]

    def resolve(self, room: Room, sketches: Sequence[Path]) -> Members:
        return join_sketches(room, sketches, ["high", "low"], _digest_keys)

    def _digests(self, documents: Documents) -> npt.NDArray[np.uint64]:
        fold = self.settings.fold_white_space
        out = digests(documents.text, documents.alive, fold)
        if self.settings.normal_form == "none":
            return out
        doubtful = not_nfc(documents.text, documents.alive)
        if doubtful.any():
            rows = text_array(documents.text).filter(pa.array(doubtful))
            view = text_view(pc.utf8_normalize(rows, form="NFC"))
            out[doubtful] = digests(view, np.ones(len(view), np.bool_), fold)
        return out


def _digest_keys(batch: pa.RecordBatch) -> tuple[npt.NDArray[np.uint64], None]:
    """One key of two words for each document."""
    return np.stack([column.to_numpy() for column in batch.columns], axis=1), None
