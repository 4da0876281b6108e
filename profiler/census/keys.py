"""Which documents are copies of which probes: keys looked up, and copies counted per probe.

A document is a copy of a probe when they have a key of a dedup in common: the digest (its high 64
bits) or at least one band. Memory is that of the probes' keys, whatever is looked up in them. By
chance, one false match is to be expected in 10**15 documents looked up for 10,000 digests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.kernels.copies import count_copies

KeyMatrix = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]
Counts = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

EXACT, NEAR = "exact-dedup", "near-dedup"
NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of n documents at one dedup, shape (n, k), and which documents have any."""

    values: KeyMatrix
    known: Mask

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, slots=True)
class ProbeKeys:
    """Keys of all probes, those of each dedup as sorted ``values``; probes are told by class.

    Key j of dedup d is number ``starts[d] + j``; it belongs to the classes
    ``members[first[number]:first[number + 1]]``. Probes that have all keys in common are one
    class: ``class_of`` tells the class of each probe.
    """

    values: tuple[npt.NDArray[np.uint64], ...]
    starts: tuple[int, ...]
    first: Places
    members: Places
    class_of: Places
    classes: int

    def places(self, dedup: int, keys: Keys) -> Places:
        """Numbers of the keys that some probe has, else NOWHERE; shape of ``keys.values``."""
        values = self.values[dedup]
        if len(values) == 0:
            return np.full(keys.values.shape, NOWHERE, np.int64)
        found = np.minimum(np.searchsorted(values, keys.values), len(values) - 1)
        hit = (values[found] == keys.values) & keys.known[:, None]
        return np.where(hit, found + self.starts[dedup], NOWHERE).astype(np.int64)

    def count(self, places: Places, weights: Counts) -> Counts:
        """Σ weights of the documents that have a key in common with each probe.

        ``places`` has one row per document, over the dedups that count; shape of the answer
        (probes,).
        """
        counts = count_copies(places, self.first, self.members, weights, self.classes)
        return counts[self.class_of]


def probe_keys(by_dedup: Sequence[Keys]) -> ProbeKeys:
    """The keys of probes for looking up; one entry per dedup, row i of each is probe i."""
    rows = np.concatenate(
        [np.column_stack((np.where(k.known[:, None], k.values, 0), k.known)) for k in by_dedup],
        axis=1,
    )
    _, representative, class_of = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    values, starts, ends, members = [], [], [np.zeros(1, np.int64)], []
    number, total = 0, 0
    for keys in by_dedup:
        known = keys.known[representative]
        flat = keys.values[representative][known].ravel()
        owner = np.repeat(np.flatnonzero(known), keys.values.shape[1])
        order = np.argsort(flat, kind="stable")
        distinct, repeats = np.unique(flat, return_counts=True)
        values.append(distinct)
        starts.append(number)
        members.append(owner[order])
        ends.append(total + np.cumsum(repeats))
        number, total = number + len(distinct), total + len(flat)
    return ProbeKeys(
        tuple(values),
        tuple(starts),
        np.concatenate(ends).astype(np.int64),
        np.concatenate(members).astype(np.int64),
        class_of.reshape(-1).astype(np.int64),
        len(representative),
    )


def sketch_keys(kind: str, columns: Sequence[pa.Array]) -> Keys:
    """Keys out of what a dedup of ``kind`` noted: high and low words, or lists of bands."""
    if kind == EXACT:
        high = columns[0].to_numpy(zero_copy_only=False).astype(np.uint64, copy=False)
        return Keys(high[:, None], np.ones(len(high), np.bool_))
    return band_keys(columns[0])


def digest_keys(digests: pa.Array) -> Keys:
    """Keys out of 16-byte digests; a null is none."""
    known = np.asarray(digests.is_valid())
    filled = digests.fill_null(bytes(16)).to_pylist()
    high = np.frombuffer(b"".join(filled), ">u8").reshape(-1, 2)[:, 0].astype(np.uint64)
    return Keys(high[:, None], known)


def band_keys(bands: pa.Array) -> Keys:
    """Keys out of lists of bands, all of one length; an empty or missing list is none."""
    sizes = bands.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    width = int(sizes.max(initial=0)) or 1
    values = np.zeros((len(bands), width), np.uint64)
    known = sizes > 0
    values[known] = bands.flatten().to_numpy(zero_copy_only=False).reshape(-1, width)
    return Keys(values, known)
