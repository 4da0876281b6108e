"""Every shard is read back with the library of its format, without our own readers."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from fastwarc.warc import ArchiveIterator, WarcRecordType

from samples.shards import SHARD_NAMES, gzip_member, is_wet

LANGUAGES = {"eng": "en", "zho": "zh", None: None}


def wet_rows(path: Path) -> list[dict[str, Any]]:
    rows = []
    with path.open("rb") as stream:
        for record in ArchiveIterator(stream, record_types=WarcRecordType.conversion):
            text = record.reader.read()
            headers = record.headers
            assert headers["Content-Type"] == "text/plain"
            assert int(headers["Content-Length"]) == len(text)
            assert headers["WARC-Date"]
            rows.append(
                {
                    "id": headers["WARC-Record-ID"].removeprefix("<urn:uuid:").removesuffix(">"),
                    "url": headers["WARC-Target-URI"],
                    "lang": LANGUAGES[headers.get("WARC-Identified-Content-Language")],
                    "text": text.decode(),
                }
            )
    return rows


def rows_of(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    if is_wet(path.name):
        return wet_rows(path)
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    if path.suffix == ".zst":
        data = zstandard.decompress(data)
    # a text may hold line separators that str.splitlines() takes for line ends, but no newline
    return [json.loads(line) for line in data.split(b"\n") if line]


@pytest.mark.parametrize("number", range(len(SHARD_NAMES)))
def test_a_shard_holds_its_documents(corpus, number: int) -> None:  # type: ignore[no-untyped-def]
    rows = rows_of(corpus.directory / "shards" / SHARD_NAMES[number])
    expected = [d for d in corpus.documents if d.shard == number]
    assert len(expected) > 20
    assert [row["text"] for row in rows] == [d.draft.text for d in expected]
    assert [row["id"] for row in rows] == [d.id for d in expected]
    assert [row["url"] for row in rows] == [d.url for d in expected]
    assert [row["lang"] for row in rows] == [d.stated_language for d in expected]
    if not is_wet(SHARD_NAMES[number]):
        assert [row["source"] for row in rows] == [d.source for d in expected]


def test_parquet_types_and_codecs(corpus) -> None:  # type: ignore[no-untyped-def]
    folder = corpus.directory / "shards"
    plain, large = folder / "part-03.parquet", folder / "part-04-large-string.parquet"
    assert pq.read_schema(plain).field("text").type == pa.string()
    assert pq.read_schema(large).field("text").type == pa.large_string()
    codecs = [pq.read_metadata(path).row_group(0).column(4).compression for path in (plain, large)]
    assert codecs == ["ZSTD", "SNAPPY"]


def test_wet_records_are_gzip_members_of_their_own(corpus) -> None:  # type: ignore[no-untyped-def]
    data = (corpus.directory / "shards" / "part-05.warc.wet.gz").read_bytes()
    members = []
    while data:
        member = zlib.decompressobj(wbits=31)
        members.append(member.decompress(data))
        data = member.unused_data
    assert len(members) == 1 + sum(d.shard == 5 for d in corpus.documents)
    assert members[0].startswith(b"WARC/1.0\r\nWARC-Type: warcinfo\r\n")
    assert all(m.startswith(b"WARC/1.0\r\nWARC-Type: conversion\r\n") for m in members[1:])


def test_gzip_members_hold_no_time() -> None:
    member = gzip_member(b"text" * 100)
    assert gzip.decompress(member) == b"text" * 100
    assert member[4:8] == bytes(4)
