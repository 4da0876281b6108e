"""What the operating system says of every process of a run, kept so that a killed run tells too."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from resource import struct_rusage

from profiler.meter import process_key

USAGE_FILE = "usage.json"
_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU of one process: ``key`` tells it apart, ``whole`` that it was counted after its end."""

    key: str
    cpu_seconds: float
    whole: bool


class UsageKeeper:
    """Writes the usage of each worker into its folder: in passing while it lives, whole at its end.

    The reading in passing is what a run that is killed, parent and all, leaves of its workers.
    """

    def __init__(self) -> None:
        self._keys: dict[int, str] = {}

    def started(self, pid: int, folder: Path) -> None:
        self._keys[pid] = process_key(pid)
        _write(folder, Usage(self._keys[pid], 0.0, whole=False))

    def running(self, pid: int, folder: Path) -> None:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            return
        cpu_seconds = (int(fields[11]) + int(fields[12])) / _CLOCK_TICKS
        _write(folder, Usage(self._keys[pid], cpu_seconds, whole=False))

    def exited(self, pid: int, folder: Path, usage: struct_rusage) -> None:
        cpu_seconds = usage.ru_utime + usage.ru_stime
        _write(folder, Usage(self._keys.pop(pid), cpu_seconds, whole=True))


def read_usages(processes: Path) -> list[tuple[Path, Usage]]:
    """The usage of every process that any attempt of the run started, by its folder."""
    found = []
    for path in sorted(processes.glob(f"*/{USAGE_FILE}")):
        data = json.loads(path.read_text(encoding="utf-8"))
        found.append((path.parent, Usage(data["key"], data["cpu_seconds"], data["whole"])))
    return found


def _write(folder: Path, usage: Usage) -> None:
    data = {"key": usage.key, "cpu_seconds": usage.cpu_seconds, "whole": usage.whole}
    unfinished = folder / f"{USAGE_FILE}.tmp"
    with contextlib.suppress(OSError):  # a full disk stops the work, and there it is told
        unfinished.write_text(json.dumps(data), encoding="utf-8")
        unfinished.replace(folder / USAGE_FILE)
