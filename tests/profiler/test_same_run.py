"""A finished record is taken for that of a plan only when nothing that matters differs."""

from __future__ import annotations

import dataclasses
import json
import os

import pytest
from made_up_text import write_shard

from pipeline.errors import RunError
from pipeline.recipes.catalog import load_recipe
from profiler.measurement import Options
from profiler.record.schema import SCHEMA_VERSION, Input, Run, SampledFrom, Totals
from profiler.same_run import check_same_run
from profiler.sampling import Options as Drawing
from profiler.sampling import draw_sample

OPTIONS = Options(recipe="web-multi", seed=3)
STARTED = "2026-11-24T04:00:00+00:00"


@pytest.fixture
def shards(tmp_path):
    for number in range(2):
        write_shard(tmp_path / "in" / f"{number}.jsonl", 10, seed=number)
        os.utime(tmp_path / "in" / f"{number}.jsonl", (1.7e9, 1.7e9))
    return tmp_path / "in"


def run_over(folder, **changes):
    """The record that a run of OPTIONS over a folder leaves, as far as it is compared."""
    from hashlib import sha256

    inputs = tuple(
        Input(path.name, path.stat().st_size, sha256(path.read_bytes()).hexdigest(), 0, 0, 0)
        for path in sorted(folder.iterdir())
        if path.name != "sample.json"
    )
    run = Run(
        schema_version=SCHEMA_VERSION,
        state="complete",
        design="shards",
        recipe=json.loads(json.dumps(load_recipe("web-multi").to_dict())),
        inputs=inputs,
        seed=3,
        workers=1,
        machine={},
        versions={},
        started_at=STARTED,
        wall_seconds=1.0,
        stages=(),
        other_cpu_seconds={},
        totals=Totals(0, 0, 0, 0, 0, None, None, 0, 0, 0, 0, {}, {}),
        tokens={},
        meter={},
    )
    return dataclasses.replace(run, **changes)


def sampled(fraction):
    return SampledFrom(fraction, 2, 20, 1000, 2000)


def test_the_same_run_is_accepted(shards, tmp_path):
    check_same_run(tmp_path, run_over(shards), [shards], OPTIONS)


@pytest.mark.parametrize(
    ("changes", "options", "told"),
    [
        ({"state": "partial"}, {}, r"state \(partial\)"),
        ({"seed": 4}, {}, r"seed \(4\)"),
        ({}, {"recipe": "web-en"}, "recipe"),
        ({}, {"sample": 0.5}, "sample"),
        ({"sampled": sampled(0.5)}, {}, "sample"),
        ({"sampled": sampled(0.5)}, {"sample": 0.25}, "sample"),
        ({"inputs": ()}, {}, r"input \(0\.jsonl and 1 more\)"),
        ({"seed": 4, "state": "failed"}, {}, r"state \(failed\), seed \(4\)"),
    ],
)
def test_what_differs_is_told(shards, tmp_path, changes, options, told):
    run = run_over(shards, **changes)
    with pytest.raises(RunError, match=f"a record of another {told}; name another run folder"):
        check_same_run(tmp_path, run, [shards], dataclasses.replace(OPTIONS, **options))


def test_the_same_share_is_accepted(shards, tmp_path):
    run = run_over(shards, sampled=sampled(0.5))
    check_same_run(tmp_path, run, [shards], dataclasses.replace(OPTIONS, sample=0.5))


def test_a_drawn_sample_counts_with_its_own_share(shards, tmp_path):
    drawn = tmp_path / "drawn"
    draw_sample([shards], drawn, fraction=0.5, options=Drawing(workers=1))
    for share, options in ((0.5, OPTIONS), (0.25, dataclasses.replace(OPTIONS, sample=0.5))):
        check_same_run(tmp_path, run_over(drawn, sampled=sampled(share)), [drawn], options)
    with pytest.raises(RunError, match="sample"):
        check_same_run(tmp_path, run_over(drawn), [drawn], OPTIONS)


def test_a_shard_more_or_less_or_of_another_size_is_another_input(shards, tmp_path):
    run = run_over(shards)
    with pytest.raises(RunError, match=r"input \(1\.jsonl\)"):
        check_same_run(tmp_path, run, [shards / "0.jsonl"], OPTIONS)
    write_shard(shards / "2.jsonl", 10, seed=2)
    with pytest.raises(RunError, match=r"input \(2\.jsonl\)"):
        check_same_run(tmp_path, run, [shards], OPTIONS)
    (shards / "2.jsonl").unlink()
    (shards / "0.jsonl").write_bytes((shards / "0.jsonl").read_bytes() + b"\n")
    with pytest.raises(RunError, match=r"input \(0\.jsonl\)"):
        check_same_run(tmp_path, run, [shards], OPTIONS)


def test_a_shard_that_was_written_since_is_compared_by_its_content(shards, tmp_path):
    run, shard = run_over(shards), shards / "0.jsonl"
    os.utime(shard, (4e9, 4e9))
    check_same_run(tmp_path, run, [shards], OPTIONS)
    shard.write_bytes(shard.read_bytes().replace(b"the", b"teh"))
    os.utime(shard, (4e9, 4e9))
    with pytest.raises(RunError, match=r"input \(0\.jsonl\)"):
        check_same_run(tmp_path, run, [shards], OPTIONS)
