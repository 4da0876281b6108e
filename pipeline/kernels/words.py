"""The tokeniser of the house: where words begin and end, and their hash.

A word is

- a maximal run of letters, digits and marks of a script that puts spaces between words; an
  apostrophe (' or ’) between two letters and a point or comma between two digits stay inside;
- each ideograph or kana by itself (Chinese, Japanese);
- each letter with its marks in Thai, Lao, Khmer and Myanmar.

Punctuation and symbols are no words. A run of them that stands alone between white space is a
*symbol token*; shares "of all words" in rules that were defined on white-space tokens (Gopher)
count words and symbol tokens together. The hash of a word is FNV-1a over its lower-cased code
points, 64 bits (Fowler, Noll, Vo; offset basis and prime as published), so that case and
punctuation do not part near duplicates. ``python_word_hash`` is its twin in plain Python.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.document import Mask, TextView
from pipeline.kernels.characters import class_of, class_table, decode, lower_of, lower_table
from pipeline.kernels.compiled import inlined, kernel

FNV_OFFSET = 0xCBF29CE484222325
FNV_PRIME = 0x100000001B3


@dataclass(frozen=True, slots=True)
class Words:
    """All words of a batch, document after document.

    Words of document i are rows ``first[i]:first[i + 1]`` of ``hashes`` (uint64) and ``chars``
    (code points in the word, int32). Documents that are not alive have none.
    """

    first: npt.NDArray[np.int64]
    hashes: npt.NDArray[np.uint64]
    chars: npt.NDArray[np.int32]


def split_words(view: TextView, alive: Mask) -> Words:
    """Split and hash the words of the documents that are alive."""
    lengths = np.where(alive, view.lengths, 0)
    room = int(lengths.sum()) // 2 + len(view) + 1
    hashes = np.empty(room, np.uint64)
    chars = np.empty(room, np.int32)
    first = np.zeros(len(view) + 1, np.int64)
    count = _split(
        view.data, view.offsets, alive, class_table(), lower_table(), first, hashes, chars
    )
    return Words(first, hashes[:count], chars[:count])


def python_word_hash(word: str) -> int:
    """The documented hash of one word, in plain Python: the oracle of the kernel."""
    value = FNV_OFFSET
    for character in word:
        lower = character.lower()
        code_point = ord(lower) if len(lower) == 1 and ord(character) < 0x20000 else ord(character)
        value = ((value ^ code_point) * FNV_PRIME) & 0xFFFFFFFFFFFFFFFF
    return value


@inlined
def joins(classes, data, at, end, code_point, before):  # type: ignore[no-untyped-def]
    """Whether a symbol at byte ``at - its length`` is inside a word.

    ``before`` is the class of the character before it; ``at`` is where the next one begins.
    """
    inside = False
    letter_mark = code_point == np.uint32(0x27) or code_point == np.uint32(0x2019)
    digit_mark = code_point == np.uint32(0x2E) or code_point == np.uint32(0x2C)
    fits = (letter_mark and before == np.uint8(2)) or (digit_mark and before == np.uint8(3))
    if fits and at < end:
        following, _ = decode(data, at, end)
        inside = class_of(classes, following) == before
    return inside


@inlined
def word_step(kind, before, length):  # type: ignore[no-untyped-def]
    """Whether a word ends before a character, and whether the character is part of a word.

    ``kind`` is the class of the character, ``before`` that of the last one that was no mark, and
    ``length`` the code points of the word so far (0 between words).
    """
    starts = kind == np.uint8(5) or kind == np.uint8(6)
    goes_on = kind == np.uint8(2) or kind == np.uint8(3) or (kind == np.uint8(4) and length > 0)
    stands_alone = (before == np.uint8(5) or before == np.uint8(6)) and kind != np.uint8(4)
    ends = length > 0 and (starts or not goes_on or stands_alone)
    return ends, starts or goes_on


@inlined
def goes_on_plainly(classes, byte, before):  # type: ignore[no-untyped-def]
    """Whether a byte is an ASCII letter or digit that no ideograph or syllable stands before.

    Such a byte starts or continues a word, whatever else holds: the short way for most bytes.
    """
    if byte >= np.uint8(0x80) or before == np.uint8(5) or before == np.uint8(6):
        return False
    kind = classes[byte]
    return kind == np.uint8(2) or kind == np.uint8(3)


@kernel
def _split(data, offsets, alive, classes, lowers, first, hashes, chars):  # type: ignore[no-untyped-def]
    prime = np.uint64(0x100000001B3)
    basis = np.uint64(0xCBF29CE484222325)
    count = 0
    for document in range(len(offsets) - 1):
        first[document] = count
        if not alive[document]:
            continue
        at = offsets[document]
        end = offsets[document + 1]
        value = basis
        length = 0  # code points of the word so far; 0 between words
        before = np.uint8(1)
        while at < end:
            begin = at
            while at < end and goes_on_plainly(classes, data[at], before):
                before = classes[data[at]]
                value = (value ^ np.uint64(lowers[data[at]])) * prime
                at += 1
            length += at - begin
            if at == end:
                break
            code_point, size = decode(data, at, end)
            at += size
            kind = class_of(classes, code_point)
            if (
                kind == np.uint8(0)
                and length > 0
                and joins(classes, data, at, end, code_point, before)
            ):
                kind = before  # an apostrophe or decimal sign inside a word
            ends, inside = word_step(kind, before, length)
            if ends:
                hashes[count] = value
                chars[count] = length
                count += 1
                value = basis
                length = 0
            if inside:
                value = (value ^ np.uint64(lower_of(lowers, code_point))) * prime
                length += 1
            if kind != np.uint8(4):
                before = kind
        if length > 0:
            hashes[count] = value
            chars[count] = length
            count += 1
    first[len(offsets) - 1] = count
    return count
