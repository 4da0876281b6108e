"""Parquet of many writers, damaged pages, odd columns."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import ShardError
from pipeline.reading import parquet
from pipeline.reading.shard import ColumnNames

N = 2000
TABLE = pa.table(
    {
        "extra": pa.array(range(N), pa.float64()),
        "text": [f"Text {i} 中文 " * (i % 50) for i in range(N)],
        "lang": ["eng" if i % 3 else None for i in range(N)],
        "url": [f"http://x/{i}" for i in range(N)],
        "id": [f"d{i}" for i in range(N)],
    }
)
EXPECTED = [
    {
        "id": row["id"],
        "url": row["url"],
        "source": None,
        "lang": row["lang"] and "en",
        "text": row["text"],
    }
    for row in TABLE.to_pylist()
]


def strings(values: list[bytes | None], kind: pa.DataType) -> pa.Array:
    """A string array whose bytes nobody has checked."""
    binary = pa.large_binary() if pa.types.is_large_string(kind) else pa.binary()
    return pa.array(values, binary).view(kind)


@pytest.mark.parametrize("codec", ["none", "snappy", "gzip", "zstd", "lz4", "brotli"])
def test_round_trip_of_codecs(codec: str, tmp_path: Path, read) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(TABLE, path, compression=codec, row_group_size=300)
    rows, tally = read(path)
    assert rows == EXPECTED
    assert tally.stored_bytes == path.stat().st_size
    assert tally.decompressed_bytes > tally.text_bytes
    assert tally.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert tally.unreadable == {}


@pytest.mark.parametrize(
    "kind",
    [
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.binary(),
        pa.large_binary(),
        pa.dictionary(pa.int32(), pa.string()),
        pa.dictionary(pa.int16(), pa.large_string()),
    ],
    ids=str,
)
@pytest.mark.parametrize("dictionary", [True, False])
def test_round_trip_of_types(kind: pa.DataType, dictionary: bool, tmp_path: Path, read) -> None:
    text = TABLE["text"].combine_chunks()
    typed = text.dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else text.cast(kind)
    path = tmp_path / "a.parquet"
    table = TABLE.set_column(1, "text", typed)
    pq.write_table(table, path, use_dictionary=dictionary, row_group_size=700)
    assert read(path)[0] == EXPECTED


def test_integer_ids_null_ids_and_columns_of_other_types(tmp_path: Path, read) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table(
        {
            "id": pa.array([7, None, -1], pa.int64()),
            "source": pa.array([[1], [2], [3]], pa.list_(pa.int8())),
            "url": pa.nulls(3),
            "body": ["a", "b\0", "c"],
        }
    )
    pq.write_table(table, path)
    rows, _ = read(path, columns=ColumnNames(text="body"))
    assert [row["id"] for row in rows] == ["7", "a.parquet:1", "-1"]
    assert [row["text"] for row in rows] == ["a", "b\0", "c"]
    assert {row["source"] for row in rows} == {row["url"] for row in rows} == {None}


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()], ids=str)
def test_bad_rows_are_counted_and_the_others_kept(kind: pa.DataType, tmp_path: Path, read) -> None:
    path = tmp_path / "a.parquet"
    text = strings([b"a", b"\xff\xfe", None, b"d", b"e\xc3"], kind)
    url = strings([None, b"u", b"u", b"\xff", b"u"], pa.string())
    pq.write_table(pa.table({"text": text, "url": url}), path, row_group_size=2)
    rows, tally = read(path)
    assert [(row["id"], row["text"]) for row in rows] == [("a.parquet:0", "a")]
    assert {k: (u.records, u.bytes) for k, u in tally.unreadable.items()} == {
        "invalid-utf8": (3, 2 + 1 + 2),
        "missing-text": (1, 0),
    }
    assert tally.places[0] == "a.parquet: row 2: not UTF-8"
    assert tally.places[1] == "a.parquet: row 3: column 'text' is null"


def test_damaged_pages_lose_one_row_group(tmp_path: Path, read) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(TABLE, path, compression="zstd", row_group_size=500, write_page_checksum=True)
    index = TABLE.schema.get_field_index("text")
    chunk = pq.ParquetFile(path).metadata.row_group(1).column(index)
    stored = bytearray(path.read_bytes())
    at = (chunk.dictionary_page_offset or chunk.data_page_offset) + 60
    stored[at : at + 200] = bytes(200)
    path.write_bytes(stored)
    rows, tally = read(path)
    assert rows == EXPECTED[:500] + EXPECTED[1000:]
    assert tally.unreadable["corrupt-pages"].records == 500
    assert tally.unreadable["corrupt-pages"].bytes == chunk.total_uncompressed_size
    assert tally.places[0].startswith("a.parquet: row group 1: 500 of 500 rows lost: ")


def test_ids_by_position_go_on_after_damage(tmp_path: Path, read) -> None:
    path = tmp_path / "a.parquet"
    table = TABLE.select(["text"])
    pq.write_table(table, path, row_group_size=1000, write_page_checksum=True)
    chunk = pq.ParquetFile(path).metadata.row_group(0).column(0)
    stored = bytearray(path.read_bytes())
    at = (chunk.dictionary_page_offset or chunk.data_page_offset) + 60
    stored[at : at + 200] = bytes(200)
    path.write_bytes(stored)
    rows, _ = read(path)
    assert [row["id"] for row in rows] == [f"a.parquet:{i}" for i in range(1000, 2000)]


def test_file_without_rows(tmp_path: Path, read) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(TABLE.slice(0, 0), path)
    assert read(path)[0] == []


def test_no_text_column(tmp_path: Path, read) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(TABLE.rename_columns(["extra", "content", "lang", "url", "id"]), path)
    with pytest.raises(ShardError, match=r"a\.parquet: no column 'text'") as fault:
        read(path)
    assert "content (string)" in str(fault.value)
    assert "--columns text=NAME" in str(fault.value)


def test_text_column_of_a_wrong_type(tmp_path: Path, read) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": [1, 2]}), path)
    with pytest.raises(ShardError, match="column 'text' is int64, expected text"):
        read(path)


@pytest.mark.parametrize(
    "content", [b"no parquet at all", b"PAR1", b"PAR1" + b"\0" * 100 + b"PAR1"]
)
def test_no_parquet(content: bytes, tmp_path: Path, read) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(content)
    with pytest.raises(ShardError, match=r"a\.parquet: not a Parquet file that can be read"):
        read(path)


def test_truncated_parquet(tmp_path: Path, read) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(TABLE, path)
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(ShardError, match="copied whole"):
        read(path)


def test_rows_read_at_once_follow_the_metadata(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    texts = [os.urandom(5000).hex() for _ in range(2000)]
    pq.write_table(pa.table({"text": texts}), path, use_dictionary=False)
    metadata = pq.ParquetFile(path).metadata
    rows = parquet.rows_at_once(metadata, 0, "text")
    assert 0.9 < rows * 10_004 / parquet.READ_BYTES <= 1.0
    pq.write_table(pa.table({"text": texts[:620]}), path, use_dictionary=False)
    assert parquet.rows_at_once(pq.ParquetFile(path).metadata, 0, "text") == 620
    pq.write_table(pa.table({"text": ["x" * 10_000] * 5000}), path)
    assert parquet.rows_at_once(pq.ParquetFile(path).metadata, 0, "text") <= 1024


def test_real_corpus_against_pyarrow(read) -> None:
    shared = os.environ.get("CORPUSCOST_SHARED")
    if not shared:
        pytest.skip("CORPUSCOST_SHARED is not set: no real corpus at hand")
    path = Path(shared) / "corpora" / "text-00.parquet"
    rows, tally = read(path)
    table = pq.read_table(path, columns=["id", "url", "source", "text"]).to_pylist()
    assert [{k: row[k] for k in ("id", "url", "source", "text")} for row in rows] == table
    assert tally.text_bytes == sum(len(row["text"].encode()) for row in table)
    assert tally.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert tally.unreadable == {}
