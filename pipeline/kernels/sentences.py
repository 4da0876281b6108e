"""What C4 asks of a whole document: curly brackets, filler text, sentences.

Sentences are counted line by line. One ends at . ? or ! (and closing quotes or brackets after it)
when white space or the end of the line follows, at 。 ？ or ！ and other full-width marks wherever
they stand, and at the end of a line that holds words after the last such mark. C4 counts with
NLTK's punkt, which also gives at least one sentence per line and knows abbreviations; this does
not. Source: Raffel et al. 2020, section 2.2, and tensorflow_datasets' c4_utils.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.document import Mask, TextView
from pipeline.kernels.blocks import (
    between,
    bits_below,
    count_bits,
    equal,
    equal_folded,
    letters,
    lowest_bit,
    white,
    zeros_above,
)
from pipeline.kernels.characters import class_of, class_table, decode
from pipeline.kernels.compiled import inlined, kernel

COLUMNS: tuple[str, ...] = ("curly_brackets", "lorem_ipsum", "sentences")
_LOREM_IPSUM = np.frombuffer(b"lorem ipsum", np.uint8)
_UNSPACED_MARKS = tuple(np.uint32(ord(mark)) for mark in "。？！｡։؟۔।॥።")
_SPACED_MARKS = tuple(np.uint32(ord(mark)) for mark in ".?!…")
_CLOSERS = tuple(np.uint32(ord(mark)) for mark in "\"')]}’”»」』）")


def measure_sentences(view: TextView, alive: Mask) -> npt.NDArray[np.float64]:
    """COLUMNS of each document, shape (n, 3); rows of documents that are not alive are NaN.

    ``lorem_ipsum`` is how often the phrase occurs, in any case.
    """
    measured = np.full((len(view), len(COLUMNS)), np.nan)
    _measure_sentences(view.data, view.offsets, alive, class_table(), _LOREM_IPSUM, measured)
    return measured


@inlined
def phrase_at(data, at, end, phrases, first, last):  # type: ignore[no-untyped-def]
    """Whether ``phrases[first:last]``, lower-case ASCII, stands at byte ``at`` in any case."""
    if at + last - first > end:
        return False
    for place in range(first, last):
        byte = data[at + place - first]
        if np.uint8(65) <= byte <= np.uint8(90):
            byte |= np.uint8(0x20)
        if byte != phrases[place]:
            return False
    return True


@inlined
def _is_one_of(code_point, marks):  # type: ignore[no-untyped-def]
    found = False
    for mark in marks:
        found = found or code_point == mark
    return found


@inlined
def _fillers(data, at, size, end, filler):  # type: ignore[no-untyped-def]
    """How often the filler begins among ``size`` bytes of a block, in any case."""
    first = equal_folded(data, at, 0x6C)
    second = equal_folded(data, at, 0x6F) >> np.uint64(1) | np.uint64(1) << np.uint64(63)
    third = equal_folded(data, at, 0x72) >> np.uint64(2) | np.uint64(3) << np.uint64(62)
    found = 0
    begins = first & second & third & bits_below(size)
    while begins != np.uint64(0):
        found += phrase_at(data, at + lowest_bit(begins), end, filler, 0, len(filler))
        begins &= begins - np.uint64(1)
    return found


@inlined
def _run_has(marks, run, place, carry):  # type: ignore[no-untyped-def]
    """Whether the run of set bits right below ``place`` holds a mark, or ``carry`` below bit 0."""
    gaps = ~run & bits_below(place)
    if gaps == np.uint64(0):
        return carry or marks & bits_below(place) != np.uint64(0)
    begin = 64 - zeros_above(gaps)
    return marks & bits_below(place) & ~bits_below(begin) != np.uint64(0)


@inlined
def _block_sentences(data, at, size, spaces, has_words, at_mark):  # type: ignore[no-untyped-def]
    """Sentences that end in ``size`` plain bytes: (sentences, has_words, at_mark)."""
    valid = bits_below(size)
    words = (letters(data, at) | between(data, at, 48, 10)) & valid
    marks = (equal(data, at, 0x2E) | equal(data, at, 0x3F) | equal(data, at, 0x21)) & valid
    closers = equal(data, at, 0x22) | equal(data, at, 0x27) | equal(data, at, 0x29)
    closers |= equal(data, at, 0x5D) | equal(data, at, 0x7D)
    run = (marks | closers) & valid
    feeds = equal(data, at, 10) & valid
    events = spaces & (run << np.uint64(1) | np.uint64(at_mark)) | feeds
    sentences = 0
    rest = ~np.uint64(0)  # what stands after the last event
    while events != np.uint64(0):
        place = lowest_bit(events)
        has_words = has_words or words & rest & bits_below(place) != np.uint64(0)
        if has_words and (
            feeds >> np.uint64(place) & np.uint64(1) or _run_has(marks, run, place, at_mark)
        ):
            sentences += 1
            has_words = False
        rest = ~bits_below(place + 1)
        events &= events - np.uint64(1)
    has_words = has_words or words & rest != np.uint64(0)
    return sentences, has_words, _run_has(marks, run, size, at_mark)


@kernel
def _measure_sentences(data, offsets, alive, classes, filler, measured):  # type: ignore[no-untyped-def]
    for document in range(len(offsets) - 1):
        if not alive[document]:
            continue
        curly = fillers = sentences = 0
        has_words = False  # since the last sentence ended
        at_mark = False  # a mark that ends the sentence if white space follows
        at = offsets[document]
        end = offsets[document + 1]
        while at < end:
            if at + 64 <= len(data):
                spaces = white(data, at)
                plain = between(data, at, 0x20, 95) | spaces
                size = min(lowest_bit(~plain), end - at)
                if size > 1:
                    fillers += _fillers(data, at, size, end, filler)
                    brackets = equal(data, at, 0x7B) | equal(data, at, 0x7D)
                    curly += count_bits(brackets & bits_below(size))
                    spaces &= bits_below(size)
                    ended, has_words, at_mark = _block_sentences(
                        data, at, size, spaces, has_words, at_mark
                    )
                    sentences += ended
                    at += size
                    continue
            byte = data[at]
            if byte == np.uint8(0x6C) or byte == np.uint8(0x4C):
                fillers += phrase_at(data, at, end, filler, 0, len(filler))
            code_point, size = decode(data, at, end)
            at += size
            kind = class_of(classes, code_point)
            if kind == np.uint8(1):
                if has_words and (at_mark or code_point == np.uint32(10)):
                    sentences += 1
                    has_words = False
                at_mark = False
            elif kind == np.uint8(0):
                curly += code_point == np.uint32(0x7B) or code_point == np.uint32(0x7D)
                if _is_one_of(code_point, _UNSPACED_MARKS):
                    sentences += has_words
                    has_words = False
                elif _is_one_of(code_point, _SPACED_MARKS):
                    at_mark = True
                elif not _is_one_of(code_point, _CLOSERS):
                    at_mark = False
            elif kind != np.uint8(4) and kind != np.uint8(7):
                has_words = True
                at_mark = False
        measured[document, 0] = curly
        measured[document, 1] = fillers
        measured[document, 2] = sentences + has_words
