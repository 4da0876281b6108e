"""The documents of the bench: English, in a seeded order, so that any prefix is a fair sample."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.document import SCHEMA
from pipeline.kernels.scripts import main_scripts
from pipeline.reading.shard import find_shards, open_shard
from pipeline.recipes.catalog import load_recipe
from pipeline.stages.build import build_stage
from pipeline.stages.stage import Documents, Filter, Transform, text_of

SEED = 1
RULE_STAGES = ("gopher-quality", "gopher-repetition", "c4-lines", "c4", "fineweb")


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents in the schema of ``pipeline.document``, in one batch."""

    batch: pa.RecordBatch

    @property
    def text_bytes(self) -> int:
        return int(text_of(self.batch).lengths.sum())

    @property
    def ids(self) -> list[str]:
        return self.batch.column("id").to_pylist()

    def prefix(self, text_bytes: float) -> Corpus:
        """The first documents, up to ``text_bytes`` of text, at least one."""
        ends = np.cumsum(text_of(self.batch).lengths)
        return Corpus(self.batch.slice(0, max(1, int(np.searchsorted(ends, text_bytes)))))

    def batches(self, text_bytes: int) -> list[Corpus]:
        """All documents in batches of about ``text_bytes``, as a run has them."""
        starts = np.cumsum(text_of(self.batch).lengths) // text_bytes
        edges = [0, *(np.flatnonzero(np.diff(starts)) + 1), self.batch.num_rows]
        pairs = itertools.pairwise(edges)
        return [Corpus(self.batch.slice(at, end - at)) for at, end in pairs if end > at]

    def chosen(self, ids: Sequence[str]) -> Corpus:
        return Corpus(self.batch.filter(pc.is_in(self.batch["id"], pa.array(ids, pa.string()))))

    def documents(self) -> Documents:
        text = text_of(self.batch)
        alive = np.ones(len(text), np.bool_)
        columns = self.batch.select(["id", "url", "source", "lang"])
        positions = np.arange(len(text), dtype=np.uint32)
        return Documents(columns, text, alive, main_scripts(text, alive), positions)

    def write_lines(self, path: Path) -> None:
        """One JSON object with id and text per line, as the peers read it."""
        with path.open("w", encoding="utf-8") as lines:
            for row in self.batch.select(["id", "text"]).to_pylist():
                lines.write(json.dumps(row, ensure_ascii=False) + "\n")

    def write_parquet(self, path: Path) -> None:
        pq.write_table(pa.Table.from_batches([self.batch]), path, compression="zstd")


def english(inputs: Sequence[str | Path]) -> Corpus:
    """The English documents of all shards, each id once, shuffled by ``SEED``."""
    batches = [batch for file in find_shards(inputs) for batch in open_shard(file).batches()]
    table = pa.Table.from_batches(batches).select(SCHEMA.names)
    table = table.filter(pc.equal(table["lang"], "en"))
    order = list(range(len(table)))
    random.Random(SEED).shuffle(order)
    return Corpus(table.take(order).combine_chunks().to_batches()[0])


def rule_stages() -> list[Filter | Transform]:
    """The stages of recipe web-en that datatrove has as well."""
    recipe = load_recipe("web-en")
    chosen = [spec for spec in recipe.stages if spec.name in RULE_STAGES]
    return [build_stage(spec, recipe, Path) for spec in chosen]


def fresh(documents: Documents) -> Documents:
    """The same documents, all alive and with nothing measured: a chain writes into what it gets."""
    alive = np.ones(len(documents), np.bool_)
    return replace(documents, alive=alive, measures={}, words=None)


def survivors(documents: Documents, stages: Sequence[Filter | Transform]) -> list[str]:
    """Run a chain of stages; the ids of the documents that are left."""
    for stage in stages:
        if isinstance(stage, Transform):
            documents.replace_text(stage.rewrite(documents))
        else:
            documents.alive = documents.alive & ~stage.failures(documents).any(axis=1)
    return documents.columns["id"].filter(pa.array(documents.alive)).to_pylist()
