"""A file read once, in order: hashed, counted and decompressed, its faults counted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

import zstandard
from zlib_ng import zlib_ng

from pipeline.errors import ShardError
from pipeline.reading.tally import CORRUPT_ARCHIVE, TRUNCATED_ARCHIVE, ReadTally
from pipeline.reading.zstd_parts import ZstdParts

Progress = Callable[[int], None]

CHUNK_BYTES = 1 << 20
GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGICS = (b"\x28\xb5\x2f\xfd", *(bytes([0x50 + i]) + b"\x2a\x4d\x18" for i in range(16)))
_GZIP_OUTPUT_BYTES = 4 << 20
_LEAST_STEP_BYTES = 1 << 10
_ZSTD_WINDOW_BYTES = 1 << 31  # what `zstd --long=31` may ask for


_GzipError = cast("type[Exception]", zlib_ng.error)  # its stub says that it is an instance


class CorruptArchiveError(Exception):
    """Compressed data that cannot be decoded from byte ``at`` of the chunk on, or shortly after.

    The message is the library's.
    """

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


class StoredFile:
    """A file as it lies on disk: hashed and counted while it is read from start to end."""

    def __init__(self, path: Path, tally: ReadTally, progress: Progress | None = None) -> None:
        self._path = path
        self._tally = tally
        self._progress = progress
        self._digest = hashlib.sha256()

    def chunks(self) -> Iterator[bytes]:
        """All bytes, 1 MiB at a time; raises ShardError when the disk fails."""
        with self._path.open("rb") as file:
            while chunk := self._next(file):
                self._digest.update(chunk)
                self._tally.stored_bytes += len(chunk)
                if self._progress is not None:
                    self._progress(self._tally.stored_bytes)
                yield chunk

    def _next(self, file: BinaryIO) -> bytes:
        try:
            return file.read(CHUNK_BYTES)
        except OSError as error:
            place = f"{self._path}: byte {self._tally.stored_bytes}"
            raise ShardError(f"{place}: reading failed: {error.strerror}") from error

    def sha256(self) -> str:
        """Hex digest of what has been read so far."""
        return self._digest.hexdigest()


class Decoder(Protocol):
    """Decodes a compressed stream chunk by chunk."""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """What ``chunk`` decodes to, in parts; CorruptArchiveError after all sound data."""

    def finish(self) -> Iterator[bytes]:
        """What is left at the end of the file."""

    @property
    def complete(self) -> bool:
        """Whether the stream may end here."""


class PlainDecoder:
    """No compression."""

    complete = True

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        yield chunk

    def finish(self) -> Iterator[bytes]:
        return iter(())


class GzipDecoder:
    """Gzip with any number of members, zero padding between or after them allowed (RFC 1952).

    zlib-ng is zlib with vector instructions: the same interface and results, twice as fast.
    """

    slice_bytes = 1 << 16

    def __init__(self) -> None:
        self._member: Any = None
        self._members = 0
        self._member_bytes = 0  # stored, of the member begun
        self._step = self.slice_bytes

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        for start in range(0, len(chunk), self.slice_bytes):
            try:
                yield from self._feed_slice(chunk[start : start + self.slice_bytes])
            except _GzipError as error:
                raise CorruptArchiveError(str(error), start) from error

    def _feed_slice(self, data: bytes) -> Iterator[bytes]:
        at = 0
        while at < len(data):
            # A copy of the window for each of many small members would cost more than they do.
            before = self._member.copy() if self._member is not None else None
            if self._member is None:
                at += _padding(data, at) if self._members else 0
                if at == len(data):
                    return
                self._member = _gzip_member()
                self._members += 1
                self._member_bytes = 0
            part = data[at : at + self._step]
            try:
                output = self._member.decompress(part, _GZIP_OUTPUT_BYTES)
            except _GzipError:
                yield _sound_part(before or _gzip_member(), data[at:])
                raise
            yield output
            at += self._advance(len(part))

    def _advance(self, fed_bytes: int) -> int:
        """How much of what was fed has been used.

        Each member copies what follows it, hence no more than about one of them is fed at once.
        """
        rest = self._member.unused_data or self._member.unconsumed_tail
        used = fed_bytes - len(rest)
        self._member_bytes += used
        self._step = self.slice_bytes
        if self._member.eof:
            self._step = min(2 * self._member_bytes + _LEAST_STEP_BYTES, self.slice_bytes)
            self._member = None
        return used

    def finish(self) -> Iterator[bytes]:
        if self._member is None:
            return
        yield self._member.flush()
        if self._member.eof:
            self._member = None

    @property
    def complete(self) -> bool:
        return self._member is None


class ZstdDecoder:
    """Zstandard with any number of frames (RFC 8878).

    The library gives no output of an input that fails, and has no bound on it: some bytes may
    decode to 128 KiB, so that 8 KiB may give 256 MB. Hence it is fed block by block.
    """

    def __init__(self) -> None:
        self._context = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES)
        self._frame: Any = None
        self._parts = ZstdParts()
        self._waiting = b""  # of a part that is not whole

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        data, at = self._waiting + chunk, 0
        first = len(data) - len(chunk)
        while part := self._parts.next_bytes(data, at):
            if self._frame is None:
                self._frame = self._context.decompressobj()
            try:
                output = self._frame.decompress(data[at : at + part])
            except zstandard.ZstdError as error:
                raise CorruptArchiveError(str(error), at - first) from error
            if output:
                yield output
            if self._frame.eof:
                self._frame = None
            at += part
        self._waiting = data[at:]

    def finish(self) -> Iterator[bytes]:
        return iter(())

    @property
    def complete(self) -> bool:
        return self._frame is None and not self._waiting


def decoder_of(kind: str) -> Decoder:
    """The decoder of a format as ``ShardFile`` names it."""
    if kind.endswith(".gz"):
        return GzipDecoder()
    return ZstdDecoder() if kind.endswith(".zst") else PlainDecoder()


def decoded(
    chunks: Iterator[bytes], decoder: Decoder, tally: ReadTally, shard: str
) -> Iterator[bytes]:
    """The content of a compressed stream; a cut or corrupt stream is counted, not raised.

    All that is sound before a fault is delivered (zstd: up to the last whole block); the
    stored bytes after it are read for the hash and counted as lost. How much text a cut has
    taken is not known: such a record has 0 bytes.
    """
    for chunk in chunks:
        try:
            for output in decoder.feed(chunk):
                tally.decompressed_bytes += len(output)
                yield output
        except CorruptArchiveError as error:
            position = tally.stored_bytes - len(chunk) + error.at
            for _ in chunks:
                pass
            place = f"{shard}: byte {position}: {error}; the rest is lost"
            tally.count_unreadable(CORRUPT_ARCHIVE, tally.stored_bytes - position, place)
            return
    for output in decoder.finish():
        tally.decompressed_bytes += len(output)
        yield output
    if not decoder.complete:
        place = f"{shard}: byte {tally.stored_bytes}: the compressed stream is cut off"
        tally.count_unreadable(TRUNCATED_ARCHIVE, 0, place)


def _padding(data: bytes, at: int) -> int:
    """How many zeros there are at a place."""
    return len(data) - at - len(data[at:].lstrip(b"\0")) if data[at] == 0 else 0


def _gzip_member() -> Any:
    return zlib_ng.decompressobj(wbits=31)


def _sound_part(member: Any, data: bytes) -> bytes:
    """What ``data`` gives up to the byte where decoding fails."""
    parts = []
    for at in range(len(data)):
        try:
            parts.append(member.decompress(data[at : at + 1]))
        except _GzipError:
            break
    return b"".join(parts)
