"""Collect what the units of a finished run left in its workspace."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.engines.local.plan import Plan, Workspace
from profiler.inspection import INSPECTION_FILE, SPECIMENS, smallest_rows
from profiler.meter import BOOKS_FILE, read_books
from profiler.processes import read_usages
from profiler.record.schema import BATCHES, DROPPED
from profiler.tokens import TokenRates, measured_rates, published_rates

Sums = dict[tuple[Any, ...], list[int]]

_KEY_WIDTHS = {  # leading columns of the rows of an inspection that name a sum
    "drops": 5,
    "volumes": 2,
    "lengths": 2,
    "alone": 2,
    "tokenized": 1,
    "compressed": 1,
    "joint_verdicts": 4,
    "filter_costs": 6,
}

_MOST_SPECIMENS = 20_000  # held before all but the smallest ranks are let go


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything of a run but its dedup groups. Sums are keyed by their leading columns."""

    batches: pa.Table
    calls: int
    os_cpu_seconds: float
    drops: dict[str, Sums]  # by shard: (stage, reason, lang, source, script) -> docs, bytes
    volumes: Sums  # (stage, script) -> docs_in, docs_out, bytes_in, bytes_out
    lengths: Sums  # (stage, bin) -> docs
    alone: Sums  # (stage, reason) -> docs seen, hit, bytes seen, hit
    tokenized: Sums  # (script,) -> tokens, bytes
    compressed: Sums  # (method,) -> bytes compressed, bytes of text
    joint_verdicts: Sums  # (block, shard, part, dropped_by) -> docs, bytes
    filter_costs: Sums  # (block, stage, component, group, shard, part) -> calls, …, cpu_seconds
    dropped: pa.Table
    tallies: dict[int, dict[str, Any]]
    skipped: dict[int, str]


def gather(plan: Plan, workspace: Workspace, parent_cpu_seconds: float) -> Gathered:
    """Read all units; CPU that no unit accounts for becomes rows of its own.

    ``parent_cpu_seconds`` is what the calling process has used for the run: row "coordinate".
    """
    units = list(_units(plan, workspace))
    tables, calls = [], 0
    by_process: dict[str, float] = {}
    for directory in [*units, *sorted(workspace.processes.iterdir())]:
        if not (directory / BOOKS_FILE).exists():
            continue
        books = read_books(directory)
        tables.append(books.rows)
        calls += books.calls
        key = books.process
        by_process[key] = by_process.get(key, 0.0) + _cpu_seconds(books.rows)
    process_rows, os_cpu_seconds = _process_rows(workspace, by_process)
    rows = [*process_rows, cpu_row("coordinate", "parent", parent_cpu_seconds)]
    tables.append(pa.Table.from_pylist(rows, schema=BATCHES))
    sums = _Sums(plan)
    for leg in plan.legs:
        for shard in plan.shards:
            sums.add(workspace.shard(leg.number, shard.number), shard.name)
    return Gathered(
        batches=pa.concat_tables(tables),
        calls=calls,
        os_cpu_seconds=os_cpu_seconds + parent_cpu_seconds,
        drops=sums.drops,
        volumes=sums.tables["volumes"],
        lengths=sums.tables["lengths"],
        alone=sums.tables["alone"],
        tokenized=sums.tables["tokenized"],
        compressed=sums.tables["compressed"],
        joint_verdicts=sums.tables["joint_verdicts"],
        filter_costs=sums.tables["filter_costs"],
        dropped=pa.Table.from_pylist(smallest_rows(sums.specimens), schema=DROPPED),
        tallies=_tallies(plan, workspace),
        skipped={
            shard.number: json.loads(workspace.skipped(shard.number).read_text())["reason"]
            for shard in plan.shards
            if workspace.skipped(shard.number).exists()
        },
    )


def token_rates(gathered: Gathered, settings: dict[str, str]) -> TokenRates:
    """Measured rates where a tokenizer was given, else the published ones."""
    if not settings.get("tokenizer"):
        return published_rates()
    counts = {script: (tokens, size) for (script,), (tokens, size) in gathered.tokenized.items()}
    return measured_rates(counts, Path(settings["tokenizer"]).name)


def cpu_row(stage: str, phase: str, cpu_seconds: float) -> dict[str, Any]:
    """A row that has CPU and nothing else."""
    row: dict[str, Any] = {
        name: 0 if pa.types.is_integer(kind) else 0.0
        for name, kind in zip(BATCHES.names, BATCHES.types, strict=True)
    }
    row |= dict.fromkeys(("shard", "batch", "peak_rss_bytes", "peak_private_bytes"))
    row |= {"stage": stage, "phase": phase}
    return row | {"cpu_user_seconds": cpu_seconds}


class _Sums:
    """Adds the inspections of all shards and legs."""

    def __init__(self, plan: Plan) -> None:
        self.drops: dict[str, Sums] = {shard.name: {} for shard in plan.shards}
        self.tables: dict[str, Sums] = {name: {} for name in _KEY_WIDTHS if name != "drops"}
        self.specimens: list[dict[str, Any]] = []

    def add(self, directory: Path, shard: str) -> None:
        path = directory / INSPECTION_FILE
        if not path.exists():
            return
        found = json.loads(path.read_text(encoding="utf-8"))
        for name, width in _KEY_WIDTHS.items():
            into = self.drops[shard] if name == "drops" else self.tables[name]
            for row in found[name]:
                key, values = tuple(row[:width]), row[width:]
                present = into.get(key, [0] * len(values))
                into[key] = [a + b for a, b in zip(present, values, strict=True)]
        self.specimens += found[SPECIMENS]
        if len(self.specimens) > _MOST_SPECIMENS:
            self.specimens = smallest_rows(self.specimens)


def _units(plan: Plan, workspace: Workspace) -> Iterator[Path]:
    for leg in plan.legs:
        for shard in plan.shards:
            yield workspace.shard(leg.number, shard.number)
        yield workspace.resolution(leg.number)


def _process_rows(
    workspace: Workspace, by_process: dict[str, float]
) -> tuple[list[dict[str, Any]], float]:
    """Rows exit, abandoned and unattributed of all worker processes, and their CPU by the system.

    A worker that closed its books tells its last reading: what it burned after that is "exit",
    what it burned before without a phase is "unattributed". One that did not is "abandoned".
    """
    exits = abandoned = unattributed = total = 0.0
    for folder, usage in read_usages(workspace.processes):
        accounted = by_process.get(usage.key, 0.0)
        if not (folder / BOOKS_FILE).exists():
            lost = max(usage.cpu_seconds - accounted, 0.0)
            abandoned += lost
            total += accounted + lost
            continue
        last = read_books(folder).cpu_seconds
        exits += max(usage.cpu_seconds - last, 0.0) if usage.whole else 0.0
        unattributed += last - accounted
        total += max(usage.cpu_seconds, last)
    rows = [cpu_row("exit", "process", exits), cpu_row("unattributed", "process", unattributed)]
    if abandoned:
        rows.append(cpu_row("abandoned", "process", abandoned))
    return rows, total


def _cpu_seconds(table: pa.Table) -> float:
    user = sum(table.column("cpu_user_seconds").to_pylist())
    return float(user + sum(table.column("cpu_system_seconds").to_pylist()))


def _tallies(plan: Plan, workspace: Workspace) -> dict[int, dict[str, Any]]:
    tallies = {}
    for shard in plan.shards:
        path = workspace.shard(0, shard.number) / "outcome.json"
        if path.exists():
            tallies[shard.number] = json.loads(path.read_text(encoding="utf-8"))["tally"]
    return tallies
