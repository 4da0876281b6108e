"""``corpuscost census``: tables, JSON, and faults with a message."""

from __future__ import annotations

import io
import json
import re

import pytest
from click.testing import CliRunner
from rich.console import Console

from pipeline.errors import RunError
from profiler.census.document import census_json
from profiler.census.store import Census, load_census
from profiler.cli.main import cli
from profiler.views.terminal.census import show_census


def call(*arguments: object):
    return CliRunner().invoke(cli, [str(each) for each in arguments])


def test_tables(part, shards, census):
    result = call("census", part, shards[0].parent)
    assert result.exit_code == 0, result.output
    for text in ("exact-dedup", "near-dedup", "all dedups together", "gap of", "7 more shards"):
        assert text in result.output
    assert re.search(r"\d\d\.\d % \(\d\d\.\d–\d\d\.\d\)", result.output)


def test_json(part, shards, census):
    data = json.loads(call("census", part, shards[0].parent, "--json").stdout)
    assert data == json.loads(json.dumps(census_json(load_census(part))))
    assert data["state"] == "complete"
    exact, near = data["stages"]
    assert {"point", "low", "high", "method", "state"} <= exact["retention"].keys()
    assert near["combined_retention"]["point"] < exact["combined_retention"]["point"]
    assert sum(probes for _, probes in exact["copies"]) == exact["probes"]
    assert "place" not in data["shards"][0]
    assert data["neighbour_gap_points"] >= 0


def test_faults(part, tmp_path):
    assert call("census", part).exit_code == 2
    assert call("census", part, "x", "--columns", "txt=a").exit_code == 2
    result = call("census", tmp_path, "x")
    assert isinstance(result.exception, RunError)


def test_80_columns_and_names_that_act_on_a_terminal(census):
    account = census.account
    hostile = {"\x1b[31mred\u202e.jsonl": "[bold]same[/bold] content as x" * 9}
    fields = {name: getattr(account, name) for name in account.__dataclass_fields__}
    shown = Census(type(account)(**{**fields, "known": hostile}), census.counts)
    out = io.StringIO()
    show_census(shown, Console(file=out, width=80, highlight=False))
    text = out.getvalue()
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[bold]" in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [("census.json", "{", "damaged"), ("census.json", '{"schema_version": 99}', "99")],
)
def test_a_damaged_census_is_told(tmp_path, file, content, message):
    (tmp_path / "census").mkdir()
    (tmp_path / "census" / file).write_text(content)
    with pytest.raises(RunError, match=message):
        load_census(tmp_path)
