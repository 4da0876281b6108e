"""Compile every kernel that a recipe needs, on a few lines of text, before the clock matters."""

from __future__ import annotations

import json
import mmap
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.document import SCHEMA
from pipeline.engines.local.files import TextWriter, read_text
from pipeline.kernels.compiled import compiling
from pipeline.kernels.scripts import main_scripts
from pipeline.reading.inputs import find_shards
from pipeline.reading.long_lines import LongLine
from pipeline.reading.oversize import LongContent
from pipeline.reading.shard import open_shard
from pipeline.stages.dedup import Dedup
from pipeline.stages.joining import Room
from pipeline.stages.sketches import SketchWriter
from pipeline.stages.stage import Documents, Filter, Transform, text_of

_MEMORY_BLOCK_BYTES = 16 << 20  # glibc hands back a block of over 32 MiB when it is freed
_MEMORY_BLOCKS = 4
_LINES = [
    "The first of a few lines, with words that have no meaning.\n\n- One.\n- Two...",
    "第一行。第二行！ cafe\u0301 {x} [1] javascript 3.14 ... don't",
    "",
]
_WET_RECORD = b"WARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: 4\r\n\r\ntext\r\n\r\n"


def warm_memory() -> None:
    """Have the system back the memory that batches reuse, in start-up and not in a stage's time.

    The first touch of a page costs more than a small batch does in a stage, and a run pays for it
    once, however long it is: in a sample it would count as the cost of documents. Needs the
    allocator to keep what is freed (``pool.MEMORY_REUSE``); elsewhere it changes nothing.
    """
    blocks = [np.empty(_MEMORY_BLOCK_BYTES, np.uint8) for _ in range(_MEMORY_BLOCKS)]
    for block in blocks:
        block[:: mmap.PAGESIZE] = 1


def warm_kernels(stages: Iterable[Filter | Transform], dedups: Iterable[Dedup]) -> None:
    """Read a shard of a few lines, and run every stage once on a batch of three documents.

    The files between legs are written and read once as well: codecs load when they are first used.
    """
    with compiling():
        _warm(stages, dedups)


def _warm(stages: Iterable[Filter | Transform], dedups: Iterable[Dedup]) -> None:
    _read_shard()
    _carry_text()
    for stage in stages:
        documents = _documents()
        if isinstance(stage, Transform):
            stage.rewrite(documents)
        else:
            stage.failures(documents)
    for dedup in dedups:
        _resolve(dedup)


def _read_shard() -> None:
    with tempfile.TemporaryDirectory() as folder:
        lines = [json.dumps({"id": 1, "lang": "eng", "text": line}) for line in _LINES]
        lines.append(json.dumps({"id": "1", "text": _LINES[1]}, ensure_ascii=False))
        written = "\n".join(lines).encode() + b'\n{"text":"\xff"}'  # not UTF-8
        (Path(folder) / "warm.jsonl").write_bytes(written)
        (Path(folder) / "warm.wet").write_bytes(2 * _WET_RECORD)
        table = pa.table({"text": pa.array(_LINES)})
        pq.write_table(table, Path(folder) / "warm.parquet", compression="zstd")
        for shard in find_shards([folder]):
            for _ in open_shard(shard).batches():
                pass
    LongLine(0).shortened()
    LongContent(1, 0).add(b"x")


def _carry_text() -> None:
    with tempfile.TemporaryDirectory() as folder:
        with TextWriter(Path(folder)) as writer:
            writer.write(_documents())
        for _ in read_text(Path(folder) / "text.arrow"):
            pass


def _resolve(dedup: Dedup) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sketch.parquet"
        documents = _documents()
        with SketchWriter(path, 0, dedup.fields) as writer:
            writer.write(documents, dedup.sketch(documents))
        dedup.resolve(Room(Path(folder), 1_000_000), [path])


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
