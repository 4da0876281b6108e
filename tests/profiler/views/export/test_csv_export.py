"""CSV: no cell that a spreadsheet runs, and what was written is what is read back."""

from __future__ import annotations

import csv
import io

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.views.export.csv import csv_text, guarded
from profiler.views.export.focus import COLUMNS, focus_rows

DANGEROUS = tuple("=+-@\t\r\n\0＝＋－＠")


@pytest.mark.parametrize("start", DANGEROUS)
def test_text_that_would_be_run_gets_a_quote_mark(start):
    assert guarded(f"{start}1+1") == f"'{start}1+1"


@given(st.text())
def test_no_guarded_text_begins_dangerously(text):
    told = guarded(text)
    assert not told.startswith(DANGEROUS)
    assert told in (text, f"'{text}")


def test_hostile_texts_are_guarded_and_numbers_stay_numbers(hostile):
    rows = list(csv.reader(io.StringIO(csv_text(hostile.budget))))
    header, body = rows[0], rows[1:]
    assert header == [column.name for column in COLUMNS]
    assert len(body) == len(hostile.budget.lines)
    guarded_cells = 0
    for row in body:
        for column, cell in zip(COLUMNS, row, strict=True):
            assert not cell.startswith(DANGEROUS), (column.name, cell)
            guarded_cells += cell.startswith("'")
            if column.kind in ("usd", "number") and cell:
                assert not cell.startswith("'")
                assert float(cell) >= 0
    assert guarded_cells > 50


def test_all_text_is_quoted_so_that_no_other_separator_starts_a_cell(hostile):
    for line in csv_text(hostile.budget).splitlines()[1:]:
        outside = "".join(line.replace('""', "").split('"')[::2])
        assert set(outside) <= set("0123456789.e+-,truefalse"), outside


def test_duckdb_reads_back_what_was_written(everything, tmp_path):
    path = tmp_path / "budget.csv"
    path.write_text(csv_text(everything.budget), encoding="utf-8")
    with duckdb.connect() as session:
        relation = session.sql(f"FROM read_csv('{path}')")
        names, kinds = relation.columns, [str(kind) for kind in relation.types]
        found = [dict(zip(names, row, strict=True)) for row in relation.fetchall()]
    wanted = {"text": "VARCHAR", "usd": "DOUBLE", "number": "DOUBLE", "flag": "BOOLEAN"}
    assert kinds == [wanted[column.kind] for column in COLUMNS]
    assert found == focus_rows(everything.budget)
    total = sum(row["ListCost"] for row in found if row["ListCost"] is not None)
    assert total == pytest.approx(everything.budget.total_usd.point, abs=0.005)
