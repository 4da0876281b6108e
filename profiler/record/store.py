"""Writing and loading the record of a run. It is the only thing that lasts."""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cattrs
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import RunError
from profiler.record.schema import LATER_TABLES, SCHEMA_VERSION, TABLES, Run

RUN_FILE = "run.json"


@dataclass(frozen=True, slots=True)
class Record:
    """What a run measured: run.json, and the tables of ``profiler.record.schema`` by name."""

    run: Run
    tables: dict[str, pa.Table]


def save(record: Record, directory: Path) -> None:
    """Write the record; run.json comes last, in one step: a record is whole or absent."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, schema in TABLES.items():
        _write_table(record.tables[name].cast(schema), directory / f"{name}.parquet")
    text = json.dumps(dataclasses.asdict(record.run), indent=2, ensure_ascii=False, sort_keys=False)
    unfinished = directory / f"{RUN_FILE}.tmp"
    unfinished.write_text(text + "\n", encoding="utf-8")
    os.replace(unfinished, directory / RUN_FILE)


def load(directory: Path) -> Record:
    """Read a record; a RunError says what is missing or of another version."""
    directory = Path(directory)
    path = directory / RUN_FILE
    if not path.exists():
        hint = "the run was not finished: run `corpuscost profile` again with the same --out"
        hint = (
            hint
            if (directory / "work").exists()
            else "is it a folder made by `corpuscost profile`?"
        )
        raise RunError(f"{directory}: no {RUN_FILE}; {hint}")
    data = _parse(path)
    version = data.get("schema_version")
    if version != SCHEMA_VERSION:
        raise RunError(
            f"{path}: schema_version {version!r}, this program reads {SCHEMA_VERSION}; "
            "profile again, or use the version of corpuscost that wrote it"
        )
    try:
        run = cattrs.Converter(forbid_extra_keys=False).structure(data, Run)
    except Exception as error:
        raise RunError(f"{path}: not a run record ({error})") from error
    return Record(run, {name: _read_table(directory, name) for name in TABLES})


def empty_tables() -> dict[str, pa.Table]:
    """All tables of a record without rows."""
    return {name: schema.empty_table() for name, schema in TABLES.items()}


def _parse(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise RunError(f"{path}: not JSON ({error}); profile again") from error
    if not isinstance(data, dict):
        raise RunError(f"{path}: expected an object, found {type(data).__name__}")
    return data


def _write_table(table: pa.Table, path: Path) -> None:
    unfinished = path.with_suffix(".tmp")
    pq.write_table(table, unfinished, compression="zstd")
    os.replace(unfinished, path)


def _read_table(directory: Path, name: str) -> pa.Table:
    path = directory / f"{name}.parquet"
    if not path.exists() and name in LATER_TABLES:
        return TABLES[name].empty_table()
    if not path.exists():
        raise RunError(f"{path}: missing from the record; profile again")
    try:
        return _with_later_columns(pq.read_table(path), TABLES[name])
    except (pa.ArrowInvalid, OSError) as error:
        raise RunError(f"{path}: cannot be read ({error}); profile again") from error


def _with_later_columns(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table with nulls for columns that came after it was written; those may be unknown."""
    for place, column in enumerate(schema):
        if column.nullable and column.name not in table.column_names:
            table = table.add_column(place, column, pa.nulls(table.num_rows, column.type))
    return table
