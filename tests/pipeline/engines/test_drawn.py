"""A draw on the fly: what goes on, in which batches, and what is told of it."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest

from pipeline.engines.local.chain import ShardSource
from pipeline.engines.local.drawn import DrawnSource
from pipeline.observer import Unobserved
from pipeline.reading.draw import draw_of
from pipeline.reading.inputs import find_shards
from pipeline.reading.shard import open_shard
from profiler.meter import Meter

DOCUMENTS = 500


@pytest.fixture
def shard(tmp_path):
    path = tmp_path / "in.jsonl"
    lines = [json.dumps({"id": f"d{i}", "text": f"{i} " * (1 + i % 7)}) for i in range(DOCUMENTS)]
    path.write_text("\n".join(lines))
    return path


def batches(shard, observer, fraction, batch_bytes):
    (file,) = find_shards([shard])
    source = ShardSource(open_shard(file), file.name, batch_bytes)
    return list(DrawnSource(source, draw_of(1, fraction)).batches(observer))


def ids(found):
    return [value for _, each in found for value in each.columns.column("id").to_pylist()]


def test_documents_keep_their_place_text_and_order(shard, tmp_path):
    found = batches(shard, Unobserved(tmp_path), 0.2, 8_000_000)
    chosen = np.flatnonzero(
        draw_of(1, 0.2).chosen("in.jsonl", np.arange(DOCUMENTS, dtype=np.uint32))
    )
    assert ids(found) == [f"d{i}" for i in chosen]
    ((_, batch),) = found
    assert batch.positions.tolist() == chosen.tolist()
    assert batch.text.text(3) == f"{chosen[3]} " * (1 + chosen[3] % 7)
    assert batch.alive.all()


@pytest.mark.parametrize("batch_bytes", [1, 300, 2_000])
def test_any_batch_size_draws_the_same(shard, tmp_path, batch_bytes):
    small = batches(shard, Unobserved(tmp_path), 0.2, batch_bytes)
    assert ids(small) == ids(batches(shard, Unobserved(tmp_path), 0.2, 8_000_000))
    assert [number for number, _ in small] == list(range(len(small)))


def test_drawn_documents_are_gathered_into_full_batches(shard, tmp_path):
    """A tenth of the documents makes about a tenth of the batches, none over the size."""
    meter = Meter(tmp_path)
    found = batches(shard, meter, 0.1, 400)
    read = [row for row in meter.table().to_pylist() if row["stage"] == "read" and row["docs_in"]]
    assert len(found) < len(read) / 2
    sizes = [each.live_bytes for _, each in found]
    assert max(sizes) <= 400
    assert all(a + b > 400 for a, b in itertools.pairwise(sizes))


def test_reading_tells_all_and_drawing_tells_both(shard, tmp_path):
    meter = Meter(tmp_path)
    found = batches(shard, meter, 0.2, 400)
    sums: dict[str, list[int]] = {}
    for row in meter.table().to_pylist():
        present = sums.setdefault(row["stage"], [0, 0, 0, 0])
        for place, name in enumerate(("docs_in", "docs_out", "bytes_in", "bytes_out")):
            present[place] += row[name]
    whole = sum(len(f"{i} ") * (1 + i % 7) for i in range(DOCUMENTS))
    drawn = sum(each.live_bytes for _, each in found)
    assert sums["read"] == [DOCUMENTS, DOCUMENTS, whole, whole]
    assert sums["sample"] == [DOCUMENTS, len(ids(found)), whole, drawn]


def test_nothing_drawn_is_no_batch(shard, tmp_path):
    assert batches(shard, Unobserved(tmp_path), 1e-9, 400) == []
