"""Digests of normalised text: MurmurHash3 x64, 128 bits, of each document of a batch.

Two documents are equal when their normalised texts are: Unicode NFC (done beforehand for the few
documents that are not in that form), runs of white space folded to one space and cut at both
ends, case kept. Source of the hash: A. Appleby, MurmurHash3_x64_128, seed 0, public domain.
"""

from __future__ import annotations

import functools
import unicodedata

import numpy as np
import numpy.typing as npt

from pipeline.document import Mask, TextView
from pipeline.kernels.blocks import (
    between,
    copy_block_blanked,
    eight_bytes,
    equal,
    lowest_bit,
    white,
)
from pipeline.kernels.characters import class_of, class_table, decode, kept_table
from pipeline.kernels.compiled import inlined, kernel
from pipeline.kernels.mixing import fmix64

_TABLE_SIZE = 0x20000


def digests(view: TextView, alive: Mask, fold_white_space: bool) -> npt.NDArray[np.uint64]:
    """128-bit digests, shape (n, 2), high word first; zeros where not alive."""
    out = np.zeros((len(view), 2), np.uint64)
    longest = int(view.lengths.max(initial=0, where=alive))
    scratch = np.empty(longest + 64, np.uint8)
    _digest(view.data, view.offsets, alive, class_table(), fold_white_space, scratch, out)
    return out


def not_nfc(view: TextView, alive: Mask) -> Mask:
    """Documents that may not be in normal form C; the others surely are."""
    out = np.zeros(len(view), np.bool_)
    _flag(view.data, view.offsets, alive, _composing_table(), out)
    return out


@functools.cache
def _composing_table() -> npt.NDArray[np.uint8]:
    return kept_table("composing", _composing)


def _composing() -> npt.NDArray[np.uint8]:
    """1 for code points that NFC may change, join to what stands before, or reorder."""
    table = np.zeros(_TABLE_SIZE, np.uint8)
    for code_point in range(0x80, _TABLE_SIZE):
        if 0xD800 <= code_point < 0xE000:
            continue
        character = chr(code_point)
        parts = unicodedata.decomposition(character)
        if parts and not parts.startswith("<") and " " in parts:
            second = int(parts.split()[1], 16)
            if second < _TABLE_SIZE:
                table[second] = 1
        changed = unicodedata.normalize("NFC", character) != character
        if changed or unicodedata.combining(character):
            table[code_point] = 1
    table[0x1161:0x1176] = 1  # Hangul vowels and final consonants compose by rule
    table[0x11A8:0x11C3] = 1
    return table


@kernel
def _flag(data, offsets, alive, composing, out):  # type: ignore[no-untyped-def]
    for document in range(len(offsets) - 1):
        if not alive[document]:
            continue
        at = offsets[document]
        end = offsets[document + 1]
        while at < end:
            if at + 64 <= len(data) and between(data, at, 0xCC, 0x34) == np.uint64(0):
                at += 64
                continue
            if data[at] < np.uint8(0xCC):  # ASCII and Latin: nothing below U+0300 composes
                at += 1
                continue
            code_point, size = decode(data, at, end)
            at += size
            changes = code_point >= np.uint32(0x20000)
            if not changes:
                changes = composing[code_point] != np.uint8(0)
            if changes:
                out[document] = True
                break


@inlined
def rotate(value, bits):  # type: ignore[no-untyped-def]
    """Rotate 64 bits to the left."""
    return (value << np.uint64(bits)) | (value >> np.uint64(64 - bits))


@inlined
def _plain_run(data, at, spaced):  # type: ignore[no-untyped-def]
    """Bytes of a block that folding copies, white space to spaces: no two of it in a row.

    It stops before a byte that may begin white space beyond ASCII (U+0085 and others). ``spaced``:
    white space at the first byte is a second one.
    """
    spaces = white(data, at)
    twice = spaces & (spaces << np.uint64(1) | np.uint64(spaced))
    doubtful = equal(data, at, 0xC2) | between(data, at, 0xE1, 3)
    return lowest_bit(twice | doubtful)


@kernel
def _fold(data, start, end, classes, scratch):  # type: ignore[no-untyped-def]
    """Copy a document with white space folded; returns the bytes written."""
    size = 0
    gap = False
    at = start
    while at < end:
        if at + 64 <= len(data):
            block = _plain_run(data, at, gap or size == 0)
            block = min(block, end - at)
            while block > 8 and at + block < end and data[at + block] & 0xC0 == 0x80:
                block -= 1  # not through a character
            if block > 8:
                if gap:
                    scratch[size] = np.uint8(0x20)
                    size += 1
                copy_block_blanked(data, at, scratch, size)
                size += block - 1
                at += block
                gap = scratch[size] == np.uint8(0x20)  # a space at the end may be the last one
                size += not gap
                continue
        byte = data[at]
        if byte < np.uint8(0x80):  # the common case, without decoding
            at += 1
            if byte == np.uint8(0x20) or (np.uint8(9) <= byte and byte <= np.uint8(13)):
                gap = size > 0
                continue
            if gap:
                scratch[size] = np.uint8(0x20)
                size += 1
                gap = False
            scratch[size] = byte
            size += 1
            continue
        code_point, width = decode(data, at, end)
        if class_of(classes, code_point) == np.uint8(1):
            gap = size > 0
        else:
            if gap:
                scratch[size] = np.uint8(0x20)
                size += 1
                gap = False
            for i in range(width):
                scratch[size + i] = data[at + i]
            size += width
        at += width
    return size


@kernel
def _murmur128(data, size):  # type: ignore[no-untyped-def]
    c1 = np.uint64(0x87C37B91114253D5)
    c2 = np.uint64(0x4CF5AD432745937F)
    h1 = np.uint64(0)
    h2 = np.uint64(0)
    blocks = size // 16
    for block in range(blocks):
        k1 = eight_bytes(data, block * 16)
        k2 = eight_bytes(data, block * 16 + 8)
        h1 ^= rotate(k1 * c1, 31) * c2
        h1 = (rotate(h1, 27) + h2) * np.uint64(5) + np.uint64(0x52DCE729)
        h2 ^= rotate(k2 * c2, 33) * c1
        h2 = (rotate(h2, 31) + h1) * np.uint64(5) + np.uint64(0x38495AB5)
    k1 = np.uint64(0)
    k2 = np.uint64(0)
    for i in range(blocks * 16, size):
        place = i - blocks * 16
        if place < 8:
            k1 |= np.uint64(data[i]) << np.uint64(8 * place)
        else:
            k2 |= np.uint64(data[i]) << np.uint64(8 * (place - 8))
    h2 ^= rotate(k2 * c2, 33) * c1
    h1 ^= rotate(k1 * c1, 31) * c2
    h1 ^= np.uint64(size)
    h2 ^= np.uint64(size)
    h1 += h2
    h2 += h1
    h1 = fmix64(h1)
    h2 = fmix64(h2)
    h1 += h2
    h2 += h1
    return h1, h2


@kernel
def _digest(data, offsets, alive, classes, fold_white_space, scratch, out):  # type: ignore[no-untyped-def]
    for document in range(len(offsets) - 1):
        if not alive[document]:
            continue
        start = offsets[document]
        end = offsets[document + 1]
        if fold_white_space:
            size = _fold(data, start, end, classes, scratch)
            high, low = _murmur128(scratch, size)
        else:
            high, low = _murmur128(data[start:end], end - start)
        out[document, 0] = high
        out[document, 1] = low
