"""How far a run in progress is: documents and CPU that its finished units have on file."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from profiler.meter import BOOKS_FILE, read_books
from profiler.record.ledger import FUNNEL_PHASES
from profiler.record.schema import CARRIER_ROWS, SAMPLE_ROW

_POOL = (CARRIER_ROWS[0], SAMPLE_ROW)  # what leaves the last of them enters the first stage
_COLUMNS = ["stage", "phase", "docs_out", "cpu_user_seconds", "cpu_system_seconds"]


@dataclass(frozen=True, slots=True)
class SoFar:
    """What finished shards leave of a run.

    ``docs_kept`` of ``docs_read`` are of the shards that have ended the latest pass;
    ``cpu_seconds`` by stage are of all that is finished.
    """

    docs_read: int
    docs_kept: int
    cpu_seconds: dict[str, float]


@dataclass(slots=True)
class FinishedUnits:
    """Reads each finished unit of a workspace once; for people, the record is made anew."""

    workspace: Path
    _seen: set[Path] = field(default_factory=set)
    _pool: dict[str, int] = field(default_factory=dict)  # by shard
    _left: dict[str, dict[str, int]] = field(default_factory=dict)  # by leg and shard
    _cpu_seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def so_far(self) -> SoFar | None:
        """What has finished until now; None before the first shard has."""
        for path in sorted(self.workspace.glob(f"leg-*/[0-9]*/{BOOKS_FILE}")):
            if path not in self._seen:
                self._seen.add(path)
                self._add_shard(path.parent.parent.name, path.parent.name, _sums(path))
        for path in self.workspace.glob(f"resolve-*/{BOOKS_FILE}"):
            if path not in self._seen:
                self._seen.add(path)
                self._add_cpu(_sums(path))
        if not self._left:
            return None
        left = self._left[max(self._left, key=_number)]
        read = sum(self._pool.get(shard, 0) for shard in left)
        return SoFar(read, sum(left.values()), dict(self._cpu_seconds))

    def _add_shard(self, leg: str, shard: str, sums: pa.Table) -> None:
        rows = sums.to_pylist()
        pool = [row for row in rows if row["stage"] in _POOL]
        if pool:
            last = pool[-1]["stage"]
            self._pool[shard] = sum(row["docs_out_sum"] for row in pool if row["stage"] == last)
        carried = [row for row in rows if row["phase"] in FUNNEL_PHASES]
        entered = self._pool.get(shard, 0)
        left = carried[-1]["docs_out_sum"] if carried else entered
        self._left.setdefault(leg, {})[shard] = left
        self._add_cpu(sums)

    def _add_cpu(self, sums: pa.Table) -> None:
        for row in sums.to_pylist():
            spent = row["cpu_user_seconds_sum"] + row["cpu_system_seconds_sum"]
            self._cpu_seconds[row["stage"]] += spent


def _sums(path: Path) -> pa.Table:
    """Sums by stage and phase, in the order in which they first came."""
    rows = read_books(path.parent).rows.select(_COLUMNS)
    totals = [(name, "sum") for name in _COLUMNS[2:]]
    return rows.group_by(_COLUMNS[:2], use_threads=False).aggregate(totals)


def _number(leg: str) -> int:
    return int(leg.rpartition("-")[2])
