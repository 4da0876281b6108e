"""Reading shards to Arrow: ours beside the standard library, orjson and pyarrow."""

from __future__ import annotations

import gzip
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import zstandard
from phases import MOST_BYTES
from running import run_ours, run_peer
from table import Row
from texts import Corpus

from pipeline.reading.shard import find_shards, open_shard

PEERS = {
    "jsonl.zst": ("json", "orjson", "pyarrow.json"),
    "jsonl.gz": ("json", "orjson", "pyarrow.json"),
    "parquet": ("pyarrow.parquet",),
}


def reading(corpus: Corpus, folder: Path) -> Iterator[Row]:
    """One shard in each format; documents and characters are the same or the row says so."""
    part = corpus.prefix(MOST_BYTES)
    for name, peers in PEERS.items():
        shard = _written(part, folder / f"shard.{name}")
        ours = run_ours(_read(shard))
        size, documents = part.text_bytes, len(part.ids)
        yield Row(f"read {name}", "corpuscost", documents, size, ours.cpu_seconds)
        for peer in peers:
            try:
                theirs = run_peer("readers", peer, shard, folder)
            except subprocess.CalledProcessError as error:
                print(f"read {name}: {peer} failed with status {error.returncode}")
                continue
            note = "same text" if theirs.result == ours.result else f"read {theirs.result}"
            ratio = theirs.cpu_seconds / ours.cpu_seconds
            yield Row(f"read {name}", peer, documents, size, theirs.cpu_seconds, ratio, note)
        shard.unlink()


def _written(corpus: Corpus, path: Path) -> Path:
    if path.suffix == ".parquet":
        corpus.write_parquet(path)
        return path
    plain = path.with_suffix("")
    corpus.write_lines(plain)
    content = plain.read_bytes()
    plain.unlink()
    packed = gzip.compress(content, 6) if path.suffix == ".gz" else zstandard.compress(content, 3)
    path.write_bytes(packed)
    return path


def _read(path: Path) -> Callable[[], dict[str, Any]]:
    file = find_shards([path])[0]

    def work() -> dict[str, Any]:
        documents = characters = 0
        for batch in open_shard(file).batches():
            documents += len(batch)
            characters += pc.sum(pc.utf8_length(batch["text"])).as_py()
        return {"documents": documents, "characters": characters}

    return work
