"""Timing one resolve phase: synthetic sketches in a workspace, and a worker that resolves them."""

from __future__ import annotations

import errno
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from resource import struct_rusage
from typing import Any

from pipeline.engines.local.plan import Plan, ShardPlan, Workspace, write_plan
from pipeline.engines.local.pool import Job, Outcome, Pool
from pipeline.engines.local.run import RunProgress
from pipeline.engines.local.units import SCRATCH
from pipeline.errors import RunError
from pipeline.reading.shard import ColumnNames
from pipeline.recipes.recipe import Recipe, StageSpec
from profiler.calibration_keys import GroupLaw, Layout, draw_groups, write_sketches
from profiler.meter import read_books


def bands_of(spec: StageSpec) -> int:
    """Band keys per document of a dedup; 0 for digests."""
    return spec.near.bands if spec.kind == "near-dedup" else 0


class ExhaustedError(RunError):
    """A size that this machine could not resolve; what was timed before stands."""


@dataclass(frozen=True, slots=True)
class Task:
    """A resolve to time: so many documents of this law, in a workspace at ``directory``."""

    spec: StageSpec
    documents: int
    law: GroupLaw
    layout: Layout
    threads: int
    memory_bytes: int
    seed: int
    directory: Path

    @property
    def bands(self) -> int:
        """Band keys per document; 0 for digests."""
        return bands_of(self.spec)


@dataclass(frozen=True, slots=True)
class Timed:
    """What resolving took, as the meter of a run reads it, and of the whole process."""

    cpu_seconds: float
    wall_seconds: float
    os_cpu_seconds: float
    peak_rss_bytes: int | None
    spilled_bytes: int


@dataclass
class _SpillWatch:
    """Notes the largest that the spill folder was, and what the system counts at the end."""

    resolution: Path
    spilled_bytes: int = 0
    os_cpu_seconds: float = 0.0

    def started(self, pid: int, folder: Path) -> None:
        return None

    def running(self, pid: int, folder: Path) -> None:
        unfinished = self.resolution.with_name(f".{self.resolution.name}.{pid}")
        self.spilled_bytes = max(self.spilled_bytes, _folder_bytes(unfinished / SCRATCH))

    def exited(self, pid: int, folder: Path, usage: struct_rusage) -> None:
        self.os_cpu_seconds += usage.ru_utime + usage.ru_stime


def time_resolve(task: Task, progress: RunProgress) -> Timed:
    """Write the keys, resolve them in a fresh worker process as a run does, remove everything.

    The worker warms its kernels before, as those of a run do, with the same settings of threads.
    Raises RunError when the disk is full, ExhaustedError when the worker's memory runs out.
    """
    workspace = Workspace(task.directory)
    watch = _SpillWatch(workspace.resolution(0))
    try:
        _write_workspace(task, workspace, progress)
        progress.leg(f"timing {task.spec.name}: resolving {task.documents:,} documents", {})
        _resolve(task, Pool(workspace, 1, watch), progress)
        row = read_books(workspace.resolution(0)).rows.to_pylist()[0]
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise _disk_full(task, str(error)) from error
        raise
    finally:
        shutil.rmtree(task.directory, ignore_errors=True)
    return Timed(
        row["cpu_user_seconds"] + row["cpu_system_seconds"],
        row["wall_seconds"],
        watch.os_cpu_seconds,
        row["peak_rss_bytes"],
        watch.spilled_bytes,
    )


def _write_workspace(task: Task, workspace: Workspace, progress: RunProgress) -> None:
    shards = task.layout.shards(task.documents)
    plan = Plan(
        recipe=Recipe("calibration", "one dedup", (task.spec,)),
        recipe_directory="",
        shards=tuple(ShardPlan(n, f"{n:06d}", "", 0, "", 0) for n in range(shards)),
        columns=ColumnNames(),
        seed=task.seed,
        version="",
        memory_bytes=task.memory_bytes,
        workers=task.threads,
        observer="profiler.meter:Meter",
    )
    write_plan(plan, workspace)
    title = f"timing {task.spec.name}: writing keys of {task.documents:,} documents"
    progress.leg(title, dict.fromkeys(range(shards), 1))
    groups = draw_groups(task.law, task.documents, task.seed)
    write_sketches(
        groups,
        task.bands,
        task.layout,
        lambda shard: workspace.shard(0, shard) / "sketch.parquet",
        progress.shard_done,
    )


def _resolve(task: Task, pool: Pool, progress: RunProgress) -> None:
    jobs: list[Job] = [{"job": "prepare"}, {"job": "resolve", "leg": 0}]
    try:
        for job in jobs:
            for outcome in pool.run([job], progress.moved):
                if outcome.event != "done":
                    raise _fault(task, outcome)
        pool.close()
    except BaseException:
        pool.kill()
        raise


def _fault(task: Task, outcome: Outcome) -> RunError:
    message: dict[str, Any] = outcome.message
    told = str(message.get("message", ""))
    if message.get("errno") == errno.ENOSPC or os.strerror(errno.ENOSPC) in told:
        return _disk_full(task, told)
    if outcome.event == "died" or "Out of Memory" in told or "out of memory" in told.lower():
        return ExhaustedError(
            f"memory ran out at {task.documents:,} documents: {told.splitlines()[0]}"
        )
    return RunError(f"timing {task.spec.name} on {task.documents:,} documents failed: {told}")


def _disk_full(task: Task, told: str) -> RunError:
    return RunError(
        f"disk full while timing {task.spec.name} on {task.documents:,} documents: {told}. Free "
        "some space, or give fewer --documents; the keys that were written are removed"
    )


def _folder_bytes(folder: Path) -> int:
    total = 0
    try:
        for entry in os.scandir(folder):
            total += entry.stat().st_size
    except OSError:  # the worker removes what it has read
        return total
    return total
