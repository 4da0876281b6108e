from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels import blocks
from pipeline.kernels.characters import lower_table
from pipeline.kernels.compiled import kernel
from pipeline.kernels.word_hash import hash_of_utf8, hash_of_word, python_word_hash

BLOCKS = st.binary(min_size=66, max_size=66) | st.text("aZ09 \n\t.,'k\x7f\x80é", min_size=66).map(
    lambda text: text.encode()[:66].ljust(66, b"x")
)


@kernel
def _masks(data, at, byte, out):  # type: ignore[no-untyped-def]
    out[0] = blocks.letters(data, at)
    out[1] = blocks.white(data, at)
    out[2] = blocks.between(data, at, 48, 10)
    out[3] = blocks.equal(data, at, byte)
    out[4] = blocks.equal_folded(data, at, byte)
    out[5] = blocks.continuing(data, at)
    out[6] = blocks.eight_bytes(data, at)


@kernel
def _numbers(bits, out):  # type: ignore[no-untyped-def]
    out[0] = blocks.count_bits(bits)
    out[1] = blocks.lowest_bit(bits)
    out[2] = blocks.zeros_above(bits)


@kernel
def _spans(data, start, end, byte, out, numbers):  # type: ignore[no-untyped-def]
    numbers[0] = blocks.find_byte(data, start, end, byte)
    numbers[1] = blocks.count_characters(data, start, end)
    blocks.copy_bytes(data, start, end, out, 3)


@kernel
def _copies(data, at, out):  # type: ignore[no-untyped-def]
    blocks.copy_block(data, at, out, 0)
    blocks.copy_block_blanked(data, at, out, 64)


@kernel
def _hashes(data, start, end, lowers, out):  # type: ignore[no-untyped-def]
    out[0] = hash_of_word(data, start, end, np.uint64(0x2020202020202020))
    out[1] = hash_of_utf8(data, start, end, lowers)


def _bits(block: bytes, holds) -> int:
    return sum(1 << place for place, byte in enumerate(block) if holds(byte))


@given(data=BLOCKS, at=st.integers(0, 2), byte=st.integers(0, 255))
def test_masks_say_of_each_byte_what_python_says(data: bytes, at: int, byte: int) -> None:
    out = np.zeros(7, np.uint64)
    _masks(np.frombuffer(data, np.uint8), at, byte, out)
    block = data[at : at + 64]
    assert out.tolist() == [
        _bits(block, lambda b: chr(b).isascii() and chr(b).isalpha()),
        _bits(block, lambda b: b in b" \t\n\v\f\r"),
        _bits(block, lambda b: b in b"0123456789"),
        _bits(block, lambda b: b == byte),
        _bits(block, lambda b: b | 0x20 == byte),
        _bits(block, lambda b: 0x80 <= b < 0xC0),
        int.from_bytes(block[:8], "little"),
    ]


@given(bits=st.integers(0, 2**64 - 1) | st.sampled_from([0, 1, 1 << 63]))
def test_bits_are_counted_and_found(bits: int) -> None:
    out = np.zeros(3, np.int64)
    _numbers(np.uint64(bits), out)
    lowest = (bits & -bits).bit_length() - 1 if bits else 64
    assert out.tolist() == [bits.bit_count(), lowest, 64 - bits.bit_length()]


@given(text=st.text("ab\né中𝒳", max_size=200), behind=st.sampled_from([0, 1, 70]), data=st.data())
def test_spans_at_any_place_and_at_the_end_of_the_data(text: str, behind: int, data) -> None:
    whole = text.encode()
    start = data.draw(st.integers(0, len(text)))
    start = len(text[:start].encode())
    array = np.frombuffer(whole + b"\n" * behind, np.uint8)
    out, numbers = np.zeros(3 + len(whole) + 64, np.uint8), np.zeros(2, np.int64)
    _spans(array, start, len(whole), 10, out, numbers)
    place = whole.find(b"\n", start)
    assert numbers.tolist() == [
        place if place >= 0 else len(whole),
        len(whole[start:].decode()),
    ]
    assert out[3 : 3 + len(whole) - start].tobytes() == whole[start:]


@given(data=BLOCKS)
def test_a_block_is_copied_with_and_without_its_white_space(data: bytes) -> None:
    out = np.zeros(128, np.uint8)
    _copies(np.frombuffer(data, np.uint8), 1, out)
    assert out[:64].tobytes() == data[1:65]
    table = bytes(0x20 if 9 <= byte <= 13 else byte for byte in range(256))
    assert out[64:].tobytes() == data[1:65].translate(table)


@given(word=st.text("aB9'.,", min_size=1, max_size=40), behind=st.sampled_from([b"", b"x" * 9]))
def test_both_ways_to_hash_a_word_agree(word: str, behind: bytes) -> None:
    data = np.frombuffer(word.encode() + behind, np.uint8)
    out = np.zeros(2, np.uint64)
    _hashes(data, 0, len(word), lower_table(), out)
    assert out.tolist() == [python_word_hash(word)] * 2
