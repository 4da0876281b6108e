"""Writing shards in every format that the pipeline reads, the same bytes each time."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

SHARD_NAMES = (
    "part-00.jsonl",
    "part-01.jsonl.gz",
    "part-02.jsonl.zst",
    "part-03.parquet",
    "part-04-large-string.parquet",
    "part-05.warc.wet.gz",
    "part-06.jsonl.gz",
    "part-07.parquet",
    "part-08.warc.wet.gz",
    "part-09.jsonl.zst",
)
"""File names; the kind of a file follows from its name."""

ISO_639_3 = {"en": "eng", "zh": "zho"}

_ROW_GROUP_ROWS = 1000
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # no time, no name, unknown system
_WARC_DATE = "2026-01-01T00:00:00Z"


class Row(Protocol):
    """What a shard tells of a document, beside its text."""

    @property
    def id(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def stated_language(self) -> str | None: ...


def is_wet(name: str) -> bool:
    """Whether a file holds extracted text in WARC records."""
    return name.endswith(".warc.wet.gz")


def write_shard(path: Path, rows: Sequence[Row], texts: Sequence[str]) -> None:
    """Write documents in the format that the name of ``path`` asks for."""
    if path.suffix == ".parquet":
        _write_parquet(path, rows, texts)
    elif is_wet(path.name):
        path.write_bytes(b"".join(_wet_members(path.name, rows, texts)))
    else:
        path.write_bytes(_packed(path.suffix, _json_lines(rows, texts)))


def gzip_member(data: bytes) -> bytes:
    """One gzip member without time and name (RFC 1952), so that equal data gives equal bytes."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = packer.compress(data) + packer.flush()
    return _GZIP_HEADER + body + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def json_line(fields: dict[str, str | None]) -> bytes:
    """One object as a line of UTF-8 JSON."""
    return json.dumps(fields, ensure_ascii=False).encode() + b"\n"


def _packed(suffix: str, data: bytes) -> bytes:
    if suffix == ".gz":
        return gzip_member(data)
    return zstandard.ZstdCompressor(level=3).compress(data) if suffix == ".zst" else data


def _json_lines(rows: Sequence[Row], texts: Sequence[str]) -> bytes:
    return b"".join(
        json_line(
            {
                "id": row.id,
                "url": row.url,
                "source": row.source,
                "lang": row.stated_language,
                "text": text,
            }
        )
        for row, text in zip(rows, texts, strict=True)
    )


def _write_parquet(path: Path, rows: Sequence[Row], texts: Sequence[str]) -> None:
    large = "large-string" in path.name
    text_type = pa.large_string() if large else pa.string()
    table = pa.table(
        {
            "id": pa.array([row.id for row in rows], pa.string()),
            "url": pa.array([row.url for row in rows], pa.string()),
            "source": pa.array([row.source for row in rows], pa.string()),
            "lang": pa.array([row.stated_language for row in rows], pa.string()),
            "text": pa.array(texts, text_type),
        }
    )
    codec = "snappy" if large else "zstd"
    pq.write_table(table, path, compression=codec, row_group_size=_ROW_GROUP_ROWS)


def _wet_members(name: str, rows: Sequence[Row], texts: Sequence[str]) -> Iterable[bytes]:
    """A warcinfo record, then a conversion record per document, each its own gzip member."""
    info = b"Software-Info: corpuscost samples\r\nformat: WARC File Format 1.0\r\n"
    info_id = "<urn:uuid:00000000-0000-4000-a000-000000000000>"
    yield _record(
        {
            "WARC-Type": "warcinfo",
            "WARC-Date": _WARC_DATE,
            "WARC-Filename": name,
            "WARC-Record-ID": info_id,
            "Content-Type": "application/warc-fields",
        },
        info,
    )
    for row, text in zip(rows, texts, strict=True):
        headers = {
            "WARC-Type": "conversion",
            "WARC-Target-URI": row.url,
            "WARC-Date": _WARC_DATE,
            "WARC-Record-ID": f"<urn:uuid:{row.id}>",
            "Content-Type": "text/plain",
        }
        if row.stated_language is not None:
            headers["WARC-Identified-Content-Language"] = ISO_639_3[row.stated_language]
        yield _record(headers, text.encode())


def _record(headers: dict[str, str], content: bytes) -> bytes:
    """A WARC/1.0 record (ISO 28500:2009) as one gzip member."""
    lines = ["WARC/1.0", *(f"{name}: {value}" for name, value in headers.items())]
    lines.append(f"Content-Length: {len(content)}")
    return gzip_member("\r\n".join(lines).encode() + b"\r\n\r\n" + content + b"\r\n\r\n")
