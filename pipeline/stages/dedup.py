"""Dedup stages: sketch every batch, resolve all sketches at once, apply the verdict per shard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.stages.joining import Room
from pipeline.stages.sketches import DOCUMENT_BITS, row_of
from pipeline.stages.stage import Documents

if TYPE_CHECKING:
    import duckdb

REASON = "duplicate"
_PIECE = 1 << 20  # members that are written together


@dataclass(frozen=True, slots=True)
class Members:
    """Documents that share a group with another: their numbers, and the first of the group.

    Both arrays are sorted by document. The first of a group is its smallest document number, so
    the earliest by shard and then by position; it is the one that stays.
    """

    doc: npt.NDArray[np.uint64]
    first: npt.NDArray[np.uint64]

    @property
    def dropped(self) -> npt.NDArray[np.uint64]:
        """Documents that are not the first of their group, sorted."""
        return self.doc[self.doc != self.first]


class Dedup(Protocol):
    """Finds groups of equal or similar documents and keeps the first of each."""

    @property
    def name(self) -> str: ...

    @property
    def fields(self) -> list[pa.Field]:
        """Columns of the sketch beside those of every document."""

    def sketch(self, documents: Documents) -> list[pa.Array]:
        """One array per field, one value for each document that is alive."""

    def resolve(self, room: Room, sketches: Sequence[Path]) -> Members:
        """Find the groups over all sketches; what does not fit in the room's memory is spilled."""


def open_session(directory: Path, memory_bytes: int, threads: int) -> duckdb.DuckDBPyConnection:
    """A DuckDB session on disk under ``directory`` that spills there beyond ``memory_bytes``."""
    import duckdb  # what workers do needs none

    directory.mkdir(parents=True, exist_ok=True)
    return duckdb.connect(
        str(directory / "resolve.duckdb"),
        config={
            "memory_limit": f"{memory_bytes // 1_000_000}MB",
            "temp_directory": str(directory / "spill"),
            "threads": threads,
            "preserve_insertion_order": False,
        },
    )


def keep_mask(members: Members, shard: int, rows: int) -> npt.NDArray[np.bool_]:
    """Which rows of a shard's sketch stay, shape (rows,)."""
    ends = np.array([shard, shard + 1], np.uint64) << np.uint64(DOCUMENT_BITS)
    low, high = np.searchsorted(members.doc, ends)
    doc = members.doc[low:high]
    mask = np.ones(rows, np.bool_)
    mask[row_of(doc[doc != members.first[low:high]])] = False
    return mask


def save_members(members: Members, path: Path) -> None:
    """Write documents and firsts as one array (2, m), which is never whole in memory."""
    about = {"descr": "<u8", "fortran_order": False, "shape": (2, len(members.doc))}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, about)
        for values in (members.doc, members.first):
            for start in range(0, len(values), _PIECE):
                file.write(values[start : start + _PIECE].astype("<u8").tobytes())


def sketch_source(sketches: Sequence[Path]) -> str:
    """The sketches as a DuckDB table expression."""
    names = ", ".join("'" + str(path).replace("'", "''") + "'" for path in sketches)
    return f"read_parquet([{names}])"
