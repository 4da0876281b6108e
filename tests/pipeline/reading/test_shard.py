"""Batches of any size hold the same documents; what cannot be opened says why."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import ShardError
from pipeline.reading.batches import cut, document_bytes
from pipeline.reading.shard import ShardFile, find_shards, open_shard

WARC_HEAD = "WARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: "
TEXTS = [("word " * (i * 37 % 900)) + "é" * (i % 5) for i in range(400)]
TEXTS[200] = "huge " * 40_000
LINES = [
    json.dumps({"id": i, "text": text, "lang": "eng"}).encode() for i, text in enumerate(TEXTS)
]
LINES[7] = b"broken"
LINES[300] = b'{"text":null}'


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same documents in several formats, some damaged."""
    folder = tmp_path_factory.mktemp("shards")
    plain = b"\n".join(LINES)
    texts: list[str | None] = list(TEXTS)
    texts[7] = None
    (folder / "a.jsonl").write_bytes(plain)
    (folder / "b.jsonl.gz").write_bytes(gzip.compress(plain, 1)[:-500])
    (folder / "c.jsonl.zst").write_bytes(zstandard.compress(plain)[:-500])
    pq.write_table(pa.table({"text": texts}), folder / "d.parquet", row_group_size=90)
    members = b"".join(
        f"{WARC_HEAD}{len(text.encode())}\r\n\r\n".encode() + text.encode() + b"\r\n\r\n"
        for text in TEXTS
    )
    (folder / "e.wet.gz").write_bytes(gzip.compress(members, 1)[:-500])
    return sorted(folder.iterdir())


@pytest.mark.parametrize("index", range(5))
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batch_bytes=st.integers(1, 400_000))
def test_batch_size_changes_nothing(index: int, batch_bytes: int, shards, read) -> None:
    rows, tally = read(shards[index])
    assert len(rows) > 300
    assert tally.unreadable
    assert tally.sha256
    assert read(shards[index], batch_bytes) == (rows, tally)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 60), max_size=6), max_size=6),
    st.integers(1, 200),
)
def test_cut_fills_batches_and_depends_on_documents_alone(
    pieces: list[list[int]], batch_bytes: int
) -> None:
    def batch(lengths: list[int]) -> pa.RecordBatch:
        return pa.record_batch({"text": pa.array(["x" * n for n in lengths], pa.large_string())})

    lengths = [n for piece in pieces for n in piece]
    batches = list(cut([batch(piece) for piece in pieces], batch_bytes))
    assert [len(t) for b in batches for t in b["text"].to_pylist()] == lengths
    sizes = [int(document_bytes(b).sum()) for b in batches]
    assert all(s <= batch_bytes or b.num_rows == 1 for s, b in zip(sizes, batches, strict=True))
    following = [int(document_bytes(b)[0]) for b in batches[1:]]
    assert all(s + n > batch_bytes for s, n in zip(sizes, following, strict=False))
    assert [b.num_rows for b in cut([batch(lengths)], batch_bytes)] == [b.num_rows for b in batches]


def test_hash_is_none_when_reading_stops_early(shards) -> None:
    shard = open_shard(find_shards([shards[0]])[0])
    next(shard.batches(10_000))
    assert shard.tally.sha256 is None


def test_progress_ends_at_the_size_of_the_file(shards) -> None:
    for file in find_shards(shards):
        seen: list[int] = []
        for _ in open_shard(file, progress=seen.append).batches():
            pass
        assert seen == sorted(seen)
        assert seen[-1] == file.bytes


@pytest.mark.parametrize("name", ["a.parquet", "a.jsonl.gz", "a.jsonl.zst", "a.wet", "a.wet.gz"])
def test_empty_file(name: str, tmp_path: Path, read) -> None:
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(ShardError, match=f"{name}: empty"):
        read(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl.gz", b'{"text":"a"}', "not compressed.*expected gzip"),
        ("a.jsonl.gz", zstandard.compress(b"x"), "zstd.*expected gzip"),
        ("a.jsonl.zst", gzip.compress(b"x"), "gzip.*expected zstd"),
        ("a.jsonl", gzip.compress(b"x"), "gzip.*expected not compressed"),
        ("a.wet", b"something else", "not WARC: begins with b'something else'"),
        ("a.json", b' [{"text":"a"}]', "one JSON array"),
    ],
)
def test_file_of_another_format(name: str, content: bytes, message: str, tmp_path, read) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ShardError, match=f"{name}: .*{message}"):
        read(tmp_path / name)


def test_file_that_has_gone(tmp_path: Path) -> None:
    with pytest.raises(ShardError, match=r"gone\.jsonl: no such file"):
        open_shard(ShardFile(tmp_path / "gone.jsonl", "gone.jsonl", 1, "jsonl"))


def test_file_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").mkdir()
    with pytest.raises(ShardError, match="cannot be opened: Is a directory"):
        open_shard(ShardFile(tmp_path / "a.jsonl", "a.jsonl", 1, "jsonl"))


def test_disk_that_fails_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text":"a"}\n')
    shard = open_shard(find_shards([path])[0])
    monkeypatch.setattr(Path, "open", lambda *_: FailingFile())
    with pytest.raises(ShardError, match="byte 0: reading failed: Input/output error"):
        list(shard.batches())


class FailingFile:
    """A file on a disk that gives nothing."""

    def __enter__(self) -> FailingFile:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def read(self, _: int) -> bytes:
        raise OSError(5, "Input/output error")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "mb"),
    [("jsonl", 200), ("jsonl.gz", 40), ("jsonl.zst", 40), ("parquet", 200), ("wet", 40)],
)
def test_huge_document(kind: str, mb: int, tmp_path: Path) -> None:
    lines = mb * 1_000_000 // 20
    text = "a huge line of text\\n" * lines  # as it stands in JSON; 20 bytes of text
    size = 20 * lines
    path = tmp_path / f"a.{kind}"
    line = f'{{"text":"{text}"}}\n{{"text":"after"}}\n'.encode()
    if kind == "parquet":
        table = pa.table(
            {"text": pa.array([text.replace("\\n", "\n"), "after"], pa.large_string())}
        )
        pq.write_table(table, path, use_dictionary=False, write_statistics=False)
    elif kind == "wet":
        head = WARC_HEAD.encode()
        body = text.replace("\\n", "\n").encode()
        path.write_bytes(
            head + b"%d\r\n\r\n" % size + body + b"\r\n\r\n" + head + b"5\r\n\r\nafter"
        )
    else:
        compress = {"jsonl": bytes, "jsonl.gz": gzip.compress, "jsonl.zst": zstandard.compress}
        path.write_bytes(gzip.compress(line, 1) if kind == "jsonl.gz" else compress[kind](line))
    shard = open_shard(find_shards([path])[0])
    sizes = [pc.binary_length(batch["text"]).to_pylist() for batch in shard.batches()]
    assert sizes == [[size], [5]]
    assert shard.tally.text_bytes == size + 5
    assert shard.tally.unreadable == {}
