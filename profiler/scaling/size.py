"""Sizes as people write them: 40MB, 1.5 TB, 1PiB."""

from __future__ import annotations

import re
from fractions import Fraction

from pipeline.errors import CorpuscostError

_NUMBER_AND_UNIT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)")

UNIT_BYTES = {
    "": 1,
    "B": 1,
    "kB": 10**3,
    "KB": 10**3,
    **{f"{letter}B": 10 ** (3 * power) for power, letter in enumerate("MGTPE", start=2)},
    **{f"{letter}iB": 2 ** (10 * power) for power, letter in enumerate("KMGTPE", start=1)},
}


def parse_size(written: str) -> int:
    """Bytes of a size: decimal units (1 MB = 10⁶), binary units (1 MiB = 2²⁰), or none.

    Raises CorpuscostError for anything else, for zero, and for a part of a byte.
    """
    match = _NUMBER_AND_UNIT.fullmatch(written.strip())
    if match is None:
        raise CorpuscostError(
            f"size {written!r}: expected a number and a unit, such as 40MB, 1PB or 1PiB"
        )
    number, unit = match.groups()
    if unit not in UNIT_BYTES:
        raise CorpuscostError(f"size {written!r}: unknown unit {unit!r}; {_hint(unit)}")
    size = Fraction(number) * UNIT_BYTES[unit]
    if size <= 0 or size.denominator != 1:
        raise CorpuscostError(f"size {written!r}: expected a whole number of bytes, at least 1")
    return int(size)


def _hint(unit: str) -> str:
    """A wrong case is the likely slip; a wrong unit is then another."""
    same_letters = [known for known in UNIT_BYTES if known.lower() == unit.lower()]
    if same_letters:
        return f"did you mean {same_letters[-1]!r}?"
    return f"known: {', '.join(known for known in UNIT_BYTES if known)}"
