"""Batches made by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pytest

from pipeline.document import SCHEMA
from pipeline.kernels.scripts import main_scripts
from pipeline.stages.stage import Documents, text_of


@pytest.fixture
def documents_of() -> Callable[..., Documents]:
    """A batch from texts, with languages where given."""

    def make(texts: Sequence[str], langs: Sequence[str | None] | None = None) -> Documents:
        count = len(texts)
        rows = [
            [str(row) for row in range(count)],
            [None] * count,
            [None] * count,
            list(langs) if langs else [None] * count,
            list(texts),
        ]
        arrays = [pa.array(row, field.type) for row, field in zip(rows, SCHEMA, strict=True)]
        batch = pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)
        text = text_of(batch)
        alive = np.ones(count, np.bool_)
        return Documents(
            batch.select(["id", "url", "source", "lang"]),
            text,
            alive,
            main_scripts(text, alive),
            np.arange(count, dtype=np.uint32),
        )

    return make
