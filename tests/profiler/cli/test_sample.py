"""corpuscost sample, as it is called."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from pipeline.errors import CorpuscostError
from profiler.cli.main import cli


@pytest.fixture
def shards(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(2):
        texts = [f"text {i}" for i in range(200)]
        pq.write_table(pa.table({"body": texts}), folder / f"{number}.parquet")
    return folder


def call(*arguments):
    return CliRunner().invoke(cli, ["sample", "--workers", "1", *map(str, arguments)])


def test_json_is_the_manifest(shards, tmp_path):
    out = tmp_path / "out"
    options = ("--columns", "text=body", "--fraction", "10%", "--json")
    done = call(shards, "--out", out, *options)
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    assert data == json.loads((out / "sample.json").read_text())
    assert (data["fraction"], data["totals"]["documents"]) == (0.1, 400)
    assert "next: corpuscost profile" in done.stderr


def test_a_number_is_told_in_a_line(shards, tmp_path):
    done = call(shards, "--out", tmp_path / "out", "--columns", "text=body", "--documents", 30)
    assert done.exit_code == 0, done.output
    assert "30 of 400 documents" in done.stdout
    assert "from 2 shards" in done.stdout


def test_bad_shards_are_left_out_and_told(shards, tmp_path):
    (shards / "bad.parquet").write_bytes(b"no")
    out = ("--out", tmp_path / "out", "--columns", "text=body", "--fraction", 0.5)
    failed = call(shards, *out)
    assert isinstance(failed.exception, CorpuscostError)
    done = call(shards, *out, "--skip-bad-shards")
    assert done.exit_code == 0, done.output
    assert "left out bad.parquet" in done.stderr


@pytest.mark.parametrize("options", [(), ("--fraction", "1%", "--documents", "5")])
def test_one_of_fraction_and_documents_is_wanted(shards, tmp_path, options):
    done = call(shards, "--out", tmp_path / "out", *options)
    assert done.exit_code == 2
    assert "one of --fraction and --documents" in done.stderr
