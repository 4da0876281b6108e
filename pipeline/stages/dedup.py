"""Dedup stages: sketch every batch, resolve all sketches at once, apply the verdict per shard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.stages.sketches import row_of, shard_of
from pipeline.stages.stage import Documents

REASON = "duplicate"


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

    def resolve(self, session: duckdb.DuckDBPyConnection, sketches: Sequence[Path]) -> Members:
        """Find the groups over all sketches; the session spills when memory is short."""


def open_session(directory: Path, memory_bytes: int, threads: int) -> duckdb.DuckDBPyConnection:
    """A DuckDB session on disk under ``directory`` that spills there beyond ``memory_bytes``."""
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


def keep_masks(members: Members, rows_by_shard: dict[int, int]) -> dict[int, npt.NDArray[np.bool_]]:
    """Per shard which rows of its sketch stay."""
    masks = {shard: np.ones(rows, np.bool_) for shard, rows in rows_by_shard.items()}
    dropped = members.dropped
    shards, rows = shard_of(dropped), row_of(dropped)
    for shard in np.unique(shards):
        masks[int(shard)][rows[shards == shard]] = False
    return masks


def sketch_source(sketches: Sequence[Path]) -> str:
    """The sketches as a DuckDB table expression."""
    names = ", ".join("'" + str(path).replace("'", "''") + "'" for path in sketches)
    return f"read_parquet([{names}])"
