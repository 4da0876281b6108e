"""Estimates of the domains of a scenario: how the whole is divided, what is refused, one budget."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from made_up_text import write_shard

from pipeline.errors import ConfigError
from profiler.domains import volume_faults
from profiler.estimation import (
    Plans,
    checked_scenario,
    domain_prospect,
    estimate,
    estimate_domains,
    prospect,
)
from profiler.money.prices import default_book
from profiler.money.scenario import load_scenario
from profiler.record.store import load

TODAY = date(2026, 11, 24)
RECIPE = """name = "linear"
description = "admission only"
[[stages]]
name = "admission"
kind = "admission"
"""
WEB = '[[domain]]\nname = "web"\nrun = "runs/web"\n'
BOOKS = '[[domain]]\nname = "books"\nrun = "runs/books"\n'


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder with two runs: "web" read about twice as many bytes as "books"."""
    from profiler.measurement import Options, profile

    folder = tmp_path_factory.mktemp("domains")
    (folder / "linear.toml").write_text(RECIPE, encoding="utf-8")
    options = Options(recipe=str(folder / "linear.toml"), workers=1)
    for name, shards in (("web", 2), ("books", 1)):
        for number in range(shards):
            write_shard(folder / name / f"{number}.jsonl", 80, seed=number)
        profile([folder / name], folder / "runs" / name, options)
    return folder


def write(desk, text, name="plan.toml"):
    path = desk / name
    path.write_text(text, encoding="utf-8")
    return path


def estimated(desk, text, **plans):
    scenario = load_scenario(write(desk, text))
    return estimate_domains(scenario, default_book(), Plans(**plans), TODAY)


def stored(estimation):
    return [domain.forecast.target.stored_bytes.point for domain in estimation.domains]


def test_open_ended_domains_share_the_whole_by_their_samples(desk):
    web, books = (load(desk / "runs" / name).run.totals.stored_bytes for name in ("web", "books"))
    found = estimated(desk, '[target]\nscale = "3TB"\n' + WEB + BOOKS)
    assert stored(found) == pytest.approx([3e12 * x / (web + books) for x in (web, books)])
    assert [domain.name for domain in found.domains] == ["web", "books"]
    assert len(found.records) == 2


def test_a_domain_with_a_volume_leaves_the_rest(desk):
    found = estimated(desk, '[target]\nscale = "3TB"\n' + WEB + BOOKS + 'scale = "1TB"\n')
    assert stored(found) == pytest.approx([2e12, 1e12])


def test_domains_with_volumes_need_no_whole_and_may_differ_in_basis(desk):
    text = WEB + 'scale = "2TB"\n' + BOOKS + 'scale = "1TB"\nbasis = "text"\n'
    found = estimated(desk, text)
    assert found.domains[0].forecast.target.bytes == 2e12
    assert found.domains[1].forecast.target.basis == "text"


def test_the_option_goes_before_the_scenario(desk):
    found = estimated(desk, '[target]\nscale = "3TB"\n' + WEB, scale="5TB", basis="text")
    target = found.domains[0].forecast.target
    assert (target.bytes, target.basis) == (5e12, "text")


def test_the_basis_of_the_whole_is_that_of_the_target(desk):
    found = estimated(desk, '[target]\nscale = "3TB"\nbasis = "text"\n' + WEB)
    assert found.domains[0].forecast.target.text_bytes.point == pytest.approx(3e12)


def test_counted_lines_of_all_domains_add_up_to_the_total(desk):
    found = estimated(desk, '[target]\nscale = "300TB"\n' + WEB + BOOKS)
    counted = [line for line in found.budget.lines if line.counted]
    assert {line.domain for line in counted} >= {"web", "books", ""}
    cents = sum(round(100 * line.usd.point) for line in counted)
    assert cents == round(100 * found.budget.total_usd.point)


def test_domains_err_apart_and_the_same_seed_gives_the_same(desk):
    text = '[target]\nscale = "3TB"\n' + WEB + '[[domain]]\nname = "again"\nrun = "runs/web"\n'
    one, same, other = (estimated(desk, text, seed=seed) for seed in (1, 1, 2))
    first, second = (domain.forecast.cpu_hours.draws for domain in one.domains)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.2
    assert np.array_equal(one.budget.total_draws, same.budget.total_draws)
    assert not np.array_equal(one.budget.total_draws, other.budget.total_draws)


def test_one_domain_is_the_run_alone(desk):
    found = estimated(desk, '[target]\nscale = "3TB"\n' + WEB)
    record = load(desk / "runs" / "web")
    alone = estimate(record, Plans("3TB"), TODAY)
    assert found.forecast.cpu_hours.point == alone.forecast.cpu_hours.point
    assert found.budget.total_usd == alone.budget.total_usd


def test_the_smallest_whole_is_as_large_as_the_samples(desk):
    scenario = load_scenario(write(desk, WEB + BOOKS + 'scale = "1TB"\n'))
    corpus = domain_prospect(scenario, default_book(), Plans(), TODAY).corpus
    web = load(desk / "runs" / "web").run.totals
    smallest = corpus.smallest() - 1e12
    assert smallest == pytest.approx(web.stored_bytes, rel=0.01)
    alone = prospect(load(desk / "runs" / "web"), Plans(basis="text"), TODAY)
    assert alone.corpus.smallest() == pytest.approx(web.bytes_in, rel=0.01)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[target]\n", "no domain; add"),
        (WEB, "no volume for web; give --scale"),
        ('[target]\nscale = "1TB"\n' + WEB + BOOKS + 'scale = "1TB"\n', "nothing is left for web"),
        ('[target]\nscale = "4TB"\n' + WEB + 'scale = "1TB"\n', "add up to 1,000,000,000,000"),
        ('[target]\nscale = "4XB"\n' + WEB, "target.scale: size '4XB'"),
        (WEB + 'scale = "one"\n', "domain 'web': scale: size 'one'"),
        ('[target]\nscale = "1TB"\n' + WEB + 'basis = "text"\n', "without scale"),
        (
            '[target]\nscale = "4TB"\n' + WEB + BOOKS + 'scale = "1TB"\nbasis = "text"\n',
            "give both in one basis",
        ),
        ('[target]\nscale = "1TB"\n' + WEB.replace("runs/web", "runs/none"), "no run.json"),
    ],
)
def test_volumes_that_cannot_be_divided(desk, text, message):
    with pytest.raises(ConfigError, match=message):
        estimated(desk, text)


def test_all_faults_of_domains_come_at_once(desk):
    text = '[target]\nscale = "x"\n'
    text += WEB.replace("runs/web", "runs/none") + 'scale = "y"\n' + BOOKS + 'scale = "z"\n'
    path = write(desk, text)
    with pytest.raises(ConfigError) as error:
        checked_scenario(path, default_book())
    told = str(error.value)
    assert "4 fault(s)" in told
    for part in ("target.scale", "domain 'web': scale", "domain 'books': scale", "no run.json"):
        assert part in told


def test_a_price_that_no_book_has_is_a_fault_of_the_check(desk):
    path = write(desk, '[storage]\nrented_price = "s3-standart"\n')
    with pytest.raises(ConfigError, match="s3-standart"):
        checked_scenario(path, default_book())


def test_a_scenario_without_faults_is_given_back(desk):
    path = write(desk, '[target]\nscale = "1TB"\n' + WEB)
    scenario = checked_scenario(path, default_book())
    assert [plan.name for plan in scenario.domains] == ["web"]
    assert volume_faults(scenario) == []
    wrong = replace(scenario, wanted=replace(scenario.wanted, available="1ZB"))
    assert volume_faults(wrong)[0].startswith("target.available")
