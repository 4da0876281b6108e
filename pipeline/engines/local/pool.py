"""Worker processes: started, fed, heard, and reaped with what the system says they used."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from resource import struct_rusage
from typing import Any, Protocol

from pipeline.engines.local.plan import Workspace
from pipeline.kernels import compiled

Job = dict[str, Any]
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
# One pool for Arrow's and NumPy's buffers, in pages of 2 MiB, which keeps for the next batch what
# one gave back. In pages of 4 KiB that are handed back, each faults anew: a third of the CPU of a
# batch. Blocks of over 32 MiB still go back at once (the limit of glibc). The user's own settings
# come first.
MEMORY_REUSE = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
}
_POLL_SECONDS = 0.5  # how often a waiting parent looks at its workers


class ProcessWatch(Protocol):
    """Told of the life of each worker; ``folder`` is its own folder in the workspace."""

    def started(self, pid: int, folder: Path) -> None: ...

    def running(self, pid: int, folder: Path) -> None:
        """Called now and then while a worker lives."""

    def exited(self, pid: int, folder: Path, usage: struct_rusage) -> None:
        """Called once, with the usage that the system counted for the whole process."""


class Unwatched:
    """The default watch."""

    def started(self, pid: int, folder: Path) -> None:
        return None

    def running(self, pid: int, folder: Path) -> None:
        return None

    def exited(self, pid: int, folder: Path, usage: struct_rusage) -> None:
        return None


@dataclass
class Worker:
    """One process, its channel, and the job that it has."""

    process: subprocess.Popen[bytes]
    folder: Path
    job: Job | None = None
    heard: bytes = b""

    def messages(self) -> tuple[list[dict[str, Any]], bool]:
        """Whole lines that have come, and whether the channel has ended."""
        assert self.process.stdout is not None
        chunk = os.read(self.process.stdout.fileno(), 1 << 16)
        *lines, self.heard = (self.heard + chunk).split(b"\n")
        return [json.loads(line) for line in lines if line], not chunk


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended: "done", "failed" with the worker's message, or "died" with a signal."""

    job: Job
    event: str
    message: dict[str, Any]


@dataclass
class Pool:
    """Up to ``size`` workers on one workspace; ``module`` is what each of them runs."""

    workspace: Workspace
    size: int
    watch: ProcessWatch
    workers: list[Worker] = field(default_factory=list)
    module: str = "pipeline.engines.local.worker"
    looked_at: float = 0.0  # when the watch was last told of all workers

    def run(
        self, jobs: Sequence[Job], progress: Callable[[dict[str, Any]], None]
    ) -> Iterator[Outcome]:
        """Do ``jobs`` in any order, yielding how each ended; a worker that died is replaced."""
        waiting = list(reversed(jobs))
        busy = 0
        with selectors.DefaultSelector() as selector:
            while waiting or busy:
                while waiting and busy < self.size:
                    worker = self._idle_worker()
                    self._give(worker, waiting.pop(), selector)
                    busy += 1
                for worker in self._ready(selector):
                    outcome = self._hear(worker, progress)
                    if outcome is not None:
                        selector.unregister(worker.process.stdout)  # type: ignore[arg-type]
                        busy -= 1
                        yield outcome

    def close(self) -> None:
        """Let idle workers end by themselves and reap them."""
        for worker in self.workers:
            _close(worker.process.stdin)
        for worker in list(self.workers):
            self._reap(worker)

    def kill(self) -> None:
        """End all workers at once; what they had not finished is lost."""
        for worker in self.workers:
            worker.process.kill()
        for worker in list(self.workers):
            self._reap(worker)

    def _idle_worker(self) -> Worker:
        for worker in self.workers:
            if worker.job is None:
                return worker
        return self._start()

    def _start(self) -> Worker:
        folder = _new_folder(self.workspace.processes)
        process = subprocess.Popen(
            [
                sys.executable,
                "-P",  # a folder of the user's named like one of our packages is not ours
                "-m",
                self.module,
                str(self.workspace.root),
                str(folder),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=MEMORY_REUSE | os.environ | ONE_THREAD | self._cache(),
        )
        worker = Worker(process, folder)
        self.workers.append(worker)
        self.watch.started(process.pid, folder)
        return worker

    def _cache(self) -> dict[str, str]:
        """Where the user's cache of compiled kernels cannot be written, the run has its own."""
        if compiled.CACHE_DIRECTORY is not None:
            return {}
        return {compiled.CACHE_VARIABLE: str(self.workspace.root / "cache")}

    def _give(self, worker: Worker, job: Job, selector: selectors.BaseSelector) -> None:
        assert worker.process.stdin is not None
        worker.job = job
        selector.register(worker.process.stdout, selectors.EVENT_READ, worker)  # type: ignore[arg-type]
        with contextlib.suppress(BrokenPipeError):  # its death is heard as the channel's end
            worker.process.stdin.write(json.dumps(job).encode() + b"\n")
            worker.process.stdin.flush()

    def _ready(self, selector: selectors.BaseSelector) -> list[Worker]:
        ready = [key.data for key, _ in selector.select(_POLL_SECONDS)]
        now = time.monotonic()
        if now - self.looked_at >= _POLL_SECONDS:  # not for each message: small shards send many
            self.looked_at = now
            for worker in self.workers:
                self.watch.running(worker.process.pid, worker.folder)
        return ready

    def _hear(self, worker: Worker, progress: Callable[[dict[str, Any]], None]) -> Outcome | None:
        messages, ended = worker.messages()
        assert worker.job is not None
        job = worker.job
        for message in messages:
            if message["event"] == "progress":
                progress(job | message)
                continue
            worker.job = None
            return Outcome(job, message["event"], message)
        if not ended:
            return None
        status = self._reap(worker)
        return Outcome(job, "died", {"message": _fate(status)})

    def _reap(self, worker: Worker) -> int:
        _close(worker.process.stdin)
        _, status, usage = os.wait4(worker.process.pid, 0)
        worker.process.returncode = os.waitstatus_to_exitcode(status)
        _close(worker.process.stdout)
        self.workers.remove(worker)
        self.watch.exited(worker.process.pid, worker.folder, usage)
        return worker.process.returncode


def _fate(returncode: int) -> str:
    if returncode >= 0:
        return f"ended with exit code {returncode}"
    name = signal.Signals(-returncode).name
    hint = " (out of memory?)" if -returncode == signal.SIGKILL else ""
    return f"was killed by {name}{hint}"


def _new_folder(processes: Path) -> Path:
    taken = [int(path.name) for path in processes.iterdir() if path.name.isdigit()]
    folder = processes / f"{max(taken, default=0) + 1:04d}"
    folder.mkdir()
    return folder


def _close(stream: Any) -> None:
    with contextlib.suppress(BrokenPipeError):
        stream.close()
