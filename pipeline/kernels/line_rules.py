"""Rewriting documents line by line: citation marks out, lines that break a rule out.

A line without a citation mark is judged where it stands and copied if it breaks no rule. One that
may have marks is written to the output without them, judged there, and taken back if it breaks one.
A document never grows, so the output needs no more room than the input.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.document import Bytes, Mask, Offsets, TextView
from pipeline.kernels.block_counts import joined
from pipeline.kernels.blocks import (
    between,
    bits_below,
    copy_bytes,
    count_bits,
    equal,
    equal_folded,
    letters,
    lowest_bit,
)
from pipeline.kernels.characters import class_of, class_table, decode
from pipeline.kernels.compiled import inlined, kernel
from pipeline.kernels.edges import character_before, ends_with_dots, trimmed
from pipeline.kernels.lines import TERMINAL, role_table
from pipeline.kernels.sentences import phrase_at
from pipeline.kernels.word_steps import joins, word_step

MAX_PHRASES = 64
_EDIT = np.frombuffer(b"[edit]", np.uint8)
_CITATION_NEEDED = np.frombuffer(b"[citation needed]", np.uint8)
# Letters of English from the rarest to the most frequent (Norvig 2013, English Letter Frequency
# Counts, on Google Books): a phrase is sought by its rarest pair.
_RARE_FIRST = "zqjxkvbpgwyfmcudlhrsnioate"


@dataclass(frozen=True, slots=True)
class Phrases:
    """Lower-case ASCII phrases: phrase i is ``data[offsets[i]:offsets[i + 1]]``.

    ``pairs[i]`` are two bytes in a row that few texts have, both letters where it has such, and
    the place of the first in the phrase; of a phrase of one byte, that byte twice and -1.
    Phrases with the same pair at the same place stand in a row.
    """

    data: Bytes
    offsets: Offsets
    pairs: npt.NDArray[np.int64]


def phrases_of(words: tuple[str, ...]) -> Phrases:
    """Make a list of ASCII phrases ready to be searched for; empty ones are left out."""
    encoded = [word.lower().encode("ascii") for word in words if word]
    encoded.sort(key=_rarest_pair)
    ends = np.cumsum([0, *(len(phrase) for phrase in encoded)]).astype(np.int64)
    pairs = np.array([_rarest_pair(phrase) for phrase in encoded], np.int64).reshape(-1, 3)
    return Phrases(np.frombuffer(b"".join(encoded), np.uint8), ends, pairs)


def _rarest_pair(phrase: bytes) -> tuple[int, int, int]:
    if len(phrase) == 1:
        return phrase[0], phrase[0], -1
    places = range(len(phrase) - 1)
    best = min(places, key=lambda place: sum(map(_commonness, phrase[place : place + 2])))
    return phrase[best], phrase[best + 1], best


def _commonness(byte: int) -> int:
    """Rank of a byte in English text, squared so that one rare letter is enough."""
    place = _RARE_FIRST.find(chr(byte))
    return (place if place >= 0 else len(_RARE_FIRST)) ** 2


def keep_lines(
    view: TextView,
    alive: Mask,
    phrases: Phrases,
    *,
    min_words: int,
    max_word_chars: int,
    terminal_punctuation: bool,
    strip_citations: bool,
) -> TextView:
    """The text of the lines that break no rule, joined by line feeds.

    Documents that are not alive come out empty.
    """
    room = int(view.lengths[alive].sum())
    out = np.empty(room + 64, np.uint8)
    offsets = np.zeros(len(view) + 1, np.int64)
    limits = np.array([min_words, max_word_chars, terminal_punctuation, strip_citations], np.int64)
    lists = (phrases.data, phrases.offsets, phrases.pairs)
    tables = (class_table(), role_table())
    _keep_lines(view.data, view.offsets, alive, *tables, *lists, limits, out, offsets)
    return TextView(out[: offsets[-1]], offsets)


@inlined
def _literal_at(data, at, end, literal):  # type: ignore[no-untyped-def]
    matched = 0
    while matched < len(literal) and at + matched < end:
        if data[at + matched] != literal[matched]:
            break
        matched += 1
    return matched == len(literal)


@inlined
def _citation_end(data, at, end):  # type: ignore[no-untyped-def]
    """Where the mark [12], [], [edit] or [citation needed] at ``at`` ends, else ``at``."""
    if _literal_at(data, at, end, _EDIT):
        return at + len(_EDIT)
    if _literal_at(data, at, end, _CITATION_NEEDED):
        return at + len(_CITATION_NEEDED)
    digit = at + 1
    while digit < end and np.uint8(0x30) <= data[digit] <= np.uint8(0x39):
        digit += 1
    if digit < end and data[digit] == np.uint8(0x5D):
        return digit + 1
    return at


@inlined
def _line_of(data, at, end, strips):  # type: ignore[no-untyped-def]
    """Where the line at ``at`` ends, and whether it may have citation marks."""
    brackets = False
    while at < end and at + 64 <= len(data):
        feeds = equal(data, at, 10)
        size = min(lowest_bit(feeds), end - at)
        if strips:
            brackets |= equal(data, at, 0x5B) & bits_below(size) != np.uint64(0)
        if size < 64:
            return at + size, brackets
        at += 64
    while at < end and data[at] != np.uint8(10):
        brackets |= strips and data[at] == np.uint8(0x5B)
        at += 1
    return min(at, end), brackets


@inlined
def _copy_stripped(data, at, end, out, written):  # type: ignore[no-untyped-def]
    """Write a line to ``written`` without citation marks; returns where it ends there."""
    while at < end:
        if data[at] == np.uint8(0x5B):
            behind = _citation_end(data, at, end)
            if behind > at:
                at = behind
                continue
        out[written] = data[at]
        written += 1
        at += 1
    return written


@inlined
def _words_at_head(data, at, end):  # type: ignore[no-untyped-def]
    """Words that surely begin in the ASCII text at the head of a line, and whether that is all."""
    size = min(lowest_bit(between(data, at, 0x80, 128)), end - at)
    valid = bits_below(size)
    alphabet = letters(data, at) & valid
    digits = between(data, at, 48, 10) & valid
    inside = alphabet | digits | joined(equal(data, at, 0x27), alphabet, False)
    inside |= joined(equal(data, at, 0x2E) | equal(data, at, 0x2C), digits, False)
    return count_bits(inside & ~(inside << np.uint64(1))), size == end - at


@inlined
def _has_words(data, at, end, classes, wanted):  # type: ignore[no-untyped-def]
    """Whether a line has at least ``wanted`` words."""
    if at + 64 <= len(data):
        words, is_all = _words_at_head(data, at, end)
        if words >= wanted or is_all:
            return words >= wanted
    words = 0
    length = 0
    before = np.uint8(1)
    while at < end and words < wanted:
        code_point, size = decode(data, at, end)
        at += size
        kind = class_of(classes, code_point)
        if kind == np.uint8(0) and length > 0:
            kind = before if joins(classes, data, at, end, code_point, before) else kind
        ends, inside = word_step(kind, before, length)
        if ends:
            words += 1
            length = 0
        length += inside
        if kind != np.uint8(4):
            before = kind
    return words + (length > 0) >= wanted


@inlined
def _has_long_run(data, at, end, classes, longest):  # type: ignore[no-untyped-def]
    """Whether a run without white space, ideograph or syllable has over ``longest`` characters."""
    if end - at <= longest:
        return False
    run = 0
    while at < end and run <= longest:
        code_point, size = decode(data, at, end)
        at += size
        kind = class_of(classes, code_point)
        run += 1
        if kind == np.uint8(1) or kind == np.uint8(5) or kind == np.uint8(6):
            run = 0
    return run > longest


@inlined
def _ends_sentence(data, start, end, classes, roles):  # type: ignore[no-untyped-def]
    """Whether a line ends with terminal punctuation, and not with "..."."""
    first, last = trimmed(data, start, end, classes)
    if first == last or ends_with_dots(data, first, last):
        return False
    code_point, _ = decode(data, character_before(data, first, last), last)
    return code_point < np.uint32(0x10000) and roles[code_point] == np.uint8(TERMINAL)


@inlined
def _has_phrase(data, start, end, phrases, ends, pairs):  # type: ignore[no-untyped-def]
    """Whether one of the phrases stands anywhere in a line, in any case."""
    at = start
    while at < end and at + 65 <= len(data):
        bits = np.uint64(0)
        for number in range(len(pairs)):
            if number == 0 or not _same_pair(pairs, number - 1, number):
                bits = equal_folded(data, at, pairs[number, 0])
                if bits != np.uint64(0) and pairs[number, 2] >= 0:
                    bits &= equal_folded(data, at + 1, pairs[number, 1])
                bits &= bits_below(end - at)
            left = bits
            while left != np.uint64(0):
                place = at + lowest_bit(left) - max(pairs[number, 2], 0)
                left &= left - np.uint64(1)
                if place >= start and phrase_at(
                    data, place, end, phrases, ends[number], ends[number + 1]
                ):
                    return True
        at += 64
    return at < end and _has_phrase_slowly(data, start, end, phrases, ends)


@kernel
def _has_phrase_slowly(data, start, end, phrases, ends):  # type: ignore[no-untyped-def]
    """The same question where a block would reach beyond the data."""
    for place in range(start, end):
        for number in range(len(ends) - 1):
            if phrase_at(data, place, end, phrases, ends[number], ends[number + 1]):
                return True
    return False


@inlined
def _same_pair(pairs, one, other):  # type: ignore[no-untyped-def]
    same = pairs[one, 0] == pairs[other, 0] and pairs[one, 1] == pairs[other, 1]
    return same and (pairs[one, 2] < 0) == (pairs[other, 2] < 0)


@inlined
def _is_kept(data, start, end, classes, roles, phrases, ends, pairs, limits):  # type: ignore[no-untyped-def]
    if not _has_words(data, start, end, classes, limits[0]):
        return False
    if limits[2] != 0 and not _ends_sentence(data, start, end, classes, roles):
        return False
    if _has_long_run(data, start, end, classes, limits[1]):
        return False
    return not _has_phrase(data, start, end, phrases, ends, pairs)


@kernel
def _keep_lines(  # type: ignore[no-untyped-def]
    data, offsets, alive, classes, roles, phrases, ends, pairs, limits, out, out_offsets
):
    written = 0
    strips = limits[3] != 0
    for document in range(len(offsets) - 1):
        at = offsets[document]
        end = offsets[document + 1] if alive[document] else at
        kept = 0
        while at < end:
            line = written
            if kept > 0:
                out[written] = 10
                line += 1
            stop, brackets = _line_of(data, at, end, strips)
            if brackets:
                line_stop = _copy_stripped(data, at, stop, out, line)
                keeps = _is_kept(out, line, line_stop, classes, roles, phrases, ends, pairs, limits)
            else:
                line_stop = line + stop - at
                keeps = _is_kept(data, at, stop, classes, roles, phrases, ends, pairs, limits)
                if keeps:
                    copy_bytes(data, at, stop, out, line)
            if keeps:
                written = line_stop
                kept += 1
            at = stop + 1
        out_offsets[document + 1] = written
