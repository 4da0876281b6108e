"""The largest duplicate groups of planted documents: which, in what order, with what text."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from drawn_records import records
from hypothesis import HealthCheck, given, settings

from pipeline.engines.local.files import _TEXT_SCHEMA as TEXT_SCHEMA
from pipeline.kernels.mixing import document_ranks, shard_salt
from pipeline.stages.sketches import DOCUMENT_BITS, DOCUMENT_FIELDS
from profiler.inspection import SPECIMEN_CHARS
from profiler.record.addition import add
from profiler.record.groups import COPIES_PER_GROUP, GROUPS_PER_STAGE, largest_groups
from profiler.record.schema import GROUPS
from profiler.record.spectra import Resolved
from profiler.record.store import Record, load, save

SEED = 11


def plant(folder, shards, batch_rows=3):
    """A resolved dedup over ``shards``, lists of a group's name per document ("" has no copy).

    Documents lie at every other position from 5 on; text is the group's name, shard and row.
    """
    folder.mkdir(exist_ok=True)
    first: dict[str, int] = {}
    members, sketches, texts = [], {}, {}
    for shard, names in enumerate(shards):
        documents = []
        for row, name in enumerate(names):
            number = shard << DOCUMENT_BITS | row
            if name:
                members.append((number, first.setdefault(name, number)))
            text = f"{name} of {shard}:{row}"
            place = {"doc": number, "position": 5 + 2 * row, "bytes": len(text), "script": 0}
            documents.append(place | {"id": f"{shard}:{row}", "text": text})
        sketches[shard] = folder / f"{shard}.parquet"
        texts[shard] = folder / f"{shard}.arrow"
        pq.write_table(pa.Table.from_pylist(documents, pa.schema(DOCUMENT_FIELDS)), sketches[shard])
        with pa.OSFile(str(texts[shard]), "wb") as sink, pa.ipc.new_file(sink, TEXT_SCHEMA) as to:
            to.write_table(pa.Table.from_pylist(documents, TEXT_SCHEMA), batch_rows)
    np.save(folder / "members.npy", np.array(members, np.uint64).reshape(-1, 2).T)
    names = {shard: f"s{shard}" for shard in range(len(shards))}
    return Resolved("exact", sketches, names, folder / "members.npy", texts)


def rows_of(resolved, seed=SEED):
    return largest_groups([resolved], seed).to_pylist()


SHARDS = [["b", "a", "", "a", "c"], ["c", "a", "b", "", "d"], ["a", "d", "c"]]


def test_groups_come_by_size_then_by_their_first_document(tmp_path):
    rows = [row for row in rows_of(plant(tmp_path, SHARDS)) if row["member"] == 0]
    found = [(r["rank"], r["text"], r["docs"], r["bytes"], r["shards_holding"]) for r in rows]
    size = len("a of 0:0")
    assert found == [
        (1, "a of 0:1", 4, 4 * size, 3),
        (2, "c of 0:4", 3, 3 * size, 3),
        (3, "b of 0:0", 2, 2 * size, 2),  # before d, as its first document is
        (4, "d of 1:4", 2, 2 * size, 2),
    ]
    assert {(r["part"], r["stage"]) for r in rows} == {(0, "exact")}


def test_the_document_that_stays_is_first_and_copies_are_those_of_smallest_rank(tmp_path):
    rows = [row for row in rows_of(plant(tmp_path, SHARDS)) if row["rank"] == 1]
    ranks = {
        f"{shard}:{row}": int(
            document_ranks(shard_salt(SEED, f"groups\0s{shard}"), np.array([5 + 2 * row], "u4"))[0]
        )
        for shard, row in ((0, 3), (1, 1), (2, 0))
    }
    copies = sorted(ranks, key=ranks.__getitem__)[:COPIES_PER_GROUP]
    assert [row["id"] for row in rows] == ["0:1", *copies]
    assert [row["member"] for row in rows] == [0, 1, 2]
    for row in rows:
        assert row["shard"] == f"s{row['id'][0]}"
        assert row["text"] == f"a of {row['id']}"


def test_another_seed_shows_other_copies_of_the_same_groups(tmp_path):
    planted = plant(tmp_path, [["a"] * 50, ["a"] * 50])
    shown = {seed: [row["id"] for row in rows_of(planted, seed)] for seed in range(5)}
    assert {ids[0] for ids in shown.values()} == {"0:0"}
    assert len({tuple(ids[1:]) for ids in shown.values()}) > 1


def test_only_the_largest_groups_are_kept(tmp_path):
    sizes = {f"g{n:02}": 2 + (n * 7) % 13 for n in range(13)}  # each size from 2 to 14 once
    documents = [name for name, size in sizes.items() for _ in range(size)]
    rows = rows_of(plant(tmp_path, [documents[::2], documents[1::2]]))
    heads = [row for row in rows if row["member"] == 0]
    assert [row["docs"] for row in heads] == list(range(14, 4, -1))
    assert [row["rank"] for row in heads] == list(range(1, GROUPS_PER_STAGE + 1))
    assert [sizes[row["text"][:3]] for row in heads] == [row["docs"] for row in heads]
    assert all(row["text"][:3] == heads[row["rank"] - 1]["text"][:3] for row in rows)


@pytest.mark.parametrize("batch_rows", [1, 2, 1000])
def test_batches_of_the_text_change_nothing(tmp_path, batch_rows):
    one = rows_of(plant(tmp_path / "one", SHARDS))
    assert rows_of(plant(tmp_path / "other", SHARDS, batch_rows)) == one


def test_long_text_is_clipped(tmp_path):
    name = "é" * (2 * SPECIMEN_CHARS)
    rows = rows_of(plant(tmp_path, [[name, name]]))
    assert {row["text"] for row in rows} == {"é" * SPECIMEN_CHARS + "…"}


def test_no_copy_and_no_shard_make_no_row(tmp_path):
    assert rows_of(plant(tmp_path, [["", ""]])) == []
    nothing = largest_groups([Resolved("exact", {}, {}, None)], SEED)
    assert (nothing.num_rows, nothing.schema) == (0, GROUPS)


def with_groups(record, planted):
    return Record(record.run, record.tables | {"groups": largest_groups([planted], SEED)})


RARELY = settings(
    deadline=None, max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@given(records())
@RARELY
def test_a_record_keeps_them_and_one_from_before_them_has_none(tmp_path, record):
    planted = with_groups(record, plant(tmp_path / "planted", SHARDS))
    save(planted, tmp_path)
    assert load(tmp_path).tables["groups"].to_pylist() == planted.tables["groups"].to_pylist()
    (tmp_path / "groups.parquet").unlink()
    assert load(tmp_path).tables["groups"].num_rows == 0


@given(records())
@RARELY
def test_groups_of_added_records_stay_apart(tmp_path, record):
    planted = with_groups(record, plant(tmp_path / "planted", SHARDS))
    both = add(planted, planted).tables["groups"].to_pylist()
    one = planted.tables["groups"].to_pylist()
    assert both == one + [row | {"part": 1} for row in one]
