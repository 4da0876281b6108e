"""Integer mixing: the finalisers of MurmurHash3, and ranks that draw seeded samples."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

from pipeline.kernels.compiled import inlined

_MASK = 0xFFFFFFFFFFFFFFFF


@inlined
def fmix32(value):  # type: ignore[no-untyped-def]
    """Finaliser of MurmurHash3, 32 bits (Appleby 2011): a bijection that avalanches."""
    value = np.uint32(value ^ (value >> np.uint32(16)))
    value = np.uint32(value * np.uint32(0x85EBCA6B))
    value = np.uint32(value ^ (value >> np.uint32(13)))
    value = np.uint32(value * np.uint32(0xC2B2AE35))
    return np.uint32(value ^ (value >> np.uint32(16)))


@inlined
def fmix64(value):  # type: ignore[no-untyped-def]
    """Finaliser of MurmurHash3, 64 bits (Appleby 2011)."""
    value = value ^ (value >> np.uint64(33))
    value = value * np.uint64(0xFF51AFD7ED558CCD)
    value = value ^ (value >> np.uint64(33))
    value = value * np.uint64(0xC4CEB9FE1A85EC53)
    return value ^ (value >> np.uint64(33))


def python_fmix64(value: int) -> int:
    """The 64-bit finaliser in plain Python."""
    value ^= value >> 33
    value = value * 0xFF51AFD7ED558CCD & _MASK
    value ^= value >> 33
    value = value * 0xC4CEB9FE1A85EC53 & _MASK
    return value ^ value >> 33


def shard_salt(seed: int, shard: str) -> int:
    """64 bits of a seed and a shard's name; independent of the other shards of the run."""
    digest = hashlib.blake2b(f"{seed}\0{shard}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def document_ranks(salt: int, positions: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint64]:
    """A uniform 64-bit rank per document of a shard; the smallest ranks are a random sample."""
    value = positions.astype(np.uint64) ^ np.uint64(salt)
    value ^= value >> np.uint64(33)
    value *= np.uint64(0xFF51AFD7ED558CCD)
    value ^= value >> np.uint64(33)
    value *= np.uint64(0xC4CEB9FE1A85EC53)
    value ^= value >> np.uint64(33)
    return value
