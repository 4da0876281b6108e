"""The main script of a document: which alphabet most of its letters are of."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from pipeline.document import Mask, TextView
from pipeline.kernels.blocks import between, bits_below, count_bits, letters, lowest_bit
from pipeline.kernels.characters import IDEOGRAPH, LETTER, SYLLABLE, class_table, decode
from pipeline.kernels.compiled import kernel

SCRIPTS: tuple[str, ...] = (
    "none",
    "latin",
    "greek",
    "cyrillic",
    "hebrew",
    "arabic",
    "devanagari",
    "thai",
    "han",
    "kana",
    "hangul",
    "other",
)
UNSPACED_SCRIPTS: tuple[str, ...] = ("thai", "han", "kana")  # written without spaces between words
PREFIX_BYTES = 65536
KANA_SHARE = 0.1

# Ranges of code points. Source: Unicode Character Database, Blocks.txt.
_RANGES = {
    "latin": (
        (0x41, 0x5A),
        (0x61, 0x7A),
        (0xAA, 0xAA),
        (0xBA, 0xBA),
        (0xC0, 0x2AF),
        (0x1D00, 0x1DBF),
        (0x1E00, 0x1EFF),
        (0x2C60, 0x2C7F),
        (0xA720, 0xA7FF),
        (0xAB30, 0xAB6F),
        (0xFB00, 0xFB06),
        (0xFF21, 0xFF5A),
    ),
    "greek": ((0x370, 0x3FF), (0x1F00, 0x1FFF)),
    "cyrillic": ((0x400, 0x52F), (0x1C80, 0x1C8F), (0x2DE0, 0x2DFF), (0xA640, 0xA69F)),
    "hebrew": ((0x590, 0x5FF), (0xFB1D, 0xFB4F)),
    "arabic": (
        (0x600, 0x6FF),
        (0x750, 0x77F),
        (0x870, 0x8FF),
        (0xFB50, 0xFDFF),
        (0xFE70, 0xFEFC),
    ),
    "devanagari": ((0x900, 0x97F), (0xA8E0, 0xA8FF)),
    "thai": ((0xE00, 0xE7F),),
    "han": (
        (0x2E80, 0x2FDF),
        (0x3005, 0x3007),
        (0x3021, 0x3029),
        (0x3400, 0x4DBF),
        (0x4E00, 0x9FFF),
        (0xF900, 0xFAFF),
    ),
    "kana": ((0x3041, 0x30FF), (0x31F0, 0x31FF), (0xFF66, 0xFF9F), (0x1B000, 0x1B16F)),
    "hangul": ((0x1100, 0x11FF), (0x3130, 0x318F), (0xA960, 0xA97F), (0xAC00, 0xD7FF)),
}


def main_scripts(view: TextView, alive: Mask) -> npt.NDArray[np.uint8]:
    """Row in SCRIPTS of each document's main script: the one with most bytes of letters.

    Only the first 65,536 bytes are read. Han and kana count together; such text is kana (Japanese)
    when at least a tenth of it is kana, else han. Documents without letters, and those that are
    not alive, are "none".
    """
    found = np.zeros(len(view), np.uint8)
    letter_bytes = np.zeros(len(SCRIPTS), np.int64)
    _main_scripts(view.data, view.offsets, alive, _script_table(), letter_bytes, found)
    return found


@functools.cache
def _script_table() -> npt.NDArray[np.uint8]:
    """Row in SCRIPTS of each letter below 0x20000; 0 for what is no letter."""
    letters = np.isin(class_table(), (LETTER, IDEOGRAPH, SYLLABLE))
    table = np.where(letters, np.uint8(SCRIPTS.index("other")), np.uint8(0))
    for name, ranges in _RANGES.items():
        for low, high in ranges:
            part = table[low : high + 1]
            part[part > 0] = SCRIPTS.index(name)
    return table


_LATIN = SCRIPTS.index("latin")
_HAN = SCRIPTS.index("han")
_KANA = SCRIPTS.index("kana")


@kernel
def _main_scripts(data, offsets, alive, table, letter_bytes, found):  # type: ignore[no-untyped-def]
    for document in range(len(offsets) - 1):
        if not alive[document]:
            continue
        letter_bytes[:] = 0
        at = offsets[document]
        end = min(offsets[document + 1], at + PREFIX_BYTES)
        while at < end:
            if at + 64 <= len(data):
                size = min(lowest_bit(between(data, at, 0x80, 128)), end - at)
                if size > 1:  # ASCII: its letters are Latin
                    letter_bytes[_LATIN] += count_bits(letters(data, at) & bits_below(size))
                    at += min(size, 64)
                    continue
            code_point, size = decode(data, at, end)
            at += size
            if code_point < np.uint32(0x20000):
                letter_bytes[table[code_point]] += size
            elif code_point < np.uint32(0x40000):
                letter_bytes[_HAN] += size
        letter_bytes[0] = 0
        both = letter_bytes[_HAN] + letter_bytes[_KANA]
        is_kana = letter_bytes[_KANA] >= KANA_SHARE * both
        letter_bytes[_KANA] = both if is_kana else 0
        letter_bytes[_HAN] = 0 if is_kana else both
        found[document] = np.argmax(letter_bytes)
