"""What reading a document takes that is ten times the largest that stays."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from pipeline.engines.local.pool import MEMORY_REUSE
from pipeline.reading.shard import find_shards, open_shard

LIMIT = 12_000_000
LARGE = 120_000_000
USUAL = 80_000_000  # of batches of 8 MB
PROGRAM = """
import sys, pathlib
from pipeline.engines.local.warm import _read_shard
from pipeline.reading.shard import find_shards, open_shard

def anonymous(mark):
    status = pathlib.Path("/proc/self/status").read_text()
    return 1024 * int(status[status.index(mark) + len(mark) :].split()[0])

_read_shard()
pathlib.Path("/proc/self/clear_refs").write_text("5")
files, before = anonymous("RssFile:"), anonymous("RssAnon:")
sizes, after = [], []
shard = open_shard(find_shards([sys.argv[1]])[0], largest_text_bytes=int(sys.argv[2]))
for batch in shard.batches():
    sizes.append(int(batch["text"].nbytes))
    after.append(anonymous("RssAnon:") - before)
print(max(sizes), anonymous("VmHWM:") - files - before, after[-1])
"""


def texts() -> list[str]:
    paragraph = " ".join(f"word{n * 7919 % 10_007}" for n in range(20_000))
    usual = [f"{n} {paragraph[:8_000]}" for n in range(2_000)]
    return [*usual[:1_000], (paragraph + "\n") * (LARGE // len(paragraph)), *usual[1_000:]]


def lines(rows: list[str]) -> bytes:
    return "".join(json.dumps({"text": row}) + "\n" for row in rows).encode()


def wet(rows: list[str]) -> bytes:
    header = "WARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n"
    return "".join(header % (len(row), row) for row in rows).encode()


WRITERS: dict[str, Callable[[list[str]], bytes]] = {
    "a.jsonl.zst": lambda rows: zstandard.compress(lines(rows), 1),
    "a.wet": wet,
}


def measured(path: Path) -> tuple[int, int, int]:
    """The largest batch, the most memory over that before, and what is left at the end."""
    command = [sys.executable, "-c", PROGRAM, str(path), str(LIMIT)]
    environment = MEMORY_REUSE | os.environ  # as workers have it
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    largest, peak, left = map(int, done.stdout.split())
    return largest, peak, left


@pytest.fixture(scope="module")
def rows() -> list[str]:
    return texts()


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("name", WRITERS)
def test_a_line_or_record_takes_what_the_largest_that_stays_takes(name, rows, tmp_path):
    (tmp_path / name).write_bytes(WRITERS[name](rows))
    largest, peak, left = measured(tmp_path / name)
    assert largest > LARGE * 0.99
    assert peak < USUAL + 4 * LIMIT
    assert left < USUAL


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux's /proc")
def test_parquet_takes_a_page_and_an_array_or_two_and_gives_them_back(rows, tmp_path):
    table = pa.table({"text": rows})
    pq.write_table(table, tmp_path / "a.parquet", compression="zstd", use_dictionary=False)
    largest, peak, left = measured(tmp_path / "a.parquet")
    assert largest > LARGE * 0.99
    assert peak < USUAL + 3 * LARGE  # by what the allocator makes of it
    assert left < USUAL


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.jsonl.zst"])
def test_an_archive_that_ends_in_a_large_text_is_told_as_without_cutting(name, tmp_path):
    line = lines([" ".join(f"{n} {n * n}" for n in range(1_000_000))])
    stored = gzip.compress(line, 1) if name.endswith("gz") else zstandard.compress(line, 1)
    path = tmp_path / name
    path.write_bytes(stored[: len(stored) * 2 // 3])
    found: list[Any] = []
    for limit in (None, 1_000_000):
        shard = open_shard(find_shards([path])[0], largest_text_bytes=limit)
        assert list(shard.batches()) == []
        found.append((shard.tally.unreadable, shard.tally.decompressed_bytes))
    assert found[0] == found[1]
