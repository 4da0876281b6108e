"""What one block of ASCII text adds to the counts of a document, worked out on its bits.

Each function takes what was left open by the text before the block and returns it anew, so that a
document can go by blocks where it is ASCII and by characters elsewhere (``kernels.words``).
"""

from __future__ import annotations

import numpy as np

from pipeline.kernels.blocks import (
    between,
    bits_below,
    count_bits,
    equal,
    letters,
    lowest_bit,
    white,
    zeros_above,
)
from pipeline.kernels.compiled import inlined

UNBROKEN_CHARS = 100


@inlined
def ascii_block(data, at, left):  # type: ignore[no-untyped-def]
    """Masks of the ASCII text from ``at`` on, of at most 64 and ``left`` bytes.

    It stops before the first byte beyond ASCII and the first control character, and before an
    apostrophe, point or comma that may join what follows the block to what stands before:
    (bytes, letters, digits, white space, apostrophes, points and commas, points, hash signs).
    """
    alphabet = letters(data, at)
    digits = between(data, at, 48, 10)
    spaces = white(data, at)
    plain = between(data, at, 0x20, 95) | spaces
    apostrophes = equal(data, at, 0x27)
    points = equal(data, at, 0x2E)
    signs = points | equal(data, at, 0x2C)
    size = min(lowest_bit(~plain), left, 64)
    if size > 0 and size < left:
        size -= np.int64((apostrophes | signs) >> np.uint64(size - 1) & np.uint64(1))
    valid = bits_below(size)
    return (
        size,
        alphabet & valid,
        digits & valid,
        spaces & valid,
        apostrophes & valid,
        signs & valid,
        points & valid,
        equal(data, at, 0x23) & valid,
    )


@inlined
def joined(marks, kind, carry):  # type: ignore[no-untyped-def]
    """Which ``marks`` have characters of ``kind`` on both sides; ``carry``: of it before bit 0."""
    after = kind >> np.uint64(1)
    before = kind << np.uint64(1) | np.uint64(carry)
    return marks & before & after


@inlined
def count_dots(points, size, dots):  # type: ignore[no-untyped-def]
    """Runs of points in a block: ("..." that end in it, points of the last one left over)."""
    one, two = np.uint64(dots >= 1), np.uint64(dots >= 2)
    second = points & (points << np.uint64(1) | one)
    third = second & (points << np.uint64(2) | one << np.uint64(1) | two)
    found = 0
    if third == np.uint64(0):  # the left-over ones are those that reach the end
        last = np.uint64(size - 1)
        if points >> last & np.uint64(1) == np.uint64(0):
            return found, 0
        return found, 2 if second >> last & np.uint64(1) else 1
    for place in range(size):
        dots = dots + 1 if points >> np.uint64(place) & np.uint64(1) else 0
        if dots == 3:
            found += 1
            dots = 0
    return found, dots


@inlined
def count_tokens(words, spaces, size, has_symbol, has_word):  # type: ignore[no-untyped-def]
    """Symbol tokens that end in a block: (how many, has_symbol, has_word of the last token)."""
    valid = bits_below(size)
    symbols = valid & ~(words | spaces)
    begins = symbols & (spaces << np.uint64(1) | np.uint64(not has_word))
    behind = (symbols + begins) & ~symbols  # adding carries through each run to what follows it
    ended = count_bits(behind & spaces)
    ended += has_symbol and not has_word and spaces & np.uint64(1) != np.uint64(0)
    last = valid
    if spaces != np.uint64(0):
        last = valid & ~bits_below(64 - zeros_above(spaces))
        has_symbol = False
        has_word = False
    has_symbol = has_symbol or symbols & last != np.uint64(0)
    has_word = has_word or words & last != np.uint64(0)
    return ended, has_symbol, has_word


@inlined
def alphabetic_words(starts, stops, alphabet, digits):  # type: ignore[no-untyped-def]
    """How many of the words that begin and end in a block have a letter."""
    found = count_bits(stops)
    if digits == np.uint64(0):
        return found
    while stops != np.uint64(0):
        word = bits_below(lowest_bit(stops)) & ~bits_below(lowest_bit(starts))
        found -= alphabet & word == np.uint64(0)
        starts &= starts - np.uint64(1)
        stops &= stops - np.uint64(1)
    return found


@inlined
def opened(starts, stops):  # type: ignore[no-untyped-def]
    """The start of the word that goes out of a block, where there are more starts than stops."""
    if count_bits(starts) == count_bits(stops):
        return np.uint64(0)
    return np.uint64(1) << np.uint64(63 - zeros_above(starts))


@inlined
def _has_run(bits, length):  # type: ignore[no-untyped-def]
    """Whether ``length`` bits in a row are set, for a length of 1 to 64."""
    done = 1
    while done * 2 <= length:
        bits &= bits >> np.uint64(done)
        done *= 2
    if length > done:
        bits &= bits >> np.uint64(length - done)
    return bits != np.uint64(0)


@inlined
def count_run(spaces, size, run, longest, unbroken):  # type: ignore[no-untyped-def]
    """Runs without white space in a block: (the one at its end, longest, unbroken)."""
    if spaces == np.uint64(0):
        return run + size, longest, unbroken
    run += lowest_bit(spaces)
    longest = max(longest, run)
    unbroken += run if run > UNBROKEN_CHARS else 0
    end = 63 - zeros_above(spaces)
    inner = ~spaces & bits_below(end) & ~bits_below(lowest_bit(spaces))
    while longest < 63 and inner != np.uint64(0) and _has_run(inner, longest + 1):
        longest += 1
    return size - 1 - end, longest, unbroken
