"""Connected components by union-find; the smallest member names its component."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.kernels.compiled import inlined, kernel


def components(
    documents: int, left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Smallest member of each document's component, shape (documents,).

    ``left[i]`` and ``right[i]`` are joined; all are in ``range(documents)``. The answer does not
    depend on the order of the edges.
    """
    parents = np.arange(documents, dtype=np.int64)
    _join(parents, left, right)
    return parents


@inlined
def root_of(parents, member):  # type: ignore[no-untyped-def]
    """Root of a member, halving the path on the way (Tarjan and van Leeuwen 1984)."""
    while parents[member] != member:
        parents[member] = parents[parents[member]]
        member = parents[member]
    return member


@kernel
def _join(parents, left, right):  # type: ignore[no-untyped-def]
    for edge in range(len(left)):
        one = root_of(parents, left[edge])
        other = root_of(parents, right[edge])
        if one < other:
            parents[other] = one
        elif other < one:
            parents[one] = other
    for member in range(len(parents)):
        parents[member] = root_of(parents, member)
