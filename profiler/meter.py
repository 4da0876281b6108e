"""The meter: CPU, wall time, memory and I/O of each phase that the pipeline tells of.

CPU is that of the whole process, all threads and the system's share, by the process clock; wall
time is monotonic; peak memory is the resident high-water mark, which is set back at the beginning
of each phase where the kernel lets us (Linux). Read and written bytes are those of system calls.
"""

from __future__ import annotations

import functools
import json
import os
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Self

import pyarrow as pa

from pipeline.observer import Phase, Volume
from profiler.record.schema import BATCHES

ROWS_FILE = "phases.json"  # Parquet would take 2 milliseconds more for each unit of work
PROCESS_FILE = "process.json"


class Reading(NamedTuple):
    """The counters of this process at one moment."""

    cpu_seconds: float
    system_seconds: float
    wall_seconds: float
    read_bytes: int
    written_bytes: int


class Memory(NamedTuple):
    """The most that was resident since the high-water mark was set back.

    ``peak_private_bytes`` is that without pages of mapped files, which processes share: those that
    are resident now are taken off, so that it is an upper bound where more of them have come.
    """

    peak_rss_bytes: int
    peak_private_bytes: int | None


def read_counters() -> Reading:
    """Read the clocks and counters of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    read_bytes, written_bytes = _io_counters()
    return Reading(
        time.process_time(),
        usage.ru_stime,
        time.perf_counter(),
        read_bytes,
        written_bytes,
    )


def read_memory() -> Memory:
    """Read the memory marks of this process.

    ``ru_maxrss`` serves only where there is no /proc: a child starts with that of its parent.
    """
    try:
        status = os.pread(_process_file("status", os.O_RDONLY, os.getpid()), 1024, 0)
        kilobytes = [
            int(status[(at := status.index(mark) + len(mark)) : status.index(b"kB", at)])
            for mark in (b"VmHWM:", b"RssFile:", b"RssShmem:")
        ]
    except (OSError, ValueError):
        return Memory(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, None)
    peak, files, shared = (1024 * each for each in kilobytes)
    return Memory(peak, max(peak - files - shared, 0))


def process_key(pid: int) -> str:
    """A process and when it started, so that a number used again is told apart."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return str(pid)
    return f"{pid}-{fields[19]}"


@dataclass(slots=True)
class Meter:
    """An observer that writes one row per phase into ``directory`` when its unit of work ends.

    The first phase of a process, "start-up import", counts from the process's own beginning. What
    the meter itself takes between phases is the last row, "profiling meter".
    """

    directory: Path
    counters: Callable[[], Reading] = read_counters
    memory: Callable[[], Memory] = read_memory
    rows: list[tuple[Phase, Volume, Reading, Reading, Memory]] = field(default_factory=list)
    own_cpu_seconds: float = 0.0
    _phase: Phase | None = None
    _before: Reading | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        if failure[0] is not None:
            return
        calls = len(self.rows)
        self._note_own_cost()
        rows = json.dumps([_row(*each) for each in self.rows])
        (self.directory / ROWS_FILE).write_text(rows, encoding="utf-8")
        closing = {"process": process_key(os.getpid()), "calls": calls}
        closing["cpu_seconds"] = self.counters().cpu_seconds
        (self.directory / PROCESS_FILE).write_text(json.dumps(closing), encoding="utf-8")

    def begin(self, phase: Phase) -> None:
        if self._phase is not None:
            raise RuntimeError(f"{phase} begins inside {self._phase}: phases do not nest")
        entered = time.process_time()
        self._phase = phase
        reset_peak_memory()
        before = self.counters()
        self.own_cpu_seconds += time.process_time() - entered
        if phase == Phase("start-up", "import"):
            before = before._replace(cpu_seconds=0.0, system_seconds=0.0)
        self._before = before

    def end(self, volume: Volume) -> None:
        after = self.counters()
        counted = time.process_time()
        if self._phase is None or self._before is None:
            raise RuntimeError("a phase ends that did not begin")
        self.rows.append((self._phase, volume, self._before, after, self.memory()))
        self._phase = None
        self.own_cpu_seconds += time.process_time() - counted

    def _note_own_cost(self) -> None:
        if not self.rows:
            return
        phase, *_, after, memory = self.rows[-1]
        paid = after._replace(cpu_seconds=after.cpu_seconds + self.own_cpu_seconds)
        own = Phase("profiling", "meter", phase.shard)
        self.rows.append((own, Volume(), after, paid, memory))

    def table(self) -> pa.Table:
        """The rows so far, in the schema of batches.parquet."""
        return pa.Table.from_pylist([_row(*each) for each in self.rows], schema=BATCHES)


def read_rows(directory: Path) -> pa.Table:
    """The rows that a meter wrote into ``directory``, in the schema of batches.parquet."""
    rows = json.loads((directory / ROWS_FILE).read_text(encoding="utf-8"))
    return pa.Table.from_pylist(rows, schema=BATCHES)


def reset_peak_memory() -> None:
    """Set the kernel's high-water mark of resident memory back to what is resident now."""
    try:
        os.write(_process_file("clear_refs", os.O_WRONLY, os.getpid()), b"5")
    except OSError:
        return


@functools.cache
def _process_file(name: str, flags: int, pid: int) -> int:
    """A file of /proc, opened once: opening costs as much as reading. ``pid``: a fork has its own.

    Raises OSError where there is none.
    """
    return os.open(f"/proc/{pid}/{name}", flags | os.O_CLOEXEC)


def seconds_per_call(repeats: int = 200) -> float:
    """CPU seconds that one begin and end of a phase cost, measured here and now."""
    meter = Meter(Path(os.devnull))
    phase = Phase("meter", "cost")
    started = time.process_time()
    for _ in range(repeats):
        meter.begin(phase)
        meter.end(Volume())
    meter.table()
    return (time.process_time() - started) / repeats


def _row(
    phase: Phase, volume: Volume, before: Reading, after: Reading, memory: Memory
) -> dict[str, object]:
    cpu_seconds = after.cpu_seconds - before.cpu_seconds
    system_seconds = min(max(after.system_seconds - before.system_seconds, 0.0), cpu_seconds)
    return {
        "stage": phase.stage,
        "phase": phase.phase,
        "shard": phase.shard,
        "batch": phase.batch,
        "docs_in": volume.docs_in,
        "docs_out": volume.docs_out,
        "bytes_in": volume.bytes_in,
        "bytes_out": volume.bytes_out,
        "edited_bytes": volume.edited_bytes,
        "cpu_user_seconds": cpu_seconds - system_seconds,
        "cpu_system_seconds": system_seconds,
        "wall_seconds": after.wall_seconds - before.wall_seconds,
        "read_bytes": after.read_bytes - before.read_bytes,
        "written_bytes": after.written_bytes - before.written_bytes,
        "peak_rss_bytes": memory.peak_rss_bytes,
        "peak_private_bytes": memory.peak_private_bytes,
    }


def _io_counters() -> tuple[int, int]:
    try:
        counts = os.pread(_process_file("io", os.O_RDONLY, os.getpid()), 64, 0)
        lines = counts.split(b"\n")
        return int(lines[0][7:]), int(lines[1][7:])
    except (OSError, ValueError, IndexError):
        return 0, 0
