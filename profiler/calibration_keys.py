"""Synthetic keys: sketches like those of real documents, in any number, with a given group law.

Documents of one group lie anywhere in the corpus. Exact: documents of a group have one digest.
Near: each group has a prototype of band keys. A member takes the prototype's key in a band with
probability ``MEMBER_SHARE``, else a key that nobody else has; one band, the same for all members
of a group, always agrees, so that a group stays one component. Two members then share on average
1 + 13 × 0.6² = 5.7 of 14 bands; pairs of near duplicates in 3,700 documents of our real text
shared 6.2 (in groups of three and more, which are chains, fewer: 1 to 11).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import CorpuscostError
from pipeline.stages.sketches import DOCUMENT_BITS, DOCUMENT_FIELDS, open_sketch

MEMBER_SHARE = 0.6
_OWN = np.uint64(1 << 63)  # keys of one document; those of prototypes lack this bit before mixing
_PLAIN_BYTES = 1000  # a document's size, which resolving does not read

Keys = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class GroupLaw:
    """Groups by size, up to a factor: arrays of shape (m,), sizes from 1."""

    sizes: npt.NDArray[np.int64]
    groups: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        fits = len(self.sizes) == len(self.groups) > 0
        if not fits or self.sizes.min() < 1 or self.groups.min() < 0 or self.groups.sum() <= 0:
            raise CorpuscostError(
                "group law: expected as many sizes as groups, sizes from 1, groups from 0 and "
                f"one above; found sizes {self.sizes} and groups {self.groups}"
            )

    @property
    def retention(self) -> float:
        """Groups over documents."""
        return float(self.groups.sum() / (self.sizes @ self.groups))

    def scaled_to(self, retention: float) -> GroupLaw:
        """A law of this retention: the groups of several documents keep their shape, and weigh
        more against single documents; where that is not enough, they grow in proportion.
        """
        if not 0 < retention <= 1:
            raise CorpuscostError(f"retention: expected more than 0, at most 1; found {retention}")
        several = (self.sizes > 1) & (self.groups > 0)
        if retention == 1:
            return GroupLaw(np.array([1]), np.array([1.0]))
        sizes, groups = self.sizes[several], self.groups[several]
        if not len(sizes):
            sizes, groups = np.array([2], np.int64), np.array([1.0])
        groups = groups / groups.sum()
        mean = float(sizes @ groups)
        singles = (retention * mean - 1) / (1 - retention)
        if singles >= 0:
            return GroupLaw(np.append(1, sizes), np.append(singles, groups))
        grown = np.maximum(2, np.rint(sizes / (retention * mean)).astype(np.int64))
        return GroupLaw(grown, groups)


def group_law(spectrum: pa.Table, stage: str) -> GroupLaw:
    """The law that the sample of one dedup stage shows, from spectrum.parquet."""
    rows = spectrum.filter(pc.equal(spectrum["stage"], stage))
    if not rows.num_rows:
        return GroupLaw(np.array([1]), np.array([1.0]))
    return GroupLaw(rows["size"].to_numpy(), rows["groups"].to_numpy().astype(np.float64))


def draw_groups(law: GroupLaw, documents: int, seed: int) -> npt.NDArray[np.uint32]:
    """The group of each document, shape (documents,), in random order.

    Numbers of groups are the law's, rounded; a group is no larger than the corpus.
    """
    sizes = np.minimum(law.sizes, documents)
    expected = law.groups * (documents / float(sizes @ law.groups))
    random = np.random.default_rng([seed, documents])
    counts = np.floor(expected + random.random(len(expected))).astype(np.int64)
    members = np.repeat(sizes, counts)
    ends = np.cumsum(members)
    members = members[: int(np.searchsorted(ends, documents, side="right"))]
    rest = documents - int(members.sum())
    members = np.append(members, np.ones(rest, np.int64))
    groups = np.repeat(np.arange(len(members), dtype=np.uint32), members)
    random.shuffle(groups)
    return groups


@dataclass(frozen=True, slots=True)
class Layout:
    """How the sketches lie: documents per file and per batch, as in the sample."""

    shard_documents: int
    batch_documents: int

    def shards(self, documents: int) -> int:
        return -(-documents // self.shard_documents)


def write_sketches(
    groups: npt.NDArray[np.uint32],
    bands: int,
    layout: Layout,
    path_of: Callable[[int], Path],
    done: Callable[[int], None],
) -> list[Path]:
    """Write one sketch file per shard, as a run does; ``bands`` 0 is for digests.

    ``done`` is told of each finished shard. Memory is that of a batch beside ``groups``.
    """
    schema = pa.schema([*DOCUMENT_FIELDS, *_key_fields(bands)])
    paths = []
    for shard in range(layout.shards(len(groups))):
        first = shard * layout.shard_documents
        mine = groups[first : first + layout.shard_documents]
        paths.append(path_of(shard))
        paths[-1].parent.mkdir(parents=True)
        with open_sketch(paths[-1], schema) as writer:
            for row, batch in _batches(mine, layout.batch_documents):
                columns = _plain_columns(shard, row, len(batch)) + _keys(batch, first + row, bands)
                writer.write_table(pa.Table.from_arrays(columns, schema=schema))
        done(shard)
    return paths


def sketch_bytes(documents: int, bands: int) -> int:
    """About the size of the sketches on disk."""
    return documents * (21 + 8 * (bands or 2))


def _batches(
    groups: npt.NDArray[np.uint32], size: int
) -> Iterator[tuple[int, npt.NDArray[np.uint32]]]:
    for row in range(0, len(groups), size):
        yield row, groups[row : row + size]


def _key_fields(bands: int) -> list[pa.Field]:
    if bands:
        return [pa.field("bands", pa.list_(pa.uint64()), nullable=False)]
    return [pa.field(name, pa.uint64(), nullable=False) for name in ("high", "low")]


def _plain_columns(shard: int, row: int, count: int) -> list[pa.Array]:
    rows = np.arange(row, row + count, dtype=np.uint64)
    return [
        pa.array(rows + np.uint64(shard << DOCUMENT_BITS)),
        pa.array(rows.astype(np.uint32)),
        pa.array(np.full(count, _PLAIN_BYTES, np.int64)),
        pa.array(np.zeros(count, np.uint8)),
    ]


def _keys(groups: npt.NDArray[np.uint32], first: int, bands: int) -> list[pa.Array]:
    """Key columns of documents ``first`` and on."""
    if not bands:
        own = groups.astype(np.uint64) * np.uint64(2)
        return [pa.array(_mixed(own)), pa.array(_mixed(own + np.uint64(1)))]
    keys = band_keys(groups, first, bands)
    offsets = np.arange(0, keys.size + 1, bands, dtype=np.int32)
    return [pa.ListArray.from_arrays(pa.array(offsets), pa.array(keys.ravel()))]


def band_keys(groups: npt.NDArray[np.uint32], first: int, bands: int) -> Keys:
    """Band keys of documents ``first`` and on, shape (n, bands)."""
    count, band = np.uint64(bands), np.arange(bands, dtype=np.uint64)
    group = groups.astype(np.uint64)[:, None]
    document = np.arange(first, first + len(groups), dtype=np.uint64)[:, None]
    prototype = _mixed(group * count + band)
    own = _mixed((document * count + band) | _OWN)
    chance = np.uint64(int(MEMBER_SHARE * 2**64))
    shared = _mixed(own) < chance
    shared |= _mixed(group) % count == band
    return np.where(shared, prototype, own)


def _mixed(values: Keys) -> Keys:
    """A permutation of 64-bit words that looks random: splitmix64 (Steele, Lea, Flood 2014)."""
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
