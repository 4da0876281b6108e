"""Chunks of a stream gathered into one block."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pipeline.document import Bytes

_MOST_PARTS = 64


@dataclass(slots=True)
class Gathering:
    """Chunks on their way into one block; ``size`` is what they hold together.

    A few are joined at the end. Many, as a very long line gives, grow one buffer as they come, so
    that the memory of a block is taken about once: joining needs all parts and the block at once.
    """

    size: int = 0
    _parts: list[bytes] = field(default_factory=list)
    _grown: bytearray | None = None

    def add(self, chunk: bytes) -> None:
        self._parts.append(chunk)
        self.size += len(chunk)
        if len(self._parts) > _MOST_PARTS:
            self._grow()

    def take(self) -> Bytes:
        """The block, read-only; then nothing is held."""
        if self._grown is None:
            block: bytes | bytearray = b"".join(self._parts)
        else:
            self._grow()
            block = self._grown
        self._parts, self._grown, self.size = [], None, 0
        data = np.frombuffer(block, np.uint8)
        data.flags.writeable = False
        return data

    def _grow(self) -> None:
        if self._grown is None:
            self._grown = bytearray()
        for part in self._parts:
            self._grown += part
        self._parts = []
