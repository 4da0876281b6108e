"""JSON lines: round trip, faults and their places, odd line ends."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from pathlib import Path

import pytest
import zstandard

from pipeline.reading import compression, jsonl
from pipeline.reading.shard import ColumnNames

ROWS = [
    {
        "id": f"d{i}",
        "url": f"http://x/{i}",
        "source": "web",
        "lang": "en",
        "text": f"Wörter {i} 中 " * i,
    }
    for i in range(300)
]
PLAIN = "".join(
    json.dumps(row, ensure_ascii=i % 2 == 0) + "\n" for i, row in enumerate(ROWS)
).encode()
STORED = {
    "a.jsonl": PLAIN,
    "a.ndjson": PLAIN,
    "a.json": PLAIN,
    "a.jsonl.gz": gzip.compress(PLAIN),
    "a.jsonl.zst": zstandard.compress(PLAIN),
}


@pytest.mark.parametrize("name", STORED)
def test_round_trip(name: str, tmp_path: Path, read) -> None:
    path = tmp_path / name
    path.write_bytes(STORED[name])
    rows, tally = read(path)
    assert rows == ROWS
    assert tally.stored_bytes == len(STORED[name])
    assert tally.decompressed_bytes == len(PLAIN)
    assert tally.sha256 == hashlib.sha256(STORED[name]).hexdigest()
    assert tally.unreadable == {}
    assert tally.places == []


def test_empty_file_is_a_shard_of_no_documents(tmp_path: Path, read) -> None:
    path = tmp_path / "empty.jsonl"
    path.write_bytes(b"")
    rows, tally = read(path)
    assert rows == []
    assert tally.sha256 == hashlib.sha256(b"").hexdigest()


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
def test_compressed_nothing_is_a_shard_of_no_documents(compress, tmp_path: Path, read) -> None:
    path = tmp_path / f"a.jsonl.{'gz' if compress is gzip.compress else 'zst'}"
    path.write_bytes(compress(b""))
    assert read(path)[0] == []
    assert read(path)[1].unreadable == {}


def test_faults_are_counted_with_bytes_and_places(tmp_path: Path, read) -> None:
    lines = [
        b'{"text":"one"}',
        b"",
        b'{"text":7}',
        b"half a li",
        b'{"text":null}',
        b'{"text":"bad \xff"}',
        b'{"id":"given","text":"two"}',
        b'{"text":"three","id":null}',
        b'{"text":"cut',
    ]
    path = tmp_path / "bad.jsonl"
    path.write_bytes(b"\n".join(lines))
    rows, tally = read(path)
    assert [(row["id"], row["text"]) for row in rows] == [
        ("bad.jsonl:0", "one"),
        ("given", "two"),
        ("bad.jsonl:6", "three"),
    ]
    assert {k: (u.records, u.bytes) for k, u in tally.unreadable.items()} == {
        "wrong-type": (1, 10),
        "malformed-line": (2, 9 + 12),
        "missing-text": (1, 13),
        "invalid-utf8": (1, 16),
    }
    assert [place.split(": ")[:2] for place in tally.places] == [
        ["bad.jsonl", f"line {number}"] for number in (3, 4, 5, 6, 9)
    ]
    assert tally.places[1].startswith("bad.jsonl: line 4: not JSON: ")


def test_only_the_first_five_places_of_a_kind_are_named(tmp_path: Path, read) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(b"{}\nx\n" * 20)
    _, tally = read(path)
    assert tally.unreadable["missing-text"].records == 20
    assert tally.unreadable["malformed-line"].records == 20
    assert [place.split(":")[1] for place in tally.places] == [f" line {n}" for n in range(1, 11)]


def test_line_ends_blank_lines_and_byte_order_mark(tmp_path: Path, read) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"text":"a"}\r\n\r\n  \t\n\n{"text":"b"}\r\n   {"text":"c"}')
    rows, tally = read(path)
    assert [row["text"] for row in rows] == ["a", "b", "c"]
    assert [row["id"] for row in rows] == ["a.jsonl:0", "a.jsonl:1", "a.jsonl:2"]
    assert tally.unreadable == {}


def test_nul_characters_stay(tmp_path: Path, read) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text":"a\\u0000b"}\n{"text":"\\u0000"}\n')
    assert [row["text"] for row in read(path)[0]] == ["a\0b", "\0"]


def test_columns_can_be_named(tmp_path: Path, read) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"content":"a","language":"deu","text":5,"id":9}\n')
    rows, _ = read(path, columns=ColumnNames(text="content", lang="language"))
    assert rows == [{"id": "9", "url": None, "source": None, "lang": "de", "text": "a"}]


def test_lines_and_numbers_go_on_over_blocks(tmp_path: Path, read, monkeypatch) -> None:
    monkeypatch.setattr(jsonl, "BLOCK_BYTES", 64)
    monkeypatch.setattr(compression, "CHUNK_BYTES", 33)
    random_ = random.Random(3)
    lines = [
        b""
        if i % 7 == 0
        else b"x"
        if i % 11 == 0
        else b'{"text":"%s"}' % (b"t" * random_.randrange(200))
        for i in range(500)
    ]
    chunks = [b"\n".join(lines)[i : i + 33] for i in range(0, 70_000, 33)]
    blocks = [block.tobytes() for block in jsonl.blocks(chunks)]
    assert b"".join(blocks) == b"\n".join(lines)
    assert len(blocks) > 100
    assert all(block.endswith(b"\n") for block in blocks[:-1])
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\n".join(lines))
    rows, tally = read(path)
    ordinals = [i for i, line in enumerate(line for line in lines if line) if line != b"x"]
    assert [row["id"] for row in rows] == [f"a.jsonl:{ordinal}" for ordinal in ordinals]
    bad = [number for number, line in enumerate(lines, 1) if line == b"x"]
    assert [int(place.split()[2][:-1]) for place in tally.places] == bad[:5]


def test_a_line_longer_than_a_block(tmp_path: Path, read) -> None:
    text = "é" * (jsonl.BLOCK_BYTES + 5)
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"text":"{text}"}}\n{{"text":"after"}}\n', encoding="utf-8")
    rows, tally = read(path)
    assert [len(row["text"]) for row in rows] == [len(text), 5]
    assert tally.unreadable == {}
