"""Batches for stages, cut out of a longer batch."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from pipeline.document import SCHEMA
from pipeline.kernels.scripts import main_scripts
from pipeline.stages.stage import Documents, text_of


def _documents(
    texts: list[str],
    langs: list[str | None] | None = None,
    urls: list[str | None] | None = None,
) -> Documents:
    number = len(texts) + 2
    columns = {
        "id": [f"d{row}" for row in range(number)],
        "url": [None, *(urls or [None] * len(texts)), None],
        "source": [None] * number,
        "lang": [None, *(langs or [None] * len(texts)), "xx"],
        "text": ["before é", *texts, "after 中"],
    }
    batch = pa.RecordBatch.from_pydict(columns, SCHEMA).slice(1, len(texts))
    view = text_of(batch)
    alive = np.ones(len(view), np.bool_)
    positions = np.arange(len(view), dtype=np.uint32)
    columns_only = batch.select(["id", "url", "source", "lang"])
    return Documents(columns_only, view, alive, main_scripts(view, alive), positions)


@pytest.fixture(scope="session")
def sliced_documents() -> Callable[..., Documents]:
    return _documents
