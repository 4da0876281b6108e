"""The budget as Parquet: costs as decimals, and unit and meaning of a column in its metadata."""

from __future__ import annotations

import io
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq

from profiler.money.budget import Budget
from profiler.views.export.focus import (
    COLUMNS,
    CURRENCY,
    NO_CONFORMANCE,
    Cell,
    Column,
    Kind,
    focus_rows,
)

TYPES: dict[Kind, pa.DataType] = {
    "text": pa.string(),
    "usd": pa.decimal128(20, 2),  # so that cents add up exactly
    "number": pa.float64(),
    "flag": pa.bool_(),
}


def parquet_bytes(budget: Budget) -> bytes:
    """A Parquet file with a row per line of the budget."""
    sink = io.BytesIO()
    pq.write_table(parquet_table(budget), sink, compression="zstd")
    return sink.getvalue()


def parquet_table(budget: Budget) -> pa.Table:
    """The table behind the file. Metadata of each field: "meaning", and "unit" where it has one.

    Metadata of the table: total and its interval in USD, as decimal texts.
    """
    rows = focus_rows(budget)
    total = budget.total_usd
    metadata = {
        "about": NO_CONFORMANCE,
        "currency": CURRENCY,
        "total_usd": f"{total.point or 0.0:.2f}",
        "total_usd_low": f"{total.low:.2f}",
        "total_usd_high": f"{total.high:.2f}",
    }
    schema = pa.schema([_field(column) for column in COLUMNS], metadata=metadata)
    columns = [[_value(row[column.name], column) for row in rows] for column in COLUMNS]
    return pa.table(
        [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)],
        schema=schema,
    )


def _field(column: Column) -> pa.Field:
    unit = {"unit": column.unit} if column.unit else {}
    return pa.field(column.name, TYPES[column.kind], metadata={"meaning": column.meaning} | unit)


def _value(cell: Cell, column: Column) -> Cell | Decimal:
    return Decimal(f"{cell:.2f}") if column.kind == "usd" and cell is not None else cell
