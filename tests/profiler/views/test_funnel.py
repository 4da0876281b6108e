"""Rows of a record: shares, CPU, reasons, spectrum and samples."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from profiler.record.store import Record
from profiler.views.funnel import alone, cpu, dropped_samples, funnel, reasons, spectrum


def test_shares_compare_with_the_stage_and_with_the_pool(record):
    rows = {row.stage: row for row in funnel(record.run)}
    near = rows["near-dedup"]
    assert near.docs_kept == pytest.approx(5_000 / 5_800)
    assert near.docs_of_pool == pytest.approx(0.5)
    assert near.bytes_kept == pytest.approx(24 / 27)
    assert near.bytes_of_pool == pytest.approx(0.6)
    assert near.tokens_of_pool == pytest.approx(0.6)


def test_a_stage_that_received_nothing_has_no_share(record_with):
    empty = (
        record_with()
        .run.stages[0]
        .__class__("empty", "rules", 0, 0, 0, 0, 0, None, None, 0.0, {}, None, {})
    )
    (row,) = funnel(record_with(stages=(empty,)).run)
    assert (row.docs_kept, row.bytes_kept, row.tokens_kept) == (None, None, None)


def test_cpu_names_every_second_that_the_system_counted_in_order(record):
    rows = cpu(record.run)
    assert [row.stage for row in rows] == [
        "read",
        "gopher-quality",
        "c4-lines",
        "exact-dedup",
        "near-dedup",
        "intermediate",
        "start-up",
        "jit",
        "unattributed",
    ]
    assert {row.stage for row in rows if row.fixed} == {"start-up", "jit", "unattributed"}
    assert rows[1].mb_per_cpu_second == pytest.approx(40 / 1.25)
    assert rows[1].share == pytest.approx(1.25 / 7.1)
    assert rows[0].mb_per_cpu_second == pytest.approx(40 / 0.8)
    assert rows[4].phases == {"sketch": 1.5, "resolve": 0.4, "apply": 0.1}
    assert rows[1].phases == {}


def test_reasons_have_bytes_and_what_the_rule_hits_alone(record):
    rows = reasons(record)
    first = rows[0]
    assert (first.stage, first.reason, first.docs) == ("gopher-quality", "word-count", 3_000)
    assert first.bytes == 3_000_000
    assert first.share == pytest.approx(0.3)
    assert first.alone_docs == pytest.approx(0.31)
    assert rows[-1].alone_docs is None
    assert [row.docs for row in rows] == [3_000, 700, 100, 400, 800]


def test_alone_and_in_order_differ(record):
    (row,) = alone(record)
    assert row.docs_in_order == pytest.approx(0.62)
    assert row.docs_alone == pytest.approx(0.6)
    assert row.bytes_alone == pytest.approx(0.7)


def test_spectrum_bins_hold_every_group_once(record):
    rows = [row for row in spectrum(record) if row.stage == "near-dedup"]
    assert [(row.smallest, row.largest, row.groups) for row in rows] == [
        (1, 1, 5_000),
        (2, 2, 200),
        (3, 4, 100),
        (5, 8, 10),
        (33, 64, 1),
    ]
    assert sum(row.docs for row in rows) == 5_000 + 400 + 180 + 160 + 70 + 50


def test_samples_are_the_smallest_ranks_of_each_reason(record):
    samples = dropped_samples(record, 2)
    assert [one.reason for one in samples] == ["word-count", "word-count", "near-duplicate"]
    assert {s.text for s in samples if s.reason == "word-count"} == {
        "<script>alert(1)</script>",
        "</svg></style><img src=x onerror=alert(2)>",
    }


def test_dedups_together_are_called_so(record):
    rows = record.tables["spectrum"]
    near = rows.filter(pc.equal(rows["stage"], "near-dedup"))
    names = pa.array(["near-dedup+before"] * near.num_rows, rows.schema.field("stage").type)
    joint = near.set_column(near.schema.get_field_index("stage"), rows.schema.field("stage"), names)
    both = Record(record.run, {**record.tables, "spectrum": pa.concat_tables([joint, rows])})
    labels = list(dict.fromkeys((row.stage, row.label) for row in spectrum(both)))
    assert labels == [
        ("exact-dedup", "exact-dedup"),
        ("near-dedup", "near-dedup"),
        ("near-dedup+before", "exact + near together"),
    ]
