"""Reading a file whole, as tests want it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.document import SCHEMA
from pipeline.reading.shard import ColumnNames, ReadTally, find_shards, open_shard

Rows = list[dict[str, Any]]
Read = Callable[..., tuple[Rows, ReadTally]]


@pytest.fixture(scope="session")
def read() -> Read:
    """read(path, batch_bytes=…, columns=…) -> documents as dictionaries, and the tally."""

    def read_whole(
        path: Path, batch_bytes: int = 8_000_000, columns: ColumnNames | None = None
    ) -> tuple[Rows, ReadTally]:
        (file,) = find_shards([path])
        shard = open_shard(file, columns or ColumnNames())
        rows: Rows = []
        for batch in shard.batches(batch_bytes):
            assert batch.schema.equals(SCHEMA)
            batch.validate(full=True)
            assert batch.num_rows > 0
            rows += batch.to_pylist()
        assert shard.tally.documents == len(rows)
        assert shard.tally.text_bytes == sum(len(row["text"].encode()) for row in rows)
        return rows, shard.tally

    return read_whole
