"""A census end to end: known copies, shards met before, killed and taken up, workers, samples."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import CorpuscostError, RunError, ShardError
from profiler.census.counts import met_again, multiplicities, probe_counts
from profiler.census.estimate import neighbour_gap, retentions
from profiler.census.store import folder_of, load_census, save_census
from profiler.census.taking import Options, take_census
from profiler.measurement import Options as ProfileOptions
from profiler.measurement import profile
from profiler.record.store import load


def rows_of(census) -> list[dict]:
    return census.counts.to_pylist()


def seen(census, kind: str) -> dict[tuple[str, int], int]:
    """Copies of each probe in all that was read, itself left out."""
    stage = next(s for s in census.account.stages if s.kind == f"{kind}-dedup")
    copies = multiplicities(census, stage)
    places = [(Path(r["shard"]).name, r["position"]) for r in rows_of(census)]
    return dict(zip(places, (copies - 1).tolist(), strict=True))


def read(census) -> list:
    return [replace(shard, cpu_seconds=0.0) for shard in census.account.shards]


@pytest.fixture
def fresh(part, tmp_path) -> Path:
    """The run of three shards, without a census."""
    run = tmp_path / "run"
    shutil.copytree(part, run, ignore=shutil.ignore_patterns("census"))
    return run


@pytest.mark.parametrize("kind", ["exact", "near"])
def test_part_and_more_shards_count_as_a_run_of_all(census, truth, kind):
    counted = seen(census, kind)
    assert len(counted) > 400
    assert counted == {place: truth[kind][place] for place in counted}
    assert sum(counted.values()) > sum(census.counts[f"{kind}_copies_in_run"].to_pylist())


def test_retention_is_that_of_the_whole(census, whole):
    exact, near = retentions(census)
    stages = {s.kind: s for s in load(whole).run.stages}
    first, second = stages["exact-dedup"], stages["near-dedup"]
    assert exact.own.low <= first.docs_out / first.docs_in <= exact.own.high
    assert near.own.low <= second.docs_out / second.docs_in <= near.own.high
    assert near.combined.low <= second.docs_out / first.docs_in <= near.combined.high
    assert near.combined.point == pytest.approx(exact.combined.point * near.own.point)
    assert exact.own_bytes.low <= first.bytes_out / first.bytes_in <= exact.own_bytes.high
    gap = neighbour_gap(census)
    assert 0 < gap.points < 2


def test_shards_of_the_run_are_known_by_content(census, shards):
    assert sorted(census.account.known) == [shard.name for shard in shards[:3]]
    assert [each.name for each in census.account.shards] == [s.name for s in shards[3:]]
    assert all("of the run" in why for why in census.account.known.values())


def test_histogram_and_documents_read(census, whole):
    stages = [s for s in load(whole).run.stages if s.kind.endswith("-dedup")]
    for counts in probe_counts(census, stages[0].docs_in):
        assert (counts.copies * counts.probes).sum() > counts.probes.sum() == len(census.counts)
        assert counts.documents_read == pytest.approx(stages[0].docs_in, rel=0.1)
        assert counts.share_read > 0.9
    assert probe_counts(census)[0].share_read is None


def test_saved_and_loaded(census, part, tmp_path):
    assert load_census(tmp_path) is None
    (tmp_path / "census").mkdir()
    save_census(census, tmp_path)
    loaded = load_census(tmp_path)
    assert loaded.account == census.account
    assert loaded.counts.equals(census.counts)
    assert load_census(part).account.shards == census.account.shards


def test_filters_and_early_filters_change_no_count(part, shards, counted, census):
    every, none = counted(part, shards[3:]), counted(part, shards[3:], early=())
    kept = np.stack([sum(each.copies[d] for each in every) for d in (0, 1)])
    assert (kept == np.stack([sum(each.copies[d] for each in none) for d in (0, 1)])).all()
    assert (kept[0] == census.counts["exact_copies"].to_numpy()).all()


def test_workers_batches_and_calls_change_nothing(fresh, shards, census):
    first = take_census(fresh, shards[4:6], Options(workers=1, batch_bytes=100_000))
    assert len(first.account.shards) == 2
    partly = seen(first, "exact")
    assert sum(partly.values()) < sum(seen(census, "exact").values())
    again = take_census(fresh, [shards[0].parent], Options(workers=2))
    assert rows_of(again) == rows_of(census)
    assert read(again) == read(census)
    third = take_census(fresh, shards, Options(workers=1))
    assert rows_of(third) == rows_of(census)
    assert third.account.cpu_seconds == again.account.cpu_seconds  # nothing was read


def test_copies_count_when_they_would_reach_dedup(fresh, shards, tmp_path):
    probes = load(fresh).tables["probes"].to_pylist()
    number = next(
        number
        for number, row in enumerate(probes)
        if row["shard"] == shards[0].name and row["near_copies"] == 0 and row["bands"]
    )
    lines = shards[0].read_text(encoding="utf-8").split("\n")
    text = json.loads(lines[probes[number]["position"]])["text"]
    english = {"text": text, "lang": "en"}
    copies = [
        english,
        english | {"text": "  " + text.replace("\n", "\n\n")},
        english | {"lang": "fr"},  # admission drops it
        english | {"url": f"https://{blocked_host(fresh)}/page"},  # the blocklist drops it
        english | {"text": text[: len(text) // 12]},  # no band in common
        english | {"text": text + "\nThis line of more words stands in the copy alone."},
    ]
    more = tmp_path / "more.jsonl"
    more.write_text("\n".join(json.dumps(copy) for copy in copies), encoding="utf-8")
    twin = shutil.copy(more, tmp_path / "twin.jsonl")
    taken = take_census(fresh, [more, twin], Options(workers=1))
    assert taken.account.known == {"twin.jsonl": "same content as more.jsonl"}
    counted = rows_of(taken)[number]
    assert (counted["exact_copies"], counted["near_copies"]) == (2, 3)
    (shard,) = taken.account.shards
    assert (shard.documents, shard.hits) == (6, {"exact-dedup": 2, "near-dedup": 3})


def blocked_host(run: Path) -> str:
    return load(run).run.recipe["lists"]["blocked_hosts"][0]


def test_a_killed_census_goes_on(fresh, shards, census):
    command = [sys.executable, "-m", "profiler.cli.main", "census", str(fresh), *map(str, shards)]
    process = subprocess.Popen([*command, "--workers", "1"], stdout=subprocess.DEVNULL)
    finished = folder_of(fresh).root / "shards"
    deadline = time.monotonic() + 60
    while not list(finished.glob("[!.]*")) and time.monotonic() < deadline:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert load_census(fresh) is None
    kept = {path: path.stat().st_mtime_ns for path in finished.glob("[!.]*/copies.npz")}
    assert kept
    time.sleep(0.3)  # its worker may end a shard that it was at
    taken = take_census(fresh, shards, Options(workers=1))
    assert all(path.stat().st_mtime_ns == written for path, written in kept.items())
    assert rows_of(taken) == rows_of(census)
    assert read(taken) == read(census)


def test_bad_shards(fresh, tmp_path):
    bad = tmp_path / "bad.parquet"
    bad.write_bytes(b"no parquet at all" * 100)
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"text": "a"}\n{"text": \n{"text": "b"}\n')
    with pytest.raises(ShardError, match="--skip-bad-shards"):
        take_census(fresh, [bad], Options(workers=1))
    taken = take_census(fresh, [bad, broken], Options(workers=1, skip_bad_shards=True))
    assert taken.account.state == "partial"
    assert list(taken.account.skipped) == ["bad.parquet"]
    assert taken.account.shards[0].unreadable == {"malformed-line": 1}
    assert taken.account.shards[0].documents == 2
    broken.write_text('{"text": "c"}\n')
    with pytest.raises(RunError, match="changed since it was counted"):
        take_census(fresh, [broken])


def test_a_sample_drawn_on_the_fly_is_no_copy_of_itself(shards, truth, tmp_path):
    profile(shards, tmp_path / "run", ProfileOptions(workers=1, sample=0.2, seed=3))
    taken = take_census(tmp_path / "run", shards, Options(workers=1))
    for kind in ("exact", "near"):
        counted = seen(taken, kind)
        assert 200 < len(counted) < 450
        assert counted == {place: truth[kind][place] for place in counted}
    assert taken.account.known == {}
    assert probe_counts(taken)[0].documents_read == pytest.approx(len(truth["exact"]), rel=0.25)


def test_documents_met_again_in_another_form_are_told(census):
    assert not met_again(census)
    column = census.counts.column_names.index("exact_copies")
    ones = pa.array(np.ones(len(census.counts), np.int64))
    again = replace(census, counts=census.counts.set_column(column, "exact_copies", ones))
    assert met_again(again)
    assert not met_again(replace(again, account=replace(census.account, sampled=True)))


def test_what_no_census_can_be_taken_of(tmp_path, shards, fresh):
    with pytest.raises(RunError, match=r"no run\.json"):
        take_census(tmp_path, shards)
    with pytest.raises(CorpuscostError, match="nowhere"):
        take_census(fresh, ["nowhere"])
    path = fresh / "run.json"
    data = json.loads(path.read_text())
    good = json.dumps(data)
    data["recipe"]["stages"] = [s for s in data["recipe"]["stages"] if "dedup" not in s["kind"]]
    path.write_text(json.dumps(data))
    with pytest.raises(RunError, match="no dedup stage"):
        take_census(fresh, shards)
    data["recipe"]["stages"] = [{"name": "x", "kind": "magic"}]
    path.write_text(json.dumps(data))
    with pytest.raises(RunError, match="cannot be rebuilt"):
        take_census(fresh, shards)
    data = json.loads(good)
    data["parts"] = 2
    path.write_text(json.dumps(data))
    with pytest.raises(RunError, match="sum of 2 records"):
        take_census(fresh, shards)
    path.write_text(good)
    probes = pq.read_table(fresh / "probes.parquet")
    pq.write_table(probes.slice(0, 0), fresh / "probes.parquet")
    with pytest.raises(RunError, match="no document of the run reached dedup"):
        take_census(fresh, shards)
