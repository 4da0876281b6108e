"""Rows of the bench: speeds, ratios, and the money that a terabyte costs at that speed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

USD_PER_CORE_HOUR = 0.04
BYTES_PER_MB, BYTES_PER_TB = 1e6, 1e12


@dataclass(frozen=True, slots=True)
class Row:
    """One phase of one program. ``peer_ratio`` is its CPU over ours on the same documents."""

    phase: str
    program: str
    documents: int
    text_bytes: int
    cpu_seconds: float
    peer_ratio: float | None = None
    note: str = ""

    @property
    def mb_per_cpu_second(self) -> float:
        return self.text_bytes / BYTES_PER_MB / self.cpu_seconds

    @property
    def core_hours_per_tb(self) -> float:
        return BYTES_PER_TB / BYTES_PER_MB / self.mb_per_cpu_second / 3600

    @property
    def usd_per_tb(self) -> float:
        return self.core_hours_per_tb * USD_PER_CORE_HOUR


def as_json(row: Row) -> dict[str, Any]:
    return {
        **asdict(row),
        "mb_per_cpu_second": row.mb_per_cpu_second,
        "core_hours_per_tb": row.core_hours_per_tb,
        "usd_per_tb": row.usd_per_tb,
    }


def markdown(rows: Sequence[Row]) -> str:
    """The table as Markdown."""
    lines = [
        "| phase | program | MB of text | MB per CPU-second | CPU, times ours | core-hours per TB "
        "| USD per TB | note |",
        "|---|---|---:|---:|---:|---:|---:|---|",
    ]
    for row in rows:
        ratio = "" if row.peer_ratio is None else f"{row.peer_ratio:,.3g}"
        lines.append(
            f"| {row.phase} | {row.program} | {row.text_bytes / BYTES_PER_MB:.1f} "
            f"| {row.mb_per_cpu_second:,.3g} | {ratio} | {row.core_hours_per_tb:,.3g} "
            f"| {row.usd_per_tb:,.3g} | {row.note} |"
        )
    return "\n".join(lines) + "\n"


def kept_note(ours: Sequence[str], theirs: Sequence[str], documents: int) -> str:
    """Whether two programs kept the same documents, else how many they differ on."""
    differing = len(set(ours) ^ set(theirs))
    if differing == 0:
        return f"same {len(ours):,} kept"
    return f"kept {len(theirs):,} (ours {len(ours):,}); {differing:,} of {documents:,} differ"
