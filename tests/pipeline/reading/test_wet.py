"""WET: headers into columns, and every way in which an archive can be damaged."""

from __future__ import annotations

import gzip
import hashlib
import os
from pathlib import Path

import pytest
import zstandard

from pipeline.errors import ShardError
from pipeline.reading.tally import ReadTally
from pipeline.reading.wet import pieces


def record(
    text: bytes, id_: str, kind: str = "conversion", length: object = None, **extra: str
) -> bytes:
    """A record as Common Crawl writes it; keywords are further headers."""
    fields = {
        "WARC-Type": kind,
        "WARC-Target-URI": f"http://x/{id_}",
        "WARC-Record-ID": f"<urn:uuid:{id_}>",
        **{name.replace("_", "-"): value for name, value in extra.items()},
        "Content-Type": "text/plain",
        "Content-Length": str(len(text) if length is None else length),
    }
    head = "WARC/1.0\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields.items()) + "\r\n"
    return head.encode("latin-1") + text + b"\r\n\r\n"


INFO = record(b"software: x\r\n", "info", "warcinfo")
FIRST = record("wörld \0 中".encode(), "a", WARC_Identified_Content_Language="zho,eng")
SECOND = record(b"second", "b")
THIRD = record(b"", "c", WARC_Identified_Content_Language="eng")
WHOLE = INFO + FIRST + SECOND + THIRD


def parse(stored: bytes, chunk: int = 1000) -> tuple[list[str], ReadTally]:
    tally = ReadTally()
    chunks = iter([stored[i : i + chunk] for i in range(0, len(stored), chunk)])
    return [id_ for p in pieces(chunks, "s", tally) for id_ in p["id"].to_pylist()], tally


@pytest.mark.parametrize("name", ["a.warc.wet.gz", "a.wet.gz", "a.warc.gz", "a.wet", "a.wet.zst"])
def test_round_trip(name: str, tmp_path: Path, read) -> None:
    members = [INFO, FIRST, SECOND, THIRD]
    if name.endswith("gz"):
        members = [gzip.compress(member) for member in members]
    if name.endswith("zst"):
        members = [zstandard.compress(member) for member in members]
    path = tmp_path / name
    path.write_bytes(b"".join(members))
    rows, tally = read(path)
    assert rows == [
        {"id": "a", "url": "http://x/a", "source": None, "lang": "zh", "text": "wörld \0 中"},
        {"id": "b", "url": "http://x/b", "source": None, "lang": None, "text": "second"},
        {"id": "c", "url": "http://x/c", "source": None, "lang": "en", "text": ""},
    ]
    assert tally.decompressed_bytes == len(WHOLE)
    assert tally.stored_bytes == path.stat().st_size
    assert tally.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert tally.unreadable == {}


def test_records_without_an_id_are_named_by_position(tmp_path: Path, read) -> None:
    path = tmp_path / "a.wet"
    path.write_bytes(INFO + FIRST + SECOND.replace(b"WARC-Record-ID: <urn:uuid:b>\r\n", b""))
    assert [row["id"] for row in read(path)[0]] == ["a", "a.wet:1"]


DAMAGED = {
    "body cut": (INFO + FIRST + SECOND[:-7], ["a"], {"truncated-record": (1, 3)}),
    "header cut": (INFO + FIRST + SECOND[:40], ["a"], {"truncated-record": (1, 0)}),
    "last line ends cut": (WHOLE[:-4], ["a", "b", "c"], {}),
    "bytes between": (
        INFO + FIRST + b"no record here, no\r\n\r\n" + SECOND,
        ["a", "b"],
        {"corrupt-archive": (1, 26)},
    ),
    "bytes at the end": (WHOLE + b"\0" * 100, ["a", "b", "c"], {"corrupt-archive": (1, 104)}),
    "length too small": (
        INFO + record(b"twenty bytes of text", "x", length=6) + SECOND,
        ["x", "b"],
        {"corrupt-archive": (1, 18)},
    ),
    "length beyond the end": (
        INFO + FIRST + record(b"text", "x", length=10**15),
        ["a"],
        {"truncated-record": (1, 8)},
    ),
    "no number as length": (
        INFO + record(b"", "x", length="abc") + SECOND,
        ["b"],
        {"truncated-record": (1, 0)},
    ),
    "not UTF-8": (INFO + record(b"\xff", "x") + SECOND, ["b"], {"invalid-utf8": (1, 1)}),
    "url not UTF-8": (
        INFO + SECOND.replace(b"http://x/b", b"http://x/\xff") + FIRST,
        ["a"],
        {"invalid-utf8": (1, 6)},
    ),
    "line feeds alone": (WHOLE.replace(b"\r\n", b"\n"), ["a", "b", "c"], {}),
}


@pytest.mark.parametrize("name", DAMAGED)
@pytest.mark.parametrize("chunk", [7, 100_000])
def test_damage(name: str, chunk: int) -> None:
    stored, ids, kinds = DAMAGED[name]
    if name == "line feeds alone":
        stored = stored.replace(b"Content-Length: 13", b"Content-Length: 12")
    found, tally = parse(stored, chunk)
    assert found == ids
    assert {k: (u.records, u.bytes) for k, u in tally.unreadable.items()} == kinds


def test_truncated_archive_keeps_whole_records(tmp_path: Path, read) -> None:
    path = tmp_path / "a.warc.wet.gz"
    texts = [os.urandom(400).hex().encode() for _ in range(50)]
    members = [gzip.compress(record(text, str(i))) for i, text in enumerate(texts)]
    path.write_bytes(gzip.compress(INFO) + b"".join(members)[:-200])
    rows, tally = read(path)
    assert [row["text"].encode() for row in rows] == texts[:-1]
    assert sorted(tally.unreadable) == ["truncated-archive", "truncated-record"]
    assert tally.places[-1].startswith("a.warc.wet.gz: record 50: ") or tally.places[0].startswith(
        "a.warc.wet.gz: record 50: "
    )


def test_pages_are_no_extracted_text(tmp_path: Path, read) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(
        gzip.compress(INFO) + gzip.compress(record(b"HTTP/1.1 200 OK\r\n", "p", "response"))
    )
    with pytest.raises(ShardError, match="type 'response', expected 'conversion'"):
        read(path)


def test_no_warc(tmp_path: Path, read) -> None:
    path = tmp_path / "a.wet.gz"
    path.write_bytes(gzip.compress(b'{"text":"a"}\n'))
    with pytest.raises(ShardError, match="not WARC: begins with"):
        read(path)


def test_real_pages_are_refused(read) -> None:
    shared = os.environ.get("CORPUSCOST_SHARED")
    if not shared:
        pytest.skip("CORPUSCOST_SHARED is not set: no real pages at hand")
    with pytest.raises(ShardError, match="extract the text first"):
        read(Path(shared) / "corpora" / "pages.warc.gz")
