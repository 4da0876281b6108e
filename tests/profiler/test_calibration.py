"""Synthetic keys, the ladder of sizes with a fake clock, and one real timing."""

from __future__ import annotations

import dataclasses
import json
import os
import types
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from pipeline.engines.local.run import Silent
from pipeline.errors import CorpuscostError, RunError
from pipeline.recipes.recipe import StageSpec
from pipeline.stages.build import build_dedup
from pipeline.stages.joining import Room
from pipeline.stages.sketches import DOCUMENT_FIELDS
from profiler import calibration
from profiler.calibration import (
    CALIBRATION_FILE,
    WORK,
    Wishes,
    calibrate,
    dedup_stages,
    load_calibration,
    resolve_timings,
    sample_laws,
    target_retentions,
)
from profiler.calibration_keys import (
    GroupLaw,
    Layout,
    band_keys,
    draw_groups,
    group_law,
    write_sketches,
)
from profiler.calibration_timing import ExhaustedError, Task, Timed, bands_of, time_resolve
from profiler.measurement import Options, profile
from profiler.record.store import Record

EXACT = StageSpec("exact", "exact-dedup")
NEAR = StageSpec("near", "near-dedup")
LAW = GroupLaw(np.array([1, 2, 5]), np.array([70.0, 10.0, 2.0]))
RECIPE = """name = "two dedups"
description = "exact, then near"
[[stages]]
name = "exact"
kind = "exact-dedup"
[[stages]]
name = "near"
kind = "near-dedup"
"""


@pytest.fixture(scope="module")
def record(sample_corpus, tmp_path_factory) -> Record:
    """A run of two dedups over the sample corpus."""
    folder = tmp_path_factory.mktemp("dedups")
    (folder / "two.toml").write_text(RECIPE, encoding="utf-8")
    options = Options(recipe=str(folder / "two.toml"), workers=1)
    return profile([sample_corpus / "shards"], folder / "run", options)


@dataclasses.dataclass
class FakeTimer:
    """Takes a second to begin and a microsecond per document, by its own clock."""

    now: float = 0.0
    fails_at: int = 10**12
    tasks: list[Task] = dataclasses.field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def __call__(self, task: Task, progress: object) -> Timed:
        if task.documents >= self.fails_at:
            raise ExhaustedError("memory ran out")
        self.tasks.append(task)
        seconds = 0.05 + 1e-6 * task.documents
        self.now += 1 + seconds
        return Timed(seconds, 2 * seconds, seconds + 1, 10**8, 0)

    def sizes(self, stage: str) -> list[int]:
        return sorted({t.documents for t in self.tasks if t.spec.name == stage and t.documents > 1})


def wish(record: Record, documents: float, **limits) -> Wishes:
    stages = dict.fromkeys(dedup_stages(record), documents)
    return Wishes(stages, sample_laws(record, {}), **limits)


def test_a_law_is_scaled_to_a_retention():
    assert pytest.approx(82 / 100) == LAW.retention
    for retention in (0.95, 0.82, 0.6, 0.3, 0.05):
        assert LAW.scaled_to(retention).retention == pytest.approx(retention, rel=0.1)
    assert LAW.scaled_to(1.0).sizes.tolist() == [1]
    assert GroupLaw(np.array([1]), np.array([1.0])).scaled_to(0.75).retention == pytest.approx(0.75)
    for wrong in (0.0, 1.5):
        with pytest.raises(CorpuscostError, match="retention"):
            LAW.scaled_to(wrong)


def test_a_law_without_groups_is_refused():
    for sizes, groups in (([], []), ([0], [1.0]), ([1, 2], [1.0]), ([1], [0.0])):
        with pytest.raises(CorpuscostError, match="group law"):
            GroupLaw(np.array(sizes, int), np.array(groups, float))


def test_groups_are_those_of_the_law():
    groups = draw_groups(LAW, 10_000, 1)
    assert len(groups) == 10_000
    spectrum = Counter(Counter(groups.tolist()).values())
    assert spectrum[2] == pytest.approx(1000, abs=2)
    assert spectrum[5] == pytest.approx(200, abs=2)
    assert (np.diff(np.flatnonzero(groups == np.bincount(groups).argmax())) > 1).any()  # spread out
    assert (draw_groups(LAW, 10_000, 1) == groups).all()
    assert len(draw_groups(GroupLaw(np.array([50]), np.array([1.0])), 7, 1)) == 7


