"""Sizes and counts as people write them: 40MB, 1.5 TB, 1PiB; 1T, 500 million, 15e12."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from pipeline.errors import CorpuscostError

_NUMBER_AND_UNIT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)")
_COUNT_AND_UNIT = re.compile(r"([0-9][0-9_]*(?:\.[0-9]+)?(?:[eE]\+?[0-9]{1,2})?)\s*([A-Za-z]*)")

UNIT_BYTES = {
    "": 1,
    "B": 1,
    "kB": 10**3,
    "KB": 10**3,
    **{f"{letter}B": 10 ** (3 * power) for power, letter in enumerate("MGTPE", start=2)},
    **{f"{letter}iB": 2 ** (10 * power) for power, letter in enumerate("KMGTPE", start=1)},
}
UNIT_COUNTS = {
    "": 1,
    **dict.fromkeys(("k", "K", "thousand"), 10**3),
    **dict.fromkeys(("M", "million"), 10**6),
    **dict.fromkeys(("B", "bn", "billion"), 10**9),
    **dict.fromkeys(("T", "tn", "trillion"), 10**12),
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
        raise CorpuscostError(f"size {written!r}: unknown unit {unit!r}; {_hint(unit, UNIT_BYTES)}")
    size = Fraction(number) * UNIT_BYTES[unit]
    if size <= 0 or size.denominator != 1:
        raise CorpuscostError(f"size {written!r}: expected a whole number of bytes, at least 1")
    return int(size)


def parse_count(written: str) -> int:
    """A count: "1T", "500 million", "15e12", "1_000"; k, M, B and T are 10³, 10⁶, 10⁹ and 10¹².

    Raises CorpuscostError for anything else, for zero, and for a part of one.
    """
    match = _COUNT_AND_UNIT.fullmatch(written.strip())
    if match is None:
        raise CorpuscostError(
            f"count {written!r}: expected a number, such as 1T, 500 million or 15e12"
        )
    number, unit = match.groups()
    if unit not in UNIT_COUNTS:
        raise CorpuscostError(
            f"count {written!r}: unknown unit {unit!r}; {_hint(unit, UNIT_COUNTS)}"
        )
    count = Fraction(number.replace("_", "")) * UNIT_COUNTS[unit]
    if count <= 0 or count.denominator != 1:
        raise CorpuscostError(f"count {written!r}: expected a whole number, at least 1")
    return int(count)


def parse_usd(written: str) -> float:
    """An amount of USD as a count is written, cents allowed: "500000", "2.5M", "1999.90"."""
    cents = re.fullmatch(r"[0-9][0-9_]*\.[0-9]{1,2}", written.strip())
    if cents and float(written) > 0:
        return float(written)
    return float(parse_count(written))


def _hint(unit: str, units: Mapping[str, int]) -> str:
    """A wrong case is the likely slip; a wrong unit is then another."""
    same_letters = [known for known in units if known.lower() == unit.lower()]
    if same_letters:
        return f"did you mean {same_letters[-1]!r}?"
    return f"known: {', '.join(known for known in units if known)}"
