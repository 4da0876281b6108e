"""The largest duplicate groups of a record, and the documents that were dropped from groups."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from profiler.record.store import Record
from profiler.views.funnel import DEDUP_KINDS
from profiler.views.printable import printable

MOST_SIZES = 3


@dataclass(frozen=True, slots=True)
class LargeGroups:
    """Groups of exactly ``size`` documents at one dedup; bytes are UTF-8 text of all of them."""

    stage: str
    size: int
    groups: int
    bytes: int
    kept_bytes: int


def largest_groups(record: Record, most: int = MOST_SIZES) -> tuple[LargeGroups, ...]:
    """The ``most`` largest sizes of groups with copies, for each dedup in the order of the run."""
    sums: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0, 0]))
    columns = ["stage", "size", "groups", "bytes", "kept_bytes"]
    for row in record.tables["spectrum"].select(columns).to_pylist():
        if row["size"] > 1:
            found = sums[row["stage"]][row["size"]]
            for place, name in enumerate(columns[2:]):
                found[place] += row[name]
    return tuple(
        LargeGroups(printable(stage, 40), size, *sums[stage][size])
        for stage in dedup_stages(record)
        for size in sorted(sums.get(stage, {}), reverse=True)[:most]
    )


def dedup_stages(record: Record) -> tuple[str, ...]:
    """The dedups of a run, in order."""
    return tuple(stage.stage for stage in record.run.stages if stage.kind in DEDUP_KINDS)
