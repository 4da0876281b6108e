"""Wholes of real text, cut into many small shards: what end to end is held to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from profiler.scaling.truth.text_shards import SHARDS, text_files, text_units

PLANTED_PAIRS = 3000
PLANTED_SEED = 20261124
DEDUP_RECIPE = """\
name = "dedup-only"
description = "Exact copies, then near duplicates, and nothing else"
language = ""

[[stages]]
name = "exact-dedup"
kind = "exact-dedup"

[[stages]]
name = "near-dedup"
kind = "near-dedup"
"""


@dataclass(frozen=True, slots=True)
class Corpus:
    """A whole: its documents in source order, and the recipe that it is run through.

    ``recipe`` is a built-in name, or "" for ``DEDUP_RECIPE``.
    """

    name: str
    recipe: str
    documents: Callable[[Path], pa.Table]


def real_documents(shared: Path) -> pa.Table:
    """All shared documents, columns id, url, source, lang and text, in the order of the files."""
    tables = [pq.read_table(file) for file in text_files(shared)]
    return pa.concat_tables(tables).select(["id", "url", "source", "lang", "text"])


def lines_as_documents(shared: Path) -> pa.Table:
    """Every line over 40 bytes of the shared text as a document."""
    return _numbered("line", text_units(text_files(shared), "line"))


def paragraphs_as_documents(shared: Path) -> pa.Table:
    """Every paragraph of the shared text as a document."""
    return _numbered("paragraph", text_units(text_files(shared), "paragraph"))


def with_planted_pairs(shared: Path) -> pa.Table:
    """All shared documents, and pairs of near duplicates at random places among them."""
    from samples.pairs import planted_pairs

    first, second, _ = planted_pairs(PLANTED_PAIRS, PLANTED_SEED)
    texts = pa.concat_arrays(
        [
            real_documents(shared)["text"].cast(pa.large_string()).combine_chunks(),
            pa.array([*first, *second], pa.large_string()),
        ]
    )
    real = len(texts) - 2 * PLANTED_PAIRS
    places = np.arange(len(texts), dtype=np.float64)
    random = np.random.default_rng(PLANTED_SEED)
    places[real:] = random.uniform(0, real, 2 * PLANTED_PAIRS)
    return _numbered("planted", texts.take(pa.array(np.argsort(places, kind="stable"))))


CORPORA = (
    Corpus("documents, web-multi", "web-multi", real_documents),
    Corpus("documents, web-en", "web-en", real_documents),
    Corpus("paragraphs as documents, web-multi", "web-multi", paragraphs_as_documents),
    Corpus("lines as documents, dedup only", "", lines_as_documents),
    Corpus("documents and planted pairs, dedup only", "", with_planted_pairs),
)


def cut_into_shards(documents: pa.Table, folder: Path, shards: int = SHARDS) -> list[Path]:
    """Write the documents as so many Parquet shards of equal length, in their order."""
    folder.mkdir(parents=True)
    edges = [len(documents) * number // shards for number in range(shards + 1)]
    found = []
    for number in range(shards):
        path = folder / f"shard-{number:04d}.parquet"
        part = documents.slice(edges[number], edges[number + 1] - edges[number])
        pq.write_table(part, path, compression="zstd")
        found.append(path)
    return found


def recipe_of(corpus: Corpus, folder: Path) -> str:
    """What to call the corpus's recipe; that of dedup alone is written into ``folder``."""
    if corpus.recipe:
        return corpus.recipe
    path = folder / "dedup-only.toml"
    path.write_text(DEDUP_RECIPE, encoding="utf-8")
    return str(path)


def _numbered(name: str, texts: pa.Array) -> pa.Table:
    return pa.table({"id": [f"{name}-{i}" for i in range(len(texts))], "text": texts})
