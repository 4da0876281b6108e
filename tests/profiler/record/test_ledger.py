"""The ledger: it closes when everything is accounted for, and says where it does not."""

from __future__ import annotations

import pyarrow as pa
import pytest

from profiler.record.gather import cpu_row
from profiler.record.ledger import close_ledger
from profiler.record.schema import BATCHES, DROPS


def phase(stage, phase, docs_in, docs_out, bytes_in, bytes_out, edited=0, shard="s"):
    return cpu_row(stage, phase, 0.0) | {
        "shard": shard,
        "docs_in": docs_in,
        "docs_out": docs_out,
        "bytes_in": bytes_in,
        "bytes_out": bytes_out,
        "edited_bytes": edited,
    }


def drop(stage, docs, size, shard="s"):
    return {"stage": stage, "shard": shard, "reason": "r", "docs": docs, "bytes": size}


ROWS = [
    phase("read", "read", 10, 10, 1000, 1000),
    phase("filter", "judge", 6, 4, 600, 450),  # two batches
    phase("filter", "judge", 4, 4, 400, 400),
    phase("edit", "rewrite", 8, 8, 850, 800, edited=50),
    phase("dedup", "sketch", 8, 8, 800, 800),
    phase("dedup", "apply", 8, 5, 800, 500),
]
DROPPED = [drop("filter", 2, 150), drop("dedup", 3, 300)]
STAGES = ["filter", "edit", "dedup"]


def close(rows=ROWS, dropped=DROPPED, measured=10.0, system=10.0):
    batches = pa.Table.from_pylist(rows, schema=BATCHES)
    drops = pa.Table.from_pylist(dropped, schema=DROPS)
    return close_ledger(batches, drops, STAGES, measured, system)


def test_it_closes():
    ledger = close()
    assert (ledger.documents_closed, ledger.bytes_closed, ledger.cpu_closed) == (True,) * 3
    assert ledger.faults == ()


PLACES = [
    (row, column)
    for row, each in enumerate(ROWS)
    for column in ("docs_in", "docs_out", "bytes_in", "bytes_out")
    if each["phase"] != "sketch" and not (each["stage"] == "read" and column.endswith("in"))
]


@pytest.mark.parametrize(("row", "column"), PLACES)
def test_one_document_or_byte_too_few_is_found(row, column):
    rows = [dict(each) for each in ROWS]
    rows[row][column] -= 1
    ledger = close(rows)
    closed = ledger.documents_closed if column.startswith("docs") else ledger.bytes_closed
    other = ledger.bytes_closed if column.startswith("docs") else ledger.documents_closed
    assert not closed
    assert other
    assert ledger.faults


def test_a_drop_that_nobody_made_is_found():
    ledger = close(dropped=[*DROPPED, drop("filter", 1, 0)])
    assert not ledger.documents_closed
    assert ledger.bytes_closed
    assert "shard s, stage filter: 10 documents expected, 11" in ledger.faults[0]


def test_a_stage_that_lost_a_shard_is_found():
    rows = [each for each in ROWS if each["stage"] != "edit"]
    assert not close(rows).documents_closed


@pytest.mark.parametrize(
    ("measured", "system", "closed"),
    [
        (9.85, 10.0, True),
        (9.75, 10.0, False),
        (0.85, 1.0, True),
        (0.75, 1.0, False),
        (98.1, 100.0, True),
        (97.9, 100.0, False),
        (10.5, 10.0, False),
    ],
)
def test_cpu_closes_within_two_percent_or_a_fifth_of_a_second(measured, system, closed):
    assert close(measured=measured, system=system).cpu_closed is closed


def with_a_draw(docs_in=10, docs_out=4, bytes_in=1000, bytes_out=400):
    rows = [
        phase("read", "read", 10, 10, 1000, 1000),
        phase("sample", "draw", docs_in, docs_out, bytes_in, bytes_out),
        phase("sample", "join", 0, 0, 0, 0),
        phase("filter", "judge", 4, 4, 400, 400),
        phase("edit", "rewrite", 4, 4, 400, 400),
        phase("dedup", "apply", 4, 4, 400, 400),
    ]
    return close(rows, dropped=[])


def test_what_is_drawn_enters_the_first_stage_and_the_rest_is_no_drop():
    ledger = with_a_draw()
    assert (ledger.documents_closed, ledger.bytes_closed) == (True, True)


@pytest.mark.parametrize("change", [{"docs_in": 9}, {"docs_out": 5}])
def test_a_draw_that_loses_documents_is_found(change):
    assert not with_a_draw(**change).documents_closed


@pytest.mark.parametrize("change", [{"bytes_in": 999}, {"bytes_out": 401}])
def test_a_draw_that_loses_bytes_is_found(change):
    assert not with_a_draw(**change).bytes_closed
