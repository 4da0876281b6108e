"""An amount as its source reckoned it, beside the price that a book makes of it."""

from __future__ import annotations

import math

from profiler.money.currencies import HOME, code_fault

# Bytes of the units in which a source may reckon a volume; a book has the decimal ones only.
_BYTES = {"TiB": 2.0**40, "GiB": 2.0**30, "TB": 1e12, "GB": 1e9}
_TOLERANCE = 1e-3  # a converted price is rounded, to four digits or more


def reckoning_faults(usd: float, unit: str, reckoned: float | None, reckoned_in: str) -> list[str]:
    """What is wrong with ``reckoned`` ``reckoned_in`` as the source of ``usd`` per ``unit``.

    The same thing must be priced, a volume may be in a binary or a smaller unit; in dollars the
    two amounts must then agree: 0.026 USD/GiB-month is 24.214 USD/TB-month.
    """
    if reckoned is None and not reckoned_in:
        return []
    if reckoned is None or not reckoned_in:
        return ["reckoned and reckoned_in: expected both or none"]
    if not (math.isfinite(reckoned) and reckoned >= 0):
        return [f"reckoned: expected a number of at least 0, found {reckoned}"]
    code, _, below = reckoned_in.partition("/")
    factor = _per(unit.partition("/")[2], below)
    if factor is None or (code != HOME and code_fault(code)):
        return [f"reckoned_in: {reckoned_in!r} cannot become a price in {unit}"]
    if code == HOME and not math.isclose(usd, reckoned * factor, rel_tol=_TOLERANCE):
        return [
            f"usd: {reckoned:,.6g} {reckoned_in} is {reckoned * factor:,.6g} {unit}, found {usd}"
        ]
    return []


def _per(unit: str, reckoned_in: str) -> float | None:
    """How many of what ``reckoned_in`` prices are in one of what ``unit`` prices."""
    if unit == reckoned_in:
        return 1.0
    volume, _, rest = unit.partition("-")
    reckoned_volume, _, reckoned_rest = reckoned_in.partition("-")
    if rest != reckoned_rest or volume not in _BYTES or reckoned_volume not in _BYTES:
        return None
    return _BYTES[volume] / _BYTES[reckoned_volume]
