"""A batch end to end: domains profiled once, one budget, a failed domain unknown, resume."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import duckdb
import pytest
from click.testing import CliRunner
from made_up_text import write_shard
from rich.console import Console

from pipeline.engines.local.run import Silent
from pipeline.errors import ConfigError
from profiler.batch import load_plan, run_batch
from profiler.batch_budget import Failure, remaining
from profiler.cli.main import cli
from profiler.record.store import load
from profiler.views.batch_progress import BatchLines
from profiler.views.domains import domain_rows
from profiler.views.export.json import budget_schema
from profiler.views.terminal.batch import show_batch

TODAY = date(2026, 11, 24)
PLAN = """
[target]
scale = "100TB"

[[domain]]
name = "web"
run = "runs/web"
shards = ["web/*.jsonl"]
recipe = "web-multi"
scale = "60TB"

[[domain]]
name = "books"
run = "runs/books"
shards = ["books"]
recipe = "web-multi"
seed = 3
"""
LOST = """
[[domain]]
name = "lost"
run = "runs/lost"
shards = ["nowhere/*.jsonl"]
scale = "10TB"
"""


class Told:
    """Remembers what it is told; may stop the run when a part of the work begins."""

    def __init__(self, stop_at=None):
        self.profiled = []
        self.how = {}
        self.stop_at = stop_at

    @contextmanager
    def domain(self, name, number, of):
        self.profiled.append((name, number, of))
        yield Stopping(self.stop_at) if self.stop_at else Silent()

    def ended(self, name, how, reason=""):
        self.how[name] = (how, reason)


class Stopping(Silent):
    def __init__(self, title):
        self.title = title

    def leg(self, title, todo):
        if self.title in title:
            raise KeyboardInterrupt


def make_desk(folder, plan=PLAN):
    for number in range(2):
        write_shard(folder / "web" / f"{number}.jsonl", 90, seed=number)
    write_shard(folder / "books" / "all.jsonl", 120, seed=9)
    (folder / "plan.toml").write_text(plan, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A plan with three domains, one of which has no shards, and the batch that was run on it."""
    folder = make_desk(tmp_path_factory.mktemp("desk"), PLAN + LOST)
    told = Told()
    done = run_batch(load_plan(folder / "plan.toml", workers=1), told, TODAY)
    return folder, done, told


@pytest.fixture
def copy_of_desk(desk, tmp_path):
    """The same folder with its records, to change; files keep their times."""
    shutil.copytree(desk[0], tmp_path / "desk")
    return tmp_path / "desk"


def test_the_domains_are_profiled_and_the_one_that_failed_is_left_behind(desk):
    folder, done, told = desk
    assert told.profiled == [("web", 1, 3), ("books", 2, 3), ("lost", 3, 3)]
    assert done.ended == {"web": "profiled", "books": "profiled", "lost": "failed"}
    (failure,) = done.failures
    assert failure.domain == "lost"
    assert "the pattern matches nothing" in failure.reason
    assert load(folder / "runs" / "books").run.seed == 3
    assert load(folder / "runs" / "web").run.totals.docs_in == 180


def test_one_budget_has_lines_of_each_domain_that_add_up(desk):
    _, done, _ = desk
    budget = done.estimation.budget
    counted = [line for line in budget.lines if line.counted]
    assert {line.domain for line in counted} == {"", "web", "books"}
    points = sum(round(100 * line.usd.point) for line in counted)
    assert points == round(100 * budget.total_usd.point)
    web, books = (domain.forecast.target for domain in done.estimation.domains)
    assert web.stored_bytes.point == pytest.approx(60e12)
    assert books.stored_bytes.point == pytest.approx(30e12)


def test_a_failed_domain_is_unknown_and_never_0(desk):
    _, done, _ = desk
    lost = [line for line in done.estimation.budget.lines if line.domain == "lost"]
    assert {line.category for line in lost} == {"storage", "cleaning"}
    for line in lost:
        assert line.usd is line.quantity is line.term is None
        assert line.note.startswith("not measured: ")
    told = [text for text in done.estimation.budget.warnings if "lost: " in text]
    assert len(told) == len(lost)


def test_the_table_of_domains_adds_up(desk):
    _, done, _ = desk
    rows = {row.name: row for row in domain_rows(done.estimation)}
    assert list(rows) == ["web", "books", "lost", "shared", "total"]
    priced = [rows[name].usd.point for name in ("web", "books", "shared")]
    assert sum(priced) == pytest.approx(rows["total"].usd.point, abs=0.005)
    assert rows["lost"].usd is rows["lost"].raw_bytes is rows["lost"].core_hours is None
    assert rows["total"].raw_bytes.point == pytest.approx(90e12)
    hours = [rows[name].core_hours for name in ("web", "books")]
    assert rows["total"].core_hours == pytest.approx(sum(hours))
    assert all(each > 0 for each in hours)
    tokens = [domain.forecast.clean_tokens.point for domain in done.estimation.domains]
    total = rows["total"].clean_tokens
    assert total.point in (None, pytest.approx(sum(tokens)))


