"""Runs that a census is taken of: of all sample shards, and of three of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.reading.inputs import find_shards
from pipeline.reading.shard import ColumnNames, open_shard
from profiler.census.route import recipe_of
from profiler.census.store import CensusFolder
from profiler.census.stream import Found, count_shard
from profiler.census.taking import Options as CensusOptions
from profiler.census.taking import take_census
from profiler.census.worker import CountingPlan, make_search
from profiler.measurement import Options, profile
from profiler.record.store import load


@pytest.fixture(scope="session")
def shards(sample_corpus) -> list[Path]:
    return sorted((sample_corpus / "shards").iterdir())


@pytest.fixture(scope="session")
def whole(shards, tmp_path_factory) -> Path:
    """A run of all shards; every document that reaches dedup is a probe."""
    out = tmp_path_factory.mktemp("whole") / "run"
    profile(shards, out, Options(workers=1, keep_work=True))
    return out


@pytest.fixture(scope="session")
def part(shards, tmp_path_factory) -> Path:
    """A run of the first three shards."""
    out = tmp_path_factory.mktemp("part") / "run"
    profile(shards[:3], out, Options(workers=1))
    return out


@pytest.fixture(scope="session")
def census(part, shards):
    """The census of the part over all shards, by one worker."""
    return take_census(part, [shards[0].parent], CensusOptions(workers=1))


@pytest.fixture(scope="session")
def counted():
    """Count shards in this process: what each of them held of a run's probes."""

    def count(run: Path, inputs: list[Path], early: tuple[str, ...] | None = None) -> list[Found]:
        if early is None:
            early = tuple(spec.name for spec in recipe_of(load(run).run, run).stages)
        plan = CountingPlan(str(run), "", early, ColumnNames(), ".", 300_000)
        search = make_search(plan, CensusFolder(run / "unused"))
        return [count_shard(search, open_shard(f), f.name) for f in find_shards(inputs)]

    return count


@pytest.fixture(scope="session")
def truth(whole) -> dict[str, dict[tuple[str, int], int]]:
    """By kind of dedup, the other documents of the whole that each document has a key with."""
    rows = load(whole).tables["probes"].to_pylist()
    return {
        kind: {(row["shard"], row["position"]): row[f"{kind}_copies"] for row in rows}
        for kind in ("exact", "near")
    }
