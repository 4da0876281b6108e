"""The tables of a run as CSV or Markdown; rows are those of ``profiler.views.funnel``."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from profiler.record.store import Record
from profiler.views.export.csv import guarded
from profiler.views.export.markdown import table
from profiler.views.figures import ABSENT, percent, three_digits, whole
from profiler.views.funnel import (
    DEDUP_PHASES,
    alone,
    cpu,
    dropped_samples,
    funnel,
    reasons,
    spectrum,
)
from profiler.views.parts import TablePart

Row = dict[str, Any]
SAMPLES_PER_REASON = 2
LONGEST_TEXT = 160  # characters of a sampled document in Markdown
TITLES: dict[TablePart, str] = {
    "funnel": "What survives each stage",
    "reasons": "Why documents were dropped",
    "alone": "Retention of each filter, in order and alone",
    "duplicates": "Duplicate groups by size",
    "cpu": "What burns the CPU",
    "dropped": "Documents that were dropped, a few of each reason",
}
SHARES = frozenset(
    {
        "docs_kept",
        "bytes_kept",
        "tokens_kept",
        "docs_of_pool",
        "bytes_of_pool",
        "tokens_of_pool",
        "share",
        "alone_docs",
        "alone_bytes",
        "docs_in_order",
        "bytes_in_order",
        "docs_alone",
        "bytes_alone",
    }
)
_BARE = ("id", "url", "text", "stage", "reason", "label", "kind")


def run_rows(record: Record, part: TablePart) -> list[Row]:
    """The rows of one table: units in the names, shares as fractions of 1, None for unknown."""
    if part == "cpu":
        return [_cpu_cells(dataclasses.asdict(row)) for row in cpu(record.run)]
    found: dict[str, Sequence[Any]] = {
        "funnel": funnel(record.run) if part == "funnel" else (),
        "reasons": reasons(record) if part == "reasons" else (),
        "alone": alone(record) if part == "alone" else (),
        "duplicates": spectrum(record) if part == "duplicates" else (),
        "dropped": dropped_samples(record, SAMPLES_PER_REASON) if part == "dropped" else (),
    }
    return [dataclasses.asdict(row) for row in found[part]]
