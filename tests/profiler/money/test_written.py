"""Budgets read back from JSON: whole ones reckon again, and what is no budget is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from written_budgets import capacity, document, leaf, line, made, read

from pipeline.errors import ConfigError
from profiler.money.budget import Budget, make_budget
from profiler.money.budget_json import budget_to_json
from profiler.money.lines import Domain
from profiler.money.prices import default_book
from profiler.money.scenario import load_scenario
from profiler.money.written import (
    FormulaError,
    WrittenBudget,
    WrittenTerm,
    read_budget,
    reckoned,
)
from profiler.scaling.quantity import Quantity
from profiler.scaling.volumes import Forecast

TODAY = date(2026, 11, 24)
EVERYTHING = (
    "annotation.in_scope=true",
    "training.in_scope=true",
    "conversion.pages=3e7",
    "conversion.method=mix",
    "conversion.own_share=0.4",
    "crawling.update_years=2",
    "crawling.proxied_share=0.1",
    "crawling.memberships=3",
    "storage.extracted_months=3",
    "storage.filtered_months=2",
    "storage.egress_copies=1",
    "cleaning.spot_share=0.3",
    "money.contingency_share=0.1",
)
SWITCHED = (
    *EVERYTHING,
    "storage.method=rented",
    "crawling.method=formula",
    "conversion.method=third-party",
    "cleaning.method=rule",
    "cleaning.core_kind=physical",
    "screening.method=gpu",
    "annotation.instruction_method=entries",
    "annotation.preference_method=ranking",
    "training.method=node",
    "training.hours_from=given",
)


def written(made_budget: Budget) -> WrittenBudget:
    return read_budget(json.dumps(budget_to_json(made_budget)), "budget.json")


def terms(term: WrittenTerm) -> Iterator[WrittenTerm]:
    yield term
    for part in term.parts:
        yield from terms(part)


def as_written(_: Any, term: WrittenTerm) -> float:
    return term.point


@pytest.mark.parametrize("overrides", [(), EVERYTHING, SWITCHED], ids=["default", "all", "other"])
def test_every_figure_of_a_budget_follows_from_its_leaves(
    overrides: tuple[str, ...], make_forecast: Callable[..., Forecast]
) -> None:
    forecast = make_forecast(fixed_cpu_hours=10.0)
    near = replace(forecast.stages[2], resolve_cpu_hours=Quantity.certain(40_000.0, 400))
    forecast = replace(forecast, stages=(*forecast.stages[:2], near))
    domains = (Domain("web", forecast, "runs/web"), Domain("books", make_forecast(300.0)))
    for whole in (forecast, domains):
        scenario = load_scenario(None, overrides)
        found = make_budget(whole, scenario, default_book(), TODAY)
        back = written(found)
        assert len(back.lines) == len(found.lines)
        computed = 0
        for old, new in zip(found.lines, back.lines, strict=True):
            assert (old.title, old.note) == (new.title, new.note)
            if new.term is None or new.usd is None:
                continue
            assert round(reckoned(new.term, as_written), 2) == new.usd.point
            for term in terms(new.term):
                computed += bool(term.parts)
                assert reckoned(term, as_written) == term.point, (new.title, term.symbol)
        assert computed > 40


def test_a_budget_is_read_as_it_was_written() -> None:
    tree = capacity(100.0, 12.5, 2.0)
    back = read(document([line("disks", tree), line("tape", None)]))
    disks, tape = back.lines
    assert disks.term is not None
    assert disks.term.substituted() == "100 TB × 12.5 USD/TB × 2"
    assert [part.symbol for part in disks.term.parts] == ["V", "C", "n"]
    assert disks.term.parts[0].origin.kind == "forecast"
    assert (disks.kind, tape.kind) == ("counted", "unknown")
    assert back.total_usd.point == 2500.0


def test_places_tell_two_parts_of_one_symbol_apart() -> None:
    twice = made("x", 6.0, "1", "terms.product", "a × a", leaf("a", 2.0), leaf("a", 3.0))
    term = read(document([line("x", twice)])).lines[0].term
    assert term is not None
    assert {place: each.point for place, each in term.leaves()} == {("a",): 2.0, ("a#2",): 3.0}
    assert reckoned(term, lambda place, _: 10.0 if place == ("a#2",) else 1.0) == 10.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not valid JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"lines": [NaN]}', "found NaN"),
        ("[]", "no budget: expected lines and total_usd"),
        ('{"state": "complete", "stages": []}', "no budget: expected lines and total_usd"),
        ('{"lines": [{"item": "disks"}], "total_usd": {}}', "line 1 has no term"),
    ],
)
def test_what_is_no_budget_is_told_with_the_next_step(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_budget(text, "x.json")
    message = str(caught.value)
    assert message.startswith("x.json: ")
    assert said in message
    assert "make it anew: corpuscost estimate RUN" in message


def test_all_faults_of_a_file_come_at_once() -> None:
    tree = capacity(100.0, 12.5)
    tree["parts"][0]["point"] = "much"
    tree["parts"][1]["origin"]["kind"] = "hearsay"
    data = document([line("disks", tree), line("tape", None, note=7)])
    with pytest.raises(ConfigError) as caught:
        read(data)
    for said in ("lines[0].term.parts[0].point", "'much'", "hearsay", "lines[1].note"):
        assert said in str(caught.value)


@pytest.mark.parametrize("value", [float("inf"), 10**400])
def test_a_value_must_be_finite(value: float) -> None:
    text = json.dumps(document([line("disks", capacity(100.0, 12.5))]))
    text = text.replace("12.5,", "1e999," if value == float("inf") else f"{value},")
    with pytest.raises(ConfigError, match=r"finite|too large"):
        read_budget(text, "x.json")


def test_terms_may_not_be_nested_without_end() -> None:
    tree = leaf("a", 1.0)
    for _ in range(200):
        tree = made("a", 1.0, "1", "terms.total", "a", tree)
    with pytest.raises(ConfigError, match="nested more than 50 deep"):
        read(document([line("deep", tree)]))


def test_usd_without_a_tree_is_a_fault() -> None:
    data = document([line("disks", capacity(1.0, 2.0))])
    data["lines"][0]["term"] = None
    with pytest.raises(ConfigError, match="disks: expected usd and term together"):
        read(data)


def test_keys_of_a_newer_version_are_left_alone() -> None:
    data = document([line("disks", capacity(1.0, 2.0), colour="red")], weather="fair")
    assert read(data).lines[0].item == "disks"


@pytest.mark.parametrize(
    ("function", "parts", "said"),
    [
        ("os.system", [1.0], "no formula 'os.system'"),
        ("storage.capacity_usd", [1.0], "storage.capacity_usd of"),
        ("screening.inference_hours", [1.0, 0.0], "screening.inference_hours of"),
        ("terms.product", [1e200, 1e200], "no finite number"),
    ],
)
def test_what_cannot_be_reckoned_says_so(function: str, parts: list[float], said: str) -> None:
    leaves = [leaf(f"x{n}", value) for n, value in enumerate(parts)]
    data = document([line("x", made("usd", 1.0, "USD", function, "x", *leaves))])
    term = read(data).lines[0].term
    assert term is not None
    with pytest.raises(FormulaError) as caught:
        reckoned(term, as_written)
    assert said in str(caught.value)
