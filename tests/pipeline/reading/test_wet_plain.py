"""Records found by compiled code are those of the WARC library, wherever a surprise comes."""

from __future__ import annotations

import re
import zlib
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels import warc_scan
from pipeline.reading import wet, wet_plain
from pipeline.reading.tally import ReadTally
from pipeline.reading.wet_plain import PlainRecords

Read = tuple[list[dict[str, object]], dict[str, object], list[str]]


def record(
    text: bytes = b"text",
    headers: bytes = b"",
    kind: bytes = b"conversion",
    end: bytes = b"\r\n\r\n",
) -> bytes:
    fields = b"WARC-Type: %b\r\nWARC-Record-ID: <urn:uuid:%x>\r\n" % (kind, zlib.crc32(text))
    length = b"Content-Length: %d\r\n" % len(text)
    return b"WARC/1.0\r\n" + fields + headers + length + b"\r\n" + text + end


PLAIN = [
    record(),
    record(b""),
    record("wörter 中 \0 \\n".encode() * 9),
    record(b"WARC/1.0\r\nWARC-Type: conversion\r\n\r\n"),
    record(b"x" * 700, b"WARC-Target-URI: http://x/?a=b c\r\n"),
    record(b"lang", b"WARC-Identified-Content-Language: zho,eng\r\nX-Other: \xc3\xa9 : 1\r\n"),
    record(b"cases", b"warc-target-uri: http://lower/\r\nA: b\r\n"),
    record(b"info", kind=b"warcinfo"),
    record(b"new").replace(b"WARC/1.0", b"WARC/1.1"),
    record(b"brackets").replace(b"<urn:uuid:", b"<"),
    record(b"none").replace(b"<urn:uuid:", b""),
    record(b"no id").replace(b"WARC-Record-ID", b"WARC-Refers-To"),
    record(b"bad \xff"),
    record(b"bad url", b"WARC-Target-URI: http://x/\xff\r\n"),
]
OTHER = [
    record(b"page", kind=b"response"),
    record(b"case", kind=b"Conversion"),
    record(b"folded", b"X-Long: a\r\n b\r\n"),
    record(b"tab", b"WARC-Target-URI:\thttp://tab/\r\n"),
    record(b"no space", b"WARC-Target-URI:http://x/\r\n"),
    record(b"spaces", b"WARC-Target-URI:   http://x/  \r\n"),
    record(b"empty", b"WARC-Target-URI: \r\n"),
    record(b"twice", b"WARC-Target-URI: http://1/\r\nWARC-Target-URI: http://2/\r\n"),
    record(b"two lengths", b"Content-Length: 3\r\n"),
    record(b"no colon", b"nonsense\r\n"),
    record(b"name", b"A b: c\r\n"),
    record(b"line feeds").replace(b"\r\n", b"\n"),
    record(b"one end", end=b"\r\n"),
    record(b"many ends", end=b"\r\n\r\n\r\n\r\n"),
    record(b"no end", end=b""),
    record(b"long").replace(b"Length: 4", b"Length: 9"),
    record(b"short").replace(b"Length: 5", b"Length: 2"),
    record(b"words").replace(b"Length: 5", b"Length: five"),
    record(b"plus").replace(b"Length: 4", b"Length: +4"),
    record(b"large").replace(b"Length: 5", b"Length: 1" + b"0" * 20),
    record(b"no type").replace(b"WARC-Type: conversion\r\n", b""),
    record(b"no length").replace(b"Content-Length", b"Content-Size"),
    record(b"version").replace(b"WARC/1.0", b"WARC/2.0"),
    record(b"version").replace(b"WARC/1.0", b"WARC/1.00"),
    b"no record at all\r\n\r\n",
    b"\0" * 40,
    b"\r\n",
]


def chunks(stored: bytes, size: int) -> list[bytes]:
    return [stored[i : i + size] for i in range(0, len(stored), size)]


