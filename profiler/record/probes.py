"""Probe documents: a seeded sample of those that reached dedup, with the keys to find copies by.

Their copies inside the run are counted here, from the sketches and groups of all its documents, so
that a census has only to read more shards. A document that a dedup dropped goes on in the guise
of the one that was kept for it, and that one counts for all that were dropped for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.engines.local.plan import Leg, Plan, Workspace
from pipeline.kernels.mixing import document_ranks, shard_salt
from pipeline.kernels.scripts import SCRIPTS
from pipeline.stages.sketches import DOCUMENT_BITS
from profiler.census.keys import (
    EXACT,
    NEAR,
    Keys,
    band_keys,
    digest_keys,
    probe_keys,
    sketch_keys,
)
from profiler.record.origins import origins
from profiler.record.schema import PROBES

MOST_PROBES = 10_000

Numbers = npt.NDArray[np.uint64]
Sizes = npt.NDArray[np.int64]

_KEY_COLUMNS = {EXACT: ["high", "low"], NEAR: ["bands"]}
_PREFIX = {EXACT: "exact", NEAR: "near"}
_OWN_COLUMNS = ["position", "bytes", "script", "doc", "rank"]


@dataclass(frozen=True, slots=True)
class _Groups:
    """Documents of a dedup that have copies, sorted, and the first of the group of each."""

    doc: Numbers
    first: Numbers
    sizes: Sizes  # documents that the whole group of each stands for

    def look_up(self, docs: Numbers) -> tuple[Numbers, Sizes]:
        """The first of each document's group, and the size; itself and 1 when it is alone."""
        if len(self.doc) == 0:
            return docs.copy(), np.ones(len(docs), np.int64)
        places = np.minimum(np.searchsorted(self.doc, docs), len(self.doc) - 1)
        found = self.doc[places] == docs
        return (
            np.where(found, self.first[places], docs),
            np.where(found, self.sizes[places], 1),
        )


def draw_probes(plan: Plan, workspace: Workspace, skipped: set[int]) -> pa.Table:
    """The documents of smallest rank at the first dedup, with their keys and their copies.

    Rows are in the order of their ranks. Keys and counts of a dedup are null for a probe that did
    not get there; a probe without a shingle has an empty list of bands.
    """
    legs = first_dedups(plan)
    shards = [shard.number for shard in plan.shards if shard.number not in skipped]
    if not legs or not shards:
        return PROBES.empty_table()
    probes = _drawn(plan, workspace, legs[0], shards)
    docs = probes.column("doc").to_numpy()
    columns = {name: pa.nulls(len(docs), PROBES.field(name).type) for name in PROBES.names}
    columns["part"] = pa.array(np.zeros(len(docs), np.int32))
    names = {shard.number: shard.name for shard in plan.shards}
    own = [names[int(doc) >> DOCUMENT_BITS] for doc in docs]
    positions = probes.column("position").to_numpy().astype(np.int64)
    columns["shard"] = pa.array(own, pa.string())
    columns["position"] = pa.array(positions)
    columns["source_shard"] = pa.array(origins(plan, own, positions), pa.string())
    columns["bytes"] = probes.column("bytes")
    columns["script"] = pa.array([SCRIPTS[code] for code in probes.column("script").to_pylist()])
    columns |= _first_columns(workspace, legs[0], shards, docs)
    if len(legs) > 1:
        columns |= _second_columns(workspace, legs, shards, docs)
    return pa.table({name: columns[name] for name in PROBES.names}).cast(PROBES)


def first_dedups(plan: Plan) -> list[Leg]:
    """The legs that end in the first dedup of each kind, in order."""
    firsts: dict[str, Leg] = {}
    for leg in plan.legs:
        if leg.sketched is not None:
            firsts.setdefault(leg.sketched.kind, leg)
    return list(firsts.values())


