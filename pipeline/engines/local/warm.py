"""Compile every kernel that a recipe needs, on a few lines of text, before the clock matters."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from pipeline.document import SCHEMA
from pipeline.kernels.components import components
from pipeline.kernels.scripts import main_scripts
from pipeline.stages.dedup import Dedup
from pipeline.stages.stage import Documents, Filter, Transform, text_of

_LINES = [
    "The first of a few lines, with words that have no meaning.\n\n- One.\n- Two...",
    "第一行。第二行！ cafe\u0301 {x} [1] javascript 3.14 ... don't",
    "",
]


def warm_kernels(stages: Iterable[Filter | Transform], dedups: Iterable[Dedup]) -> None:
    """Run every stage once on a batch of three short documents."""
    for stage in stages:
        documents = _documents()
        if isinstance(stage, Transform):
            stage.rewrite(documents)
        else:
            stage.failures(documents)
    for dedup in dedups:
        dedup.sketch(_documents())
    edge = np.zeros(1, np.int64)
    components(1, edge, edge)


def _documents() -> Documents:
    count = len(_LINES)
    rows = [["w"] * count, [None] * count, [None] * count, ["en"] * count, _LINES]
    arrays = [pa.array(row, kind.type) for row, kind in zip(rows, SCHEMA, strict=True)]
    batch = pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)
    text = text_of(batch)
    alive = np.ones(count, np.bool_)
    columns = batch.select(["id", "url", "source", "lang"])
    positions = np.arange(count, dtype=np.uint32)
    return Documents(columns, text, alive, main_scripts(text, alive), positions)
