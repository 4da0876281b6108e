"""Documents of a text file between legs, looked up by their place in the shard."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.document import SCHEMA

_TEXT_COLUMNS = len(SCHEMA)  # of a text file; the position follows them


def documents_at(path: Path, positions: Iterable[int]) -> dict[int, pa.RecordBatch]:
    """A batch of one row for each of ``positions`` that the file holds; columns are its own.

    Positions ascend in such a file, so that only they are read of the batches that hold none.
    """
    wanted = np.unique(np.fromiter(positions, np.uint32))
    places = _places(path, wanted)
    found: dict[int, pa.RecordBatch] = {}
    with pa.memory_map(str(path)) as source, pa.ipc.open_file(source, options=_reading()) as file:
        for number, rows in places.items():
            batch = file.get_batch(number)
            for position, row in rows:
                found[position] = batch.take(pa.array([row]))
    return found


def _places(path: Path, wanted: np.ndarray) -> dict[int, list[tuple[int, int]]]:
    """By number of the batch: position and row of each wanted document in it."""
    places: dict[int, list[tuple[int, int]]] = {}
    options = _reading([_TEXT_COLUMNS])
    with pa.memory_map(str(path)) as source, pa.ipc.open_file(source, options=options) as file:
        for number in range(file.num_record_batches):
            positions = file.get_batch(number).column("position").to_numpy(zero_copy_only=False)
            rows = np.searchsorted(positions, wanted)
            inside = rows < len(positions)
            inside[inside] = positions[rows[inside]] == wanted[inside]
            if inside.any():
                pairs = zip(wanted[inside].tolist(), rows[inside].tolist(), strict=True)
                places[number] = list(pairs)
    return places


def _reading(columns: list[int] | None = None) -> pa.ipc.IpcReadOptions:
    if columns is None:
        return pa.ipc.IpcReadOptions(use_threads=False)
    return pa.ipc.IpcReadOptions(use_threads=False, included_fields=columns)
