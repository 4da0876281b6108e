"""corpuscost calibrate, on a run of two dedups."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from pipeline.errors import CorpuscostError
from profiler.calibration import load_calibration
from profiler.cli.main import cli
from profiler.measurement import Options, profile

RECIPE = """name = "exact"
description = "exact only"
[[stages]]
name = "exact"
kind = "exact-dedup"
"""


@pytest.fixture(scope="module")
def run(sample_corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("calibrate")
    (folder / "exact.toml").write_text(RECIPE, encoding="utf-8")
    options = Options(recipe=str(folder / "exact.toml"), workers=1)
    profile([sample_corpus / "shards"], folder / "run", options)
    return folder / "run"


def test_json_is_what_the_run_keeps(run):
    arguments = ["calibrate", str(run), "--documents", "5e3", "--budget-seconds", "1", "--json"]
    result = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    data = json.loads(result.stdout)
    assert len(data["ladder"]) == len(load_calibration(run).ladder) >= 2
    assert {"stage", "documents", "retention", "cpu_seconds"} <= data["ladder"][0].keys()


def test_tables_name_every_size_and_why_it_ended(run):
    arguments = ["calibrate", str(run), "--scale", "20MB", "--budget-seconds", "1"]
    result = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    assert "µs/doc" in result.stdout
    for row in load_calibration(run).ladder:
        assert f"{row.documents:,}" in result.stdout
    assert "ended:" in result.stdout


def test_wrong_use_is_told(run, tmp_path):
    both = ["calibrate", str(run), "--scale", "1TB", "--documents", "5"]
    assert CliRunner().invoke(cli, both).exit_code == 2
    assert CliRunner().invoke(cli, ["calibrate", str(run), "--documents", "0"]).exit_code == 2
    with pytest.raises(CorpuscostError, match=r"no run\.json"):
        CliRunner().invoke(cli, ["calibrate", str(tmp_path)], catch_exceptions=False)
