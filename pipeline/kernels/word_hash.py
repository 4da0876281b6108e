"""The hash of a word: 64 bits of its lower-cased UTF-8, eight bytes at a time.

h = 0; for each eight bytes, little endian, the last ones filled up with zeros: h = (h xor bytes) ×
0x9E3779B97F4A7C15 mod 2**64, then h = h xor (h >> 32). Words of up to eight bytes never collide:
each step can be undone. Case is folded by code point (``characters.lower_table``), so that it
does not part near duplicates. ``python_word_hash`` is the twin in plain Python.
"""

from __future__ import annotations

import numpy as np

from pipeline.kernels.blocks import bytes_at, eight_bytes
from pipeline.kernels.characters import decode, lower_of
from pipeline.kernels.compiled import inlined, kernel

GOLDEN = 0x9E3779B97F4A7C15
ASCII_CASE = np.uint64(0x2020202020202020)
_MASK = 0xFFFFFFFFFFFFFFFF


def python_word_hash(word: str) -> int:
    """The documented hash of one word, in plain Python: the oracle of the kernel."""
    folded = b"".join(_lower(character).encode() for character in word)
    value = 0
    for start in range(0, len(folded), 8):
        value = (value ^ int.from_bytes(folded[start : start + 8], "little")) * GOLDEN & _MASK
        value ^= value >> 32
    return value


def _lower(character: str) -> str:
    lower = character.lower()
    return lower if len(lower) == 1 and ord(character) < 0x20000 else character


@inlined
def fold_bytes(value, chunk):  # type: ignore[no-untyped-def]
    """One step of the hash: eight bytes more."""
    value = (value ^ chunk) * np.uint64(0x9E3779B97F4A7C15)
    return value ^ (value >> np.uint64(32))


@inlined
def hash_of_word(data, start, end, case):  # type: ignore[no-untyped-def]
    """Hash of a word of one byte or more, with the bits ``case`` set in its bytes.

    ASCII_CASE lowers ASCII letters and leaves digits, apostrophes, points and commas as they are;
    0 is for words of characters that have no case.
    """
    value = np.uint64(0)
    at = start
    while end - at > 8:  # so that one to eight bytes are left: one branch less to foretell
        value = fold_bytes(value, eight_bytes(data, at) | case)
        at += 8
    size = end - at
    return fold_bytes(value, bytes_at(data, at, size) | case >> np.uint64(64 - 8 * size))


@inlined
def hash_of_bytes(data, start, end):  # type: ignore[no-untyped-def]
    """Hash of any bytes as they are, made the same way but from their number on."""
    value = np.uint64(end - start)
    at = start
    while end - at >= 8:
        value = fold_bytes(value, eight_bytes(data, at))
        at += 8
    return fold_bytes(value, bytes_at(data, at, end - at)) if at < end else value


@kernel
def hash_of_utf8(data, start, end, lowers):  # type: ignore[no-untyped-def]
    """Hash of any word: lower-cased code point by code point and encoded again."""
    value = np.uint64(0)
    chunk = np.uint64(0)
    filled = 0
    at = start
    while at < end:
        code_point, size = decode(data, at, end)
        at += size
        encoded, length = _encode(lower_of(lowers, code_point))
        for place in range(length):
            chunk |= np.uint64((encoded >> np.uint32(8 * place)) & np.uint32(0xFF)) << np.uint64(
                8 * filled
            )
            filled += 1
            if filled == 8:
                value = fold_bytes(value, chunk)
                chunk = np.uint64(0)
                filled = 0
    if filled > 0:
        value = fold_bytes(value, chunk)
    return value


@inlined
def _encode(code_point):  # type: ignore[no-untyped-def]
    """UTF-8 of a code point: (its bytes, the first one lowest; how many)."""
    low = np.uint32(0x80) | code_point & np.uint32(0x3F)
    if code_point < np.uint32(0x80):
        return np.uint32(code_point), 1
    second = code_point >> np.uint32(6)
    if code_point < np.uint32(0x800):
        return np.uint32(np.uint32(0xC0) | second | low << np.uint32(8)), 2
    middle = np.uint32(0x80) | second & np.uint32(0x3F)
    third = code_point >> np.uint32(12)
    if code_point < np.uint32(0x10000):
        lead = np.uint32(0xE0) | third
        return np.uint32(lead | middle << np.uint32(8) | low << np.uint32(16)), 3
    upper = np.uint32(0x80) | third & np.uint32(0x3F)
    lead = np.uint32(0xF0) | code_point >> np.uint32(18)
    both = middle << np.uint32(16) | low << np.uint32(24)
    return np.uint32(lead | upper << np.uint32(8) | both), 4
