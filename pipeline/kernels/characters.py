"""Character classes: what every tokeniser and counter in the house agrees on."""

from __future__ import annotations

import functools
import os
import unicodedata
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from pipeline.kernels.compiled import CACHE_DIRECTORY, inlined

T = TypeVar("T", bound=np.generic)

SYMBOL = 0  # punctuation, symbols, unassigned
SPACE = 1
LETTER = 2  # alphabetic, in scripts that put spaces between words
DIGIT = 3
MARK = 4  # combining marks, joiners, soft hyphen: continue what they follow
IDEOGRAPH = 5  # Han and Kana: every character is a word
SYLLABLE = 6  # Thai, Lao, Khmer, Myanmar: a letter with its marks is a word
CONTROL = 7  # control characters other than white space

# Ranges of code points. Source: Unicode Character Database, Blocks.txt and Scripts.txt.
_IDEOGRAPHS = (
    (0x2E80, 0x2FDF),
    (0x3005, 0x3007),
    (0x3021, 0x3029),
    (0x3041, 0x30FF),
    (0x3105, 0x312F),
    (0x31A0, 0x31BF),
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),
    (0x1B000, 0x1B16F),
    (0x20000, 0x3FFFF),
)
_SYLLABLES = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0xA9E0, 0xA9FF),
    (0xAA60, 0xAA7F),
)
_TABLE_SIZE = 0x20000  # planes 0 and 1; beyond, ideographs up to 0x3FFFF, then symbols


def _within(code_point: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= code_point <= high for low, high in ranges)


def _class_of(code_point: int) -> int:
    if code_point < 0x20 or 0x7F <= code_point < 0xA0:
        return SPACE if code_point in (9, 10, 11, 12, 13, 0x85) else CONTROL
    category = unicodedata.category(chr(code_point))
    if category[0] == "Z" or code_point == 0x200B:  # the zero-width space separates words
        return SPACE
    if category[0] == "M" or code_point in (0xAD, 0x200C, 0x200D, 0x2060, 0xFEFF):
        return MARK
    if category[0] == "L":
        if _within(code_point, _IDEOGRAPHS):
            return IDEOGRAPH
        return SYLLABLE if _within(code_point, _SYLLABLES) else LETTER
    if category[0] == "N":
        return IDEOGRAPH if _within(code_point, _IDEOGRAPHS) else DIGIT
    return SYMBOL


@functools.cache
def class_table() -> npt.NDArray[np.uint8]:
    """Class of each code point below 0x20000, shape (131072,)."""
    return kept_table("classes", _classes)


@functools.cache
def lower_table() -> npt.NDArray[np.uint32]:
    """Simple lower case of each code point below 0x20000 (itself where it has none)."""
    return kept_table("lowers", _lowers)


def _classes() -> npt.NDArray[np.uint8]:
    return np.fromiter(map(_class_of, range(_TABLE_SIZE)), np.uint8, _TABLE_SIZE)


def _lowers() -> npt.NDArray[np.uint32]:
    table = np.arange(_TABLE_SIZE, dtype=np.uint32)
    for code_point in range(_TABLE_SIZE):
        if 0xD800 <= code_point < 0xE000:
            continue
        lower = chr(code_point).lower()
        if len(lower) == 1:
            table[code_point] = ord(lower)
    return table


def kept_table(name: str, build: Callable[[], npt.NDArray[T]]) -> npt.NDArray[T]:
    """A table from the kernels' cache, built once per machine where building takes half a second.

    ``name`` holds whatever the table depends on, beside Python's Unicode data.
    """
    if CACHE_DIRECTORY is None:
        return build()
    path = CACHE_DIRECTORY / f"{name}-unicode-{unicodedata.unidata_version}.npy"
    if path.exists():
        return np.load(path, allow_pickle=False)
    table = build()
    unfinished = path.with_suffix(f".{os.getpid()}.tmp")
    with unfinished.open("wb") as stream:
        np.save(stream, table, allow_pickle=False)
    unfinished.replace(path)
    return table


@inlined
def decode(data, at, end):  # type: ignore[no-untyped-def]
    """Code point at byte ``at`` of valid UTF-8, and its length in bytes: (code_point, length).

    A sequence cut off by ``end`` reads as U+FFFD of length 1, so no byte beyond it is touched.
    """
    byte = np.uint32(data[at])
    if byte < np.uint32(0x80):
        return byte, 1
    length = 2
    if byte >= np.uint32(0xE0):
        length = 3 if byte < np.uint32(0xF0) else 4
    if at + length > end:
        return np.uint32(0xFFFD), 1
    bits = np.uint32(data[at + 1]) & np.uint32(0x3F)
    if length == 2:
        return np.uint32((byte & np.uint32(0x1F)) << np.uint32(6) | bits), length
    bits = np.uint32(bits << np.uint32(6) | np.uint32(data[at + 2]) & np.uint32(0x3F))
    if length == 3:
        return np.uint32((byte & np.uint32(0x0F)) << np.uint32(12) | bits), length
    bits = np.uint32(bits << np.uint32(6) | np.uint32(data[at + 3]) & np.uint32(0x3F))
    return np.uint32((byte & np.uint32(0x07)) << np.uint32(18) | bits), length


@inlined
def class_of(classes, code_point):  # type: ignore[no-untyped-def]
    """Class of a code point by ``class_table()``, with the planes beyond it by rule."""
    if code_point < np.uint32(0x20000):
        return classes[code_point]
    return np.uint8(5) if code_point < np.uint32(0x40000) else np.uint8(0)


@inlined
def lower_of(lowers, code_point):  # type: ignore[no-untyped-def]
    """Simple lower case of a code point by ``lower_table()``."""
    return lowers[code_point] if code_point < np.uint32(0x20000) else code_point