def _drawn(plan: Plan, workspace: Workspace, leg: Leg, shards: list[int]) -> pa.Table:
    drawn: list[pa.Table] = []
    for number in shards:
        table = _sketch(workspace, leg, number, _OWN_COLUMNS[:-1])
        salt = shard_salt(plan.seed, f"probe\0{plan.shards[number].name}")
        ranks = document_ranks(salt, table.column("position").to_numpy())
        table = table.append_column("rank", pa.array(ranks))
        drawn = [_smallest(pa.concat_tables([*drawn, _smallest(table)]))]
    return drawn[0].combine_chunks()


def _first_columns(
    workspace: Workspace, leg: Leg, shards: list[int], docs: Numbers
) -> dict[str, pa.Array]:
    """Keys and copies at the first dedup, which every probe reached."""
    kind = _kind(leg)
    everyone = np.ones(len(docs), np.bool_)
    _, sizes = _groups(workspace, leg).look_up(docs)
    columns = {_key_name(kind): _keys_of(workspace, leg, docs, everyone)}
    columns[f"{_PREFIX[kind]}_copies"] = pa.array(sizes - 1)
    if kind != EXACT:
        columns["near_group_copies"] = columns["near_copies"]
        columns["near_copies"] = _neighbours(workspace, leg, shards, columns[_key_name(kind)])
    return columns


def _neighbours(workspace: Workspace, leg: Leg, shards: list[int], bands: pa.Array) -> pa.Array:
    """Documents with a band in common, where near dedup comes first."""
    table = probe_keys([band_keys(bands)])
    counts = np.zeros(len(bands), np.int64)
    for shard in shards:
        keys = _keys(NEAR, _sketch(workspace, leg, shard, ["bands"]))
        counts += table.count(table.places(0, keys), np.ones(len(keys), np.int64))
    return pa.array(np.maximum(counts, 1) - 1)


def _second_columns(
    workspace: Workspace, legs: list[Leg], shards: list[int], docs: Numbers
) -> dict[str, pa.Array]:
    """Keys and copies at the second dedup, of the probes whose group got there."""
    kind = _kind(legs[1])
    earlier = _groups(workspace, legs[0])
    arrived = _Arrivals(workspace, legs, earlier)
    representative, own = earlier.look_up(docs)
    numbers, there = arrived.numbers(representative)
    keys = _keys_of(workspace, legs[1], numbers, there)
    table = probe_keys([_as_keys(kind, keys)])
    counts = np.zeros(len(docs), np.int64)
    later = _groups(workspace, legs[1])
    weights = np.ones(len(later.doc), np.int64)
    for found, sizes, sketch in arrived.each(shards):
        counts += table.count(table.places(0, _keys(kind, sketch)), sizes)
        low, high = np.searchsorted(later.doc, (found[0], found[-1] + np.uint64(1)))
        weights[low:high] = sizes[(later.doc[low:high] - found[0]).astype(np.int64)]
    _, sizes = _Groups(later.doc, later.first, _totals(later.first, weights)).look_up(numbers)
    group = np.where(sizes == 1, own, sizes)  # alone in its group: what it stands for
    direct = np.maximum(counts, own)
    columns = {_key_name(kind): keys}
    columns[f"{_PREFIX[kind]}_copies"] = pa.array(direct - 1, mask=~there)
    if kind != EXACT:
        columns["near_group_copies"] = pa.array(group - 1, mask=~there)
    return columns


