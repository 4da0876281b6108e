"""Resolving many documents in little memory, and what it costs: CPU, memory, disk, exponent.

Run by ``make bench``, at CORPUSCOST_BENCH_DOCUMENTS documents (20 million) or as many as a third of
the free disk holds the keys of. Keys are synthetic, with groups like those of a large language of
Common Crawl; bands and memory limit are those of a run.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.document import text_view
from pipeline.engines.local.run import Silent
from pipeline.engines.local.warm import warm_kernels
from pipeline.kernels.minhash import band_keys, signatures
from pipeline.kernels.words import split_words
from pipeline.recipes.recipe import StageSpec
from pipeline.stages.build import build_dedup
from pipeline.stages.joining import Room
from pipeline.stages.sketches import DOCUMENT_FIELDS, open_sketch
from profiler.calibration_keys import GroupLaw, Layout, sketch_bytes
from profiler.calibration_timing import Task, bands_of, time_resolve

pytestmark = pytest.mark.bench
MEMORY_BYTES = 2_000_000_000
MEAN_TEXT_BYTES = 4_700  # of a document of our real text
SIZES = np.arange(1, 237)
LAW = GroupLaw(SIZES, SIZES**-2.0)  # keeps 27 %; German in Common Crawl keeps 20 %
SPECS = (StageSpec("exact", "exact-dedup"), StageSpec("near", "near-dedup"))
PARTS = (16, 4, 1)  # of the documents, in turn
REPEATS = 5
DOCUMENTS_PER_BATCH = 1_700


@contextmanager
def watched_children() -> Iterator[list[int]]:
    """The largest anonymous memory of any child of this process, in a list of one."""
    peak, ended = [0], threading.Event()

    def watch() -> None:
        children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
        while not ended.wait(0.02):
            for pid in children.read_text().split():
                try:
                    status = Path(f"/proc/{pid}/status").read_text()
                except OSError:
                    continue
                if "RssAnon:" in status:
                    anonymous = int(status.split("RssAnon:")[1].split()[0]) * 1024
                    peak[0] = max(peak[0], anonymous)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_many_documents_are_resolved_in_two_gigabytes(spec, tmp_path, capsys):
    documents = int(float(os.environ.get("CORPUSCOST_BENCH_DOCUMENTS", "20e6")))
    free = shutil.disk_usage(tmp_path).free
    while sketch_bytes(documents, bands_of(spec)) > free / 3:
        documents //= 2
    rows = []
    for part in PARTS:
        count = documents // part
        layout = Layout(min(100_000, count), DOCUMENTS_PER_BATCH)
        task = Task(spec, count, LAW, layout, 1, MEMORY_BYTES, 1, tmp_path / str(part))
        with watched_children() as peak:
            timed = time_resolve(task, Silent())
        rows.append((count, timed, peak[0]))
        assert 0 < peak[0] < MEMORY_BYTES
    with capsys.disabled():
        print(f"\n{spec.kind}: resolve of synthetic keys, memory limit {MEMORY_BYTES / 1e9:g} GB")
        print("documents    CPU s   wall s  us/doc  text MB/CPU-s  anonymous MB  on disk MB")
        for count, timed, anonymous in rows:
            print(
                f"{count:10,} {timed.cpu_seconds:8.2f} {timed.wall_seconds:8.2f} "
                f"{timed.cpu_seconds / count * 1e6:7.2f} "
                f"{count * MEAN_TEXT_BYTES / 1e6 / timed.cpu_seconds:14,.0f} "
                f"{anonymous / 1e6:13,.0f} {timed.spilled_bytes / 1e6:11,.0f}"
            )
        least, most = rows[0], rows[-1]
        span = math.log(most[0] / least[0])
        exponent = math.log(most[1].cpu_seconds / least[1].cpu_seconds) / span
        sorting = 1 + math.log(math.log(most[0]) / math.log(least[0])) / span
        print(f"exponent {exponent:.3f}; n·log n would be {sorting:.3f}")
        print(json.dumps({"stage": spec.kind, "documents": most[0], "exponent": exponent}))


def test_clusters_from_the_signatures_of_text(sample_corpus, tmp_path, capsys):
    shared = os.environ.get("CORPUSCOST_SHARED")
    folder = Path(shared) / "corpora" if shared else sample_corpus / "shards"
    paths = sorted(folder.glob("*.parquet"))
    columns = [pq.read_table(path)["text"].cast(pa.large_string()) for path in paths]
    texts = pa.chunked_array([chunk for column in columns for chunk in column.chunks])
    dedup = build_dedup(SPECS[1])
    warm_kernels([], [dedup])
    signed = []
    for start in range(0, len(texts), DOCUMENTS_PER_BATCH):
        view = text_view(texts.slice(start, DOCUMENTS_PER_BATCH).combine_chunks())
        words = split_words(view, np.ones(len(view), np.bool_))
        signed.append((*signatures(words, 5, 112, 1), view.lengths))
    size = sum(int(lengths.sum()) for *_, lengths in signed)
    spent, dropped = [], 0
    for repeat in range(REPEATS):
        room = Room(tmp_path / str(repeat), MEMORY_BYTES)
        room.directory.mkdir()
        started = time.process_time()
        sketch = room.directory / "sketch.parquet"
        with open_sketch(sketch, pa.schema([*DOCUMENT_FIELDS, *dedup.fields])) as writer:
            first = 0
            for signature, shingles, lengths in signed:
                writer.write_table(_sketch(first, signature, shingles, lengths, writer.schema))
                first += len(lengths)
        dropped = len(dedup.resolve(room, [sketch]).dropped)
        spent.append(time.process_time() - started)
    assert dropped > 0
    with capsys.disabled():
        speed = size / 1e6 / statistics.median(spent)
        print(
            f"\nLSH + clusters: band keys, sketch, groups of {len(texts):,} documents, "
            f"{size / 1e6:.0f} MB of text, {dropped:,} dropped: {speed:,.0f} MB per CPU-second"
        )
        print(json.dumps({"lsh_and_clusters_mb_per_cpu_second": speed}))


def _sketch(
    first: int,
    signature: np.ndarray,
    shingles: np.ndarray,
    lengths: np.ndarray,
    schema: pa.Schema,
) -> pa.Table:
    keys = band_keys(signature, 14, 8)
    banded = shingles > 0
    offsets = np.concatenate(([0], np.cumsum(np.where(banded, 14, 0)))).astype(np.int32)
    rows = np.arange(first, first + len(lengths))
    columns = [
        pa.array(rows.astype(np.uint64)),
        pa.array(rows.astype(np.uint32)),
        pa.array(lengths.astype(np.int64)),
        pa.array(np.zeros(len(lengths), np.uint8)),
        pa.ListArray.from_arrays(pa.array(offsets), pa.array(keys[banded].ravel())),
    ]
    return pa.Table.from_arrays(columns, schema=schema)
