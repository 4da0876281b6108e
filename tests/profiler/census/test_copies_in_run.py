"""Copies of probes inside their run, against all pairs counted by hand."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from profiler.measurement import Options, profile
from profiler.record.store import load

NEAR_FIRST = """
name = "near-first"
description = "Near dedup before exact dedup, a filter between"

[[stages]]
name = "near"
kind = "near-dedup"
near = { shingle_words = 5, bands = 14, rows = 8, seed = 1 }

[[stages]]
name = "short"
kind = "rules"
[stages.rules.few_words]
measure = "words"
below = 100

[[stages]]
name = "exact"
kind = "exact-dedup"
"""


def sketches(run: Path, leg: int) -> list[dict]:
    plan = json.loads((run / "work" / "plan.json").read_text())
    rows = []
    for shard in plan["shards"]:
        path = run / "work" / f"leg-{leg}" / f"{shard['number']:06d}" / "sketch.parquet"
        rows += [row | {"shard": shard["name"]} for row in pq.read_table(path).to_pylist()]
    return rows


def components(keys: dict[object, list[object]]) -> dict[object, object]:
    """A name of the component of everything that shares a key, by repeated relabelling."""
    label = {item: item for items in keys.values() for item in items}

    def find(item):
        while label[item] != item:
            item = label[item]
        return item

    for items in keys.values():
        for other in items[1:]:
            label[find(other)] = find(items[0])
    return {item: find(item) for item in label}


@pytest.fixture(scope="module")
def by_hand(whole):
    """(exact, neighbours, component) of each document that reached exact dedup, others only."""
    digest = {(r["shard"], r["position"]): (r["high"], r["low"]) for r in sketches(whole, 0)}
    equal = Counter(digest.values())
    bands = {digest[r["shard"], r["position"]]: r["bands"] for r in sketches(whole, 1)}
    holders = defaultdict(list)
    for text, keys in bands.items():
        for key in keys:
            holders[key].append(text)
    name = components(holders)
    weight = Counter()
    for text in bands:
        weight[name.get(text, text)] += equal[text]
    found = {}
    for place, text in digest.items():
        near = {text}.union(*(holders[key] for key in bands[text]))
        neighbours = sum(equal[other] for other in near)
        found[place] = (equal[text] - 1, neighbours - 1, weight[name.get(text, text)] - 1)
    return found


def test_every_count_is_that_of_all_pairs(whole, by_hand):
    probes = load(whole).tables["probes"].to_pylist()
    assert len(probes) == len(by_hand) > 1000
    for row in probes:
        expected = by_hand[row["shard"], row["position"]]
        assert (row["exact_copies"], row["near_copies"], row["near_group_copies"]) == expected
    assert any(row["near_copies"] < row["near_group_copies"] for row in probes)


def test_means_of_one_over_copies_are_what_dedup_kept(whole):
    record = load(whole)
    probes = record.tables["probes"]
    exact, near = (s for s in record.run.stages if s.kind in ("exact-dedup", "near-dedup"))
    by_exact = np.mean(1 / (1 + probes["exact_copies"].to_numpy()))
    by_group = np.mean(1 / (1 + probes["near_group_copies"].to_numpy()))
    assert by_exact == pytest.approx(exact.docs_out / exact.docs_in)
    assert by_group == pytest.approx(near.docs_out / exact.docs_in)


def test_near_dedup_first_and_a_filter_between(shards, tmp_path, counted):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(NEAR_FIRST)
    run = tmp_path / "run"
    record = profile(shards[:4], run, Options(workers=1, recipe=str(recipe)))
    near, _, exact = record.run.stages
    probes = record.tables["probes"]
    groups = probes["near_group_copies"].to_numpy()
    assert np.mean(1 / (1 + groups)) == pytest.approx(near.docs_out / near.docs_in)
    there = probes["exact_copies"].is_valid().to_numpy()
    assert 0 < there.sum() < len(probes)
    kept = 1 / (1 + probes["exact_copies"].fill_null(0).to_numpy())
    entered = (1 / (1 + groups))[there].sum()
    assert entered == pytest.approx(exact.docs_in)
    found = counted(run, shards[:4])
    met = sum(each.copies[0] for each in found) - 1
    assert (met == probes["near_copies"].to_numpy()).all()
    assert kept[there].sum() <= entered
