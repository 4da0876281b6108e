"""Speed of the phases, one thread, in MB of UTF-8 text per CPU-second, and beside a peer.

Run by ``make bench``; no figure is asserted, only that the work is equal. Text: the shared corpora
where CORPUSCOST_SHARED is set, else samples. Each figure is the median of five runs.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from datasketch import MinHash

from pipeline.document import SCHEMA, text_view
from pipeline.engines.local.warm import warm_kernels
from pipeline.kernels.digest import digests, not_nfc
from pipeline.kernels.minhash import python_shingle_hash, signatures
from pipeline.kernels.scripts import main_scripts
from pipeline.kernels.words import split_words
from pipeline.recipes.catalog import build_stage, load_recipe
from pipeline.stages.stage import Documents, Transform, text_of

pytestmark = pytest.mark.bench
REPEATS = 5
PEER_DOCUMENTS = 150


@pytest.fixture(scope="module")
def batch(sample_corpus) -> pa.RecordBatch:
    shared = os.environ.get("CORPUSCOST_SHARED")
    folder = Path(shared) / "corpora" if shared else sample_corpus / "shards"
    path = sorted(folder.glob("*.parquet"))[0]
    table = pq.read_table(path, columns=SCHEMA.names).cast(SCHEMA)
    english = table.filter(pc.equal(table.column("lang"), "en")).combine_chunks()
    return english.to_batches()[0]


def documents_of(batch: pa.RecordBatch) -> Documents:
    text = text_of(batch)
    alive = np.ones(len(text), np.bool_)
    columns = batch.select(["id", "url", "source", "lang"])
    positions = np.arange(len(text), dtype=np.uint32)
    return Documents(columns, text, alive, main_scripts(text, alive), positions)


def median_cpu_seconds(work: Callable[[], object]) -> float:
    work()
    spent = []
    for _ in range(REPEATS):
        started = time.process_time()
        work()
        spent.append(time.process_time() - started)
    return statistics.median(spent)


def peer_signature(words: list[str], count: int) -> np.ndarray:
    peer = MinHash(count, seed=1, scheme="affine32", hashfunc=python_shingle_hash)
    peer.update_batch([" ".join(words[i : i + 5]).encode() for i in range(len(words) - 4)])
    return peer.hashvalues


def test_speed_of_the_phases(batch, capsys):
    view = text_of(batch)
    alive = np.ones(len(view), np.bool_)
    size = int(view.lengths.sum())
    words = split_words(view, alive)
    phases: dict[str, Callable[[], object]] = {
        "words: split and hash": lambda: split_words(view, alive),
        "digest (and normal form check)": lambda: (
            digests(view, alive, True),
            not_nfc(view, alive),
        ),
        "signature, 112 permutations, from words": lambda: signatures(words, 5, 112, 1),
        "signature, 112 permutations, from text": lambda: signatures(
            split_words(view, alive), 5, 112, 1
        ),
    }
    recipe = load_recipe("web-en")
    stages = [
        build_stage(spec, recipe)
        for spec in recipe.stages
        if spec.kind in ("admission", "rules", "c4-lines")
    ]
    warm_kernels(stages, [])

    def all_rules() -> None:
        documents = documents_of(batch)
        for stage in stages:
            if isinstance(stage, Transform):
                documents.replace_text(stage.rewrite(documents))
            else:
                documents.alive = documents.alive & ~stage.failures(documents).any(axis=1)

    phases["heuristic rules of web-en, short cut"] = all_rules
    rows = [(name, size / 1e6 / median_cpu_seconds(work)) for name, work in phases.items()]
    with capsys.disabled():
        print(f"\n{size / 1e6:.1f} MB of text, {len(view):,} documents, median of {REPEATS}")
        for name, speed in rows:
            print(f"{name:44s} {speed:8.1f} MB per CPU-second")
        print(json.dumps({"mb_per_cpu_second": dict(rows)}))


def test_signatures_beside_datasketch(batch, capsys):
    texts = batch.column("text").slice(0, PEER_DOCUMENTS)
    view = text_view(texts)
    size = int(view.lengths.sum())
    alive = np.ones(len(view), np.bool_)
    split = [text.split() for text in texts.to_pylist()]
    plain = text_view(pa.array([" ".join(words) for words in split], pa.large_string()))
    letters = [[w for w in words if w.isascii() and w.isalpha()] for words in split]
    same = text_view(pa.array([" ".join(words) for words in letters], pa.large_string()))
    ours, _ = signatures(split_words(same, alive), 5, 112, 1)
    theirs = np.array([peer_signature(words, 112) for words in letters])
    np.testing.assert_array_equal(ours, theirs)
    own = median_cpu_seconds(lambda: signatures(split_words(plain, alive), 5, 112, 1))

    def peer() -> None:
        for words in split:
            sketch = MinHash(112, seed=1, scheme="affine32")
            sketch.update_batch(
                [" ".join(words[i : i + 5]).encode() for i in range(len(words) - 4)]
            )

    other = median_cpu_seconds(peer)
    with capsys.disabled():
        print(
            f"\nsignatures from text: ours {size / 1e6 / own:.1f}, datasketch "
            f"{size / 1e6 / other:.2f} MB per CPU-second, ratio {other / own:.0f}"
        )
