"""What the inspector notes: drops, volumes, lengths, specimens and rules tried alone."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest

from pipeline.document import SCHEMA, text_view
from pipeline.inspector import Step
from pipeline.kernels.mixing import document_ranks, shard_salt
from pipeline.kernels.scripts import main_scripts
from pipeline.stages.stage import Documents, first_reason, text_of
from profiler import inspection
from profiler.inspection import SPECIMENS_PER_REASON, Inspection, length_bins
from profiler.trial import TRIED_PART, TRIED_UP_TO, trial_salt


@dataclass
class ShortOrLong:
    """Drops texts under 3 and over 10 bytes."""

    name: str = "length"
    reasons: tuple[str, ...] = ("short", "long")

    def failures(self, documents):
        lengths = documents.text.lengths
        return np.stack([lengths < 3, lengths > 10], axis=1) & documents.alive[:, None]


@dataclass
class Halved:
    """Keeps the first two bytes of each text."""

    name: str = "halve"

    def rewrite(self, documents):
        return text_view(pa.array([documents.text.text(i)[:2] for i in range(len(documents))]))


def batch(texts, langs=None, sources=None, first=0):
    count = len(texts)
    ids = [f"d{first + i}" for i in range(count)]
    rows = [ids, [None] * count, sources or [None] * count, langs or [None] * count, texts]
    arrays = [pa.array(row, field.type) for row, field in zip(rows, SCHEMA, strict=True)]
    record = pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)
    text = text_of(record)
    alive = np.ones(count, np.bool_)
    positions = np.arange(first, first + count, dtype=np.uint32)
    columns = record.select(["id", "url", "source", "lang"])
    return Documents(columns, text, alive, main_scripts(text, alive), positions)


def judged(documents, stage):
    before = documents.alive
    verdicts = first_reason(stage.failures(documents))
    documents.alive = before & (verdicts == -1)
    return Step(stage.name, stage.reasons, before, verdicts, documents.text, documents.text)


def inspected(directory, batches, stages=(), leg=0, seed=1, settings=None):
    with Inspection(directory, "shard", seed, leg, list(stages), settings or {}) as found:
        for documents in batches:
            found.inspect(documents, [judged(documents, ShortOrLong())])
    sums = json.loads((directory / "inspection.json").read_text())
    return sums, sums.pop("specimens")


TEXTS = ["ab", "abcd", "abcdefghijkl", "中", "x"]
LANGS = ["en", "en", None, "zh", "en"]
SOURCES = ["web", "web", "web", None, "blog"]


def test_drops_by_reason_language_source_and_script(tmp_path):
    sums, _ = inspected(tmp_path, [batch(TEXTS, LANGS, SOURCES)])
    assert sorted(sums["drops"], key=str) == sorted(
        [
            ["length", "short", "en", "web", "latin", 1, 2],
            ["length", "long", None, "web", "latin", 1, 12],
            ["length", "short", "en", "blog", "latin", 1, 1],
        ],
        key=str,
    )


def test_volumes_by_script_and_lengths(tmp_path):
    sums, _ = inspected(tmp_path, [batch(TEXTS)])
    assert sorted(sums["volumes"]) == [
        ["length", "han", 1, 1, 3, 3],
        ["length", "latin", 4, 1, 19, 4],
    ]
    counted = {number: docs for _, number, docs in sums["lengths"]}
    assert counted == {0: 1, 8: 1, 13: 1, 16: 1, 29: 1}
    assert length_bins(np.array([0, 1, 2, 3, 4, 12, 1024])).tolist() == [0, 0, 8, 13, 16, 29, 80]


def test_batches_change_nothing(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    whole = inspected(one, [batch(TEXTS, LANGS, SOURCES)])
    parts = inspected(
        two,
        [
            batch(TEXTS[:2], LANGS[:2], SOURCES[:2]),
            batch(TEXTS[2:], LANGS[2:], SOURCES[2:], first=2),
        ],
    )
    assert {k: sorted(v, key=str) for k, v in whole[0].items()} == {
        k: sorted(v, key=str) for k, v in parts[0].items()
    }
    assert sorted(whole[1], key=str) == sorted(parts[1], key=str)


def test_specimens_are_the_documents_of_smallest_rank(tmp_path):
    count = 3 * SPECIMENS_PER_REASON
    batches = [batch(["x"] * 10, first=start) for start in range(0, count, 10)]
    _, specimens = inspected(tmp_path, batches)
    ranks = document_ranks(shard_salt(1, "shard"), np.arange(count, dtype=np.uint32))
    expected = np.sort(ranks)[:SPECIMENS_PER_REASON]
    assert sorted(row["rank"] for row in specimens) == expected.tolist()
    assert {row["id"] for row in specimens} == {
        f"d{i}" for i in np.argsort(ranks)[:SPECIMENS_PER_REASON]
    }


def test_long_specimens_are_clipped(tmp_path):
    _, (specimen,) = inspected(tmp_path, [batch(["é" * 5000])])
    assert specimen["text"] == "é" * inspection.SPECIMEN_CHARS + "…"


def test_sources_beyond_the_most_are_folded(tmp_path, monkeypatch):
    monkeypatch.setattr(inspection, "MOST_SOURCES", 2)
    sums, _ = inspected(tmp_path, [batch(["x"] * 4, sources=["a", "b", "c", "d"])])
    assert {row[3]: row[5] for row in sums["drops"]} == {"a": 1, "b": 1, "(other)": 2}


def test_rules_are_tried_alone_on_all_documents(tmp_path, monkeypatch):
    """The second filter sees what the first dropped, on the text that the transform left."""
    monkeypatch.setattr(inspection, "ALONE_SHARE", 1 - 2**-40)
    stages = [ShortOrLong(), Halved(), ShortOrLong("again")]
    sums, _ = inspected(tmp_path, [batch(["ab", "abcd", "abcdefghijkl"])], stages)
    rows = {(stage, reason): counts for stage, reason, *counts in sums["alone"]}
    assert rows["length", None] == [3, 2, 18, 14]
    assert rows["length", "short"] == [3, 1, 18, 2]
    assert rows["length", "long"] == [3, 1, 18, 12]
    assert rows["again", "short"] == [3, 3, 6, 6]


def test_a_shard_that_is_not_tried_tells_all_else(tmp_path, monkeypatch):
    monkeypatch.setattr(inspection, "ALONE_SHARE", 1 - 2**-40)
    salt = trial_salt(1, "shard")
    found = []
    for up_to in (salt, salt - 1):
        folder = tmp_path / str(up_to)
        folder.mkdir()
        settings = {TRIED_UP_TO: str(up_to)}
        found.append(inspected(folder, [batch(TEXTS)], [ShortOrLong()], settings=settings))
    (tried, specimens), (other, others) = found
    assert tried.pop("alone")
    assert other.pop("alone") == []
    assert other == tried
    assert others == specimens


def test_shards_that_are_tried_give_the_documents_of_those_that_are_not(tmp_path):
    all_of_it = repr(inspection.ALONE_SHARE)
    sums, _ = inspected(tmp_path, [batch(TEXTS)], [ShortOrLong()], settings={TRIED_PART: all_of_it})
    assert {row[2] for row in sums["alone"]} == {len(TEXTS)}


def test_later_legs_try_nothing_alone(tmp_path):
    sums, _ = inspected(tmp_path, [batch(TEXTS)], [ShortOrLong()], leg=1)
    assert sums["alone"] == []


def test_nothing_is_written_when_the_work_fails(tmp_path):
    with pytest.raises(ValueError, match="stop"), Inspection(tmp_path, "s", 1, 0, [], {}):
        raise ValueError("stop")
    assert list(tmp_path.iterdir()) == []
