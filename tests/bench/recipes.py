"""The whole default recipe by one worker, and beside datatrove's same rules and MinHash."""

from __future__ import annotations

import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from phases import PROBE_BYTES
from running import REPEATS, run_peer
from table import BYTES_PER_MB, Row
from texts import Corpus

from profiler.measurement import Options, profile

ONCE = ("start-up", "jit", "exit", "train", "coordinate", "profiling", "sample")

RECIPE_CPU_SECONDS = 50.0  # of one run of datatrove


@dataclass(frozen=True, slots=True)
class Own:
    """Medians of our runs: without and with what a run pays once, and of ``read`` alone."""

    cpu_seconds: float
    with_once: float
    read: float
    docs_out: int


def whole_recipe(corpus: Corpus, kept: Corpus, folder: Path) -> Iterator[Row]:
    """English text as it is, documents that the rules keep, and datatrove on a prefix."""
    whole = list(_two_rows("whole recipe", corpus))
    yield from whole
    yield from _two_rows("whole recipe, survivors", kept)
    path = folder / "prefix.jsonl"
    probe = corpus.prefix(PROBE_BYTES)
    probe.write_lines(path)
    try:
        warmed = run_peer("datatrove", "recipe", path, folder, repeats=3)
        rate = probe.text_bytes / warmed.cpu_seconds
        part = corpus.prefix(rate * RECIPE_CPU_SECONDS)
        part.write_lines(path)
        theirs = run_peer("datatrove", "recipe", path, folder)
    except subprocess.CalledProcessError as error:
        print(f"whole recipe: datatrove failed with status {error.returncode}")
        return
    own = _own(part)
    note = f"kept {len(theirs.result['kept']):,} (ours, with the classifier, {own.docs_out:,})"
    ratio = theirs.cpu_seconds / own.cpu_seconds
    without_reading = theirs.cpu_seconds / (own.cpu_seconds - own.read)
    size = part.text_bytes
    slower = whole[0].mb_per_cpu_second / (size / BYTES_PER_MB / theirs.cpu_seconds)
    note += (
        f"; {without_reading:,.0f} times without our reading, since theirs begins with documents "
        f"in memory; per byte {slower:,.0f} times the row of our whole recipe"
    )
    name = "rules and MinHash"
    yield Row(name, "datatrove", len(part.ids), size, theirs.cpu_seconds, ratio, note)


def _two_rows(name: str, corpus: Corpus) -> Iterator[Row]:
    own = _own(corpus)
    documents, size = len(corpus.ids), corpus.text_bytes
    note = f"{own.docs_out:,} of {documents:,} kept"
    yield Row(name, "corpuscost", documents, size, own.cpu_seconds, None, note)
    yield Row(f"{name}, with start-up", "corpuscost", documents, size, own.with_once)


def _own(corpus: Corpus) -> Own:
    own, total, read, docs_out = [], [], [], 0
    for _ in range(REPEATS):
        with tempfile.TemporaryDirectory() as scratch:
            shard = Path(scratch) / "shard.parquet"
            corpus.write_parquet(shard)
            run = profile([shard], Path(scratch) / "run", Options(workers=1)).run
        once = sum(run.other_cpu_seconds.get(name, 0.0) for name in ONCE)
        own.append(run.totals.cpu_seconds - once)
        total.append(run.totals.os_cpu_seconds)
        read.append(run.other_cpu_seconds["read"])
        docs_out = run.totals.docs_out
    return Own(*(statistics.median(each) for each in (own, total, read)), docs_out)
