"""Which fields of a shard hold what, and how columns become a batch of documents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.document import SCHEMA
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
        pa.nulls(len(ordinals), field.type) if column is None else column.cast(field.type)
        for column, field in zip(columns, SCHEMA, strict=True)
    )
    if id_.null_count:
        given = pc.binary_join_element_wise(f"{shard}:", pa.array(ordinals).cast(pa.string()), "")
        id_ = pc.coalesce(id_, given)
    return pa.RecordBatch.from_arrays([id_, url, source, iso_639_1(lang), text], schema=SCHEMA)


def text_bytes(batch: pa.RecordBatch) -> int:
    """UTF-8 bytes of the text of a batch."""
    return int(pc.sum(pc.binary_length(batch.column("text"))).as_py() or 0)
