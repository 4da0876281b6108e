"""What metering costs: the same unit with and without the meter, in pairs; and two workers.

Run by ``make bench``.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from scipy import stats

import samples
from pipeline.engines.local.pool import MEMORY_REUSE, ONE_THREAD
from profiler.measurement import Options, profile

pytestmark = pytest.mark.bench
SAMPLE_BYTES = 120_000_000
PAIRS = 400
COPIES = 12  # of the shards, for two workers: gigabytes, as a profile may have
ONCE = ("start-up", "jit", "exit")  # rows of what a process pays once


@pytest.fixture(scope="module")
def shards(tmp_path_factory) -> Path:
    """Real text, or samples in shards as large as those that people have."""
    shared = os.environ.get("CORPUSCOST_SHARED")
    if shared:
        return Path(shared) / "corpora"
    folder = tmp_path_factory.mktemp("samples")
    samples.generate(folder, SAMPLE_BYTES, seed=3)
    return folder / "shards"


def inputs(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.*") if path.suffix in (".parquet", ".jsonl"))


def test_the_same_unit_with_and_without_the_meter(shards, tmp_path, capsys):
    script = Path(__file__).with_name("meter_pairs.py")
    command = [sys.executable, script, tmp_path, str(PAIRS), *inputs(shards)]
    environment = os.environ | MEMORY_REUSE | ONE_THREAD
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    pairs = json.loads(done.stdout.splitlines()[-1])
    differences = [100 * (metered / plain - 1) for plain, metered in pairs]
    middle, (low, high) = statistics.median(differences), median_interval(differences)
    usual = statistics.median(plain for plain, _ in pairs)
    with capsys.disabled():
        print(
            f"\nmeter: {middle:+.2f} % of a unit's CPU, 90 % interval {low:+.2f} to {high:+.2f} %; "
            f"median of {PAIRS} pairs of units of {usual:.2f} CPU-seconds"
        )
        print(json.dumps({"meter_percent": middle, "low": low, "high": high}))


def median_interval(values: list[float]) -> tuple[float, float]:
    """90 % interval of the median by the sign test, whatever the noise is like."""
    rank = int(stats.binom.ppf(0.05, len(values), 0.5))
    ordered = sorted(values)
    return ordered[rank - 1], ordered[-rank]


def test_two_workers_beside_one(shards, tmp_path, capsys):
    """CPU of all, and wall time of the passes that sketch, which tells when nothing else runs."""
    several = tmp_path / "shards"
    several.mkdir()
    for path in inputs(shards):
        for copy in range(COPIES):
            shutil.copy(path, several / f"{path.stem}-{copy}{path.suffix}")
    cpu, work, wall = {}, {}, {}
    for workers in (1, 2):
        out = tmp_path / f"run-{workers}"
        progress = _Passes()
        run = profile([several], out, Options(workers=workers, keep_work=True), progress).run
        cpu[workers], wall[workers] = run.totals.os_cpu_seconds, progress.sketching_seconds()
        work[workers] = cpu[workers] - sum(run.other_cpu_seconds.get(row, 0.0) for row in ONCE)
        private = pq.read_table(out / "batches.parquet")["peak_private_bytes"].to_pylist()
        with capsys.disabled():
            print(
                f"\n{workers} worker(s): {run.totals.bytes_in / 1e6:.0f} MB of text, CPU "
                f"{cpu[workers]:.2f} s, sketch passes {wall[workers]:.2f} s wall, private memory "
                f"of a worker at most {max(each or 0 for each in private) / 1e6:.0f} MB"
            )
    with capsys.disabled():
        print(
            f"two workers: CPU × {cpu[2] / cpu[1]:.3f}, without what each process pays once "
            f"× {work[2] / work[1]:.3f}, wall × {wall[2] / wall[1]:.3f}"
        )
        ratios = {name: each[2] / each[1] for name, each in (("cpu", cpu), ("work", work))}
        print(json.dumps(ratios | {"wall": wall[2] / wall[1]}))


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
