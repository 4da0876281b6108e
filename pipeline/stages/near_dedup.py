"""Near dedup: MinHash signatures over word shingles, banded; bands that agree make an edge.

A pair of Jaccard similarity J shares at least one of b bands of r rows with probability
1 - (1 - J**r)**b. Components of the graph are groups, of which the earliest document stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from pipeline.kernels.components import components
from pipeline.kernels.minhash import band_keys, signatures
from pipeline.kernels.words import split_words
from pipeline.recipes.recipe import NearDedup as Settings
from pipeline.stages.dedup import Members, sketch_source
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

    def resolve(self, session: duckdb.DuckDBPyConnection, sketches: Sequence[Path]) -> Members:
        session.execute(
            "CREATE OR REPLACE TEMP TABLE keys AS SELECT doc, unnest(bands) AS key "
            f"FROM {sketch_source(sketches)}"
        )
        # The band's number is part of its key, so keys of different bands do not meet.
        edges = session.execute(
            "WITH shared AS (SELECT key, min(doc) AS first FROM keys GROUP BY key "
            "HAVING count(*) > 1) SELECT DISTINCT doc, first FROM keys JOIN shared USING (key) "
            "WHERE doc <> first"
        ).fetchnumpy()
        session.execute("DROP TABLE keys")
        return _members(np.asarray(edges["doc"], np.uint64), np.asarray(edges["first"], np.uint64))


def _members(doc: np.ndarray, first: np.ndarray) -> Members:
    """Components over the edges doc — first, named by their smallest document."""
    numbers, places = np.unique(np.concatenate((doc, first)), return_inverse=True)
    left, right = places[: len(doc)].astype(np.int64), places[len(doc) :].astype(np.int64)
    roots = components(len(numbers), left, right)
    return Members(numbers, numbers[roots])
