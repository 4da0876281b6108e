"""What a batch of documents is, and how kernels see its text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

T = TypeVar("T", bound=np.generic)
Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),  # as given, else "<shard>:<record>"
        pa.field("url", pa.string()),
        pa.field("source", pa.string()),
        pa.field("lang", pa.string()),  # ISO 639-1 where known
        pa.field("text", pa.large_string(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class TextView:
    """UTF-8 text of n documents as kernels read it.

    ``data`` holds the bytes; document i is ``data[offsets[i]:offsets[i + 1]]``. Offsets are
    absolute in ``data`` and need not start at 0 (an Arrow slice keeps its parent's buffer).
    """

    data: Bytes
    offsets: Offsets

    def __post_init__(self) -> None:
        # Compiled kernels tell read-only arrays from others; one kind, so one compilation.
        object.__setattr__(self, "data", _read_only(self.data))
        object.__setattr__(self, "offsets", _read_only(self.offsets))

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Bytes of each document, shape (n,)."""
        return np.diff(self.offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def text(self, row: int) -> str:
        """One document as a Python string; for samples and messages, not for hot paths."""
        return bytes(self.data[self.offsets[row] : self.offsets[row + 1]]).decode(
            "utf-8", "replace"
        )


def _read_only(array: npt.NDArray[T]) -> npt.NDArray[T]:
    if not array.flags.writeable:
        return array
    view = array.view()
    view.flags.writeable = False
    return view


def text_view(array: pa.Array) -> TextView:
    """The buffers of a string or large_string array, without copying; nulls read as empty."""
    if array.type == pa.string():
        array = array.cast(pa.large_string())
    _, offsets_buffer, data_buffer = array.buffers()
    if offsets_buffer is None or len(array) == 0:
        return TextView(np.empty(0, np.uint8), np.zeros(len(array) + 1, np.int64))
    offsets = np.frombuffer(offsets_buffer, np.int64)[array.offset : array.offset + len(array) + 1]
    data = np.empty(0, np.uint8) if data_buffer is None else np.frombuffer(data_buffer, np.uint8)
    return TextView(data, offsets)


def text_array(view: TextView) -> pa.Array:
    """A large_string array over the buffers of ``view``, without copying the text."""
    offsets = np.ascontiguousarray(view.offsets)
    return pa.Array.from_buffers(
        pa.large_string(), len(view), [None, pa.py_buffer(offsets), pa.py_buffer(view.data)]
    )
