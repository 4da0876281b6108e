"""Chunks of a stream gathered into one block."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pipeline.document import Bytes

_KEPT_BYTES = 16 << 20


def _kept_buffer() -> Bytes:
    return np.empty(_KEPT_BYTES, np.uint8)


@dataclass(slots=True)
class Gathering:
    """Chunks on their way into one block; ``size`` is what they hold together.

    They are copied as they come, so that the decoder's memory and ours are used again and stay
    in the processor's cache: fresh memory costs a fault for each page. A larger block, as a very
    long line gives, grows in place in a buffer of its own, which takes its memory about once.
    """

    size: int = 0
    _kept: Bytes = field(default_factory=_kept_buffer)
    _grown: bytearray | None = None

    def add(self, chunk: bytes) -> None:
        end = self.size + len(chunk)
        if self._grown is None and end > len(self._kept):
            self._grown = bytearray(self._kept.data[: self.size])
        if self._grown is not None:
            self._grown += chunk
        else:
            self._kept.data[self.size : end] = chunk
        self.size = end

    def take(self) -> Bytes:
        """The block, read-only and good until more is added; then nothing is held."""
        buffer = self._kept if self._grown is None else np.frombuffer(self._grown, np.uint8)
        block = buffer[: self.size]
        block.flags.writeable = False
        self.size, self._grown = 0, None
        return block
