"""What metering costs: the same run with and without the meter, in pairs, and with two workers.

Run by ``make bench``. CPU is that of the worker processes, as the system counts it after their end.
Pairs are in the order ABBA, so that a machine that slows down does not favour one side.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import statistics
import time
from pathlib import Path
from resource import struct_rusage

import pyarrow.parquet as pq
import pytest
from scipy import stats

from pipeline.engines.local.plan import Plan, Workspace
from pipeline.engines.local.run import run_plan
from profiler.measurement import Options, make_plan, profile

pytestmark = pytest.mark.bench
PAIRS = 10
COPIES = 3  # of the shards, for two workers
BLANK = ""  # no observer at all


class CpuWatch:
    """Adds up what the system counted for each worker."""

    def __init__(self) -> None:
        self.cpu_seconds = 0.0

    def started(self, pid: int, folder: Path) -> None:
        return None

    def running(self, pid: int, folder: Path) -> None:
        return None

    def exited(self, pid: int, folder: Path, usage: struct_rusage) -> None:
        self.cpu_seconds += usage.ru_utime + usage.ru_stime


@pytest.fixture(scope="module")
def shards(sample_corpus) -> Path:
    shared = os.environ.get("CORPUSCOST_SHARED")
    return Path(shared) / "corpora" if shared else sample_corpus / "shards"


def inputs(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.*") if path.suffix in (".parquet", ".jsonl"))


def cpu_seconds(plan: Plan, observer: str, folder: Path) -> float:
    watch = CpuWatch()
    run_plan(dataclasses.replace(plan, observer=observer), Workspace(folder / "work"), watch)
    return watch.cpu_seconds


def test_the_same_run_with_and_without_the_meter(shards, tmp_path, capsys):
    plan = make_plan(inputs(shards), Options(workers=1))
    plan = dataclasses.replace(plan, inspector="")  # the inspection is no part of the meter
    cpu_seconds(plan, BLANK, tmp_path / "warm")
    differences, plain = [], []
    for pair in range(PAIRS):
        sides = (BLANK, plan.observer) if pair % 2 else (plan.observer, BLANK)
        spent = {
            side: cpu_seconds(plan, side, tmp_path / f"{pair}-{place}")
            for place, side in enumerate(sides)
        }
        plain.append(spent[BLANK])
        differences.append(100 * (spent[plan.observer] / spent[BLANK] - 1))
    mean = statistics.mean(differences)
    half = stats.t.ppf(0.95, PAIRS - 1) * statistics.stdev(differences) / PAIRS**0.5
    with capsys.disabled():
        print(
            f"\nmeter: {mean:+.2f} % of the workers' CPU, 90 % interval {mean - half:+.2f} to "
            f"{mean + half:+.2f} %; {PAIRS} pairs of runs of {statistics.median(plain):.2f} "
            "CPU-seconds"
        )
        print(json.dumps({"meter_percent": mean, "low": mean - half, "high": mean + half}))


def test_two_workers_beside_one(shards, tmp_path, capsys):
    """CPU of all, and wall time of the passes that sketch, which tells when nothing else runs."""
    several = tmp_path / "shards"
    several.mkdir()
    for path in inputs(shards):
        for copy in range(COPIES):
            shutil.copy(path, several / f"{path.stem}-{copy}{path.suffix}")
    cpu, wall = {}, {}
    for workers in (1, 2):
        out = tmp_path / f"run-{workers}"
        progress = _Passes()
        run = profile([several], out, Options(workers=workers, keep_work=True), progress).run
        cpu[workers], wall[workers] = run.totals.os_cpu_seconds, progress.sketching_seconds()
        private = pq.read_table(out / "batches.parquet")["peak_private_bytes"].to_pylist()
        with capsys.disabled():
            print(
                f"\n{workers} worker(s): {run.totals.bytes_in / 1e6:.0f} MB of text, CPU "
                f"{cpu[workers]:.2f} s, sketch passes {wall[workers]:.2f} s wall, private memory "
                f"of a worker at most {max(each or 0 for each in private) / 1e6:.0f} MB"
            )
    with capsys.disabled():
        print(f"two workers: CPU × {cpu[2] / cpu[1]:.3f}, wall × {wall[2] / wall[1]:.3f}")
        print(json.dumps({"cpu_ratio": cpu[2] / cpu[1], "wall_ratio": wall[2] / wall[1]}))


class _Passes:
    """Wall seconds of each part of a run, by its title."""

    def __init__(self) -> None:
        self._titles: list[tuple[str, float]] = []

    def leg(self, title: str, todo: object) -> None:
        del todo
        self._titles.append((title, time.perf_counter()))

    def shard_done(self, shard: int) -> None:
        return None

    def moved(self, message: object) -> None:
        return None

    def sketching_seconds(self) -> float:
        """Of the passes that end in a dedup: all but the last, which has no part after it."""
        ends = [begun for _, begun in self._titles[1:]]
        parts = zip(self._titles[:-1], ends, strict=True)
        return sum(end - begun for (title, begun), end in parts if title.startswith("pass"))
