"""Measures of lines: how they begin and end, how long they are, which repeat.

A line is what stands between line feeds; white space at its edges does not count, and lines of
white space only count for nothing: the published thresholds were set on extracted text, which has
no blank lines.
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from pipeline.document import Mask, TextView
from pipeline.kernels.blocks import bits_below, count_bits, count_characters, equal, find_byte
from pipeline.kernels.characters import class_of, class_table, decode
from pipeline.kernels.compiled import inlined, kernel
from pipeline.kernels.edges import character_before, ends_with_dots, trimmed
from pipeline.kernels.tables import slot_of, slots_for
from pipeline.kernels.word_hash import hash_of_bytes

COLUMNS: tuple[str, ...] = (
    "lines",
    "line_chars",  # code points in lines
    "newlines",
    "bullet_lines",  # begin with "•" or "-"
    "ellipsis_lines",  # end with "..." or "…"
    "terminal_lines",  # end with terminal punctuation or a closing quote
    "short_lines",  # SHORT_LINE_CHARS or less
    "long_lines",  # more than that
    "duplicate_lines",  # equal to an earlier line
    "duplicate_line_chars",
    "incomplete_lines",  # long lines that end with a letter, digit, comma or hyphen
    "paragraphs",  # runs of lines with no blank line between
    "duplicate_paragraphs",
    "duplicate_paragraph_chars",
)
SHORT_LINE_CHARS = 30

TERMINAL = 1
_ELLIPSIS = 2
_CONTINUES = 3

# Sentence terminals. Source: Unicode Character Database, PropList.txt, Sentence_Terminal; and
# the quotes ' " of FineWeb with their typographic forms.
_TERMINALS = ".!?։؞؟۔।॥၊။።፧፨᙮។៕᠃᠉‼‽⁇⁈⁉⸮。꓿꘎꘏꛳꛷꡶꡷꣎꣏꩝꩞꩟꫰꫱꯫﹒﹖﹗！．？｡\"'’”»」』"


def measure_lines(view: TextView, alive: Mask) -> npt.NDArray[np.float64]:
    """COLUMNS of each document, shape (n, 14); rows of documents that are not alive are NaN.

    Lines and paragraphs are compared by a 64-bit hash of their bytes, edges trimmed.
    """
    measured = np.full((len(view), len(COLUMNS)), np.nan)
    slots = slots_for(_most_entries(view.data, view.offsets, alive))
    keys, stamps = np.empty(slots, np.uint64), np.zeros(slots, np.uint32)
    tables = (class_table(), role_table())
    _measure_lines(view.data, view.offsets, alive, *tables, keys, stamps, measured)
    return measured


@functools.cache
def role_table() -> npt.NDArray[np.uint8]:
    """What each code point below 0x10000 says at the edge of a line."""
    roles = np.zeros(0x10000, np.uint8)
    for character in _TERMINALS:
        roles[ord(character)] = TERMINAL
    for character in ",،、，;；-‐‑–—":
        roles[ord(character)] = _CONTINUES
    roles[ord("…")] = _ELLIPSIS
    return roles


@inlined
def _seen(keys, stamps, slots, stamp, key):  # type: ignore[no-untyped-def]
    """Whether ``key`` is in the table already; it is afterwards."""
    slot = slot_of(keys, stamps, slots, stamp, key)
    if stamps[slot] == stamp:
        return True
    keys[slot] = key
    stamps[slot] = stamp
    return False


@inlined
def _count_edges(data, start, end, chars, classes, roles, row):  # type: ignore[no-untyped-def]
    """Add what the two ends of one trimmed line say to the document's row."""
    first, _ = decode(data, start, end)
    row[3] += first == np.uint32(0x2022) or first == np.uint32(0x2D)
    last_at = character_before(data, start, end)
    last, _ = decode(data, last_at, end)
    role = roles[last] if last < np.uint32(0x10000) else np.uint8(0)
    row[4] += ends_with_dots(data, start, end) or role == np.uint8(_ELLIPSIS)
    row[5] += role == np.uint8(TERMINAL) or role == np.uint8(_ELLIPSIS)
    row[6] += chars <= SHORT_LINE_CHARS
    row[7] += chars > SHORT_LINE_CHARS
    kind = class_of(classes, last)
    goes_on = role == np.uint8(_CONTINUES) or (
        kind != np.uint8(0) and kind != np.uint8(1) and kind != np.uint8(7)
    )
    row[10] += chars > SHORT_LINE_CHARS and goes_on


