"""Words of fastText: how its library cuts, hashes and looks them up.

Source: the behaviour of fastText's C++ library. Words stand between white space and null
characters; hashes are 32-bit FNV-1a over bytes that are extended with their sign; "</s>" ends a
text; a word that looks like a label is passed over.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.kernels.characters import decode
from pipeline.kernels.compiled import inlined, kernel
from pipeline.kernels.pointers import pointer_to

FNV_START = 2166136261
_FNV_PRIME = 16777619
_LABEL = (95, 95, 108, 97, 98, 101, 108, 95, 95)  # "__label__"
_SEPARATOR = 1
_MAYBE_APART = 2  # the first byte of a character that may be a word of its own


class Text(NamedTuple):
    """How bytes are cut into words: the role of each byte, and the characters that stand apart."""

    roles: npt.NDArray[np.uint8]
    apart: npt.NDArray[np.uint8]


class Lexicon(NamedTuple):
    """The dictionary: words, then labels, in the order of the model.

    ``slots`` is an open-addressing table of 2^k entries, ``hash << 32 | entry + 1``, 0 where empty.
    Entry i is ``letters[spans[i]:spans[i + 1]]``.
    """

    slots: npt.NDArray[np.uint64]
    spans: npt.NDArray[np.int64]
    letters: npt.NDArray[np.uint8]


class Entries(NamedTuple):
    """Entries of a dictionary as a file has them: where the words are, counts, kinds; and the
    bytes that they take. There are fewer than were asked for when the data ends within one."""

    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    kinds: npt.NDArray[np.uint8]
    size_bytes: int


class Cutting(NamedTuple):
    """``Text`` and ``Lexicon`` as pointers, with the sizes of their tables."""

    roles: Any
    apart: Any
    apart_size: Any
    slots: Any
    mask: Any
    spans: Any
    letters: Any


def text_rules(apart: npt.NDArray[np.uint8] | None = None) -> Text:
    """White space separates; so do the characters that ``apart`` marks, none below U+2000."""
    roles = np.zeros(256, np.uint8)
    roles[np.frombuffer(b"\0\t\n\v\f\r ", np.uint8)] = _SEPARATOR
    if apart is None:
        return Text(roles, np.zeros(1, np.uint8))
    roles[0xE2:0xF5] = _MAYBE_APART
    return Text(roles, apart)


def lexicon_of(spans: npt.NDArray[np.int64], letters: npt.NDArray[np.uint8]) -> Lexicon:
    """The dictionary of these entries, its table at most half full."""
    slots = np.zeros(1 << max(4, (2 * len(spans)).bit_length()), np.uint64)
    _fill_slots(slots, spans, letters)
    return Lexicon(slots, spans, letters)


def entries_in(data: npt.NDArray[np.uint8], count: int) -> Entries:
    """The first ``count`` entries of ``data``: word, 0, its count (8 bytes), its kind (1 byte)."""
    starts, ends, counts = (np.empty(count, np.int64) for _ in range(3))
    kinds = np.empty(count, np.uint8)
    read, size_bytes = _scan_entries(data, starts, ends, counts, kinds)
    return Entries(starts[:read], ends[:read], counts[:read], kinds[:read], size_bytes)


def end_hash() -> int:
    """Hash of "</s>", which ends every text."""
    value = FNV_START
    for byte in b"</s>":
        value = (value ^ byte) * _FNV_PRIME & 0xFFFFFFFF
    return value


@inlined
def cutting_of(text, lexicon):  # type: ignore[no-untyped-def]
    """Pointers into both; they last as long as the arrays."""
    return Cutting(
        pointer_to(text.roles),
        pointer_to(text.apart),
        np.uint32(len(text.apart)),
        pointer_to(lexicon.slots),
        np.uint64(len(lexicon.slots) - 1),
        pointer_to(lexicon.spans),
        pointer_to(lexicon.letters),
    )


@inlined
def hash_step(value, byte):  # type: ignore[no-untyped-def]
    """One byte of 32-bit FNV-1a as the library does it: the byte is extended with its sign."""
    signed = np.uint32(np.int32(np.int8(byte)))
    return np.uint32(np.uint32(value ^ signed) * np.uint32(_FNV_PRIME))


@inlined
def is_separator(cutting, byte):  # type: ignore[no-untyped-def]
    """Whether a byte is white space or a null character."""
    return cutting.roles[byte] == np.uint8(_SEPARATOR)


@inlined
def next_word(cutting, data, at, end):  # type: ignore[no-untyped-def]
    """The word that begins at ``at``, where no separator is: (its end, its hash)."""
    start = at
    value = np.uint32(FNV_START)
    stop = end
    while at < stop:
        role = cutting.roles[data[at]]
        if role != np.uint8(0):
            if role == np.uint8(_SEPARATOR):
                break
            code_point, size = decode(data, at, end)
            if code_point < cutting.apart_size and cutting.apart[code_point] != np.uint8(0):
                if at > start:
                    break
                stop = at + size
        value = hash_step(value, data[at])
        at += 1
    return at, value


@inlined
def _is_entry(cutting, entry, data, start, end):  # type: ignore[no-untyped-def]
    first, size = cutting.spans[entry], end - start
    if cutting.spans[entry + 1] - first != size:
        return False
    equal = 0
    while equal < size and data[start + equal] == cutting.letters[first + equal]:
        equal += 1
    return equal == size


@inlined
def entry_of(cutting, data, start, end, value):  # type: ignore[no-untyped-def]
    """Number of the entry equal to ``data[start:end]``, whose hash is ``value``; -1 for none."""
    slot = np.uint64(value) & cutting.mask
    found = np.int64(-1)
    while True:
        held = cutting.slots[slot]
        if held == np.uint64(0):
            break
        if held >> np.uint64(32) == np.uint64(value):
            entry = np.int64(held & np.uint64(0xFFFFFFFF)) - 1
            if _is_entry(cutting, entry, data, start, end):
                found = entry
                break
        slot = (slot + np.uint64(1)) & cutting.mask
    return found


@inlined
def is_label_like(data, start, end):  # type: ignore[no-untyped-def]
    """Whether a word begins with "__label__"."""
    if end - start < len(_LABEL):
        return False
    equal = 0
    while equal < len(_LABEL) and data[start + equal] == np.uint8(_LABEL[equal]):
        equal += 1
    return equal == len(_LABEL)


@inlined
def is_end_of_text(data, start, end):  # type: ignore[no-untyped-def]
    """Whether a word is "</s>"."""
    return (
        end - start == 4
        and data[start] == np.uint8(60)
        and data[start + 1] == np.uint8(47)
        and data[start + 2] == np.uint8(115)
        and data[start + 3] == np.uint8(62)
    )


@kernel
def _fill_slots(slots, spans, letters):  # type: ignore[no-untyped-def]
    """Put every entry into an empty table of slots; of equal entries the first is found."""
    mask = np.uint64(len(slots) - 1)
    for entry in range(len(spans) - 1):
        value = np.uint32(FNV_START)
        for at in range(spans[entry], spans[entry + 1]):
            value = hash_step(value, letters[at])
        slot = np.uint64(value) & mask
        while slots[slot] != np.uint64(0):
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = np.uint64(value) << np.uint64(32) | np.uint64(entry + 1)


@kernel
def _scan_entries(data, starts, ends, counts, kinds):  # type: ignore[no-untyped-def]
    """Fill an element of each array per entry; returns (entries read, bytes read)."""
    at = 0
    for entry in range(len(starts)):
        end = at
        while end < len(data) and data[end] != np.uint8(0):
            end += 1
        if end + 10 > len(data):
            return entry, at
        count = np.uint64(0)
        for i in range(8):
            count |= np.uint64(data[end + 1 + i]) << np.uint64(8 * i)
        starts[entry], ends[entry] = at, end
        counts[entry] = np.int64(count)
        kinds[entry] = data[end + 9]
        at = end + 10
    return len(starts), at
