"""Each bit of a mask stands for its byte."""

from __future__ import annotations

import random

import numba
import numpy as np
import pytest

from pipeline.kernels import byte_masks
from pipeline.kernels.byte_masks import WIDTH, bit_count, copy_block, first_bit, word_at

DATA = np.frombuffer(bytes(range(256)) + random.Random(4).randbytes(700), np.uint8)
PLACES = range(3, len(DATA) - WIDTH + 1)


def masks_of(mask):
    @numba.njit
    def at(data, place):
        return mask(data, place)

    return lambda place: int(at(DATA, place))


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("string_stops", lambda byte: byte in b'"\\' or byte < 0x20),
        ("backslashes", lambda byte: byte == 0x5C),
        ("line_feeds", lambda byte: byte == 0x0A),
        ("controls", lambda byte: byte < 0x20),
        ("beyond_ascii", lambda byte: byte >= 0x80),
    ],
)
def test_mask_is_the_test_of_each_byte(name: str, holds) -> None:
    mask = masks_of(getattr(byte_masks, name))
    for place in PLACES:
        block = DATA[place : place + WIDTH]
        assert mask(place) == sum(1 << i for i, byte in enumerate(block) if holds(int(byte)))


def test_bits_words_and_blocks() -> None:
    @numba.njit
    def bits(mask):
        return first_bit(mask), bit_count(mask)

    @numba.njit
    def word(data, place):
        return word_at(data, place)

    @numba.njit
    def copied(data, place, out, to):
        copy_block(data, place, out, to)

    for mask in (1, 2, 2**63, 2**63 + 8, 2**64 - 1, 0x5500):
        found = bits(np.uint64(mask))
        assert found == ((mask & -mask).bit_length() - 1, mask.bit_count())
    assert word(DATA, 300) == int.from_bytes(DATA[300:308].tobytes(), "little")
    out = np.zeros(100, np.uint8)
    copied(DATA, 301, out, 7)
    assert out[7 : 7 + WIDTH].tolist() == DATA[301 : 301 + WIDTH].tolist()
    assert not out[:7].any()
    assert not out[7 + WIDTH :].any()
