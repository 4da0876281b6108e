"""A census as plain data for ``--json``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from profiler.census.counts import probe_counts
from profiler.census.estimate import neighbour_gap, retentions
from profiler.census.store import Census


def census_json(census: Census) -> dict[str, Any]:
    """Retention by stage with intervals, the histogram of copies seen, and what was read."""
    account = asdict(census.account)
    shards = account.pop("shards")
    stages = account.pop("stages")
    counts = probe_counts(census)
    gap = neighbour_gap(census)
    found = []
    for stage, kept, seen in zip(stages, retentions(census), counts, strict=True):
        found.append(
            stage
            | {
                "retention": asdict(kept.own),
                "combined_retention": asdict(kept.combined),
                "retention_bytes": asdict(kept.own_bytes),
                "combined_retention_bytes": asdict(kept.combined_bytes),
                "probes": kept.probes,
                "documents_read": seen.documents_read,
                "copies": [
                    [int(copies), int(probes)]
                    for copies, probes in zip(seen.copies, seen.probes, strict=True)
                ],
            }
        )
    for shard in shards:
        del shard["place"]
    return account | {
        "stages": found,
        "neighbour_gap_points": None if gap is None else gap.points,
        "shards": shards,
    }
