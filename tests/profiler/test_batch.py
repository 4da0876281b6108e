"""A batch end to end: domains profiled once, one budget, a failed domain unknown, resume."""

from __future__ import annotations

import io
import json
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb
import jsonschema
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from made_up_text import write_shard
from rich.console import Console

from pipeline.engines.local.run import Silent
from pipeline.errors import ConfigError
from pipeline.observer import Phase, Volume
from profiler.batch import Batch, load_plan, run_batch
from profiler.batch_budget import Failure, remaining
from profiler.cli.main import cli
from profiler.measurement import WORK
from profiler.meter import Meter
from profiler.record.store import load
from profiler.views.batch_progress import BatchLines
from profiler.views.domains import TOTAL_OF_KNOWN, domain_rows
from profiler.views.export.json import budget_schema
from profiler.views.terminal.batch import show_batch

TODAY = date(2026, 11, 24)
RECIPE = """
name = "small"
description = "Admission and exact copies"

[[stages]]
name = "admission"
kind = "admission"

[[stages]]
name = "exact-dedup"
kind = "exact-dedup"
"""
PLAN = """
[target]
scale = "100TB"

[[domain]]
name = "web"
run = "runs/web"
shards = ["web/*.jsonl"]
recipe = "small.toml"
scale = "60TB"

[[domain]]
name = "books"
run = "runs/books"
shards = ["books"]
recipe = "small.toml"
seed = 3
"""
LOST = """
[[domain]]
name = "lost"
run = "runs/lost"
shards = ["nowhere/*.jsonl"]
recipe = "small.toml"
scale = "10TB"
"""


class Told(Silent):
    """Remembers what it is told; may stop a run when a part of the work begins."""

    def __init__(self, stop_at=None):
        self.domains = []
        self.legs = []
        self.how = {}
        self.stop_at = stop_at

    @contextmanager
    def domain(self, name, number, of, run):
        self.domains.append((name, number, of))
        yield self

    def leg(self, title, todo):
        if self.stop_at and self.stop_at in title:
            raise KeyboardInterrupt
        self.legs.append((title, len(todo)))

    def ended(self, name, how, reason=""):
        self.how[name] = (how, reason)


@dataclass
class Desk:
    """A folder with a plan of three domains, one of which has no shards; the batch stopped once."""

    folder: Path
    stopped: Told
    told: Told
    done: Batch


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("desk")
    for number in range(2):
        write_shard(folder / "web" / f"{number}.jsonl", 90, seed=number)
    write_shard(folder / "books" / "all.jsonl", 120, seed=9)
    (folder / "small.toml").write_text(RECIPE, encoding="utf-8")
    (folder / "plan.toml").write_text(PLAN + LOST, encoding="utf-8")
    stopped, told = Told(stop_at="pass 2"), Told()
    with pytest.raises(KeyboardInterrupt):
        run_batch(load_plan(folder / "plan.toml", workers=1), stopped, TODAY)
    assert not (folder / "runs" / "web" / "run.json").exists()
    done = run_batch(load_plan(folder / "plan.toml", workers=1), told, TODAY)
    return Desk(folder, stopped, told, done)


@pytest.fixture
def copied(desk, tmp_path):
    """The same folder with its records, to change; files keep their times."""
    return Path(shutil.copytree(desk.folder, tmp_path / "desk"))


def changed(folder, old, new):
    """The plan of a folder with one text for another."""
    path = folder / "plan.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return load_plan(path, workers=1)


def test_the_domains_are_profiled_and_the_one_that_failed_is_left_behind(desk):
    done = desk.done
    assert desk.told.domains == [("web", 1, 3), ("books", 2, 3), ("lost", 3, 3)]
    assert done.ended == {"web": "profiled", "books": "profiled", "lost": "failed"}
    (failure,) = done.failures
    assert failure.domain == "lost"
    assert "the pattern matches nothing" in failure.reason
    assert load(desk.folder / "runs" / "books").run.seed == 3
    assert load(desk.folder / "runs" / "web").run.totals.docs_in == 180


def test_one_budget_has_lines_of_each_domain_that_add_up(desk):
    done = desk.done
    budget = done.estimation.budget
    counted = [line for line in budget.lines if line.counted]
    assert {line.domain for line in counted} == {"", "web", "books"}
    points = sum(round(100 * line.usd.point) for line in counted)
    assert points == round(100 * budget.total_usd.point)
    web, books = (domain.forecast.target for domain in done.estimation.domains)
    assert web.stored_bytes.point == pytest.approx(60e12)
    assert books.stored_bytes.point == pytest.approx(30e12)


