"""Parquet: units in the metadata, decimals that add up, and nulls for what is not known."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from profiler.views.export import write_budget
from profiler.views.export.focus import COLUMNS, focus_rows

TODAY = date(2026, 11, 24)


def read_back(estimation, folder):
    path = folder / "budget.parquet"
    write_budget(estimation, "parquet", TODAY, path)
    return path, pq.read_table(path)


def test_every_cell_comes_back(everything, tmp_path):
    _, table = read_back(everything, tmp_path)
    money = [column.name for column in COLUMNS if column.kind == "usd"]
    rows = focus_rows(everything.budget)
    for found, wrote in zip(table.to_pylist(), rows, strict=True):
        for name in money:
            assert found[name] == (None if wrote[name] is None else Decimal(f"{wrote[name]:.2f}"))
        assert {k: v for k, v in found.items() if k not in money} == {
            k: v for k, v in wrote.items() if k not in money
        }


def test_units_and_meanings_are_in_the_metadata_of_the_fields(everything, tmp_path):
    _, table = read_back(everything, tmp_path)
    for column in COLUMNS:
        metadata = table.schema.field(column.name).metadata
        assert metadata[b"meaning"].decode() == column.meaning
        assert metadata.get(b"unit", b"").decode() == column.unit
        assert bool(column.unit) == (column.kind in ("usd", "number"))
    assert table.schema.field("ListCost").metadata[b"unit"] == b"USD"
    assert table.schema.field("ListCost").type == pa.decimal128(20, 2)
    assert b"no claim of conformance" in table.schema.metadata[b"about"]


def test_counted_costs_add_up_exactly(everything, tmp_path):
    path, table = read_back(everything, tmp_path)
    with duckdb.connect() as session:
        (total,) = session.execute(f"SELECT sum(ListCost) FROM '{path}'").fetchone()
        (unknown,) = session.execute(
            f"SELECT count(*) FROM '{path}' WHERE ListCost IS NULL AND x_MemoCost IS NULL"
        ).fetchone()
    assert total == Decimal(f"{everything.budget.total_usd.point:.2f}")
    assert table.schema.metadata[b"total_usd"].decode() == str(total)
    assert unknown == sum(line.usd is None for line in everything.budget.lines)
