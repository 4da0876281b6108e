"""Published tables by name, rows by id, and what the command prints of them."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from pipeline.errors import CorpuscostError
from profiler.cli.main import cli
from profiler.published import check
from profiler.published.catalog import TABLES, all_rows, find
from profiler.published.model import examples
from profiler.views.terminal.tables import LONGEST_NAME


def call(*arguments: str) -> str:
    result = CliRunner().invoke(cli, ["published", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_table_is_found_before_a_row() -> None:
    assert [row for _, row in find("examples")] == list(examples())


def test_two_tables_may_share_an_id() -> None:
    assert [table for table, _ in find("chinchilla")] == ["formulas", "issues"]
    assert [table for table, _ in find("slimpajama")] == ["funnels", "throughputs"]


def test_an_id_is_one_row_of_its_table() -> None:
    places = [(table, row.id) for table, row in all_rows()]
    assert len(places) == len(set(places))


def test_an_unknown_id_has_a_hint() -> None:
    with pytest.raises(CorpuscostError, match="did you mean 'storage_1pb'"):
        find("storage_1bp")


@pytest.mark.parametrize("table", TABLES)
def test_a_table_prints_every_row_with_its_source_in_json(table: str) -> None:
    rows = json.loads(call(table, "--json"))
    assert [row["id"] for row in rows] == [row.id for row in TABLES[table]()]
    assert all(row["table"] == table and row["source"] for row in rows)
    printed = "".join(call(table).split())
    assert all(row["id"][:LONGEST_NAME] in printed for row in rows)


@pytest.mark.parametrize("name", sorted({row.id for _, row in all_rows()}))
def test_every_row_prints_with_its_source(name: str) -> None:
    printed = " ".join(call(name).split())
    for _, row in find(name):
        assert row.source.split()[0] in printed


def test_the_whole_prints_every_table() -> None:
    printed = call()
    assert len(json.loads(call("--json"))) == len(all_rows())
    for words in ("funnels", "throughputs", "Formulas", "Worked examples", "does not fit"):
        assert words in printed


def test_check_prints_published_against_computed() -> None:
    printed = call("--check")
    for words in ("42,800", "+1.9%", "no, as known", "20,280", "8.4e+22", "it closes if"):
        assert words in printed
    assert len(json.loads(call("--check", "--json"))) == len(examples())


def test_check_fails_when_a_formula_no_longer_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(check._FORMULAS, "pairs", lambda inputs: inputs["responses"])
    result = CliRunner().invoke(cli, ["published", "--check"])
    assert result.exit_code == 1
    assert "NO" in result.output
