"""The meter: CPU, wall time, memory and I/O of each phase that the pipeline tells of.

CPU is that of the whole process, all threads and the system's share, by the process clock; wall
time is monotonic; peak memory is the resident high-water mark, which is set back at the beginning
of each phase where the kernel lets us (Linux). Read and written bytes are those of system calls.
"""

from __future__ import annotations

import functools
import json
import os
import re
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Self

import pyarrow as pa

from pipeline.observer import Phase, Volume
from profiler.record.schema import BATCHES

START_UP = Phase("start-up", "import")
BOOKS_FILE = "phases.json"  # Parquet would take 2 milliseconds more for each unit of work
_MEMORY_LINES = re.compile(rb"VmHWM:\s*(\d+).*RssFile:\s*(\d+).*RssShmem:\s*(\d+)", re.DOTALL)
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Reading(NamedTuple):
    """The counters of this process at one moment. A page fault is a page that became resident."""

    cpu_seconds: float
    system_seconds: float
    wall_seconds: float
    page_faults: int


class Transfer(NamedTuple):
    """Bytes that system calls of this process have read and written."""

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
    faults = usage.ru_minflt + usage.ru_majflt
    return Reading(time.process_time(), usage.ru_stime, time.perf_counter(), faults)


def read_transfer() -> Transfer:
    """Read the bytes that system calls have moved; nothing where there is no /proc."""
    try:
        counts = os.pread(_process_file("io", os.O_RDONLY, os.getpid()), 64, 0)
        lines = counts.split(b"\n", 2)
        return Transfer(int(lines[0][7:]), int(lines[1][7:]))
    except (OSError, ValueError, IndexError):
        return Transfer(0, 0)


def read_memory() -> Memory:
    """Read the memory marks of this process.

    ``ru_maxrss`` serves only where there is no /proc: a child starts with that of its parent.
    """
    try:
        status = os.pread(_process_file("status", os.O_RDONLY, os.getpid()), 1024, 0)
    except OSError:
        status = b""
    found = _MEMORY_LINES.search(status)
    if found is None:
        return Memory(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, None)
    peak, files, shared = (1024 * int(each) for each in found.groups())
    return Memory(peak, max(peak - files - shared, 0))


def read_resident() -> Memory | None:
    """What is resident now, as if it were the most; None where there is no /proc."""
    try:
        counts = os.pread(_process_file("statm", os.O_RDONLY, os.getpid()), 64, 0).split(b" ", 3)
        resident, shared = int(counts[1]) * _PAGE_BYTES, int(counts[2]) * _PAGE_BYTES
    except (OSError, ValueError, IndexError):
        return None
    return Memory(resident, max(resident - shared, 0))