def test_members_of_a_near_group_share_some_bands_and_always_one():
    groups = np.repeat(np.arange(2000, dtype=np.uint32), 2)
    keys = band_keys(groups, 0, 14)
    shared = (keys[0::2] == keys[1::2]).sum(axis=1)
    assert shared.min() >= 1
    assert shared.mean() == pytest.approx(1 + 13 * 0.36, abs=0.2)
    assert len(np.unique(keys)) == keys.size - shared.sum()  # nothing else is equal


@pytest.mark.parametrize("spec", [EXACT, NEAR])
def test_the_real_code_finds_the_groups_in_synthetic_sketches(spec, tmp_path):
    groups = draw_groups(LAW, 3000, 2)
    finished: list[int] = []
    paths = write_sketches(
        groups,
        bands_of(spec),
        Layout(700, 300),
        lambda shard: tmp_path / str(shard) / "sketch.parquet",
        finished.append,
    )
    assert finished == [0, 1, 2, 3, 4]
    assert sum(pq.read_metadata(path).num_rows for path in paths) == 3000
    dedup = build_dedup(spec)
    members = dedup.resolve(Room(tmp_path, 10**9), paths)
    assert len(members.dropped) == 3000 - len(set(groups.tolist()))


def test_the_sketches_have_the_columns_of_a_real_run(tmp_path):
    for spec in (EXACT, NEAR):
        path = tmp_path / spec.name / "sketch.parquet"
        write_sketches(
            np.arange(5, dtype=np.uint32), bands_of(spec), Layout(5, 5), lambda _, p=path: p, id
        )
        wanted = {field.name for field in [*DOCUMENT_FIELDS, *build_dedup(spec).fields]}
        assert set(pq.read_schema(path).names) == wanted


def test_the_ladder_goes_from_the_sample_to_the_target(record, tmp_path):
    timer = FakeTimer()
    done = calibrate(
        record, tmp_path, wish(record, 1e6, budget_seconds=1e4), None, timer, timer.clock
    )
    for stage in ("exact", "near"):
        sampled = next(each.docs_in for each in record.run.stages if each.stage == stage)
        sizes = timer.sizes(stage)
        assert (sizes[0], sizes[-1]) == (sampled, 1_000_000)
        assert all(2 <= b / a <= 8 for a, b in pairwise(sizes))
        assert done.stopped[stage] == "the target was reached"
    assert {task.threads for task in timer.tasks} == {1}
    assert [row.documents for row in done.ladder].count(1) == 6


def test_no_size_is_begun_that_the_budget_does_not_hold(record, tmp_path):
    timer = FakeTimer()
    done = calibrate(
        record, tmp_path, wish(record, 1e9, budget_seconds=60), None, timer, timer.clock
    )
    assert timer.now <= 60
    assert max(timer.sizes("near")) > 1e5
    assert all("the time given, at " in reason for reason in done.stopped.values())


def test_the_size_of_the_sample_is_timed_whatever_the_budget(record, tmp_path):
    timer = FakeTimer()
    calibrate(record, tmp_path, wish(record, 1e9, budget_seconds=1), None, timer, timer.clock)
    assert len(timer.sizes("exact")) == 1


def test_memory_and_disk_end_the_ladder(record, tmp_path, monkeypatch):
    timer = FakeTimer()
    wishes = wish(record, 1e9, budget_seconds=1e9, memory_bytes=10_000_000)
    done = calibrate(record, tmp_path, wishes, None, timer, timer.clock)
    assert all(reason.startswith("memory (0.01 GB given)") for reason in done.stopped.values())
    free = types.SimpleNamespace(free=20_000_000)
    monkeypatch.setattr(calibration.shutil, "disk_usage", lambda _: free)
    wishes = wish(record, 1e9, budget_seconds=1e9)
    done = calibrate(record, tmp_path, wishes, None, timer, timer.clock)
    assert all(reason.startswith("the disk (0 GB free)") for reason in done.stopped.values())


