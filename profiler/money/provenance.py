"""Where a priced figure comes from and how old it is: its source, date and confidence."""

from __future__ import annotations

import re
from datetime import date

from pipeline.config import did_you_mean

CONFIDENCES = ("primary", "secondary", "vendor-estimate", "assumption", "own")

_AS_OF = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(\d{2})(?:-(\d{2}))?))?")


def first_day(as_of: str) -> date:
    """The first day that ``as_of`` can mean; ValueError unless it is a date as books write it."""
    found = _AS_OF.fullmatch(as_of)
    if found is None:
        raise ValueError(f"as_of: expected 2025, 2025-Q4, 2025-11 or 2025-11-30, found {as_of!r}")
    year, quarter, month, day = found.groups()
    if quarter:
        return date(int(year), int(quarter) * 3 - 2, 1)
    return date(int(year), int(month or 1), int(day or 1))


def provenance_faults(as_of: str, source: str, confidence: str) -> list[str]:
    """What is wrong with the date, source and confidence of a row of a book."""
    faults = []
    if confidence not in CONFIDENCES:
        hint = did_you_mean(confidence, list(CONFIDENCES))
        faults.append(f"confidence: unknown {confidence!r}, {hint}")
    if not source.strip():
        faults.append("source: empty, expected where the figure can be read")
    try:
        first_day(as_of)
    except ValueError as error:
        text = str(error)
        faults.append(text if text.startswith("as_of") else f"as_of: {as_of!r}: {text}")
    return faults
