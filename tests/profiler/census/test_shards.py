"""Which shards are read: by content, whole or sampled runs, and where a document was drawn from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from pipeline.errors import RunError
from pipeline.reading.inputs import find_shards
from profiler.census.shards import shard_identity, sort_shards
from profiler.census.store import CountedShard
from profiler.measurement import Options, make_plan
from profiler.record.origins import origins
from profiler.record.schema import Input, SampledFrom
from profiler.sampling import Options as DrawOptions
from profiler.sampling import draw_sample


@dataclass(frozen=True)
class FakeRun:
    """What sorting looks at in a run."""

    inputs: tuple[Input, ...]
    sampled: SampledFrom | None = None


def as_input(path: Path, name: str) -> Input:
    data = path.read_bytes()
    return Input(name, len(data), hashlib.sha256(data).hexdigest(), len(data), 1, 1)


def counted(path: Path, content: bytes | None = None) -> tuple[str, CountedShard]:
    data = path.read_bytes() if content is None else content
    identity, place, modified_ns = shard_identity(path)
    digest = hashlib.sha256(data).hexdigest()
    shard = CountedShard(path.name, len(data), digest, modified_ns, place, 1, 1, 0, {}, 0, {}, 0.0)
    return identity, shard


@pytest.fixture
def files(tmp_path):
    """a, b of equal length, and c; d has the content of a."""
    contents = {"a": b"1111", "b": b"2222", "c": b"333333", "d": b"1111"}
    for name, content in contents.items():
        (tmp_path / f"{name}.jsonl").write_bytes(content)
    return {name: tmp_path / f"{name}.jsonl" for name in contents}


def sort(files, run, finished=None):
    sorting = sort_shards(find_shards(list(files.values())), run, finished or {})
    return [each.file.name[0] for each in sorting.unread], sorting


def test_an_input_of_the_run_is_known_by_its_content(files):
    unread, sorting = sort(files, FakeRun((as_input(files["b"], "elsewhere/x.jsonl"),)))
    assert unread == ["a", "c"]
    assert sorting.known["d.jsonl"] == "same content as a.jsonl"
    assert "elsewhere/x.jsonl of the run" in sorting.known["b.jsonl"]


def test_a_file_of_the_same_size_is_another(files):
    files["b"].write_bytes(b"9999")
    run = FakeRun((replace(as_input(files["b"], "b.jsonl"), sha256="0" * 64),))
    assert sort(files, run)[0] == ["a", "b", "c"]


def test_an_input_that_was_read_in_part_goes_by_its_name(files):
    run = FakeRun((replace(as_input(files["c"], "x/c.jsonl"), sha256=None),))
    assert sort(files, run)[0] == ["a", "b"]


def test_sources_of_a_sample_are_read_and_its_own_files_are_not(files):
    source = as_input(files["a"], "sources/a.jsonl")
    sampled = SampledFrom(0.1, 1, 1, 1, 1, (source,))
    run = FakeRun((as_input(files["c"], "c.jsonl"),), sampled)
    unread, sorting = sort(files, run)
    assert unread == ["a", "b"]
    assert [each.source_shard for each in sorting.unread] == ["sources/a.jsonl", None]


def test_inputs_that_a_run_drew_from_itself_are_read(files):
    own = as_input(files["a"], "a.jsonl")
    unread, sorting = sort(files, FakeRun((own,), SampledFrom(0.1, 1, 1, 1, 1)))
    assert unread == ["a", "b", "c"]
    assert sorting.unread[0].source_shard == "a.jsonl"


def test_counted_before(files, tmp_path):
    run = FakeRun(())
    finished = dict([counted(files["a"])])
    unread, sorting = sort(files, run, finished)
    assert unread == ["b", "c"]
    assert sorting.known == {
        "a.jsonl": "counted by an earlier call",
        "d.jsonl": "same content as a.jsonl",
    }


def test_touched_is_the_same_and_changed_is_refused(files):
    identity, shard = counted(files["a"])
    old = {"0" * 32: replace(shard, modified_ns=1)}
    assert sort(files, FakeRun(()), old)[0] == ["b", "c"]
    changed = {"0" * 32: counted(files["a"], b"7777")[1]}
    with pytest.raises(RunError, match="changed since it was counted"):
        sort(files, FakeRun(()), changed)
    assert identity != "0" * 32


def test_origins_of_a_drawn_sample(shards, sample_corpus, tmp_path):
    folder = tmp_path / "drawn"
    draw_sample(shards, folder, fraction=0.1, options=DrawOptions(workers=1))
    plan = make_plan([folder], Options(workers=1))
    truth = pq.read_table(sample_corpus / "truth" / "documents.parquet").to_pylist()
    home = {row["id"]: row["shard"] for row in truth}
    checked = 0
    for shard in plan.shards:
        ids = pq.read_table(shard.path)["id"].to_pylist()
        places = np.arange(len(ids))
        assert origins(plan, [shard.name] * len(ids), places) == [home[each] for each in ids]
        checked += len(ids)
    assert checked > 100


def test_origins_of_whole_shards_and_of_a_draw_on_the_fly(shards):
    whole = make_plan(shards[:1], Options(workers=1))
    assert origins(whole, [whole.shards[0].name], np.array([3])) == [None]
    fly = make_plan(shards[:1], Options(workers=1, sample=0.5))
    assert origins(fly, [fly.shards[0].name], np.array([3])) == [fly.shards[0].name]
