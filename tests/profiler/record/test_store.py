"""A record comes back as it was saved; what is damaged is named."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest
from drawn_records import records
from hypothesis import HealthCheck, given, settings

from pipeline.errors import RunError
from pipeline.observer import RESERVED_STAGES
from profiler.record.schema import CARRIER_ROWS, FIXED_ROWS, SCHEMA_VERSION, TABLES
from profiler.record.store import load, save


@given(records())
@settings(
    deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_saved_and_loaded_it_is_the_same(tmp_path, record):
    save(record, tmp_path)
    again = load(tmp_path)
    assert again.run == record.run
    assert {n: t.to_pylist() for n, t in again.tables.items()} == {
        n: t.to_pylist() for n, t in record.tables.items()
    }


def test_no_record_says_what_to_do(tmp_path):
    with pytest.raises(RunError, match=r"no run\.json"):
        load(tmp_path)
    (tmp_path / "work").mkdir()
    with pytest.raises(RunError, match="not finished"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not JSON"),
        ("[]", "expected an object"),
        (json.dumps({"schema_version": 99}), "schema_version 99"),
        (json.dumps({"schema_version": 1}), "profile again"),
        (json.dumps({"schema_version": SCHEMA_VERSION}), "not a run record"),
    ],
)
def test_a_damaged_run_file_is_named(tmp_path, content, message):
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(RunError, match=message):
        load(tmp_path)


@given(records())
@settings(
    deadline=None, max_examples=1, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_missing_or_damaged_table_is_named(tmp_path, record):
    save(record, tmp_path)
    (tmp_path / "drops.parquet").write_bytes(b"PAR1 but not really")
    with pytest.raises(RunError, match=r"drops\.parquet: cannot be read"):
        load(tmp_path)
    (tmp_path / "drops.parquet").unlink()
    with pytest.raises(RunError, match=r"drops\.parquet: missing"):
        load(tmp_path)


def test_names_of_other_rows_are_reserved_in_recipes():
    assert sorted(FIXED_ROWS + CARRIER_ROWS) == sorted(RESERVED_STAGES)


@given(records())
@settings(
    deadline=None, max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_record_from_before_a_column_has_nulls_there(tmp_path, record):
    save(record, tmp_path)
    path = tmp_path / "batches.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["peak_private_bytes"]), path)
    batches = load(tmp_path).tables["batches"]
    assert batches.column_names == TABLES["batches"].names
    assert batches["peak_private_bytes"].null_count == batches.num_rows
