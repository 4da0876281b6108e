"""When reading may cut a text: only where the first stage drops it by its size."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from pipeline.engines.local.chain import ShardSource
from pipeline.engines.local.drawn import DrawnSource
from pipeline.engines.local.plan import Plan
from pipeline.observer import Unobserved
from pipeline.reading.draw import draw_of
from pipeline.reading.shard import ColumnNames, find_shards, open_shard
from pipeline.recipes.catalog import load_recipe


def plan(names: list[str]) -> Plan:
    """Of the stages of web-en with these names, in this order."""
    recipe = load_recipe("web-en")
    stages = tuple(next(spec for spec in recipe.stages if spec.name == name) for name in names)
    chosen = dataclasses.replace(recipe, stages=stages, max_document_bytes=7_000)
    return Plan(chosen, "", (), ColumnNames(), 1, "")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["admission", "gopher-quality"], 7_000),
        (["gopher-quality", "admission"], None),
        (["exact-dedup", "admission"], None),
        (["gopher-quality"], None),
        ([], None),
    ],
)
def test_only_an_admission_that_comes_first_allows_it(names, expected):
    assert plan(names).largest_text_bytes == expected


def test_a_draw_does_not_copy_what_it_takes_whole(tmp_path):
    text = "a word " * 1_000_000
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": text}))
    (file,) = find_shards([tmp_path])
    shard = open_shard(file, largest_text_bytes=1_000_000)
    source = DrawnSource(ShardSource(shard, file.name, 1_000), draw_of(1, 1.0))
    ((_, documents),) = source.batches(Unobserved(tmp_path))
    assert documents.text.lengths.tolist() == [len(text)]
    held = np.flatnonzero(documents.text.data)
    assert 1 << 16 <= len(held) < 1_000_000  # the rest was never written to
    assert documents.text.text(0)[:100] == text[:100]
