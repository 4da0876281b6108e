"""Documents looked up by place in a text file of several batches, some of its places missing."""

from __future__ import annotations

import pyarrow as pa
import pytest

from pipeline.document import text_view
from pipeline.engines.local.files import _TEXT_SCHEMA as TEXT_SCHEMA
from pipeline.engines.local.lookup import documents_at

BATCHES = ([0, 2, 3], [7], [8, 11, 12, 40])


@pytest.fixture
def path(tmp_path):
    target = tmp_path / "text.arrow"
    with pa.OSFile(str(target), "wb") as sink, pa.ipc.new_file(sink, TEXT_SCHEMA) as writer:
        for positions in BATCHES:
            rows = [
                {"id": f"d{place}", "text": f"é text of {place}", "position": place, "script": 0}
                for place in positions
            ]
            writer.write_batch(pa.RecordBatch.from_pylist(rows, TEXT_SCHEMA))
    return target


@pytest.mark.parametrize(
    "positions",
    [[0], [3, 7, 8], [40, 0], [place for batch in BATCHES for place in batch]],
    ids=["first", "ends of batches", "not ascending", "all"],
)
def test_each_place_has_its_own_document(path, positions):
    found = documents_at(path, positions)
    assert sorted(found) == sorted(positions)
    for place, batch in found.items():
        assert batch.num_rows == 1
        assert batch.column("id").to_pylist() == [f"d{place}"]
        assert batch.column("position").to_pylist() == [place]
        assert text_view(batch.column("text")).text(0) == f"é text of {place}"


def test_a_place_that_the_file_lacks_is_left_out(path):
    assert sorted(documents_at(path, [1, 2, 9, 13, 41, 2**32 - 1])) == [2]
    assert documents_at(path, []) == {}


def test_a_place_asked_for_twice_is_found_once(path):
    assert list(documents_at(path, [11, 11])) == [11]


def test_an_empty_file_holds_nothing(tmp_path):
    with pa.OSFile(str(tmp_path / "e.arrow"), "wb") as sink, pa.ipc.new_file(sink, TEXT_SCHEMA):
        pass
    assert documents_at(tmp_path / "e.arrow", [0]) == {}
