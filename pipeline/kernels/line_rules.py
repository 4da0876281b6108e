"""Rewriting documents line by line: citation marks out, lines that break a rule out.

Each line is written to the output without its citation marks, judged there, and taken back if it
breaks a rule. A document never grows, so the output needs no more room than the input.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.document import Bytes, Mask, Offsets, TextView
from pipeline.kernels.characters import class_of, class_table, decode
from pipeline.kernels.compiled import inlined, kernel
from pipeline.kernels.edges import character_before, ends_with_dots, trimmed
from pipeline.kernels.lines import TERMINAL, role_table
from pipeline.kernels.sentences import phrase_at
from pipeline.kernels.words import goes_on_plainly, joins, word_step

MAX_PHRASES = 64
_MASKED_BYTES = 4
_EDIT = np.frombuffer(b"[edit]", np.uint8)
_CITATION_NEEDED = np.frombuffer(b"[citation needed]", np.uint8)


@dataclass(frozen=True, slots=True)
class Phrases:
    """Lower-case ASCII phrases: phrase i is ``data[offsets[i]:offsets[i + 1]]``.

    Bit i of ``masks[p, b]`` says that byte b, in either case, can be byte p of phrase i, for the
    first four bytes; a phrase that is shorter takes any byte there. At most 64 phrases.
    """

    data: Bytes
    offsets: Offsets
    masks: npt.NDArray[np.uint64]


def phrases_of(words: tuple[str, ...]) -> Phrases:
    """Make a list of ASCII phrases ready to be searched for; empty ones are left out."""
    encoded = [word.lower().encode("ascii") for word in words if word]
    masks = np.zeros((_MASKED_BYTES, 256), np.uint64)
    for number, phrase in enumerate(encoded):
        bit = np.uint64(1 << number)
        for place in range(_MASKED_BYTES):
            letters = phrase[place : place + 1]
            either = [*letters.lower(), *letters.upper()] if letters else range(256)
            masks[place, list(either)] |= bit
    ends = np.cumsum([0, *(len(phrase) for phrase in encoded)]).astype(np.int64)
    return Phrases(np.frombuffer(b"".join(encoded), np.uint8), ends, masks)


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
    out = np.empty(room, np.uint8)
    offsets = np.zeros(len(view) + 1, np.int64)
    limits = np.array([min_words, max_word_chars, terminal_punctuation, strip_citations], np.int64)
    lists = (phrases.data, phrases.offsets, phrases.masks)
    tables = (class_table(), role_table())
    _keep_lines(view.data, view.offsets, alive, tables, lists, limits, out, offsets)
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
def _copy_line(data, at, end, strips, out, written):  # type: ignore[no-untyped-def]
    """Write one line to ``written``, without citation marks: (where it ended, written to)."""
    while at < end and data[at] != np.uint8(10):
        if strips and data[at] == np.uint8(0x5B):
            behind = _citation_end(data, at, end)
            if behind > at:
                at = behind
                continue
        out[written] = data[at]
        written += 1
        at += 1
    return at, written


@inlined
def _has_words(data, at, end, classes, wanted):  # type: ignore[no-untyped-def]
    """Whether a line has at least ``wanted`` words."""
    words = 0
    length = 0
    before = np.uint8(1)
    while at < end and words < wanted:
        if goes_on_plainly(classes, data[at], before):
            before = classes[data[at]]
            length += 1
            at += 1
            continue
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
def _candidates(data, at, end, masks):  # type: ignore[no-untyped-def]
    """The phrases that the first bytes at ``at`` leave possible, as bits."""
    left = masks[0, data[at]]
    place = 1
    while left != np.uint64(0) and place < _MASKED_BYTES and at + place < end:
        left &= masks[place, data[at + place]]
        place += 1
    return left


@inlined
def _has_phrase(data, at, end, phrases, ends, masks):  # type: ignore[no-untyped-def]
    """Whether one of the phrases stands anywhere in a line, in any case."""
    for place in range(at, end):
        left = _candidates(data, place, end, masks)
        number = 0
        while left != np.uint64(0):
            if left & np.uint64(1) and phrase_at(
                data, place, end, phrases, ends[number], ends[number + 1]
            ):
                return True
            left >>= np.uint64(1)
            number += 1
    return False


@inlined
def _is_kept(data, start, end, tables, lists, limits):  # type: ignore[no-untyped-def]
    if not _has_words(data, start, end, tables[0], limits[0]):
        return False
    if limits[2] != 0 and not _ends_sentence(data, start, end, tables[0], tables[1]):
        return False
    if _has_long_run(data, start, end, tables[0], limits[1]):
        return False
    return not _has_phrase(data, start, end, lists[0], lists[1], lists[2])


@kernel
def _keep_lines(data, offsets, alive, tables, lists, limits, out, out_offsets):  # type: ignore[no-untyped-def]
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
            at, line_stop = _copy_line(data, at, end, strips, out, line)
            if _is_kept(out, line, line_stop, tables, lists, limits):
                written = line_stop
                kept += 1
            at += 1
        out_offsets[document + 1] = written