def test_running_out_of_memory_keeps_what_was_timed(record, tmp_path):
    timer = FakeTimer(fails_at=100_000)
    done = calibrate(
        record, tmp_path, wish(record, 1e6, budget_seconds=1e4), None, timer, timer.clock
    )
    assert done.stopped == dict.fromkeys(("exact", "near"), "memory ran out")
    assert max(row.documents for row in done.ladder) < 100_000


def test_a_fault_leaves_no_keys_and_the_earlier_file(record, tmp_path):
    timer = FakeTimer()
    first = calibrate(record, tmp_path, wish(record, 1e4), None, timer, timer.clock)

    def failing(task: Task, progress: object) -> Timed:
        task.directory.mkdir(parents=True)
        raise RunError("disk full")

    with pytest.raises(RunError, match="disk full"):
        calibrate(record, tmp_path, wish(record, 1e4), None, failing, timer.clock)
    assert load_calibration(tmp_path) == first
    assert os.listdir(tmp_path) == [CALIBRATION_FILE]


def test_laws_go_from_the_sample_to_the_retention_at_the_target(record):
    laws = sample_laws(record, {"exact": (1e6, 0.5)})
    own = group_law(record.tables["spectrum"], "exact").retention
    exact = [laws["exact"](documents).retention for documents in (100, 1e4, 1e5, 1e6, 1e7)]
    assert exact[0] == own
    assert exact == sorted(exact, reverse=True)
    assert exact[-2:] == pytest.approx([0.5, 0.5], rel=0.05)
    near = group_law(record.tables["spectrum"], "near").retention
    assert laws["near"](1e6).retention == near


def test_targets_of_a_forecast_use_the_middle_of_bounds():
    def stage(name, point):
        kept = types.SimpleNamespace(point=point, low=0.2, high=0.6)
        docs = types.SimpleNamespace(point=5e6)
        return types.SimpleNamespace(stage=name, retention=kept, docs_in=docs)

    forecast = types.SimpleNamespace(stages=[stage("a", None), stage("b", 0.9), stage("c", 0.1)])
    found = target_retentions(forecast, ["a", "b"])
    assert found == {"a": (5e6, pytest.approx(0.4)), "b": (5e6, 0.9)}


def test_a_run_without_dedup_has_nothing_to_calibrate(record):
    bare = dataclasses.replace(record.run, recipe={"stages": []})
    with pytest.raises(RunError, match="nothing to calibrate"):
        dedup_stages(Record(bare, record.tables))


def test_damaged_or_foreign_files_are_told(tmp_path):
    assert load_calibration(tmp_path) is None
    assert resolve_timings(None, "exact") is None
    path = tmp_path / CALIBRATION_FILE
    for text, told in (("{", "not a calibration"), ('{"schema_version": 9}', "schema_version 9")):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(RunError, match=told):
            load_calibration(tmp_path)


def test_a_real_timing_is_kept_and_used(record, tmp_path):
    near_only = {"stages": [s for s in record.run.recipe["stages"] if s["name"] == "near"]}
    record = Record(dataclasses.replace(record.run, recipe=near_only), record.tables)
    laws = sample_laws(record, {"near": (1e6, 0.7)})
    done = calibrate(record, tmp_path, Wishes({"near": 1e6}, laws, budget_seconds=0.1))
    assert load_calibration(tmp_path) == done
    assert os.listdir(tmp_path) == [CALIBRATION_FILE]
    assert json.loads((tmp_path / CALIBRATION_FILE).read_text())["machine"]["vcpus"] >= 1
    for row in done.ladder:
        assert 0 < row.cpu_seconds < row.os_cpu_seconds
    timings = resolve_timings(done, "near")
    assert timings is not None
    assert timings.largest == next(s.docs_in for s in record.run.stages if s.stage == "near")
    assert resolve_timings(done, "other") is None


def test_a_full_disk_is_told_and_cleaned(tmp_path, monkeypatch):
    import errno

    from profiler import calibration_timing

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(calibration_timing, "write_sketches", full)
    task = Task(EXACT, 10, LAW, Layout(10, 10), 1, 10**9, 1, tmp_path / "work")
    with pytest.raises(RunError, match=r"disk full .* fewer --documents"):
        time_resolve(task, Silent())
    assert not Path(tmp_path / "work").exists()
    assert WORK not in os.listdir(tmp_path)
