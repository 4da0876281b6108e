"""The command line: help with an example for every command, exit codes, JSON, errors."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import click
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from profiler.cli.main import COMMANDS, cli
from profiler.cli.options import column_names

README = Path(__file__).parents[3] / "README.md"


def call(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "profiler.cli.main", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


@pytest.fixture(scope="session")
def run(sample_corpus, tmp_path_factory):
    """A profiled run, made by the command line."""
    out = tmp_path_factory.mktemp("cli") / "run"
    done = call("profile", sample_corpus / "shards", "--out", out, "--workers", "1", "--json")
    assert done.returncode == 0, done.stderr
    return out, json.loads(done.stdout), done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command):
    result = CliRunner().invoke(cli, [command, "--help"])
    assert result.exit_code == 0
    assert f"corpuscost {command}" in result.output.split("Example:")[1]


def test_every_command_is_in_the_readme():
    text = README.read_text(encoding="utf-8")
    assert not [command for command in COMMANDS if f"corpuscost {command}" not in text]


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from profiler.cli.main import cli; cli(['--help'], standalone_mode=False); "
        "print([m for m in ('numba', 'pyarrow', 'duckdb', 'numpy', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_profile_prints_json_alone_on_standard_output(run):
    _, data, errors = run
    assert data["state"] == "complete"
    assert data["totals"]["docs_in"] > 1000
    assert "next: corpuscost estimate" in errors


def test_show_prints_tables_and_json(run):
    out, data, _ = run
    tables = call("show", out)
    assert tables.returncode == 0
    assert "\x1b" not in tables.stdout
    assert all(stage["stage"] in tables.stdout for stage in data["stages"])
    assert json.loads(call("show", out, "--json").stdout)["totals"] == data["totals"]


def test_estimate_has_the_documented_keys(run):
    out, _, _ = run
    data = json.loads(call("estimate", out, "--scale", "1PB", "--json").stdout)
    assert {"target", "stages", "lines", "total_usd", "assumptions", "warnings"} <= data.keys()
    for stage in data["stages"]:
        assert {"stage", "docs_in", "bytes_in", "retention", "cpu_hours"} <= stage.keys()
        assert {"point", "low", "high", "method", "state"} <= stage["retention"].keys()
        assert {"point", "low", "high"} <= stage["cpu_hours"].keys()
        assert (stage["retention"]["point"] is None) == (stage["retention"]["state"] == "bounds")
    wanted = {"category", "item", "counted", "quantity", "unit", "unit_price_usd", "usd", "source"}
    assert all(wanted <= line.keys() for line in data["lines"])
    counted = sum(round(100 * line["usd"]["point"]) for line in data["lines"] if line["counted"])
    assert counted == round(100 * data["total_usd"]["point"])


def test_the_same_seed_gives_the_same_estimate(run):
    out, _, _ = run
    one, two, three = (
        call(
            "estimate", out, "--scale", "300TB", "--basis", "text", "--seed", seed, "--json"
        ).stdout
        for seed in ("5", "5", "6")
    )
    assert one == two
    assert one != three


def test_what_the_user_sets_is_no_assumption(run):
    out, _, _ = run
    plain = json.loads(call("estimate", out, "--scale", "1TB", "--json").stdout)
    given = json.loads(
        call("estimate", out, "--scale", "1TB", "--set", "storage.raw_months=6", "--json").stdout
    )
    assert any("storage.raw_months" in line for line in plain["assumptions"])
    assert not any("storage.raw_months" in line for line in given["assumptions"])


def test_report_writes_one_page(run, tmp_path):
    out, _, _ = run
    page = tmp_path / "report.html"
    done = call("report", out, out, "--scale", "1PB", "--html", page, "--no-curve")
    assert done.returncode == 0, done.stderr
    text = page.read_text(encoding="utf-8")
    assert len(text) < 1_000_000
    assert not re.search(r"""(src|href)=["']https?:""", text)


