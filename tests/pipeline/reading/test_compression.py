"""Cut and damaged gzip and zstd streams: what is sound is kept, the rest is counted."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import zlib
from pathlib import Path

import pytest
import zstandard

from pipeline.reading.compression import GzipDecoder, PlainDecoder, ZstdDecoder, decoded
from pipeline.reading.tally import ReadTally

RANDOM = random.Random(5)
LINES = [json.dumps({"text": RANDOM.randbytes(300).hex()}) for _ in range(8000)]
PLAIN = ("\n".join(LINES) + "\n").encode()
SUFFIX = {"gz": gzip.compress, "zst": zstandard.compress}


def decode(kind: str, data: bytes) -> tuple[bytes, ReadTally]:
    tally = ReadTally(stored_bytes=len(data))
    decoder = GzipDecoder() if kind == "gz" else ZstdDecoder()
    return b"".join(decoded(iter((data,)), decoder, tally, "s")), tally


@pytest.mark.parametrize("kind", SUFFIX)
def test_members_and_frames_follow_each_other(kind: str) -> None:
    compress = SUFFIX[kind]
    content, tally = decode(kind, compress(b"one") + compress(b"") + compress(b"two"))
    assert content == b"onetwo"
    assert tally.decompressed_bytes == 6
    assert tally.unreadable == {}


def test_padding_of_gzip_and_skippable_frames_of_zstd() -> None:
    padded = gzip.compress(b"a") + b"\0" * 512 + gzip.compress(b"b") + b"\0" * 70_000
    assert decode("gz", padded)[0] == b"ab"
    assert decode("gz", padded)[1].unreadable == {}
    skippable = b"\x50\x2a\x4d\x18\x04\0\0\0skip"
    assert decode("zst", skippable + zstandard.compress(b"a") + skippable)[0] == b"a"


@pytest.mark.parametrize("kind", SUFFIX)
def test_every_cut_of_a_small_file_is_seen(kind: str) -> None:
    stored = SUFFIX[kind](b"some text that is long enough " * 3)
    for cut in range(1, len(stored)):
        content, tally = decode(kind, stored[:cut])
        assert (b"some text that is long enough " * 3).startswith(content)
        assert {k: u.records for k, u in tally.unreadable.items()} == {"truncated-archive": 1}
        assert tally.places == [f"s: byte {cut}: the compressed stream is cut off"]


def test_every_cut_of_many_gzip_members_gives_all_that_is_sound() -> None:
    parts = [b"", b"first " * 9, RANDOM.randbytes(40), b"x", b"last"]
    members = [gzip.compress(part) for part in parts]
    stored = b"".join(members)
    borders = {sum(map(len, members[:n])) for n in range(1, len(members) + 1)}
    for cut in range(1, len(stored) + 1):
        content, tally = decode("gz", stored[:cut])
        assert content == _by_zlib(stored[:cut])
        kinds = {} if cut in borders else {"truncated-archive": 1}
        assert {k: u.records for k, u in tally.unreadable.items()} == kinds


def test_every_flipped_byte_of_many_gzip_members_gives_what_zlib_gives() -> None:
    stored = b"".join(gzip.compress(part) for part in (b"first " * 9, RANDOM.randbytes(40), b"x"))
    for at in range(len(stored)):
        damaged = stored[:at] + bytes([stored[at] ^ 0x55]) + stored[at + 1 :]
        assert decode("gz", damaged)[0] == _by_zlib(damaged), at


def _by_zlib(stored: bytes) -> bytes:
    """What the standard library gives of gzip members, byte by byte up to the first fault."""
    content, member, begun = b"", zlib.decompressobj(31), 0
    for at in range(len(stored)):
        if not begun and at and stored[at] == 0:
            continue  # padding
        try:
            content += member.decompress(stored[at : at + 1])
        except zlib.error:
            return content
        begun += 1
        if member.eof:
            member, begun = zlib.decompressobj(31), 0
    return content


@pytest.mark.parametrize("kind", SUFFIX)
def test_truncated_file_gives_all_lines_before_the_cut(kind: str, tmp_path: Path, read) -> None:
    stored = SUFFIX[kind](PLAIN)[:-300_000]
    path = tmp_path / f"a.jsonl.{kind}"
    path.write_bytes(stored)
    rows, tally = read(path)
    library = (
        zlib.decompressobj(31).decompress(stored)
        if kind == "gz"
        else zstandard.ZstdDecompressor().decompressobj().decompress(stored)
    )
    whole = library.split(b"\n")[:-1]
    assert [row["text"] for row in rows] == [json.loads(line)["text"] for line in whole]
    assert len(rows) > 1000
    kinds = {k: (u.records, u.bytes) for k, u in tally.unreadable.items()}
    assert kinds.pop("truncated-archive") == (1, 0)
    assert kinds == {"malformed-line": (1, len(library.split(b"\n")[-1]))}
    assert tally.stored_bytes == len(stored)
    assert tally.sha256 == hashlib.sha256(stored).hexdigest()


@pytest.mark.parametrize("kind", SUFFIX)
def test_damage_in_the_middle_keeps_what_came_before(kind: str, tmp_path: Path, read) -> None:
    first, second = PLAIN[: len(PLAIN) // 2], PLAIN[len(PLAIN) // 2 :]
    sound = SUFFIX[kind](first)
    damaged = sound + b"no compressed data" + SUFFIX[kind](second)
    path = tmp_path / f"a.jsonl.{kind}"
    path.write_bytes(damaged)
    rows, tally = read(path)
    kept = [json.loads(line)["text"] for line in first.split(b"\n")[:-1]]
    assert [row["text"] for row in rows] == kept
    assert tally.unreadable["corrupt-archive"].records == 1
    slice_bytes = GzipDecoder.slice_bytes if kind == "gz" else 0  # zstd's blocks are known
    lost = tally.unreadable["corrupt-archive"].bytes
    assert len(damaged) - len(sound) <= lost <= len(damaged) - len(sound) + slice_bytes
    assert tally.stored_bytes == len(damaged)
    assert tally.sha256 == hashlib.sha256(damaged).hexdigest()


def test_wrong_checksum_of_gzip_keeps_the_text() -> None:
    stored = bytearray(gzip.compress(b"all of this is sound"))
    stored[-6] ^= 1
    content, tally = decode("gz", bytes(stored))
    assert content == b"all of this is sound"
    assert list(tally.unreadable) == ["corrupt-archive"]


def test_gzip_bomb_comes_in_bounded_pieces() -> None:
    bomb = gzip.compress(b"a" * 50_000_000)
    pieces = list(decoded(iter((bomb,)), GzipDecoder(), ReadTally(), "s"))
    assert sum(map(len, pieces)) == 50_000_000
    assert max(map(len, pieces)) <= 4 << 20


def test_cut_bomb_gives_what_is_pending_at_the_bound_of_output() -> None:
    bomb = gzip.compress(b"a" * 9_000_000)
    sizes = {cut: len(zlib.decompressobj(31).decompress(bomb[:cut])) for cut in range(4060, 4110)}
    assert min(sizes.values()) < 4 << 20 < max(sizes.values())
    assert {cut: len(decode("gz", bomb[:cut])[0]) for cut in sizes} == sizes


def test_plain_data_passes() -> None:
    tally = ReadTally()
    assert list(decoded(iter((b"a", b"b")), PlainDecoder(), tally, "s")) == [b"a", b"b"]
    assert tally.decompressed_bytes == 2


def test_zstd_output_comes_in_blocks_however_well_it_compresses() -> None:
    text = b"the same again and again " * 2_000_000
    skippable = b"\x50\x2a\x4d\x18" + (300).to_bytes(4, "little") + bytes(300)
    parameters = zstandard.ZstdCompressionParameters.from_level(3, write_checksum=True)
    stored = zstandard.ZstdCompressor(compression_params=parameters).compress(text)
    without_size = zstandard.ZstdCompressor(write_content_size=False).compress(b"end")
    stream = skippable + stored + skippable + without_size + zstandard.compress(b"")
    for chunk_bytes in (1, 7, 1 << 20):
        tally = ReadTally()
        chunks = (stream[at : at + chunk_bytes] for at in range(0, len(stream), chunk_bytes))
        outputs = list(decoded(chunks, ZstdDecoder(), tally, "s"))
        assert max(map(len, outputs)) <= 1 << 17
        assert b"".join(outputs) == text + b"end"
        assert tally.unreadable == {}
