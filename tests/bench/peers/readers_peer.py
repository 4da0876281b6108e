"""Readers of shards: the standard library, orjson and pyarrow; they give texts or Arrow tables."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from typing import IO, Any

import orjson
import pyarrow.compute
import pyarrow.json
import pyarrow.parquet
import zstandard
from timed import Result, Work, run


def _opened(path: str) -> IO[bytes]:
    if path.endswith(".gz"):
        return gzip.open(path)  # type: ignore[return-value]
    return io.BufferedReader(zstandard.open(path), 1 << 20)


def _per_line(parse: Callable[[bytes], Any]) -> Callable[[str], Work]:
    def phase(path: str) -> Work:
        def work() -> Result:
            with _opened(path) as lines:
                texts = [parse(line)["text"] for line in lines]
            return {"documents": len(texts), "characters": sum(map(len, texts))}

        return work

    return phase


def arrow_json(path: str) -> Work:
    options = pyarrow.json.ReadOptions(use_threads=False, block_size=1 << 24)

    def work() -> Result:
        with _opened(path) as stream:
            table = pyarrow.json.read_json(stream, read_options=options)
        return _counts(table["text"])

    return work


def arrow_parquet(path: str) -> Work:
    def work() -> Result:
        with pyarrow.parquet.ParquetFile(path) as shard:
            batches = list(shard.iter_batches(use_threads=False))
        return _counts(pyarrow.Table.from_batches(batches)["text"])

    return work


def _counts(texts: pyarrow.ChunkedArray) -> Result:
    lengths = pyarrow.compute.utf8_length(texts)
    return {"documents": len(texts), "characters": pyarrow.compute.sum(lengths).as_py()}


if __name__ == "__main__":
    run(
        {
            "json": _per_line(json.loads),
            "orjson": _per_line(orjson.loads),
            "pyarrow.json": arrow_json,
            "pyarrow.parquet": arrow_parquet,
        }
    )
