"""corpuscost report: the domains of a plan, and what is missing on the command line."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from profiler.cli.main import cli
from profiler.measurement import Options, profile

RECIPE = """name = "linear"
description = "admission only"
[[stages]]
name = "admission"
kind = "admission"
"""
PLAN = """
[[domain]]
name = "news <b>"
run = "runs/first"
scale = "1TB"

[[domain]]
name = "forums"
run = "runs/first"
scale = "2TB"
"""


@pytest.fixture(scope="module")
def desk(sample_corpus, tmp_path_factory):
    """A folder with a plan of two domains over one run."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "linear.toml").write_text(RECIPE, encoding="utf-8")
    (folder / "plan.toml").write_text(PLAN, encoding="utf-8")
    options = Options(recipe=str(folder / "linear.toml"), workers=1)
    profile([sample_corpus / "shards"], folder / "runs" / "first", options)
    return folder


def call(*arguments: object):
    return CliRunner().invoke(cli, ["report", *map(str, arguments)])


def test_the_domains_of_a_plan_make_one_page(desk):
    done = call("--scenario", desk / "plan.toml", "--html", desk / "plan.html")
    assert done.exit_code == 0, (done.output, done.exception)
    page = (desk / "plan.html").read_text(encoding="utf-8")
    assert page.count(">What it costs</h3>") == 1
    assert "Domain news &lt;b&gt;" in page
    assert "At the target: 2 TB" in page
    assert len(page.encode()) < 1_000_000


def test_estimate_writes_the_page_without_curve_and_what_if(desk):
    done = call("--scenario", desk / "plan.toml", "--html", desk / "plan.html")
    assert done.exit_code == 0, done.output
    said = (desk / "plan.html").read_text(encoding="utf-8")
    page = ["estimate", "--scenario", str(desk / "plan.toml"), "--format", "html"]
    assert CliRunner().invoke(cli, page).output == said
    run = desk / "runs" / "first"
    done = call(run, "--scale", "1TB", "--html", desk / "one.html", "--no-curve", "--no-what-if")
    assert done.exit_code == 0, done.output
    page = ["estimate", str(run), "--scale", "1TB", "--format", "html"]
    assert CliRunner().invoke(cli, page).output == (desk / "one.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Missing argument 'RUN'"),
        (("runs/first",), "Missing option '--scale'"),
    ],
)
def test_what_is_missing_is_said(desk, monkeypatch, arguments, message):
    monkeypatch.chdir(desk)
    done = call(*arguments, "--html", "page.html")
    assert done.exit_code == 2
    assert message in re.sub(r"\s+", " ", done.output)
