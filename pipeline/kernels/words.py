"""The tokeniser of the house: where words begin and end, their hashes, and what they are among.

A word is

- a maximal run of letters, digits and marks of a script that puts spaces between words; an
  apostrophe (' or ’) between two letters and a point or comma between two digits stay inside;
- each ideograph or kana by itself (Chinese, Japanese);
- each letter with its marks in Thai, Lao, Khmer and Myanmar.

Punctuation and symbols are no words. A run of them that stands alone between white space is a
*symbol token*; shares "of all words" in rules that were defined on white-space tokens (Gopher)
count words and symbol tokens together.

One pass splits, hashes and counts. It goes by blocks of ASCII, where the questions are answered on
bits (``pipeline.kernels.blocks``), and character by character where anything else stands.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.document import Mask, TextView
from pipeline.kernels.block_counts import (
    UNBROKEN_CHARS,
    alphabetic_words,
    ascii_block,
    count_dots,
    count_run,
    count_tokens,
    joined,
    opened,
)
from pipeline.kernels.blocks import BLOCK, bits_below, count_bits, lowest_bit, padded
from pipeline.kernels.characters import class_of, class_table, decode, lower_table
from pipeline.kernels.compiled import inlined, kernel
from pipeline.kernels.stop_words import (
    NO_LIST,
    NO_STOP_WORDS,
    StopWords,
    most_found,
    note_words,
    sieve_of,
)
from pipeline.kernels.word_hash import ASCII_CASE, hash_of_utf8, hash_of_word
from pipeline.kernels.word_steps import joins, word_step

COLUMNS: tuple[str, ...] = (
    "chars",  # code points
    "special_chars",  # symbols, punctuation and control characters
    "hash_signs",  # "#"
    "ellipses",  # "..." (not overlapping) and "…"
    "words",
    "word_chars",  # code points in words
    "alphabetic_words",  # words with a letter, ideograph or syllable
    "symbol_tokens",  # runs between white space that hold a symbol and no word
    "longest_unbroken_chars",  # longest run without white space, ideograph or syllable
    "unbroken_chars",  # code points in such runs of more than UNBROKEN_CHARS
    "stop_words",  # distinct stop words of the document's list
)


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
    nothing = np.full(len(view), NO_LIST, np.int64)
    return scan_words(view, alive, NO_STOP_WORDS, nothing)[0]


def scan_words(
    view: TextView, alive: Mask, stop_words: StopWords, list_of: npt.NDArray[np.int64]
) -> tuple[Words, npt.NDArray[np.float64]]:
    """The words of the documents that are alive, and COLUMNS of each document, shape (n, 11).

    Rows of documents that are not alive are NaN. ``list_of[i]`` is the row of document i's stop
    list in ``stop_words.languages``, or ANY_LIST for the list that fits best, or NO_LIST, for which
    ``stop_words`` is NaN.
    """
    lengths = np.where(alive, view.lengths, 0)
    return _scanned(view, alive, stop_words, list_of, int(lengths.sum()) // 2 + len(view) + 1)


def count_words(view: TextView, alive: Mask) -> npt.NDArray[np.float64]:
    """COLUMNS of each document, shape (n, 11), with no word hashed: ``stop_words`` is NaN."""
    nothing = np.full(len(view), NO_LIST, np.int64)
    return _scanned(view, alive, NO_STOP_WORDS, nothing, 0)[1]


def _scanned(
    view: TextView, alive: Mask, stop_words: StopWords, list_of: npt.NDArray[np.int64], room: int
) -> tuple[Words, npt.NDArray[np.float64]]:
    """The words, if there is ``room`` for them, and the counts."""
    hashes = np.empty(room, np.uint64)
    chars = np.empty(room, np.int32)
    first = np.zeros(len(view) + 1, np.int64)
    counts = np.full((len(view), len(COLUMNS)), np.nan)
    count = _scan(
        view.data,
        view.offsets,
        alive,
        class_table(),
        lower_table(),
        stop_words.keys,
        stop_words.rows,
        stop_words.members,
        stop_words.sieves,
        list_of,
        np.empty(BLOCK, np.uint8),
        np.zeros(stop_words.members.shape[1], np.uint64),
        first,
        hashes,
        chars,
        counts,
    )
    return Words(first, hashes[:count], chars[:count]), counts


@kernel
def _scan(  # type: ignore[no-untyped-def]
    data,
    offsets,
    alive,
    classes,
    lowers,
    keys,
    rows,
    members,
    sieves,
    list_of,
    scratch,
    found,
    first,
    hashes,
    chars,
    counts,
):
    count = 0
    keeps = len(hashes) > 0  # or only counts
    for document in range(len(offsets) - 1):
        first[document] = count
        if not alive[document]:
            continue
        found[:] = np.uint64(0)
        wanted = list_of[document]
        sieve = sieve_of(wanted, sieves)
        total = special = hash_signs = ellipses = dots = 0
        word_chars = alphabetic = symbol_tokens = 0
        run = longest = unbroken = 0
        has_symbol = has_word = has_letter = in_word = False
        begin = extra = 0  # of the word: its first byte, and bytes beyond one per character
        before = np.uint8(1)
        at = offsets[document]
        end = offsets[document + 1]
        while at < end:
            if at + 64 <= len(data):
                block = ascii_block(data, at, end - at)
            else:
                padded(data, at, scratch)
                block = ascii_block(scratch, 0, end - at)
            size, alphabet, digits, spaces, apostrophes, signs, points, hashes_at = block
            if size > 0 and before != np.uint8(5) and before != np.uint8(6):
                inside = alphabet | digits
                joiners = joined(apostrophes, alphabet, before == np.uint8(2))
                joiners |= joined(signs, digits, before == np.uint8(3))
                inside |= joiners
                total += size
                special += size - count_bits(alphabet | digits | spaces)
                hash_signs += count_bits(hashes_at)
                if points != np.uint64(0):
                    ended, dots = count_dots(points, size, dots)
                    ellipses += ended
                else:
                    dots = 0
                word_chars += count_bits(inside)
                already = count
                shifted = inside << np.uint64(1) | np.uint64(in_word)
                starts = inside & ~shifted
                stops = ~inside & shifted & bits_below(size)
                if in_word and stops != np.uint64(0):  # the word that came into the block
                    stop = at + lowest_bit(stops)
                    count = _put_word(data, begin, stop, extra, lowers, hashes, chars, count)
                    alphabetic += has_letter or alphabet & bits_below(stop - at) != np.uint64(0)
                    stops &= stops - np.uint64(1)
                    in_word = False
                alphabetic += alphabetic_words(starts, stops, alphabet, digits)
                if not keeps:
                    count += count_bits(stops)
                    starts = opened(starts, stops)
                    stops = np.uint64(0)
                while stops != np.uint64(0):
                    start = at + lowest_bit(starts)
                    stop = at + lowest_bit(stops)
                    hashes[count] = hash_of_word(data, start, stop, ASCII_CASE)
                    chars[count] = stop - start
                    count += 1
                    starts &= starts - np.uint64(1)
                    stops &= stops - np.uint64(1)
                if starts != np.uint64(0):  # a word that goes out of the block
                    in_word = True
                    begin = at + lowest_bit(starts)
                    extra = 0
                    has_letter = False
                if in_word:
                    has_letter |= alphabet & ~bits_below(max(begin - at, 0)) != np.uint64(0)
                if sieve != np.uint64(0):
                    sieve = note_words(
                        hashes, already, count, keys, rows, members, sieves, wanted, sieve, found
                    )
                ended, has_symbol, has_word = count_tokens(
                    inside, spaces, size, has_symbol, has_word
                )
                symbol_tokens += ended
                run, longest, unbroken = count_run(spaces, size, run, longest, unbroken)
                last = np.uint64(1) << np.uint64(size - 1)
                if alphabet & last != np.uint64(0):
                    before = np.uint8(2)
                elif digits & last != np.uint64(0):
                    before = np.uint8(3)
                else:
                    before = np.uint8(spaces & last != np.uint64(0))
                at += size
                continue
            while at < end:
                code_point, size = decode(data, at, end)
                kind = class_of(classes, code_point)
                here = at
                at += size
                total += 1
                if kind == np.uint8(0) or kind == np.uint8(7):
                    special += 1
                    dots = dots + 1 if code_point == np.uint32(0x2E) else 0
                    if dots == 3:
                        ellipses += 1
                        dots = 0
                    hash_signs += code_point == np.uint32(0x23)
                    ellipses += code_point == np.uint32(0x2026)
                    has_symbol |= kind == np.uint8(0)
                    if in_word and joins(classes, data, at, end, code_point, before):
                        kind = before  # an apostrophe or decimal sign inside a word
                else:
                    dots = 0
                ends, inside = word_step(kind, before, np.int64(in_word))
                if ends:
                    no_case = before == np.uint8(5) or before == np.uint8(6)
                    if keeps and no_case:
                        hashes[count] = hash_of_word(data, begin, here, np.uint64(0))
                        chars[count] = here - begin - extra
                        count += 1
                    else:
                        count = _put_word(data, begin, here, extra, lowers, hashes, chars, count)
                    alphabetic += has_letter
                    in_word = False
                    if sieve != np.uint64(0):
                        sieve = note_words(
                            hashes,
                            count - 1,
                            count,
                            keys,
                            rows,
                            members,
                            sieves,
                            wanted,
                            sieve,
                            found,
                        )
                if inside:
                    if not in_word:
                        in_word = True
                        begin = here
                        extra = 0
                        has_letter = False
                    extra += size - 1
                    word_chars += 1
                    has_word = True
                    has_letter |= kind == np.uint8(2) or kind == np.uint8(5) or kind == np.uint8(6)
                if kind != np.uint8(4):
                    before = kind
                if kind == np.uint8(1) or kind == np.uint8(5) or kind == np.uint8(6):
                    longest = max(longest, run)
                    unbroken += run if run > UNBROKEN_CHARS else 0
                    run = 0
                    if kind == np.uint8(1):
                        symbol_tokens += has_symbol and not has_word
                        has_symbol = False
                        has_word = False
                else:
                    run += 1
                if _is_plain(data, at, end, before):
                    break
        if in_word:
            count = _put_word(data, begin, end, extra, lowers, hashes, chars, count)
            alphabetic += has_letter
            if sieve != np.uint64(0):
                sieve = note_words(
                    hashes, count - 1, count, keys, rows, members, sieves, wanted, sieve, found
                )
        symbol_tokens += has_symbol and not has_word
        longest = max(longest, run)
        unbroken += run if run > UNBROKEN_CHARS else 0
        counts[document, 0] = total
        counts[document, 1] = special
        counts[document, 2] = hash_signs
        counts[document, 3] = ellipses
        counts[document, 4] = count - first[document]
        counts[document, 5] = word_chars
        counts[document, 6] = alphabetic
        counts[document, 7] = symbol_tokens
        counts[document, 8] = longest
        counts[document, 9] = unbroken
        if wanted != -1:
            counts[document, 10] = most_found(found, wanted)
    first[len(offsets) - 1] = count
    return count


@inlined
def _put_word(data, begin, end, extra, lowers, hashes, chars, count):  # type: ignore[no-untyped-def]
    """Append a word that has ``extra`` bytes more than characters, if words are kept.

    Returns the new count.
    """
    if len(hashes) == 0:
        return count + 1
    if extra == 0:
        hashes[count] = hash_of_word(data, begin, end, ASCII_CASE)
    else:
        hashes[count] = hash_of_utf8(data, begin, end, lowers)
    chars[count] = end - begin - extra
    return count + 1


@inlined
def _is_plain(data, at, end, before):  # type: ignore[no-untyped-def]
    """Whether the way by blocks is worth taking: two ASCII characters in a row come next."""
    if at + 1 >= end or before == np.uint8(5) or before == np.uint8(6):
        return False
    low, high = np.uint8(0x20), np.uint8(0x7F)
    return low <= data[at] < high and low <= data[at + 1] < high