def test_a_failed_domain_is_unknown_and_never_0(desk):
    done = desk.done
    lost = [line for line in done.estimation.budget.lines if line.domain == "lost"]
    assert {line.category for line in lost} == {"storage", "cleaning"}
    for line in lost:
        assert line.usd is line.quantity is line.term is None
        assert line.note.startswith("not measured: ")
    told = [text for text in done.estimation.budget.warnings if "domain lost, not measured" in text]
    assert len(told) == 1


def test_the_table_of_domains_adds_up(desk):
    done = desk.done
    rows = {row.name: row for row in domain_rows(done.estimation)}
    assert list(rows) == ["web", "books", "lost", "shared", TOTAL_OF_KNOWN]
    priced = [rows[name].usd.point for name in ("web", "books", "shared")]
    assert sum(priced) == pytest.approx(rows[TOTAL_OF_KNOWN].usd.point, abs=0.005)
    assert rows["lost"].usd is rows["lost"].raw_bytes is rows["lost"].core_hours is None
    assert rows[TOTAL_OF_KNOWN].raw_bytes.point == pytest.approx(90e12)
    hours = [rows[name].core_hours.point for name in ("web", "books")]
    assert rows[TOTAL_OF_KNOWN].core_hours.point == pytest.approx(sum(hours))
    assert all(each > 0 for each in hours)
    tokens = [domain.forecast.clean_tokens.point for domain in done.estimation.domains]
    total = rows[TOTAL_OF_KNOWN].clean_tokens
    assert total.point in (None, pytest.approx(sum(tokens)))


def test_the_terminal_shows_domains_and_failures(desk):
    done = desk.done
    out = io.StringIO()
    show_batch(done, Console(file=out, width=120))
    text = out.getvalue()
    assert re.search(r"web +60 TB", text)
    assert re.search(r"lost +– +– +– +–", text)
    assert "Failed: not in the total" in text


def test_a_stopped_batch_went_on_where_it_was(desk):
    web = [(title, todo) for title, todo in desk.told.legs if "pass" in title][:2]
    assert [todo for _, todo in web] == [0, 2]
    assert [todo for title, todo in desk.stopped.legs if "pass" in title] == [2]
    run = load(desk.folder / "runs" / "web").run
    assert any("taken up again" in text for text in run.warnings)
    assert run.state == "complete"


def test_what_is_on_record_is_not_profiled_again(copied, desk):
    told = Told()
    again = run_batch(load_plan(copied / "plan.toml", workers=1), told, TODAY)
    assert [name for name, _, _ in told.domains] == ["lost"]
    assert not told.legs
    assert again.ended["web"] == again.ended["books"] == "on record"
    assert again.estimation.budget.total_usd == desk.done.estimation.budget.total_usd


def test_a_record_of_another_plan_fails_its_domain_and_stays(copied):
    done = run_batch(changed(copied, "seed = 3", "seed = 4"), Told(), TODAY)
    assert done.ended == {"web": "on record", "books": "failed", "lost": "failed"}
    assert "another seed (3)" in done.failures[0].reason
    assert (copied / "runs" / "books" / "run.json").exists()
    assert {line.domain for line in done.estimation.budget.lines if line.counted} == {"", "web"}


def test_a_record_that_cannot_be_scaled_fails_its_domain_alone(copied):
    """A damaged table, which only the forecast reads."""
    path = copied / "runs" / "books" / "batches.parquet"
    rows = pq.read_table(path)
    pq.write_table(rows.filter(pc.not_equal(rows["stage"], "read")), path)
    told = Told()
    done = run_batch(load_plan(copied / "plan.toml", workers=1), told, TODAY)
    assert done.ended == {"web": "on record", "books": "failed", "lost": "failed"}
    assert "no row of stage 'read'" in told.how["books"][1]
    assert {line.domain for line in done.estimation.budget.lines if line.counted} == {"", "web"}


def test_the_others_keep_their_volumes_when_one_fails(copied):
    scenario = load_plan(copied / "plan.toml").scenario
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
        sum(path.stat().st_size for path in (copied / name).iterdir()) for name in ("web", "books")
    ]
    assert int(left.wanted.scale) == pytest.approx(100e12 * sizes[1] / sum(sizes), rel=1e-9)


def test_volumes_that_are_not_known_without_the_failed_domain_are_refused(copied):
    scenario = load_plan(copied / "plan.toml").scenario
    web, books, lost = scenario.domains
    scenario = replace(scenario, domains=(web, books, replace(lost, scale="")))
    with pytest.raises(ConfigError, match="give the domains a scale of their own"):
        remaining(scenario, [Failure("lost", "gone")])


