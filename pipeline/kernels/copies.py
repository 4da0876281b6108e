"""Copies of sought documents among many: those that have a key in common, each counted once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.kernels.compiled import kernel

Whole = npt.NDArray[np.int64]


def count_copies(places: Whole, first: Whole, members: Whole, weights: Whole, sought: int) -> Whole:
    """Σ weights of the documents that meet each of ``sought`` documents, shape (sought,).

    ``places`` (n, k) holds the numbers of the keys of n documents, -1 for one that nobody seeks.
    Key j is sought by ``members[first[j]:first[j + 1]]``. A document counts once, however many
    keys it has in common with a sought one.
    """
    counts = np.zeros(sought, np.int64)
    stamps = np.full(sought, -1, np.int64)
    _count(np.ascontiguousarray(places), first, members, weights, stamps, counts)
    return counts


@kernel
def _count(places, first, members, weights, stamps, counts):  # type: ignore[no-untyped-def]
    for document in range(places.shape[0]):
        for column in range(places.shape[1]):
            place = places[document, column]
            if place < 0:
                continue
            for at in range(first[place], first[place + 1]):
                sought = members[at]
                if stamps[sought] != document:
                    stamps[sought] = document
                    counts[sought] += weights[document]