def test_report_draws_the_curve(run, tmp_path, monkeypatch):
    monkeypatch.setattr("profiler.cli.report.CURVE_POINTS", 2)
    out, _, _ = run
    page = tmp_path / "report.html"
    done = CliRunner().invoke(
        cli, ["report", str(out), "--scale", "1GB", "--html", str(page), "--no-what-if"]
    )
    assert done.exit_code == 0, done.output
    text = page.read_text(encoding="utf-8")
    assert "What dedup keeps as the corpus grows" in text
    assert text.count("<polygon") >= 2


def test_the_curve_passes_through_the_target(run, monkeypatch):
    monkeypatch.setattr("profiler.scaling.curves.POINTS", 2)
    out, _, _ = run
    command = ["estimate", str(out), "--scale", "1GB", "--curve", "--json"]
    data = json.loads(CliRunner().invoke(cli, command).stdout)
    assert [round(point["target_bytes"]) for point in data["curve"]][1:] == [10**9, 10**16]
    at_target = {dedup["stage"]: dedup["retention"] for dedup in data["curve"][1]["dedups"]}
    stages = [stage for stage in data["stages"] if stage["kind"].endswith("dedup")]
    assert at_target == {stage["stage"]: stage["retention"] for stage in stages}


def test_columns_are_named_by_field():
    found = column_names(("text=content", "lang=language"))
    assert (found.text, found.lang) == ("content", "language")
    with pytest.raises(click.BadParameter, match="txt: expected FIELD=NAME"):
        column_names(("txt=content",))


def test_compare_of_a_run_with_itself(run):
    out, _, _ = run
    assert call("compare", out, out).returncode == 0
    assert json.loads(call("compare", out, out, "--json").stdout)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["show", "nowhere"], 1, "no run.json"),
        (["profile", "nowhere", "--out", "x"], 1, "nowhere"),
        (["profile"], 2, "INPUT"),
        (["profil"], 2, "No such command"),
        (["recipes", "web-em"], 1, "did you mean 'web-en'"),
        (["prices", "nobook"], 1, "nobook"),
        (["published", "fineweb-ed"], 1, "did you mean 'fineweb-edu'"),
    ],
)
def test_faults_have_a_message_and_a_code(arguments, code, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = call(*arguments)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--scale", "1XB"], "1XB"),
        (["--scale", "1PB", "--set", "storage.raw_month=6"], "did you mean 'raw_months'"),
        (["--scale", "1PB", "--prices", "nobook"], "nobook"),
        (["--scale", "1PB", "--scenario", "none.toml"], "none.toml"),
    ],
)
def test_a_wrong_plan_is_a_fault_with_a_message(run, options, message):
    out, _, _ = run
    done = call("estimate", out, *options)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_names_out_of_a_file_do_not_act_on_the_terminal(tmp_path):
    hostile = "\x1b[31mred\x1b[0m\u202e"
    pq.write_table(pa.table({hostile: ["x"]}), tmp_path / "in.parquet")
    done = call("profile", tmp_path / "in.parquet", "--out", tmp_path / "run")
    assert done.returncode == 1
    assert "columns found" in done.stderr
    assert "red" in done.stderr
    assert "\x1b" not in done.stderr
    assert "\u202e" not in done.stderr


@pytest.mark.parametrize("command", ["recipes", "prices", "published"])
def test_built_in_tables_print(command):
    result = CliRunner().invoke(cli, [command])
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 1
    assert json.loads(CliRunner().invoke(cli, [command, "--json"]).output)


def test_a_recipe_of_the_users_from_a_printed_one(tmp_path):
    text = CliRunner().invoke(cli, ["recipes", "web-multi"]).output
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    (tmp_path / "in.jsonl").write_text('{"text": "a few words"}\n')
    done = call(
        "profile",
        tmp_path / "in.jsonl",
        "--recipe",
        tmp_path / "mine.toml",
        "--out",
        tmp_path / "r",
    )
    assert done.returncode == 0, done.stderr
