"""Groups that dedups make together: against plain counting, and in a small real run."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.kernels.scripts import SCRIPTS
from pipeline.recipes.catalog import load_recipe
from pipeline.stages.sketches import DOCUMENT_BITS, DOCUMENT_FIELDS
from profiler.measurement import Options, profile
from profiler.record.incidence import (
    groups_by_shards,
    groups_in_shard,
    held_by_each,
    without_shard,
)
from profiler.record.schema import LARGEST_SIZE_TOLD, joint_stage
from profiler.record.spectra import Resolved, measure_groups
from profiler.tokens import TokenRates

RATES = TokenRates({"latin": 2.0, "greek": 4.0}, "test")
STAGES = ("first", "second", "third")
SHARDS = 4
MEMORY_BYTES = 100_000_000


def write_stage(folder: Path, stage: str, documents: list[dict], labels: list[int]) -> Resolved:
    """Sketches and members of a dedup that finds documents of equal label equal."""
    numbers, rows_of = [], defaultdict(list)
    for document in documents:
        rows = rows_of[document["shard"]]
        numbers.append(document["shard"] << DOCUMENT_BITS | len(rows))
        row = {name: document[name] for name in ("position", "bytes", "script")}
        rows.append({"doc": numbers[-1]} | row)
    paths = {shard: folder / f"{stage}-{shard}.parquet" for shard in range(SHARDS)}
    for shard, path in paths.items():
        pq.write_table(pa.Table.from_pylist(rows_of[shard], pa.schema(DOCUMENT_FIELDS)), path)
    heads: dict[int, int] = {}
    firsts = [heads.setdefault(label, n) for label, n in zip(labels, numbers, strict=True)]
    sizes = Counter(labels)
    shared = [
        (n, first)
        for n, first, label in zip(numbers, firsts, labels, strict=True)
        if sizes[label] > 1
    ]
    members = folder / f"{stage}.npy"
    np.save(members, np.array(shared, np.uint64).reshape(-1, 2).T)
    names = {shard: f"shard-{shard}" for shard in paths}
    return Resolved(stage, paths, names, members)


def chain_of(folder: Path, documents: list[dict], depth: int) -> tuple[list[Resolved], list[int]]:
    """Dedups one after the other over ``labels`` of each document; and the final group of each."""
    chain, group = [], list(range(len(documents)))  # the kept document of each document
    for level in range(depth):
        alive = sorted(set(group))
        labels = [documents[place]["labels"][level] for place in alive]
        stage = write_stage(folder, STAGES[level], [documents[place] for place in alive], labels)
        chain.append(stage)
        kept: dict[int, int] = {}
        heads = {p: kept.setdefault(label, p) for p, label in zip(alive, labels, strict=True)}
        group = [heads[place] for place in group]
    return chain, group


@st.composite
def corpora(draw):
    """Documents in the order of shards and positions; places have gaps."""
    label = st.integers(0, 12)
    drawn = draw(
        st.lists(
            st.tuples(
                st.integers(0, SHARDS - 1),
                st.integers(1, 10**6),
                st.sampled_from([SCRIPTS.index("latin"), SCRIPTS.index("greek")]),
                st.tuples(label, label, label),
            ),
            min_size=1,
            max_size=40,
        )
    )
    drawn.sort(key=lambda row: row[0])
    return [
        {"shard": shard, "position": 3 * place + 1, "bytes": size, "script": script}
        | {"labels": labels}
        for place, (shard, size, script, labels) in enumerate(drawn)
    ]


def counted(documents: list[dict], group: list[int]) -> tuple[dict, dict, dict]:
    """Spectrum, incidence over all shards, and by shard, by plain counting."""
    found = defaultdict(list)
    for document, head in zip(documents, group, strict=True):
        found[head].append(document)
    spectrum: dict[int, list[float]] = defaultdict(lambda: [0, 0, 0, 0, 0.0, 0.0])
    whole: Counter[tuple[int, int]] = Counter()
    by_shard: Counter[tuple[str, int]] = Counter()
    for head, members in found.items():
        kept = documents[head]
        values = (1, len(members), sum(each["bytes"] for each in members), kept["bytes"])
        rate = RATES.bytes_per_token[SCRIPTS[kept["script"]]]
        sums = spectrum[len(members)]
        for place, value in enumerate((*values, kept["bytes"] ** 2, kept["bytes"] / rate)):
            sums[place] += value
        shards = {each["shard"] for each in members}
        whole[len(members), len(shards)] += 1
        by_shard.update((f"shard-{shard}", len(shards)) for shard in shards)
    return spectrum, whole, by_shard


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_joint_groups_are_those_of_plain_counting(depth, tmp_path_factory):
    @given(corpora())
    @settings(deadline=None, max_examples=15)
    def check(documents):
        folder = tmp_path_factory.mktemp("chain")
        chain, group = chain_of(folder, documents, depth)
        spectrum, incidence = measure_groups(chain, RATES, folder / "scratch", MEMORY_BYTES)
        expected, whole, by_shard = counted(documents, group)
        name = STAGES[0] if depth == 1 else joint_stage(STAGES[depth - 1])
        assert {row["stage"] for row in (spectrum.to_pylist() + incidence.to_pylist())} == {name}
        columns = ("groups", "docs", "bytes", "kept_bytes", "kept_bytes_squares", "kept_tokens")
        rows = {row["size"]: [row[c] for c in columns] for row in spectrum.to_pylist()}
        assert rows.keys() == expected.keys()
        assert all(row == pytest.approx(expected[size]) for size, row in rows.items())
        rows = incidence.to_pylist()
        each = {(r["shard"], r["shards_holding"]): r["groups"] for r in rows if r["shard"]}
        assert each == by_shard
        assert whole == {
            (r["size"], r["shards_holding"]): r["groups"] for r in rows if r["shard"] is None
        }

    check()


@given(corpora())
@settings(deadline=None, max_examples=10)
def test_without_a_shard_is_counting_the_others(tmp_path_factory, documents):
    folder = tmp_path_factory.mktemp("without")
    chain, group = chain_of(folder, documents, 1)
    _, incidence = measure_groups(chain, RATES, folder / "scratch", MEMORY_BYTES)
    twice = pa.concat_tables([incidence, incidence.set_column(0, *part_one(incidence))])
    for left_out in range(SHARDS):
        holders = defaultdict(set)
        for document, head in zip(documents, group, strict=True):
            if document["shard"] != left_out:
                holders[head].add(document["shard"])
        expected = Counter(len(shards) for shards in holders.values())
        assert without_shard(twice, "first", f"shard-{left_out}") == expected
        assert without_shard(twice, "first", f"shard-{left_out}", part=1) == expected
    assert without_shard(twice, "first", "of no document") == groups_by_shards(twice, "first")
    assert without_shard(twice, "other", "shard-0") == {}
    names = [*(f"shard-{number}" for number in reversed(range(SHARDS))), "of no document"]
    numbers = [3, 1, 2, SHARDS + 1]
    found = held_by_each(twice, "first", names, numbers, part=1)
    for name, row in zip(names, found.tolist(), strict=True):
        held = groups_in_shard(twice, "first", name, part=1)
        assert row == [held.get(number, 0) for number in numbers]


def part_one(incidence: pa.Table) -> tuple[pa.Field, pa.Array]:
    return incidence.schema.field("part"), pa.array([1] * len(incidence), pa.int32())


def test_larger_groups_are_lumped_and_none_is_lost(tmp_path):
    labels = [0] * LARGEST_SIZE_TOLD + [1] * (LARGEST_SIZE_TOLD + 1) + [2] * 200
    latin = SCRIPTS.index("latin")
    documents = [
        {"shard": 0, "position": place, "bytes": 1, "script": latin, "labels": (label,)}
        for place, label in enumerate(labels)
    ]
    chain, _ = chain_of(tmp_path, documents, 1)
    spectrum, incidence = measure_groups(chain, RATES, tmp_path / "scratch", MEMORY_BYTES)
    assert spectrum["size"].to_pylist() == [LARGEST_SIZE_TOLD, LARGEST_SIZE_TOLD + 1, 200]
    rows = [row for row in incidence.to_pylist() if row["shard"] is None]
    assert [(row["size"], row["groups"], row["docs"]) for row in rows] == [
        (LARGEST_SIZE_TOLD, 1, LARGEST_SIZE_TOLD),
        (LARGEST_SIZE_TOLD + 1, 2, LARGEST_SIZE_TOLD + 1 + 200),
    ]
    assert groups_by_shards(incidence, "first") == {1: 3}


RECIPE = """
name = "joint"
description = "two dedups, a rule, a dedup"
max_document_bytes = 20000000

