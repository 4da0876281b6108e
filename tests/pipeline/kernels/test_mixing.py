"""Finalisers against known values, and ranks as a uniform sample."""

from __future__ import annotations

import numpy as np
from datasketch.minhash import _fmix

from pipeline.kernels.compiled import kernel
from pipeline.kernels.mixing import (
    document_ranks,
    fmix32,
    fmix64,
    python_fmix64,
    shard_salt,
)


@kernel
def mixed(value):
    return fmix32(np.uint32(value)), fmix64(value)


def test_finalisers_equal_datasketch_and_the_twin():
    for value in (0, 1, 0xDEADBEEF, 2**63 + 12345, 2**64 - 1):
        low, wide = mixed(np.uint64(value))
        assert low == _fmix(np.array([value & 0xFFFFFFFF], np.uint32), 32)[0]
        assert int(wide) == python_fmix64(value) == int(_fmix(np.array([value], np.uint64), 64)[0])


def test_ranks_are_the_twin_of_position_and_salt():
    salt = shard_salt(7, "a.parquet")
    ranks = document_ranks(salt, np.arange(5, dtype=np.uint32))
    assert ranks.tolist() == [python_fmix64(position ^ salt) for position in range(5)]


def test_ranks_are_uniform_and_differ_between_shards():
    positions = np.arange(100_000, dtype=np.uint32)
    one = document_ranks(shard_salt(1, "a"), positions)
    other = document_ranks(shard_salt(1, "b"), positions)
    for ranks in (one, other):
        shares = np.histogram(ranks.astype(np.float64), bins=10, range=(0, 2.0**64))[0] / 1e5
        assert np.abs(shares - 0.1).max() < 0.01
    low_in_both = np.mean((one < 2**63) & (other < 2**63))
    assert abs(low_in_both - 0.25) < 0.01