@inlined
def _count_newlines(data, start, end):  # type: ignore[no-untyped-def]
    """Line feeds, and the most lines and paragraphs together that there can be between them."""
    newlines = 0
    filled = 1  # lines of at least one byte
    carry = np.uint64(1)  # whether a line feed, or nothing, stands before
    at = start
    while at < end and at + 64 <= len(data):
        bits = equal(data, at, 10) & bits_below(end - at)
        newlines += count_bits(bits)
        filled += count_bits(bits & ~(bits << np.uint64(1) | carry))
        carry = bits >> np.uint64(63)
        at += 64
    while at < end:
        is_feed = data[at] == np.uint8(10)
        newlines += is_feed
        filled += is_feed and carry == np.uint64(0)
        carry = np.uint64(is_feed)
        at += 1
    return newlines, min(newlines + 2, 2 * filled)


@kernel
def _most_entries(data, offsets, alive):  # type: ignore[no-untyped-def]
    """The most lines and paragraphs together that there can be in a document."""
    most = 0
    for document in range(len(offsets) - 1):
        if alive[document]:
            _, entries = _count_newlines(data, offsets[document], offsets[document + 1])
            most = max(most, entries)
    return most


@inlined
def _end_paragraph(keys, stamps, slots, stamp, value, chars, row):  # type: ignore[no-untyped-def]
    row[11] += 1
    if _seen(keys, stamps, slots, stamp, value):
        row[12] += 1
        row[13] += chars


@inlined
def _walk_lines(data, start, end, classes, roles, keys, stamps, slots, stamp, row):  # type: ignore[no-untyped-def]
    """Measure lines and paragraphs; a paragraph's hash folds those of its lines.

    Both are in one table: folding gives a paragraph of one line another hash than the line.
    """
    prime = np.uint64(0x9E3779B97F4A7C15)
    fresh = ~prime  # of a paragraph that has no line yet
    paragraph = fresh
    paragraph_chars = 0
    at = start
    while at < end:
        stop = find_byte(data, at, end, 10)
        first, last = trimmed(data, at, stop, classes)
        if first < last:
            value = hash_of_bytes(data, first, last)
            chars = count_characters(data, first, last)
            row[0] += 1
            row[1] += chars
            _count_edges(data, first, last, chars, classes, roles, row)
            if _seen(keys, stamps, slots, stamp, value):
                row[8] += 1
                row[9] += chars
            paragraph_chars += chars + (paragraph != fresh)
            paragraph = (paragraph ^ value) * prime
        elif paragraph != fresh:
            _end_paragraph(keys, stamps, slots, stamp, paragraph, paragraph_chars, row)
            paragraph = fresh
            paragraph_chars = 0
        at = stop + 1
    if paragraph != fresh:
        _end_paragraph(keys, stamps, slots, stamp, paragraph, paragraph_chars, row)


@kernel
def _measure_lines(data, offsets, alive, classes, roles, keys, stamps, measured):  # type: ignore[no-untyped-def]
    stamp = np.uint32(0)
    for document in range(len(offsets) - 1):
        if not alive[document]:
            continue
        start = offsets[document]
        end = offsets[document + 1]
        row = measured[document]
        row[:] = 0.0
        row[2], entries = _count_newlines(data, start, end)
        stamp += np.uint32(1)
        slots = slots_for(entries)
        _walk_lines(data, start, end, classes, roles, keys, stamps, slots, stamp, row)