def test_without_any_domain_there_is_no_budget(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(LOST.replace("small.toml", "web-multi"), encoding="utf-8")
    done = run_batch(load_plan(path), Told(), TODAY)
    assert done.estimation is None
    assert [failure.domain for failure in done.failures] == ["lost"]


def test_all_faults_of_a_plan_come_at_once_before_any_work(tmp_path):
    path = tmp_path / "plan.toml"
    text = (
        PLAN.replace('"100TB"', '""').replace('"60TB"', '"60XB"').replace("runs/books", "runs/web")
    )
    text = text.replace('recipe = "small.toml"\nseed', 'recipe = "web-nulti"\nsample = "0%"\nseed')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_plan(path)
    told = str(caught.value)
    for part in (
        "60XB",
        "a folder of its own",
        "small.toml",
        "web-multi",
        "sample: ",
        "scale: none",
    ):
        assert part in told
    path.write_text('name = "empty"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"add \[\[domain\]\]"):
        load_plan(path)


def test_the_command_writes_four_files_and_exits_with_1(copied):
    plan = copied / "plan.toml"
    result = CliRunner().invoke(cli, ["batch", str(plan), "--json", "--workers", "1"])
    assert result.exit_code == 1
    data = json.loads(result.stdout)
    assert data["ended"] == {"web": "on record", "books": "on record", "lost": "failed"}
    assert list(data["failed"]) == ["lost"]
    jsonschema.Draft202012Validator(budget_schema()).validate(data)
    folder = copied / "plan-budget"
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


def test_a_plan_that_ends_well_exits_with_0_and_shows_a_table(copied):
    plan = copied / "plan.toml"
    plan.write_text(PLAN, encoding="utf-8")
    out = copied / "may"
    result = CliRunner().invoke(cli, ["batch", str(plan), "--out", str(out)])
    assert result.exit_code == 0, result.stderr
    assert re.search(r"books +40 TB", result.stdout)
    assert (out / "budget.md").read_text(encoding="utf-8").startswith("# Budget: ")


def finish_unit(folder):
    """What a worker leaves of a shard in which one stage kept 30 of 40 documents."""
    folder.mkdir(parents=True)
    with Meter(folder) as meter:
        meter.begin(Phase("read", "read"))
        meter.end(Volume(40, 40))
        meter.begin(Phase("gopher", "judge"))
        sum(range(3_000_000))
        meter.end(Volume(40, 30))


def test_without_a_terminal_there_is_a_line_per_part_and_one_a_minute(tmp_path):
    now, out = [0.0], io.StringIO()
    lines = BatchLines(Console(file=out, width=60), lambda: now[0])
    with lines.domain("web [red]x[/]", 1, 2, tmp_path) as progress:
        progress.leg("pass 1 of 2", {0: 10, 1: 20})
        for now[0] in (10.0, 59.0, 61.0, 100.0, 125.0):
            progress.moved({"text_bytes": 1_000_000})
        progress.shard_done(0)
        finish_unit(tmp_path / WORK / "leg-0" / "000000")
        now[0] = 190.0
        progress.shard_done(1)
    lines.ended("web [red]x[/]", "failed", "disk \x1b[31mfull")
    told = re.sub(r"gopher \d+ %.*", "gopher", out.getvalue())  # shares are measured
    assert told.splitlines() == [
        "domain 1 of 2: web [red]x[/]",
        "web [red]x[/]: pass 1 of 2, 0/2 shards",
        "web [red]x[/]: pass 1 of 2, 0/2 shards, 3 MB text 0.0 MB/s",
        "web [red]x[/]: pass 1 of 2, 0/2 shards, 5 MB text 0.0 MB/s",
        "web [red]x[/]: pass 1 of 2, 2/2 shards, 5 MB text 0.0 MB/s; "
        "kept 30 of 40 docs (75.0 %); CPU: gopher",
        "web [red]x[/]: failed: disk full",
    ]


def test_what_estimate_prints_of_one_run_is_as_the_schema_says(desk):
    run = desk.folder / "runs" / "web"
    result = CliRunner().invoke(cli, ["estimate", str(run), "--scale", "10MB", "--json"])
    assert result.exit_code == 0, result.stderr
    data = json.loads(result.stdout)
    jsonschema.Draft202012Validator(budget_schema()).validate(data)
    assert {"target", "stages", "bands", "drivers", "cash"} <= data.keys()
