"""What metering costs: the same unit with and without the meter, in pairs; and two workers.

Run by ``make bench``. A pair is the first leg over one shard, twice in this process; pairs are in
the order ABBA, so that a machine that slows down does not favour one side.
"""

from __future__ import annotations

import dataclasses
import gc
import json
import os
import shutil
import statistics
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from scipy import stats

from pipeline.engines.local.plan import Plan, Workspace, write_plan
from pipeline.engines.local.units import Units
from pipeline.engines.local.warm import warm_kernels
from pipeline.observer import Unobserved
from profiler.measurement import Options, make_plan, profile

pytestmark = pytest.mark.bench
WARM_PAIRS = 4
PAIRS = 400
COPIES = 3  # of the shards, for two workers
BLANK = ""  # no observer at all


@pytest.fixture(scope="module")
def shards(sample_corpus) -> Path:
    shared = os.environ.get("CORPUSCOST_SHARED")
    return Path(shared) / "corpora" if shared else sample_corpus / "shards"


def inputs(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.*") if path.suffix in (".parquet", ".jsonl"))


def units(plan: Plan, folder: Path) -> Units:
    """The units of a plan, ready to run in this process."""
    workspace = Workspace(folder)
    write_plan(plan, workspace)
    ready = Units(plan, workspace)
    ready.train_models(Unobserved(folder))
    warm_kernels(list(ready.stages.values()), [])
    return ready


def cpu_seconds(ready: Units, shard: int) -> float:
    """CPU of the first leg over a shard, which is done afresh."""
    gc.collect()
    started = time.process_time()
    ready.run_leg(0, shard, Unobserved(ready.workspace.root), ignore, ignore)
    spent = time.process_time() - started
    shutil.rmtree(ready.workspace.shard(0, shard))
    return spent


def ignore(count: int) -> None:
    del count


def test_the_same_unit_with_and_without_the_meter(shards, tmp_path, capsys):
    """The inspection is no part of the meter: neither side has it."""
    plan = dataclasses.replace(make_plan(inputs(shards), Options(workers=1)), inspector="")
    metered = units(plan, tmp_path / "metered")
    plain = units(dataclasses.replace(plan, observer=BLANK), tmp_path / "plain")
    differences, spent_plain = [], []
    for pair in range(WARM_PAIRS + PAIRS):
        shard = pair // 2 % len(plan.shards)
        sides = (plain, metered) if pair % 2 else (metered, plain)
        spent = {id(side): cpu_seconds(side, shard) for side in sides}
        if pair >= WARM_PAIRS:
            spent_plain.append(spent[id(plain)])
            differences.append(100 * (spent[id(metered)] / spent[id(plain)] - 1))
    middle, (low, high) = statistics.median(differences), median_interval(differences)
    with capsys.disabled():
        print(
            f"\nmeter: {middle:+.2f} % of a unit's CPU, 90 % interval {low:+.2f} to {high:+.2f} %; "
            f"median of {PAIRS} pairs of units of {statistics.median(spent_plain):.2f} CPU-seconds"
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
