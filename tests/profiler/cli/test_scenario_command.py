"""corpuscost scenario: a file to fill in, and every fault of one."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner

from pipeline.errors import ConfigError
from profiler.cli.main import cli
from profiler.money.scenario import SECTIONS, load_scenario, scenario_keys
from profiler.money.template import scenario_template


def call(*arguments):
    return CliRunner().invoke(cli, ["scenario", *map(str, arguments)])


def uncommented(text: str) -> str:
    """Every "# key = value" line of the sections set."""
    sections = text.split("[storage]\n", 1)[1]
    return "[storage]\n" + re.sub(r"^# ([a-z_]+ = )", r"\1", sections, flags=re.MULTILINE)


def test_init_sets_nothing(tmp_path):
    plan = tmp_path / "plan.toml"
    result = call("init", plan)
    assert result.exit_code == 0
    assert "corpuscost scenario check" in result.stderr
    scenario = load_scenario(plan)
    assert scenario.given == frozenset()
    assert scenario.domains == ()
    assert scenario.wanted.scale == ""


def test_the_template_has_every_key_with_its_default(tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text(uncommented(scenario_template()), encoding="utf-8")
    scenario, default = load_scenario(plan), load_scenario()
    keys = {key for section in SECTIONS for key in scenario_keys(default, section)}
    assert scenario.given == keys
    assert all(scenario.value(key) == default.value(key) for key in keys)


def test_the_commented_head_is_a_plan_once_it_is_set(tmp_path):
    head = scenario_template().split("[storage]\n")[0]
    lines = [re.sub(r"^# (?=[a-z_]+ = |\[\[)", "", line) for line in head.splitlines()]
    text = "\n".join(line for line in lines if not line.startswith('scale = "1PB'))
    (tmp_path / "plan.toml").write_text(text, encoding="utf-8")
    scenario = load_scenario(tmp_path / "plan.toml")
    assert scenario.wanted.clean_tokens == "1T"
    assert scenario.domains[0].like == "common-crawl"


def test_init_without_a_file_prints(tmp_path):
    assert call("init").stdout == scenario_template()


def test_init_writes_over_nothing(tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text("mine", encoding="utf-8")
    result = call("init", plan)
    assert isinstance(result.exception, ConfigError)
    assert plan.read_text(encoding="utf-8") == "mine"


def test_check_tells_what_is_set(tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text('[target]\nscale = "1PB"\n[storage]\nraw_months = 6\n', encoding="utf-8")
    text = call("check", plan).stdout
    assert "no faults" in text
    assert "storage.raw_months" in text
    data = json.loads(call("check", plan, "--json").stdout)
    assert data["given"] == {"storage.raw_months": "6"}
    assert data["target"]["scale"] == "1PB"
    assert data["faults"] == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[storage]\nraw_month = 6\ncopies = -1\n", ("did you mean 'raw_months'", "copies")),
        (
            '[target]\navailable = "1 lot"\n[storage]\nrented_price = "s4"\n'
            '[[domain]]\nname = "web"\nrun = "nowhere"\nscale = "many"\n',
            ("4 fault(s)", "target.available", "s4", "no run.json", "size 'many'"),
        ),
    ],
)
def test_check_reports_all_faults(tmp_path, text, parts):
    plan = tmp_path / "plan.toml"
    plan.write_text(text, encoding="utf-8")
    result = call("check", plan)
    assert isinstance(result.exception, ConfigError)
    for part in parts:
        assert part in str(result.exception)
