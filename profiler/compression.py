"""What a byte of text takes on disk: text that the filters keep, compressed as Parquet does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from pipeline.document import TextView

METHOD = "zstd"  # as corpuscost writes the documents that it keeps
MOST_BYTES = 1 << 20  # of a shard: the size of a page of Parquet


@dataclass(slots=True)
class TextSample:
    """The first documents of a shard's subsample, up to MOST_BYTES of text."""

    parts: list[bytes] = field(default_factory=list)
    text_bytes: int = 0

    def add(self, text: TextView) -> None:
        """Take what there is room for, whole documents from the first on."""
        for start, end in zip(text.offsets[:-1], text.offsets[1:], strict=True):
            if self.text_bytes >= MOST_BYTES:
                return
            self.parts.append(bytes(text.data[start:end]))
            self.text_bytes += int(end - start)

    def compressed(self) -> dict[tuple[Any, ...], list[int]]:
        """Bytes compressed and before, by method; nothing where no text was taken."""
        if not self.text_bytes:
            return {}
        packed = pa.compress(b"".join(self.parts), codec=METHOD, asbytes=True)
        return {(METHOD,): [len(packed), self.text_bytes]}


def bytes_per_text_byte(compression: Mapping[str, int]) -> float | None:
    """Bytes on disk per byte of text, of a run's ``compression``; None where nothing was taken."""
    if not compression.get("text_bytes"):
        return None
    return compression["compressed_bytes"] / compression["text_bytes"]


def compression_of(sums: Mapping[tuple[Any, ...], list[int]]) -> dict[str, int]:
    """As the record keeps it, from the sums of all shards."""
    found = sums.get((METHOD,))
    return {} if found is None else {"compressed_bytes": found[0], "text_bytes": found[1]}
