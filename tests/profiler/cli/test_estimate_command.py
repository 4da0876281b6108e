"""corpuscost estimate: domains without RUN, inverse questions, exit codes, JSON and tables."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest
from click.testing import CliRunner

from pipeline.errors import CorpuscostError
from profiler.cli.main import cli
from profiler.measurement import Options, profile
from profiler.record.store import load, save
from profiler.views.export.json import budget_schema

RECIPE = """name = "linear"
description = "admission only: what is left is a fixed share of the whole"
[[stages]]
name = "admission"
kind = "admission"
"""
DEDUP = """
[[stages]]
name = "exact"
kind = "exact-dedup"
"""


@pytest.fixture(scope="module")
def desk(sample_corpus, tmp_path_factory):
    """A folder with two runs over the samples: runs/linear, and runs/exact with a dedup."""
    folder = tmp_path_factory.mktemp("estimates")
    for name, text in (("linear", RECIPE), ("exact", RECIPE + DEDUP)):
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
        options = Options(recipe=str(folder / f"{name}.toml"), workers=1)
        profile([sample_corpus / "shards"], folder / "runs" / name, options)
    return folder


@pytest.fixture
def call(desk, monkeypatch):
    monkeypatch.chdir(desk)

    def called(*arguments, code=0):
        result = CliRunner().invoke(cli, ["estimate", *arguments])
        assert result.exit_code == code, (result.output, result.exception)
        return result.stdout

    return called


def write(desk, text):
    (desk / "plan.toml").write_text(text, encoding="utf-8")
    return "plan.toml"


DOMAINS = """
[[domain]]
name = "web"
run = "runs/linear"
[[domain]]
name = "forum"
run = "runs/exact"
scale = "30MB"
"""


def test_two_domains_make_one_budget(desk, call):
    plan = write(desk, '[target]\nscale = "100TB"\n' + DOMAINS)
    data = json.loads(call("--scenario", plan, "--json"))
    jsonschema.Draft202012Validator(budget_schema()).validate(data)
    assert [domain["name"] for domain in data["domains"]] == ["web", "forum"]
    parts = [domain["clean"]["tokens"]["point"] for domain in data["domains"]]
    assert data["clean"]["tokens"]["point"] == pytest.approx(sum(parts))
    assert {line["domain"] for line in data["lines"]} >= {"web", "forum"}
    assert "inverse" not in data
    tables = call("--scenario", plan)
    assert "2 domains together leave" in tables
    assert "Domain forum" in tables


def test_the_domains_runs_are_found_from_any_folder(desk, call, monkeypatch, tmp_path):
    plan = write(desk, '[target]\nscale = "100TB"\n' + DOMAINS)
    monkeypatch.chdir(tmp_path)
    assert json.loads(call("--scenario", str(desk / plan), "--json"))["domains"]


def test_the_scenario_says_what_the_options_leave_open(desk, call):
    plan = write(desk, '[target]\nscale = "3TB"\nbasis = "text"\n')
    target = json.loads(call("runs/linear", "--scenario", plan, "--json"))["target"]
    assert (target["bytes"], target["basis"]) == (3e12, "text")
    given = json.loads(
        call("runs/linear", "--scenario", plan, "--scale", "5TB", "--basis", "stored", "--json")
    )
    assert (given["target"]["bytes"], given["target"]["basis"]) == (5e12, "stored")


def test_the_volume_for_tokens_of_a_linear_recipe_is_exact(desk, call):
    totals = load(desk / "runs" / "linear").run.totals
    data = json.loads(call("runs/linear", "--target-tokens", "1B", "--json"))
    found = data["inverse"]["target_tokens"]
    expected = 1e9 * totals.stored_bytes / totals.tokens_out
    assert found["raw_bytes"]["point"] == pytest.approx(expected, rel=3e-4)
    assert found["raw_bytes"]["low"] < expected < found["raw_bytes"]["high"]
    assert found["in_reach"]
    assert data["target"]["bytes"] == found["raw_bytes"]["point"]
    assert data["clean"]["tokens"]["point"] == pytest.approx(1e9, rel=1e-4)
    assert found["needs"]["usd"]["point"] == data["total_usd"]["point"]
    jsonschema.Draft202012Validator(budget_schema()).validate(data)


def test_dedup_takes_more_than_proportion_says(desk, call):
    totals = load(desk / "runs" / "exact").run.totals
    tokens = 8 * totals.tokens_out
    data = json.loads(call("runs/exact", "--target-tokens", f"{tokens:.0f}", "--json"))
    found = data["inverse"]["target_tokens"]
    assert found["raw_bytes"]["point"] > 8.2 * totals.stored_bytes
    assert found["yields"]["point"] == pytest.approx(tokens, rel=1e-2)


def test_the_same_seed_gives_the_same_answer(call):
    question = ("runs/linear", "--target-tokens", "1B", "--json", "--seed")
    one, two, three = (json.loads(call(*question, seed)) for seed in ("4", "4", "5"))
    assert one["inverse"] == two["inverse"]
    assert one["inverse"] != three["inverse"]


def test_tables_say_what_the_target_takes(call):
    tables = call("runs/linear", "--target-tokens", "1B")
    assert tables.startswith("Answer")
    assert "To end with 1 billion clean tokens" in tables
    assert "raw corpus to store" in tables
    assert "Total:" in tables


def test_out_of_reach_exits_with_3(desk, call):
    plan = write(desk, '[target]\nclean_tokens = "1B"\navailable = "100MB"\n')
    text = " ".join(call("runs/linear", "--scenario", plan, code=3).split())
    assert "Out of reach: all 100 MB (stored bytes) yield at most" in text
    data = json.loads(call("runs/linear", "--scenario", plan, "--json", code=3))
    assert data["inverse"]["target_tokens"]["in_reach"] is False
    assert data["inverse"]["target_tokens"]["raw_bytes"] is None
    assert data["inverse"]["met"] is False


def test_open_ended_domains_grow_to_the_target_and_fixed_ones_stay(desk, call):
    plan = write(desk, '[target]\nclean_tokens = "1B"\n' + DOMAINS)
    data = json.loads(call("--scenario", plan, "--json"))
    web, forum = data["domains"]
    assert forum["target"]["bytes"] == 3e7
    assert data["inverse"]["target_tokens"]["raw_bytes"]["point"] == pytest.approx(
        web["target"]["bytes"] + 3e7
    )
    assert data["clean"]["tokens"]["point"] == pytest.approx(1e9, rel=1e-4)


def test_a_budget_that_fits_and_one_that_does_not(call):
    question = ("runs/linear", "--scale", "1PB", "--json")
    total = json.loads(call(*question))["total_usd"]
    fits = json.loads(call(*question, "--budget", f"{total['point']:.2f}"))["inverse"]["budget"]
    assert fits["plan"] == {"spend_usd": total["point"], "fits": True, "over_usd": 0.0}
    assert fits["reach"]["bytes"] == pytest.approx(1e15, rel=2e-3)
    surer = call(*question, "--budget", str(total["point"]), "--confidence", "0.95", code=3)
    plan = json.loads(surer)["inverse"]["budget"]["plan"]
    assert plan["over_usd"] == pytest.approx(total["high"] - total["point"], abs=0.01)
    text = " ".join(call("runs/linear", "--scale", "1PB", "--budget", "700k", code=3).split())
    assert "it exceeds the budget of 700,000 USD by" in text
    assert "go as far as" in text


def test_how_far_the_money_goes(call):
    data = json.loads(call("runs/linear", "--budget", "1.5M", "--json"))
    far = data["inverse"]["budget"]["reach"]
    assert data["inverse"]["budget"]["plan"] is None
    assert data["target"]["bytes"] == far["bytes"]
    assert 1.5e6 * 0.999 < data["total_usd"]["point"] <= 1.5e6
    assert far["clean_tokens"]["point"] == data["clean"]["tokens"]["point"]
    nothing = " ".join(call("runs/linear", "--budget", "1000", code=3).split())
    assert "pay for no volume at all" in nothing


def test_the_domains_of_a_scenario_are_left_where_a_run_is_named(desk, call):
    plan = write(desk, '[target]\nscale = "1TB"\n' + DOMAINS)
    result = CliRunner().invoke(cli, ["estimate", "runs/linear", "--scenario", plan, "--json"])
    assert "of runs/linear alone" in result.stderr
    assert "domains" not in json.loads(result.stdout)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "RUN"),
        (("runs/linear",), "--scale"),
        (("runs/linear", "--scale", "1TB", "--target-tokens", "1T"), "give one of them"),
        (("runs/linear", "--scale", "1TB", "--confidence", "0.9"), "--budget"),
        (("runs/linear", "--scale", "1TB", "--budget", "1", "--confidence", "1"), "range"),
        (("--scenario", "plan.toml", "--curve"), "name a RUN"),
    ],
)
def test_wrong_usage(desk, arguments, message, monkeypatch):
    monkeypatch.chdir(desk)
    result = CliRunner().invoke(cli, ["estimate", *arguments])
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("runs/linear", "--target-tokens", "1X"), "unknown unit 'X'"),
        (("runs/linear", "--budget", "free"), "expected a number"),
        (("runs/untold", "--target-tokens", "1T"), "--tokenizer"),
    ],
)
def test_faults_of_a_question(desk, arguments, message, monkeypatch):
    monkeypatch.chdir(desk)
    if not (desk / "runs" / "untold").exists():
        record = load(desk / "runs" / "linear")
        totals = replace(record.run.totals, tokens_in=None, tokens_out=None)
        save(replace(record, run=replace(record.run, totals=totals)), desk / "runs" / "untold")
    result = CliRunner().invoke(cli, ["estimate", *arguments])
    assert isinstance(result.exception, CorpuscostError)
    assert message in str(result.exception)


def test_help_shows_both_questions():
    text = CliRunner().invoke(cli, ["estimate", "--help"]).output
    for option in (
        "--target-tokens 1T",
        "--budget 500000 --confidence 0.9",
        "--scenario plan.toml",
    ):
        assert option in text
    assert "3 the plan exceeds" in " ".join(CliRunner().invoke(cli, ["--help"]).output.split())