def process_key(pid: int) -> str:
    """A process and when it started, so that a number used again is told apart."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return str(pid)
    return f"{pid}-{fields[19]}"


Row = tuple[Phase, Volume, Reading, Reading, Transfer, Memory]


@dataclass(slots=True)
class Meter:
    """An observer that writes one row per phase into ``directory`` when its unit of work ends.

    The first phase of a process, "start-up import", counts from the process's own beginning. What
    the meter itself takes between phases is the last row, "profiling meter". Bytes read and written
    between two phases count for the later one. A phase in which no page became resident has as its
    peak what was resident when it began.
    """

    directory: Path
    counters: Callable[[], Reading] = read_counters
    transfer: Callable[[], Transfer] = read_transfer
    memory: Callable[[], Memory] = read_memory
    resident: Callable[[], Memory | None] = read_resident
    rows: list[Row] = field(default_factory=list)
    own_cpu_seconds: float = 0.0
    _phase: Phase | None = None
    _before: Reading | None = None
    _moved: Transfer | None = None
    _resident: Memory | None = None  # when the phase began

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        if failure[0] is not None:
            return
        calls, last = len(self.rows), self.counters().cpu_seconds
        self._note_own_cost()
        books = {
            "process": _own_key(os.getpid()),
            "calls": calls,
            "columns": BATCHES.names,
            "rows": [_row(*each) for each in self.rows],
            "cpu_seconds": last,  # before the rows are written: that is a part of the exit
        }
        (self.directory / BOOKS_FILE).write_text(json.dumps(books), encoding="utf-8")

    def begin(self, phase: Phase) -> None:
        if self._phase is not None:
            raise RuntimeError(f"{phase} begins inside {self._phase}: phases do not nest")
        entered = time.process_time()
        self._phase = phase
        if self._moved is None:
            self._moved = self.transfer()
        reset_peak_memory()
        self._resident = self.resident()
        before = self.counters()
        self.own_cpu_seconds += before.cpu_seconds - entered
        if phase == START_UP:
            before = before._replace(cpu_seconds=0.0, system_seconds=0.0)
        self._before = before

    def end(self, volume: Volume) -> None:
        after = self.counters()
        if self._phase is None or self._before is None or self._moved is None:
            raise RuntimeError("a phase ends that did not begin")
        moved = self.transfer()
        here = Transfer(
            moved.read_bytes - self._moved.read_bytes,
            moved.written_bytes - self._moved.written_bytes,
        )
        still = self._resident is not None and after.page_faults == self._before.page_faults
        memory = self._resident if still else None
        row = (self._phase, volume, self._before, after, here, memory or self.memory())
        self.rows.append(row)
        self._phase, self._moved = None, moved
        self.own_cpu_seconds += time.process_time() - after.cpu_seconds

    def _note_own_cost(self) -> None:
        if not self.rows:
            return
        phase, _, _, after, _, memory = self.rows[-1]
        paid = after._replace(cpu_seconds=after.cpu_seconds + self.own_cpu_seconds)
        own = Phase("profiling", "meter", phase.shard)
        self.rows.append((own, Volume(), after, paid, Transfer(0, 0), memory))

    def table(self) -> pa.Table:
        """The rows so far, in the schema of batches.parquet."""
        return _table([_row(*each) for each in self.rows])


class Books(NamedTuple):
    """What a meter left: whose rows, how many phases, the last reading of the process, the rows."""

    process: str
    calls: int
    cpu_seconds: float
    rows: pa.Table


def read_books(directory: Path) -> Books:
    """What a meter wrote into ``directory``; the rows are in the schema of batches.parquet."""
    books = json.loads((directory / BOOKS_FILE).read_text(encoding="utf-8"))
    return Books(books["process"], books["calls"], books["cpu_seconds"], _table(books["rows"]))


def reset_peak_memory() -> None:
    """Set the kernel's high-water mark of resident memory back to what is resident now."""
    try:
        os.write(_process_file("clear_refs", os.O_WRONLY, os.getpid()), b"5")
    except OSError:
        return


@functools.cache
def _own_key(pid: int) -> str:
    return process_key(pid)


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
    phase: Phase, volume: Volume, before: Reading, after: Reading, moved: Transfer, memory: Memory
) -> tuple[object, ...]:
    """A row in the order of the schema of batches.parquet."""
    cpu_seconds = after.cpu_seconds - before.cpu_seconds
    system_seconds = min(max(after.system_seconds - before.system_seconds, 0.0), cpu_seconds)
    return (
        phase.stage,
        phase.phase,
        phase.shard,
        phase.batch,
        volume.docs_in,
        volume.docs_out,
        volume.bytes_in,
        volume.bytes_out,
        volume.edited_bytes,
        cpu_seconds - system_seconds,
        system_seconds,
        after.wall_seconds - before.wall_seconds,
        moved.read_bytes,
        moved.written_bytes,
        memory.peak_rss_bytes,
        memory.peak_private_bytes,
    )


def _table(rows: Sequence[Sequence[object]]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ([] for _ in BATCHES)
    arrays = [pa.array(each, field.type) for each, field in zip(columns, BATCHES, strict=True)]
    return pa.Table.from_arrays(arrays, schema=BATCHES)
