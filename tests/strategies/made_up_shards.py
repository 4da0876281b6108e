"""Rows of spectrum.parquet and incidence.parquet, from documents whose groups are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from profiler.record.schema import LARGEST_SIZE_TOLD, TABLES

Ints = npt.NDArray[np.int64]
Rows = list[dict[str, Any]]


def incidence_rows(stage: str, groups: Ints, shards: Ints, names: list[str]) -> Rows:
    """By plain counting; ``groups`` and ``shards`` have one entry per document."""
    held, docs = np.unique(np.stack([groups, shards]), axis=1, return_counts=True)
    _, place = np.unique(held[0], return_inverse=True)
    holding = np.bincount(place)
    size = np.minimum(np.bincount(place, docs).astype(np.int64), LARGEST_SIZE_TOLD + 1)
    whole = _counted([size, holding], np.bincount(place, docs).astype(np.int64))
    each = _counted([held[1], holding[place]], docs)
    blank = {"part": 0, "stage": stage, "size": None, "shard": None}
    rows = [
        blank | {"size": a, "shards_holding": b, "groups": g, "docs": d} for a, b, g, d in whole
    ]
    return rows + [
        blank | {"shard": names[a], "shards_holding": b, "groups": g, "docs": d}
        for a, b, g, d in each
    ]


def spectrum_rows(stage: str, groups: Ints, lengths: Ints, bytes_per_token: float = 4.0) -> Rows:
    """By plain counting; the first document of a group is the one that is kept."""
    _, first, place, sizes = np.unique(
        groups, return_index=True, return_inverse=True, return_counts=True
    )
    own = np.bincount(place, lengths)
    rows = []
    for size in np.unique(sizes):
        mine = sizes == size
        kept = lengths[first[mine]].astype(float)
        rows.append(
            {
                "part": 0,
                "stage": stage,
                "size": int(size),
                "groups": int(mine.sum()),
                "docs": int(size * mine.sum()),
                "bytes": int(own[mine].sum()),
                "kept_bytes": int(kept.sum()),
                "kept_bytes_squares": float(np.square(kept).sum()),
                "kept_tokens": float(kept.sum() / bytes_per_token),
            }
        )
    return rows


def made_up_tables(
    stage: str, groups: Ints, shards: Ints, lengths: Ints | None = None
) -> dict[str, pa.Table]:
    """Both tables, for documents of 100 bytes where no lengths are given."""
    names = [f"shard-{number:04d}" for number in range(int(shards.max()) + 1)]
    sizes = np.full(len(groups), 100) if lengths is None else lengths
    return {
        "spectrum": pa.Table.from_pylist(spectrum_rows(stage, groups, sizes), TABLES["spectrum"]),
        "incidence": pa.Table.from_pylist(
            incidence_rows(stage, groups, shards, names), TABLES["incidence"]
        ),
    }


def _counted(keys: list[Ints], docs: Ints) -> list[tuple[int, int, int, int]]:
    found, place, groups = np.unique(
        np.stack(keys), axis=1, return_inverse=True, return_counts=True
    )
    sums = np.bincount(place.ravel(), docs).astype(np.int64)
    return [
        (int(a), int(b), int(g), int(d)) for (a, b), g, d in zip(found.T, groups, sums, strict=True)
    ]


def scattered_groups(shards: int, together: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Group and shard of documents: each group in one shard, or scattered document by document."""
    random = np.random.default_rng(1)
    size = np.minimum(1 + random.pareto(1.8, 12_000).astype(int), 200)
    groups = np.repeat(np.arange(len(size)), size)
    if together:
        return groups, random.integers(0, shards, len(size))[groups]
    return groups, random.integers(0, shards, len(groups))
