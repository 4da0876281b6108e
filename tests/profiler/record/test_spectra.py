"""Spectrum and incidence of groups that are known, counted by hand."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.kernels.scripts import SCRIPTS
from pipeline.stages.sketches import DOCUMENT_BITS, DOCUMENT_FIELDS
from profiler.record.incidence import without_shard
from profiler.record.spectra import Resolved, measure_groups
from profiler.tokens import TokenRates

LATIN = SCRIPTS.index("latin")
# (shard, row, bytes, group): a in shards 0 and 1, twice in 1; b in shard 0 twice; c, d alone
DOCUMENTS = [
    (0, 0, 10, "a"),
    (0, 1, 20, "b"),
    (0, 2, 24, "b"),
    (0, 3, 30, "c"),
    (1, 0, 12, "a"),
    (1, 1, 14, "a"),
    (1, 2, 40, "d"),
]


@pytest.fixture
def resolved(tmp_path):
    first: dict[str, int] = {}
    members = []
    for shard, row, _, group in DOCUMENTS:
        number = shard << DOCUMENT_BITS | row
        members.append((number, first.setdefault(group, number), group))
    repeated = [(doc, head) for doc, head, group in members if group in "ab"]
    np.save(tmp_path / "members.npy", np.array(repeated, np.uint64).T)
    paths = {}
    for shard in (0, 1):
        own = [each for each in DOCUMENTS if each[0] == shard]
        rows = [
            {"doc": s << DOCUMENT_BITS | r, "position": r, "bytes": size, "script": LATIN}
            for s, r, size, _ in own
        ]
        paths[shard] = tmp_path / f"{shard}.parquet"
        pq.write_table(pa.Table.from_pylist(rows, pa.schema(DOCUMENT_FIELDS)), paths[shard])
    return Resolved("exact", paths, {0: "s0", 1: "s1"}, tmp_path / "members.npy")


@pytest.fixture
def measured(resolved, tmp_path):
    rates = TokenRates({"latin": 2.0}, "test")
    return measure_groups([resolved], rates, tmp_path / "scratch", 100_000_000)


def test_spectrum(measured):
    rows = {row["size"]: row for row in measured[0].to_pylist()}
    columns = ("groups", "docs", "bytes", "kept_bytes", "kept_bytes_squares", "kept_tokens")
    assert {size: tuple(row[name] for name in columns) for size, row in rows.items()} == {
        1: (2, 2, 70, 70, 900 + 1600, 35.0),
        2: (1, 2, 44, 20, 400, 10.0),
        3: (1, 3, 36, 10, 100, 5.0),
    }


def test_incidence_and_what_follows_without_a_shard(measured):
    rows = measured[1].to_pylist()
    whole = {
        (r["size"], r["shards_holding"]): (r["groups"], r["docs"])
        for r in rows
        if r["shard"] is None
    }
    assert whole == {(1, 1): (2, 2), (2, 1): (1, 2), (3, 2): (1, 3)}
    assert all(r["size"] is None for r in rows if r["shard"])
    each = {(r["shard"], r["shards_holding"]): (r["groups"], r["docs"]) for r in rows if r["shard"]}
    assert each == {
        ("s0", 1): (2, 3),
        ("s0", 2): (1, 1),
        ("s1", 1): (1, 1),
        ("s1", 2): (1, 2),
    }
    assert without_shard(measured[1], "exact", "s1") == {1: 3}
    assert without_shard(measured[1], "exact", "s0") == {1: 2}


def test_nothing_is_left_behind(measured, tmp_path):
    assert not (tmp_path / "scratch").exists()


def test_no_shard_at_all():
    nothing = Resolved("exact", {}, {}, None)
    spectrum, incidence = measure_groups([nothing], TokenRates({}, ""), None, 1)
    assert spectrum.num_rows == incidence.num_rows == 0
