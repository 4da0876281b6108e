"""Texts over the largest size are cut while they are read; what is said of them stays the same."""

from __future__ import annotations

from typing import Any

import pyarrow.compute as pc
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.reading import jsonl, long_lines, wet, wet_plain
from pipeline.reading.columns import ColumnNames
from pipeline.reading.tally import ReadTally

LIMIT = 40
PARTS = [
    b"plain words ",
    "é中😀".encode(),
    rb"\"\\\/\b\f\n\r\t",
    rb"\u0041\u00e9\u4e2d\ud83d\ude00",
    b"{[,:]}",
]
FAULTS = [b"\xff", b"\xe4\xb8", b"\x01", rb"\x", rb"\u12g4", rb"\ud800", rb"\udc00\ud800", b'"']
contents = st.lists(st.sampled_from([*PARTS, *PARTS, *PARTS, *FAULTS]), max_size=24).map(b"".join)
sound = st.lists(st.sampled_from(PARTS), max_size=24).map(b"".join)
fields = st.sampled_from([b'"id": 7', b'"lang":"en"', b'"x": NaN', b'"\\u0061": [{"b": "c"}]'])
fill = st.tuples(st.sampled_from([b"text", b"text", b"html"]), st.one_of(contents, sound)).map(
    lambda pair: b'"%s": "%s"' % pair
)
lines = st.lists(st.one_of(fields, fill, fill), max_size=4).map(
    lambda all_: b"{" + b", ".join(all_) + b"}"
)
broken = st.one_of(lines, lines, lines.map(lambda line: line[:-3]), lines.map(lambda x: x + b" {}"))
slow = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def told(batches: Any, tally: ReadTally) -> tuple[Any, ...]:
    """What is known of a shard after its large texts are dropped, and before."""
    rows: list[Any] = []
    for batch in batches:
        tally.documents += batch.num_rows
        for row, size in zip(
            batch.to_pylist(), pc.binary_length(batch["text"]).to_pylist(), strict=True
        ):
            text = row.pop("text").encode()
            rows.append((row, size, text if size <= LIMIT else text[:LIMIT]))
    return (
        rows,
        {kind: (x.records, x.bytes) for kind, x in tally.unreadable.items()},
        tally.documents,
    )


def places(tally: ReadTally) -> list[str]:
    """Without what is found there, which is of the shortened line."""
    return [place.split(": not JSON")[0] for place in tally.places]


def in_chunks(data: bytes, size: int) -> Any:
    return iter([data[at : at + size] for at in range(0, len(data), size)])


@settings(slow, max_examples=400)
@given(st.lists(broken, max_size=5), st.integers(1, 70), st.integers(1, 30))
def test_json_lines_are_told_as_without_cutting(monkeypatch, rows, chunk_bytes, slice_bytes):
    monkeypatch.setattr(jsonl, "BLOCK_BYTES", 16)
    monkeypatch.setattr(long_lines, "_SLICE_BYTES", slice_bytes)
    stream = b"\n".join(rows)
    found = []
    for limit in (None, LIMIT):
        tally = ReadTally()
        pieces = jsonl.pieces(in_chunks(stream, chunk_bytes), "s", ColumnNames(), tally, limit)
        found.append((told(pieces, tally), places(tally)))
    assert found[0] == found[1]


def record(text: bytes, number: int, **changes: Any) -> bytes:
    kind, length = changes.get("kind", b"conversion"), changes.get("length", len(text))
    header = b"WARC/1.0\r\nWARC-Type: %s\r\nWARC-Record-ID: <urn:uuid:%d>\r\n" % (kind, number)
    end = changes.get("end", b"\r\n\r\n")
    return header + b"Content-Length: %d\r\nX: y\r\n\r\n" % length + text + end


changes = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.just(b"warcinfo"),
        "length": st.sampled_from([3, 90, 5000]),
        "end": st.sampled_from([b"", b"\n\n", b"junk of 12 b"]),
    },
)
usual = st.tuples(contents | sound, st.just({}))
records = st.lists(st.one_of(usual, usual, st.tuples(contents | sound, changes)), max_size=6)


@settings(slow, max_examples=300)
@given(records, st.integers(1, 300), st.integers(0, 40))
def test_wet_records_are_told_as_without_cutting(monkeypatch, rows, chunk_bytes, missing_bytes):
    monkeypatch.setattr(wet_plain, "BLOCK_BYTES", 16)
    stream = b"".join(record(text, n, **change) for n, (text, change) in enumerate(rows))
    stream = stream[: len(stream) - missing_bytes]
    found = []
    for limit in (None, LIMIT):
        tally = ReadTally()
        pieces = wet.pieces(in_chunks(stream, chunk_bytes), "s", tally, limit)
        found.append((told(pieces, tally), sorted(tally.places)))
    assert found[0] == found[1]
