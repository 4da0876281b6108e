"""Where the parts of Zstandard frames end: headers, blocks and checksums (RFC 8878, section 3)."""

from __future__ import annotations

from dataclasses import dataclass

_MAGIC = 0xFD2FB528
_SKIPPABLE_MAGIC, _SKIPPABLE_KINDS = 0x184D2A50, 16
_CHECKSUM_BYTES = 4
_DICTIONARY_BYTES = (0, 1, 2, 4)
_CONTENT_SIZE_BYTES = (0, 2, 4, 8)
_BLOCK_HEADER_BYTES = 3
_RUN_LENGTH = 1  # a block of one byte many times


@dataclass(slots=True)
class ZstdParts:
    """Walks over a stream part by part. What is no frame is one part as long as the data."""

    _in_frame: bool = False
    _has_checksum: bool = False
    _at_checksum: bool = False
    _skipped_bytes: int = 0  # of a skippable frame, yet to come

    def next_bytes(self, data: bytes, at: int) -> int:
        """Bytes of the part at ``at``; 0 when it is not whole, or nothing is there."""
        there = len(data) - at
        if self._skipped_bytes:
            size = min(self._skipped_bytes, there)
            self._skipped_bytes -= size
            return size
        if self._at_checksum:
            if there < _CHECKSUM_BYTES:
                return 0
            self._at_checksum = self._in_frame = False
            return _CHECKSUM_BYTES
        return self._block(data, at, there) if self._in_frame else self._header(data, at, there)

    def _header(self, data: bytes, at: int, there: int) -> int:
        if there < 5:
            return 0
        magic = int.from_bytes(data[at : at + 4], "little")
        if 0 <= magic - _SKIPPABLE_MAGIC < _SKIPPABLE_KINDS:
            if there < 8:
                return 0
            self._skipped_bytes = int.from_bytes(data[at + 4 : at + 8], "little")
            return 8
        if magic != _MAGIC:
            return there
        descriptor = data[at + 4]
        single_segment = descriptor >> 5 & 1
        content_size = _CONTENT_SIZE_BYTES[descriptor >> 6] or single_segment
        size = 5 + (1 - single_segment) + _DICTIONARY_BYTES[descriptor & 3] + content_size
        if there < size:
            return 0
        self._in_frame, self._has_checksum = True, bool(descriptor >> 2 & 1)
        return size

    def _block(self, data: bytes, at: int, there: int) -> int:
        if there < _BLOCK_HEADER_BYTES:
            return 0
        header = int.from_bytes(data[at : at + _BLOCK_HEADER_BYTES], "little")
        run_length = header >> 1 & 3 == _RUN_LENGTH
        size = _BLOCK_HEADER_BYTES + (1 if run_length else header >> 3)
        if there < size:
            return 0
        if header & 1:
            self._at_checksum = self._has_checksum
            self._in_frame = self._has_checksum
        return size