[[stages]]
name = "exact"
kind = "exact-dedup"

[[stages]]
name = "near"
kind = "near-dedup"

[[stages]]
name = "rule"
kind = "rules"

[stages.rules.words]
measure = "words"
below = 200

[[stages]]
name = "again"
kind = "near-dedup"

[stages.near]
bands = 40
rows = 4
"""


@pytest.fixture(scope="module")
def record(sample_corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("joint")
    (folder / "joint.toml").write_text(RECIPE, encoding="utf-8")
    options = Options(workers=1, recipe=str(folder / "joint.toml"))
    return profile([sample_corpus / "shards"], folder / "run", options)


def test_a_real_run_counts_from_the_first_dedup_to_the_last(record):
    stages = {stage.stage: stage for stage in record.run.stages}
    rows = record.tables["spectrum"].to_pylist()
    joint = [row for row in rows if row["stage"] == joint_stage("near")]
    exact, near = stages["exact"], stages["near"]
    assert exact.docs_in > exact.docs_out > near.docs_out  # each drops some
    assert sum(row["groups"] for row in joint) == near.docs_out
    assert sum(row["docs"] for row in joint) == exact.docs_in
    assert sum(row["bytes"] for row in joint) == exact.bytes_in
    assert sum(row["kept_bytes"] for row in joint) == near.bytes_out
    assert sum(row["kept_tokens"] for row in joint) == pytest.approx(near.tokens_out)
    own = [row for row in rows if row["stage"] == "near"]
    assert sum(row["docs"] for row in own) == near.docs_in


def test_no_joint_rows_across_a_filter(record):
    named = {"exact", "near", "again", joint_stage("near")}
    assert set(record.tables["spectrum"]["stage"].to_pylist()) == named
    assert set(record.tables["incidence"]["stage"].to_pylist()) == named


def test_incidence_and_spectrum_of_a_real_run_agree(record):
    sizes = Counter()
    for row in record.tables["spectrum"].to_pylist():
        sizes[row["stage"], min(row["size"], LARGEST_SIZE_TOLD + 1)] += row["groups"]
    incidence = record.tables["incidence"]
    summed = Counter()
    for row in incidence.to_pylist():
        if row["shard"] is None:
            assert row["shards_holding"] <= row["size"]
            summed[row["stage"], row["size"]] += row["groups"]
    assert summed == sizes
    shards = [each.path for each in record.run.inputs]
    for stage in {stage for stage, _ in sizes}:
        held = Counter()
        for shard in shards:
            held.update(groups_in_shard(incidence, stage, shard))
        whole = groups_by_shards(incidence, stage)
        assert held == {j: j * groups for j, groups in whole.items()}  # once by each holder


def test_no_recipe_can_use_the_name_of_joint_rows(tmp_path):
    path = tmp_path / "clash.toml"
    path.write_text(RECIPE.replace('"again"', f'"{joint_stage("near")}"'), encoding="utf-8")
    with pytest.raises(ConfigError, match="lower-case letters, digits and hyphens"):
        load_recipe(str(path))