def outcome(pieces, tally: ReadTally) -> Read:
    rows = [row for piece in pieces for row in piece.to_pylist()]
    # Faults of the columns are seen a batch at a time, those of records as they come.
    places = sorted(tally.places)
    return rows, {kind: asdict(u) for kind, u in tally.unreadable.items()}, places


def read(stored: bytes, size: int) -> Read:
    tally = ReadTally()
    return outcome(wet.pieces(iter(chunks(stored, size)), "s", tally), tally)


def by_library(stored: bytes, size: int) -> Read:
    tally = ReadTally()
    untouched = PlainRecords(iter(chunks(stored, size)))
    return outcome(wet._others(untouched, 0, "s", tally), tally)


@pytest.mark.parametrize("other", OTHER)
def test_a_surprise_is_left_to_the_library(other: bytes) -> None:
    stored = b"".join(PLAIN) + other + b"".join(PLAIN)
    assert read(stored, 1 << 20) == by_library(stored, 1 << 20)
    found = warc_scan.scan(np.frombuffer(other + PLAIN[0], np.uint8), 0)
    assert found.after != warc_scan.PLAIN or other in (record(b"many ends"),)


def test_plain_records_are_all_found() -> None:
    stored = b"".join(PLAIN)
    found = warc_scan.scan(np.frombuffer(stored, np.uint8), 0)
    assert found.after == warc_scan.PLAIN
    assert np.diff(found.starts).tolist() == [len(plain) for plain in PLAIN]
    assert found.is_conversion.tolist() == [b"warcinfo" not in plain for plain in PLAIN]
    plain = PlainRecords(iter([stored]))
    assert sum(len(records.is_conversion) for _, records in plain) == len(PLAIN)
    assert b"".join(plain.rest) == b""
    assert plain.position == len(stored)


def test_every_cut_is_read_as_by_the_library(monkeypatch) -> None:
    stored = PLAIN[5] + PLAIN[7] + PLAIN[2] + PLAIN[1] + PLAIN[0]
    for block in (1, 300, 1 << 20):
        monkeypatch.setattr(wet_plain, "BLOCK_BYTES", block)
        for cut in range(len(stored) + 1):
            assert read(stored[:cut], 97) == by_library(stored[:cut], 97), (block, cut)


def test_more_records_than_are_found_at_once(monkeypatch) -> None:
    stored = b"".join(record(b"%d" % i) for i in range(2 * warc_scan.RECORDS_AT_ONCE + 7))
    rows, unreadable, _ = read(stored, 100_000)
    assert [row["text"] for row in rows] == [str(i) for i in range(len(rows))]
    assert len(rows) == 2 * warc_scan.RECORDS_AT_ONCE + 7
    assert unreadable == {}


def test_places_after_a_surprise_count_from_the_start_of_the_stream() -> None:
    before = b"".join(PLAIN[:6])
    rows, _, places = read(before + b"no record at all\r\n\r\n" + PLAIN[0], 50)
    assert len(rows) == 7
    (place,) = places
    found = re.fullmatch(r"s: byte (\d+): no WARC record", place)
    assert found is not None
    assert int(found[1]) == len(before) - 4  # where the text of the last record ends


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from([*PLAIN, *PLAIN, *PLAIN, *OTHER]), max_size=12),
    st.sampled_from([1, 7, 64, 1000, 1 << 20]),
    st.sampled_from([1, 200, 1 << 20]),
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=2),
    st.integers(0, 30),
)
def test_any_stream_is_read_as_by_the_library(
    parts: list[bytes], size: int, block: int, damage: list[tuple[int, int]], cut: int
) -> None:
    stored = bytearray(b"".join(parts))
    for at, byte in damage:
        if at < len(stored):
            stored[at] = byte
    whole = bytes(stored[: len(stored) - cut])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wet_plain, "BLOCK_BYTES", block)
        assert read(whole, size) == by_library(whole, size)
