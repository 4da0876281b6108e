"""The manifest of a sample, and what a record remembers of the source."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pipeline.errors import RunError
from profiler.record.sample import (
    SAMPLE_VERSION,
    Sample,
    SourceShard,
    drawn_on_the_fly,
    load_sample,
    source_of,
    totals_of,
    write_sample,
)
from profiler.record.schema import Input


def shard(path, file, documents=100):
    unreadable = {"malformed-line": 1} if path == "a" else {}
    return SourceShard(path, file, 1000, "f" * 64, 900, documents, 500, 10, 50, unreadable)


SHARDS = (shard("a", "part-0"), shard("b", "part-0"), shard("c", "part-1"), shard("d", None))
SAMPLE = Sample(
    SAMPLE_VERSION, "documents", 0.1, None, 1, "0", totals_of(SHARDS), SHARDS, ("a: line 3",), {}
)


def test_it_comes_back_as_it_was_written(tmp_path):
    write_sample(SAMPLE, tmp_path)
    assert load_sample(tmp_path) == SAMPLE


def test_totals_are_sums():
    totals = SAMPLE.totals
    assert (totals.shards, totals.stored_bytes, totals.documents) == (4, 4000, 400)
    assert (totals.text_bytes, totals.drawn_documents, totals.drawn_text_bytes) == (2000, 40, 200)
    assert totals.unreadable_records == {"malformed-line": 1}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_version": 99}, "schema_version 99, this program reads 1"),
        ({"inputs": 5}, "no manifest of a sample"),
        ({"design": "shards"}, "no manifest of a sample"),
    ],
)
def test_a_damaged_manifest_is_named(tmp_path, change, message):
    write_sample(SAMPLE, tmp_path)
    path = tmp_path / "sample.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(RunError, match=rf"sample\.json: {message}.*draw the sample again"):
        load_sample(tmp_path)


def test_the_source_of_all_files_has_shards_of_which_nothing_was_drawn():
    whole = source_of(SAMPLE, ["part-0", "part-1"])
    assert whole == source_of(SAMPLE)
    assert (whole.shards, whole.documents, whole.text_bytes) == (4, 400, 2000)
    assert [each.path for each in whole.inputs] == ["a", "b", "c", "d"]


def test_some_files_are_of_their_own_shards():
    part = source_of(SAMPLE, ["part-0"])
    assert [each.path for each in part.inputs] == ["a", "b"]
    assert (part.shards, part.documents, part.stored_bytes) == (2, 200, 2000)


def test_a_sample_of_a_sample_has_the_product_and_the_first_source():
    earlier = source_of(SAMPLE)
    again = drawn_on_the_fly(0.5, [Input("part-0", 10, None, 10, 20, 100)], earlier)
    assert again == replace(earlier, fraction=0.05)
    assert drawn_on_the_fly(1.0, [], earlier) == earlier
    assert drawn_on_the_fly(1.0, [], None) is None
