"""What finished units tell of a run in progress equals what its record says in the end."""

from __future__ import annotations

import shutil

import pytest

from profiler import measurement
from profiler.unfinished import FinishedUnits


class Watcher:
    """Looks at the finished units each time that a shard is done."""

    def __init__(self, units: FinishedUnits) -> None:
        self.units = units
        self.seen: list = []

    def leg(self, title, todo):
        return None

    def moved(self, message):
        return None

    def shard_done(self, shard):
        self.seen.append(self.units.so_far())


@pytest.fixture(scope="module")
def watched(sample_corpus, tmp_path_factory):
    """A run over two shards: its record, what a watcher saw, and its workspace."""
    folder = tmp_path_factory.mktemp("watched")
    for path in sorted((sample_corpus / "shards").glob("*.parquet"))[:2]:
        shutil.copy(path, folder)
    work = folder / "run" / measurement.WORK
    watcher = Watcher(FinishedUnits(work))
    options = measurement.Options(workers=1, keep_work=True)
    inputs = sorted(folder.glob("*.parquet"))
    record = measurement.profile(inputs, folder / "run", options, watcher)
    return record, watcher.seen, work


def test_after_the_last_shard_the_funnel_is_that_of_the_record(watched):
    record, seen, _ = watched
    last = seen[-1]
    assert last.docs_read == record.run.totals.docs_in
    assert last.docs_kept == record.run.totals.docs_out
    assert len(seen) == 2 * 3  # shards and passes


def test_each_pass_keeps_fewer_of_the_same_documents(watched):
    _, seen, _ = watched
    after = [seen[place] for place in (1, 3, 5)]  # all shards of a pass are done
    assert len({one.docs_read for one in after}) == 1
    kept = [one.docs_kept for one in after]
    assert kept == sorted(kept, reverse=True)
    assert kept[-1] < kept[0] < after[0].docs_read
    assert seen[0].docs_read < after[0].docs_read


def test_cpu_of_a_stage_is_that_of_the_record(watched):
    record, _, work = watched
    told = FinishedUnits(work).so_far().cpu_seconds
    by_stage = {stage.stage: stage.cpu_seconds for stage in record.run.stages}
    for name, spent in by_stage.items():
        assert told[name] == pytest.approx(spent, rel=1e-6), name


def test_a_unit_is_read_once(watched, monkeypatch):
    units = FinishedUnits(watched[2])
    first = units.so_far()
    monkeypatch.setattr("profiler.unfinished._sums", None)
    assert units.so_far() == first
