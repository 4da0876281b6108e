"""From one character to the next: does a word end, go on, begin?

Classes of characters are those of ``pipeline.kernels.characters``; what a word is, ``words`` tells.
"""

from __future__ import annotations

import numpy as np

from pipeline.kernels.characters import class_of, decode
from pipeline.kernels.compiled import inlined


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
    ``length`` the length of the word so far (0 between words).
    """
    starts = kind == np.uint8(5) or kind == np.uint8(6)
    goes_on = kind == np.uint8(2) or kind == np.uint8(3) or (kind == np.uint8(4) and length > 0)
    stands_alone = (before == np.uint8(5) or before == np.uint8(6)) and kind != np.uint8(4)
    ends = length > 0 and (starts or not goes_on or stands_alone)
    return ends, starts or goes_on
