"""Which fields of a shard hold what, and how columns become a batch of documents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.document import SCHEMA, Offsets
from pipeline.reading.languages import iso_639_1

Ordinals = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ColumnNames:
    """Names of the fields in JSON lines and Parquet; WET has its own."""

    id: str = "id"
    url: str = "url"
    source: str = "source"
    lang: str = "lang"
    text: str = "text"

    def in_order(self) -> tuple[str, str, str, str, str]:
        """In the order of the schema of a batch."""
        return (self.id, self.url, self.source, self.lang, self.text)


def documents(shard: str, ordinals: Ordinals, columns: list[pa.Array | None]) -> pa.RecordBatch:
    """A batch in the house schema from string columns in its order; None is a column of nulls.

    ``ordinals`` count the records of the shard from 0; a document without an id is named
    "<shard>:<ordinal>". Languages are normalised.
    """
    id_, url, source, lang, text = (
        _of_type(column, field.type, len(ordinals))
        for column, field in zip(columns, SCHEMA, strict=True)
    )
    if id_.null_count:
        given = pc.binary_join_element_wise(f"{shard}:", pa.array(ordinals).cast(pa.string()), "")
        id_ = pc.coalesce(id_, given)
    return pa.RecordBatch.from_arrays([id_, url, source, iso_639_1(lang), text], schema=SCHEMA)


def string_bytes(strings: pa.Array) -> npt.NDArray[np.int64]:
    """UTF-8 bytes of each value of a string or large_string array, shape (n,); 0 for nulls."""
    sizes = np.diff(string_offsets(strings))
    if strings.null_count:
        sizes[strings.is_null().to_numpy(zero_copy_only=False)] = 0
    return sizes


def string_offsets(strings: pa.Array) -> Offsets:
    """Where each value begins in the data of a string or large_string array, and the last ends."""
    offsets = strings.buffers()[1]
    if offsets is None or not len(strings):
        return np.zeros(len(strings) + 1, np.int64)
    kind = np.int64 if pa.types.is_large_string(strings.type) else np.int32
    found = np.frombuffer(offsets, kind)[strings.offset : strings.offset + len(strings) + 1]
    return found.astype(np.int64, copy=False)


def text_bytes(batch: pa.RecordBatch) -> int:
    """UTF-8 bytes of the text of a batch, which holds no nulls."""
    offsets = string_offsets(batch.column("text"))
    return int(offsets[-1] - offsets[0])


def _of_type(column: pa.Array | None, kind: pa.DataType, length: int) -> pa.Array:
    if column is None:
        return pa.nulls(length, kind)
    return column if column.type == kind else column.cast(kind)
