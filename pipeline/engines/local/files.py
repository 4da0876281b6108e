"""Files between legs: the text of the documents that are still alive, written once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.document import SCHEMA, text_array, text_view
from pipeline.stages.stage import Documents

_COLUMNS = ["id", "url", "source", "lang"]
_TEXT_SCHEMA = pa.schema(
    [*SCHEMA, pa.field("position", pa.uint32()), pa.field("script", pa.uint8())]
)


class TextWriter:
    """Writes ``text.arrow`` in a folder: Arrow IPC, lz4, in this thread."""

    def __init__(self, directory: Path) -> None:
        options = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
        self._writer = pa.ipc.new_file(str(directory / "text.arrow"), _TEXT_SCHEMA, options=options)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._writer.close()

    def write(self, documents: Documents) -> None:
        """Append the documents that are alive."""
        alive = pa.array(documents.alive)
        arrays = [documents.columns.column(name) for name in _COLUMNS]
        arrays += [
            text_array(documents.text),
            pa.array(documents.positions),
            pa.array(documents.script),
        ]
        batch = pa.RecordBatch.from_arrays(arrays, schema=_TEXT_SCHEMA)
        # A filter copies, and a batch may be one huge document.
        self._writer.write_batch(batch if documents.alive.all() else batch.filter(alive))


class KeptWriter:
    """Writes the documents that survive the whole recipe as Parquet."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._unfinished = path.with_suffix(".tmp")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = pq.ParquetWriter(self._unfinished, SCHEMA, compression="zstd")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._writer.close()
        if failure[0] is None:
            self._unfinished.replace(self._path)
        else:
            self._unfinished.unlink(missing_ok=True)

    def write(self, documents: Documents) -> None:
        """Append the documents that are alive."""
        arrays = [documents.columns.column(name) for name in _COLUMNS]
        arrays.append(text_array(documents.text))
        batch = pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)
        alive = batch.filter(pa.array(documents.alive))
        if alive.num_rows:
            self._writer.write_batch(alive)


def read_text(path: Path) -> Iterator[Documents]:
    """Batches of a file that TextWriter wrote, all alive."""
    options = pa.ipc.IpcReadOptions(use_threads=False)
    with pa.ipc.open_file(str(path), options=options) as reader:
        for number in range(reader.num_record_batches):
            batch = reader.get_batch(number)
            yield Documents(
                batch.select(_COLUMNS),
                text_view(batch.column("text")),
                np.ones(batch.num_rows, np.bool_),
                batch.column("script").to_numpy(zero_copy_only=False),
                batch.column("position").to_numpy(zero_copy_only=False),
            )
