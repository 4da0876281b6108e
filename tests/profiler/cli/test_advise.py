"""corpuscost advise, on a record that was made by hand."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from tried_records import Tried

from pipeline.recipes.catalog import load_recipe
from profiler.cli.main import cli
from profiler.record.store import save

RECIPE = {
    "name": "tried",
    "description": "three filters",
    "stages": [
        {"name": name, "kind": "rules", "rules": {"few": {"measure": "words", "below": 3.0}}}
        for name in "abc"
    ],
}


@pytest.fixture
def run(tmp_path):
    record = Tried().record()
    record.run.recipe.update(RECIPE)
    save(record, tmp_path / "run")
    return tmp_path / "run"


def test_it_prints_tables_or_json_and_writes_the_recipe(run, tmp_path):
    path = tmp_path / "cheaper.toml"
    result = CliRunner().invoke(cli, ["advise", str(run), "--write-recipe", str(path), "--json"])
    assert result.exit_code == 0, result.output
    data = json.loads(result.stdout)
    assert data["worth"]
    assert [spec.name for spec in load_recipe(str(path)).stages] == data["blocks"][0]["advised"]
    assert "recipe:" in result.stderr
    tables = CliRunner().invoke(cli, ["advise", str(run)])
    assert tables.exit_code == 0
    assert "run them as" in tables.stdout
