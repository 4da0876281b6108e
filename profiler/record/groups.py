"""The largest groups of each dedup, with a few of their documents."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.document import text_view
from pipeline.engines.local.lookup import documents_at
from pipeline.kernels.mixing import document_ranks, shard_salt
from pipeline.stages.sketches import DOCUMENT_BITS, row_of
from profiler.inspection import clipped
from profiler.record.schema import GROUPS
from profiler.record.spectra import Resolved

GROUPS_PER_STAGE = 10
COPIES_PER_GROUP = 2  # beside the document that stays

Numbers = npt.NDArray[np.uint64]
Place = tuple[int, int]  # shard, position in it


@dataclass(slots=True)
class _Group:
    """One group as its shards are gone through; ``copies`` is a heap of the smallest ranks."""

    docs: int
    bytes: int = 0
    shards: int = 0
    kept: Place = (0, 0)
    copies: list[tuple[int, int, int]] = field(default_factory=list)  # -rank, -shard, -position

    def offer(self, ranks: Numbers, shard: int, positions: npt.NDArray[np.uint32]) -> None:
        """Copies of one shard."""
        for row in np.argsort(ranks, kind="stable")[:COPIES_PER_GROUP].tolist():
            heapq.heappush(self.copies, (-int(ranks[row]), -shard, -int(positions[row])))
            if len(self.copies) > COPIES_PER_GROUP:
                heapq.heappop(self.copies)

    def places(self) -> list[Place]:
        """The document that stays, then its copies by rank."""
        return [self.kept, *((-shard, -place) for _, shard, place in sorted(self.copies)[::-1])]


def largest_groups(resolved: Sequence[Resolved], seed: int) -> pa.Table:
    """The rows of groups.parquet: GROUPS_PER_STAGE groups of each stage, largest first.

    Of groups of one size those come first whose first document does.
    """
    rows = [row for each in resolved if each.sketches for row in _rows(each, seed)]
    return pa.Table.from_pylist(rows, schema=GROUPS)


def _rows(resolved: Resolved, seed: int) -> list[dict[str, object]]:
    groups = _measured(resolved, seed)
    wanted: dict[int, list[int]] = {}
    for group in groups:
        for shard, position in group.places():
            wanted.setdefault(shard, []).append(position)
    texts = {shard: documents_at(resolved.texts[shard], found) for shard, found in wanted.items()}
    return [
        {
            "part": 0,
            "stage": resolved.stage,
            "rank": rank,
            "docs": group.docs,
            "bytes": group.bytes,
            "shards_holding": group.shards,
            "member": member,
            "shard": resolved.shard_names[shard],
            "id": document.column("id")[0].as_py(),
            "url": document.column("url")[0].as_py(),
            "text": clipped(text_view(document.column("text")), 0),
        }
        for rank, group in enumerate(groups, 1)
        for member, (shard, position) in enumerate(group.places())
        for document in (texts[shard][position],)
    ]


def _measured(resolved: Resolved, seed: int) -> list[_Group]:
    """The largest groups, from the sketches of the shards that hold them: one shard at a time."""
    doc, first = np.load(resolved.members, allow_pickle=False)
    firsts, sizes = _largest(first)
    ascending = np.argsort(firsts)
    inside = np.isin(first, firsts)
    doc = doc[inside]
    which = ascending[np.searchsorted(firsts[ascending], first[inside])]
    stays = doc == firsts[which]
    groups = [_Group(int(size)) for size in sizes]
    shards = doc >> np.uint64(DOCUMENT_BITS)
    for shard in np.unique(shards).tolist():
        own = shards == shard
        positions, lengths = _sketched(resolved, shard, doc[own])
        salt = shard_salt(seed, f"groups\0{resolved.shard_names[shard]}")
        ranks = document_ranks(salt, positions)
        for number in np.unique(which[own]).tolist():
            members = which[own] == number
            group, kept, copies = groups[number], members & stays[own], members & ~stays[own]
            group.shards += 1
            group.bytes += int(lengths[members].sum())
            if kept.any():
                group.kept = (shard, int(positions[kept][0]))
            group.offer(ranks[copies], shard, positions[copies])
    return groups


def _sketched(
    resolved: Resolved, shard: int, docs: Numbers
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
    """Positions and text bytes of documents of one shard."""
    path = resolved.sketches[shard]
    sketch = pq.read_table(path, columns=["position", "bytes"], use_threads=False)
    found = sketch.take(pa.array(row_of(docs)))
    return found.column("position").to_numpy(), found.column("bytes").to_numpy()


def _largest(first: Numbers) -> tuple[Numbers, npt.NDArray[np.int64]]:
    """First documents and sizes of the largest groups, largest first."""
    firsts, sizes = np.unique(first, return_counts=True)
    order = np.lexsort((firsts, -sizes))[:GROUPS_PER_STAGE]
    return firsts[order], sizes[order]