def test_the_terminal_shows_domains_and_failures(desk):
    _, done, _ = desk
    out = io.StringIO()
    show_batch(done, Console(file=out, width=120))
    text = out.getvalue()
    assert re.search(r"web +60 TB", text)
    assert re.search(r"lost +– +– +– +–", text)
    assert "Failed: not in the total" in text


def test_what_is_on_record_is_not_profiled_again(copy_of_desk, desk):
    told = Told()
    again = run_batch(load_plan(copy_of_desk / "plan.toml", workers=1), told, TODAY)
    assert [name for name, _, _ in told.profiled] == ["lost"]
    assert again.ended["web"] == again.ended["books"] == "on record"
    assert again.estimation.budget.total_usd == desk[1].estimation.budget.total_usd


def test_a_stopped_batch_goes_on_where_it_was(tmp_path):
    plan = load_plan(make_desk(tmp_path) / "plan.toml", workers=1)
    plan = replace(plan, scenario=replace(plan.scenario, domains=plan.scenario.domains[:1]))
    with pytest.raises(KeyboardInterrupt):
        run_batch(plan, Told(stop_at="pass 2"), TODAY)
    assert not (tmp_path / "runs" / "web" / "run.json").exists()
    first_pass = tmp_path / "runs" / "web" / "work" / "leg-0"
    done_before = {path.name: path.stat().st_mtime_ns for path in first_pass.iterdir()}
    assert len(done_before) == 2
    resumed = []

    class Watching(Told):
        @contextmanager
        def domain(self, name, number, of):
            watch = Silent()
            watch.leg = lambda title, todo: resumed.append((title, len(todo)))
            yield watch

    plan = replace(
        plan, scenario=replace(plan.scenario, wanted=replace(plan.scenario.wanted, scale=""))
    )
    done = run_batch(plan, Watching(), TODAY)
    assert done.ended == {"web": "profiled"}
    assert [todo for title, todo in resumed if "pass 1" in title] == [0]
    assert [todo for title, todo in resumed if "pass 2" in title] == [2]
    assert any("taken up again" in text for text in load(tmp_path / "runs" / "web").run.warnings)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("seed = 3", "seed = 4"), r"another seed \(3\)"),
        (('recipe = "web-multi"\nseed', 'recipe = "web-en"\nseed'), "another recipe"),
        (("seed = 3", 'seed = 3\nsample = "50%"'), "another sample"),
        (('shards = ["books"]', 'shards = ["books", "web"]'), r"another input \(all\.jsonl"),
    ],
)
def test_a_record_of_another_plan_is_refused(copy_of_desk, change, told):
    path = copy_of_desk / "plan.toml"
    text = path.read_text(encoding="utf-8")
    assert change[0] in text
    path.write_text(text.replace(*change), encoding="utf-8")
    done = run_batch(load_plan(path, workers=1), Told(), TODAY)
    reasons = {failure.domain: failure.reason for failure in done.failures}
    assert set(reasons) == {"books", "lost"}
    assert re.search(told, reasons["books"])
    assert (copy_of_desk / "runs" / "books" / "run.json").exists()


def test_a_shard_that_was_written_since_is_compared_by_its_content(copy_of_desk):
    shard = copy_of_desk / "books" / "all.jsonl"
    content = shard.read_bytes()
    shard.write_bytes(content)
    os.utime(shard, (4e9, 4e9))
    done = run_batch(load_plan(copy_of_desk / "plan.toml", workers=1), Told(), TODAY)
    assert done.ended["books"] == "on record"
    shard.write_bytes(content.replace(b"river", b"liver"))
    os.utime(shard, (4e9, 4e9))
    done = run_batch(load_plan(copy_of_desk / "plan.toml", workers=1), Told(), TODAY)
    assert "another input (all.jsonl)" in done.failures[0].reason


def test_the_others_keep_their_volumes_when_one_fails(copy_of_desk):
    scenario = load_plan(copy_of_desk / "plan.toml").scenario
    lost = [Failure("lost", "gone")]
    assert remaining(scenario, []) == scenario
    assert remaining(scenario, lost).wanted.scale == str(90 * 10**12)
    both = remaining(scenario, [*lost, Failure("books", "bad")])
    assert [domain.name for domain in both.domains] == ["web"]
    assert both.wanted.scale == ""
    open_ended = replace(
        scenario, domains=tuple(replace(domain, scale="") for domain in scenario.domains[:2])
    )
    left = remaining(open_ended, [Failure("web", "bad")])
    sizes = [
        sum(path.stat().st_size for path in (copy_of_desk / name).iterdir())
        for name in ("web", "books")
    ]
    assert int(left.wanted.scale) == pytest.approx(100e12 * sizes[1] / sum(sizes), rel=1e-9)