@dataclass(frozen=True, slots=True)
class _Arrivals:
    """Which documents of the first dedup's sketches are which rows of the second's."""

    workspace: Workspace
    legs: list[Leg]
    earlier: _Groups

    def numbers(self, docs: Numbers) -> tuple[Numbers, npt.NDArray[np.bool_]]:
        """Numbers in the second sketches of documents numbered in the first; False: not there."""
        out, there = np.zeros(len(docs), np.uint64), np.zeros(len(docs), np.bool_)
        shards = (docs >> np.uint64(DOCUMENT_BITS)).astype(np.int64)
        for shard in np.unique(shards):
            own = np.flatnonzero(shards == shard)
            rows, _ = self._rows(int(shard))
            numbers = rows + (np.uint64(shard) << np.uint64(DOCUMENT_BITS))
            places = np.searchsorted(numbers, docs[own])
            inside = places < len(numbers)
            inside[inside] = numbers[places[inside]] == docs[own][inside]
            there[own] = inside
            out[own] = places.astype(np.uint64) + (np.uint64(shard) << np.uint64(DOCUMENT_BITS))
        return out, there

    def each(self, shards: list[int]) -> Iterator[tuple[Numbers, Sizes, pa.Table]]:
        """Per shard: numbers in the second sketch, documents that each stands for, the sketch."""
        for shard in shards:
            rows, sketch = self._rows(shard)
            if len(rows) == 0:
                continue
            start = np.uint64(shard << DOCUMENT_BITS)
            _, sizes = self.earlier.look_up(rows + start)
            yield np.arange(len(rows), dtype=np.uint64) + start, sizes, sketch

    def _rows(self, shard: int) -> tuple[Numbers, pa.Table]:
        """Rows in the first sketch of the documents of the second, ascending as they are."""
        kind = _kind(self.legs[1])
        before = _sketch(self.workspace, self.legs[0], shard, ["position"])
        columns = ["position", *_KEY_COLUMNS[kind]]
        after = _sketch(self.workspace, self.legs[1], shard, columns)
        positions = before.column("position").to_numpy()
        rows = np.searchsorted(positions, after.column("position").to_numpy())
        return rows.astype(np.uint64), after


def _groups(workspace: Workspace, leg: Leg) -> _Groups:
    doc, first = np.load(workspace.resolution(leg.number) / "members.npy", allow_pickle=False)
    return _Groups(doc, first, _totals(first, np.ones(len(doc), np.int64)))


def _totals(first: Numbers, weights: Sizes) -> Sizes:
    """Σ weights over the group of each document."""
    _, group = np.unique(first, return_inverse=True)
    sums = np.bincount(group, weights, minlength=0) if len(first) else np.zeros(0)
    return sums.astype(np.int64)[group]


def _keys_of(
    workspace: Workspace, leg: Leg, docs: Numbers, there: npt.NDArray[np.bool_]
) -> pa.Array:
    """The keys of documents of a leg's sketches, as probes.parquet holds them."""
    kind = _kind(leg)
    shards = (docs >> np.uint64(DOCUMENT_BITS)).astype(np.int64)
    rows = (docs & np.uint64((1 << DOCUMENT_BITS) - 1)).astype(np.int64)
    out: list[object] = [None] * len(docs)
    for shard in np.unique(shards[there]):
        own = np.flatnonzero(there & (shards == shard))
        sketch = _sketch(workspace, leg, int(shard), _KEY_COLUMNS[kind]).take(pa.array(rows[own]))
        for place, value in zip(own.tolist(), _recorded(kind, sketch), strict=True):
            out[place] = value
    return pa.array(out, PROBES.field(_key_name(kind)).type)


def _recorded(kind: str, sketch: pa.Table) -> list[object]:
    if kind != EXACT:
        return sketch.column("bands").to_pylist()
    both = np.stack([sketch.column("high").to_numpy(), sketch.column("low").to_numpy()], axis=1)
    return [row.tobytes() for row in both.astype(">u8")]


def _keys(kind: str, sketch: pa.Table) -> Keys:
    columns = [sketch.column(name).combine_chunks() for name in _KEY_COLUMNS[kind]]
    return sketch_keys(kind, columns)


def _as_keys(kind: str, recorded: pa.Array) -> Keys:
    return digest_keys(recorded) if kind == EXACT else band_keys(recorded)


def _kind(leg: Leg) -> str:
    assert leg.sketched is not None
    return leg.sketched.kind


def _key_name(kind: str) -> str:
    return "digest" if kind == EXACT else "bands"


def _sketch(workspace: Workspace, leg: Leg, shard: int, columns: list[str]) -> pa.Table:
    path = workspace.shard(leg.number, shard) / "sketch.parquet"
    return pq.read_table(path, columns=columns, use_threads=False)


def _smallest(table: pa.Table) -> pa.Table:
    return table.sort_by([("rank", "ascending")]).slice(0, MOST_PROBES)
