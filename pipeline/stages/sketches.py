"""Sketches: what a dedup stage notes of every document that reaches it, one file per shard."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.stages.stage import Documents

DOCUMENT_BITS = 32  # a document is (shard number << 32) | its row in the shard's sketch

DOCUMENT_FIELDS = [
    pa.field("doc", pa.uint64(), nullable=False),
    pa.field("position", pa.uint32(), nullable=False),  # place in the shard
    pa.field("bytes", pa.int64(), nullable=False),
    pa.field("script", pa.uint8(), nullable=False),
]


def open_sketch(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """A writer of a sketch file. Keys are hashes: trying a dictionary on them costs more than
    all else, and their least and largest tell nothing."""
    return pq.ParquetWriter(
        path, schema, compression="none", use_dictionary=["script"], write_statistics=False
    )


class SketchWriter:
    """Writes the sketch of one shard batch by batch, so that memory is that of a batch."""

    def __init__(self, path: Path, shard_number: int, fields: list[pa.Field]) -> None:
        self._schema = pa.schema(DOCUMENT_FIELDS + fields)
        self._writer = open_sketch(path, self._schema)
        self._next = shard_number << DOCUMENT_BITS

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._writer.close()

    def write(self, documents: Documents, columns: list[pa.Array]) -> None:
        """Append the documents that are alive; ``columns`` hold one value for each of those."""
        alive = documents.alive
        count = int(np.count_nonzero(alive))
        first = np.uint64(self._next)
        numbers = np.arange(count, dtype=np.uint64) + first
        self._next += count
        own = [
            pa.array(numbers),
            pa.array(documents.positions[alive]),
            pa.array(documents.text.lengths[alive]),
            pa.array(documents.script[alive]),
        ]
        self._writer.write_table(pa.Table.from_arrays(own + columns, schema=self._schema))


def row_of(documents: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Row in its shard's sketch of each document number."""
    return (documents & np.uint64((1 << DOCUMENT_BITS) - 1)).astype(np.int64)