def test_volumes_that_are_not_known_without_the_failed_domain_are_refused(copy_of_desk):
    scenario = load_plan(copy_of_desk / "plan.toml").scenario
    web, books, lost = scenario.domains
    scenario = replace(scenario, domains=(web, books, replace(lost, scale="")))
    with pytest.raises(ConfigError, match="give the domains a scale of their own"):
        remaining(scenario, [Failure("lost", "gone")])


def test_a_domain_that_cannot_be_scaled_fails_alone(copy_of_desk):
    path = copy_of_desk / "plan.toml"
    text = path.read_text(encoding="utf-8").replace("seed = 3", 'seed = 3\nlike = "novels"')
    path.write_text(text, encoding="utf-8")
    told = Told()
    done = run_batch(load_plan(path, workers=1), told, TODAY)
    assert done.ended == {"web": "on record", "books": "failed", "lost": "failed"}
    assert told.how["books"][0] == "failed"
    assert "novels" in told.how["books"][1]
    assert {line.domain for line in done.estimation.budget.lines if line.counted} == {"", "web"}


def test_without_any_domain_there_is_no_budget(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(LOST, encoding="utf-8")
    done = run_batch(load_plan(path), Told(), TODAY)
    assert done.estimation is None
    assert [failure.domain for failure in done.failures] == ["lost"]


def test_all_faults_of_a_plan_come_at_once_before_any_work(tmp_path):
    path = tmp_path / "plan.toml"
    text = (
        PLAN.replace('"100TB"', '""').replace('"60TB"', '"60XB"').replace("runs/books", "runs/web")
    )
    text = text.replace('recipe = "web-multi"\nseed', 'recipe = "web-nulti"\nsample = "0%"\nseed')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_plan(path)
    told = str(caught.value)
    for part in ("60XB", "a folder of its own", "web-multi", "sample: ", "scale: none"):
        assert part in told
    path.write_text('name = "empty"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"add \[\[domain\]\]"):
        load_plan(path)


def test_the_command_writes_four_files_and_exits_with_1(copy_of_desk):
    import jsonschema

    plan = copy_of_desk / "plan.toml"
    result = CliRunner().invoke(cli, ["batch", str(plan), "--json", "--workers", "1"])
    assert result.exit_code == 1
    data = json.loads(result.stdout)
    assert data["ended"] == {"web": "on record", "books": "on record", "lost": "failed"}
    assert list(data["failed"]) == ["lost"]
    jsonschema.Draft202012Validator(budget_schema()).validate(data)
    folder = copy_of_desk / "plan-budget"
    names = ["budget.csv", "budget.json", "budget.md", "budget.parquet"]
    assert sorted(path.name for path in folder.iterdir()) == names
    written = json.loads((folder / "budget.json").read_text(encoding="utf-8"))
    assert written["total_usd"] == data["total_usd"]
    with duckdb.connect() as session:
        rows = session.execute(
            f"SELECT x_Domain, sum(ListCost), count(*) FROM '{folder}/budget.parquet' GROUP BY 1"
        ).fetchall()
    sums = {name: (cost, lines) for name, cost, lines in rows}
    assert sums["lost"] == (None, 2)
    assert float(sum(cost for cost, _ in sums.values() if cost)) == data["total_usd"]["point"]
    assert "domain 3 of 3: lost" in result.stderr


def test_a_plan_that_ends_well_exits_with_0_and_shows_a_table(copy_of_desk):
    plan = copy_of_desk / "plan.toml"
    plan.write_text(PLAN, encoding="utf-8")
    out = copy_of_desk / "may"
    result = CliRunner().invoke(cli, ["batch", str(plan), "--out", str(out)])
    assert result.exit_code == 0, result.stderr
    assert re.search(r"books +40 TB", result.stdout)
    assert (out / "budget.md").read_text(encoding="utf-8").startswith("# Budget: ")


def test_without_a_terminal_there_is_a_line_per_part_and_one_a_minute():
    now, out = [0.0], io.StringIO()
    lines = BatchLines(Console(file=out, width=60), lambda: now[0])
    with lines.domain("web [red]x[/]", 1, 2) as progress:
        progress.leg("pass 1 of 2", {0: 10, 1: 20})
        for now[0] in (10.0, 59.0, 61.0, 100.0, 125.0):
            progress.moved({"text_bytes": 1_000_000})
        progress.shard_done(0)
        now[0] = 190.0
        progress.shard_done(1)
    lines.ended("web [red]x[/]", "failed", "disk \x1b[31mfull")
    assert out.getvalue().splitlines() == [
        "domain 1 of 2: web [red]x[/]",
        "web [red]x[/]: pass 1 of 2, 0/2 shards",
        "web [red]x[/]: pass 1 of 2, 0/2 shards, 3 MB text",
        "web [red]x[/]: pass 1 of 2, 0/2 shards, 5 MB text",
        "web [red]x[/]: pass 1 of 2, 2/2 shards, 5 MB text",
        "web [red]x[/]: failed: disk full",
    ]
