"""Exact dedup: documents whose normalised texts are equal, found by 128-bit digests."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.document import Bytes, TextView, text_array, text_view
from pipeline.kernels.digest import digests, not_nfc
from pipeline.recipes.recipe import ExactDedup as Settings
from pipeline.stages.dedup import Members
from pipeline.stages.groups import join_sketches
from pipeline.stages.joining import Room
from pipeline.stages.stage import Documents

_PART_BYTES = 1 << 20
_SEARCHED_BYTES = 1 << 12


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
            view = documents.text
            if not doubtful.all():  # a filter copies, and a batch may be one huge document
                view = text_view(text_array(view).filter(pa.array(doubtful)))
            view = _in_nfc(view)
            out[doubtful] = digests(view, np.ones(len(view), np.bool_), fold)
        return out


def _in_nfc(view: TextView) -> TextView:
    """The texts in NFC; long ones are cut, since the library takes four bytes per character.

    An ASCII character joins nothing before it, so a text may be cut there (UAX #15).
    """
    if view.lengths.max(initial=0) <= _PART_BYTES:
        return text_view(pc.utf8_normalize(text_array(view), form="NFC"))
    places = [view.offsets[:1]]
    for begin, end in itertools.pairwise(view.offsets):
        places.append(np.array([*_cuts(view.data, int(begin), int(end)), end], np.int64))
    ends = np.cumsum([len(each) for each in places]) - 1
    parts = text_array(TextView(view.data, np.concatenate(places)))
    whole = text_view(pc.utf8_normalize(parts, form="NFC"))
    return TextView(whole.data, whole.offsets[ends])


def _cuts(data: Bytes, begin: int, end: int) -> Iterator[int]:
    """Places of ASCII characters, a MiB and a little more apart."""
    at = begin + _PART_BYTES
    while at < end:
        ascii_places = np.flatnonzero(data[at : min(at + _SEARCHED_BYTES, end)] < 0x80)
        if len(ascii_places):
            at += int(ascii_places[0])
            yield at
            at += _PART_BYTES
        else:
            at += _SEARCHED_BYTES


def _digest_keys(batch: pa.RecordBatch) -> tuple[npt.NDArray[np.uint64], None]:
    """One key of two words for each document."""
    return np.stack([column.to_numpy() for column in batch.columns], axis=1), None
