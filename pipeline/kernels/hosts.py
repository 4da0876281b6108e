"""Is a host, or a domain above it, in a list? Hashes of names, read from their end."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.document import Mask, TextView, text_view
from pipeline.kernels.compiled import inlined, kernel

Hashes = npt.NDArray[np.uint64]


def host_set(hosts: tuple[str, ...]) -> Hashes:
    """Sorted, distinct hashes of names of hosts; case and dots at the ends are left out."""
    names = [host.lower().strip(".") for host in hosts]
    view = text_view(pa.array(names, pa.large_string()))
    hashes = np.empty(len(view), np.uint64)
    _hash_names(view.data, view.offsets, hashes)
    return np.unique(hashes)


def is_below(view: TextView, listed: Hashes) -> Mask:
    """Which names (lower case) are in the set, or have a domain above them that is."""
    found = np.zeros(len(view), np.bool_)
    _is_below(view.data, view.offsets, listed, found)
    return found


@inlined
def _step(value, byte):  # type: ignore[no-untyped-def]
    """One byte more of 64-bit FNV-1a."""
    return (value ^ np.uint64(byte)) * np.uint64(0x100000001B3)


@kernel
def _hash_names(data, offsets, hashes):  # type: ignore[no-untyped-def]
    for name in range(len(offsets) - 1):
        value = np.uint64(0xCBF29CE484222325)
        for at in range(offsets[name + 1] - 1, offsets[name] - 1, -1):
            value = _step(value, data[at])
        hashes[name] = value


@kernel
def _is_below(data, offsets, listed, found):  # type: ignore[no-untyped-def]
    for name in range(len(offsets) - 1):
        value = np.uint64(0xCBF29CE484222325)
        begin = offsets[name]
        for at in range(offsets[name + 1] - 1, begin - 1, -1):
            value = _step(value, data[at])
            if at > begin and data[at - 1] != np.uint8(0x2E):
                continue  # a label goes on
            place = np.searchsorted(listed, value)
            if place < len(listed) and listed[place] == value:
                found[name] = True
                break
