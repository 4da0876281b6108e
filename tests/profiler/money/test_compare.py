"""Two budgets: parts of a difference are known where they are made by hand, and always add up."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from written_budgets import Json, budget, capacity, document, leaf, line, made, read

from profiler.money.budget import make_budget
from profiler.money.budget_json import budget_to_json
from profiler.money.compare import (
    GROUPS,
    BudgetDifference,
    LineDifference,
    difference,
    difference_json,
    group_of,
)
from profiler.money.prices import default_book
from profiler.money.scenario import load_scenario
from profiler.money.written import WrittenBudget
from profiler.scaling.volumes import Forecast

TODAY = date(2026, 11, 24)


def only(found: BudgetDifference) -> LineDifference:
    (each,) = found.lines
    return each


def usd(parts: Any) -> dict[str, float]:
    return {group: part / 100 for group, part in parts.items() if part}


def term_of(data: Json) -> Any:
    term = read(document([line("x", data)])).lines[0].term
    assert term is not None
    return term


def test_parts_follow_the_order_that_is_stated() -> None:
    a = budget(line("disks", capacity(100.0, 10.0, 1.0)))
    b = budget(line("disks", capacity(200.0, 12.0, 3.0)))
    found = difference(a, b)
    assert usd(only(found).parts) == {"volume": 1000.0, "price": 400.0, "plan": 4800.0}
    assert usd(found.parts) == {"volume": 1000.0, "price": 400.0, "plan": 4800.0}
    assert (found.before_cents, found.after_cents) == (100_000, 720_000)
    back = difference(b, a)
    assert usd(only(back).parts) == {"volume": -3600.0, "price": -600.0, "plan": -2000.0}


def test_a_rate_is_told_from_the_volume_it_is_of() -> None:
    def screened(tb: float, tb_per_hour: float) -> Json:
        hourly = leaf("C", 2.0, "USD/GPU-hour", "price")
        volume = leaf("V", tb, "TB", "forecast")
        rate = leaf("R", tb_per_hour, "TB/GPU-hour", "measured")
        value = 2.0 * (tb / tb_per_hour)
        parts = (hourly, volume, rate)
        return made("usd", value, "USD", "screening.inference_usd", "C × (V / R)", *parts)

    a, b = budget(line("scores", screened(10.0, 0.5))), budget(line("scores", screened(30.0, 1.0)))
    assert usd(only(difference(a, b)).parts) == {"volume": 80.0, "rate": -60.0}


@pytest.mark.parametrize(
    ("kind", "unit", "group"),
    [
        ("forecast", "TB", "volume"),
        ("measured", "document", "volume"),
        ("forecast", "vCPU-hour", "rate"),
        ("forecast", "vCPU-hour/TB", "rate"),
        ("measured", "page/vCPU-second", "rate"),
        ("measured", "1", "rate"),
        ("published", "vCPU-hour/1e6documents", "rate"),
        ("price", "USD/TB", "price"),
        ("scenario", "TB", "plan"),
        ("default", "month", "plan"),
        ("constant", "1", "plan"),
    ],
)
def test_a_value_belongs_to_a_group_by_origin_and_unit(kind: str, unit: str, group: str) -> None:
    assert group_of(term_of(leaf("x", 1.0, unit, kind))) == group


def test_another_formula_is_method() -> None:
    hours = made(
        "usd",
        90.0,
        "USD",
        "training.hours_usd",
        "H × C",
        leaf("H", 9.0, "GPU-hour", "scenario"),
        leaf("C", 10.0, "USD/GPU-hour", "price"),
    )
    found = only(difference(budget(line("x", capacity(5.0, 10.0))), budget(line("x", hours))))
    assert usd(found.parts) == {"method": 40.0}


def test_a_value_in_another_unit_is_method() -> None:
    tree = capacity(200.0, 10.0)
    tree["parts"][0]["unit"] = "TiB"
    found = only(difference(budget(line("x", capacity(100.0, 10.0))), budget(line("x", tree))))
    assert usd(found.parts) == {"method": 1000.0}
    assert found.changes == ()


def test_a_planned_value_that_is_measured_now_is_rate() -> None:
    tree = capacity(5.0, 10.0, 3.0)
    tree["parts"][2]["origin"]["kind"] = "measured"
    found = only(difference(budget(line("x", capacity(5.0, 10.0, 2.0))), budget(line("x", tree))))
    assert usd(found.parts) == {"rate": 50.0}
    (change,) = found.changes
    assert (change.before, change.after) == (2.0, 3.0)
    assert change.where_before == "default: storage.copies"
    assert change.where_after == "measured: storage.copies"


def test_lines_that_one_budget_lacks_counts_or_prices_are_named() -> None:
    a = budget(
        line("old", capacity(1.0, 10.0)),
        line("bought", capacity(1.0, 50.0)),
        line("rented", capacity(1.0, 60.0), counted=False),
        line("tape", None),
    )
    b = budget(
        line("bought", capacity(1.0, 50.0), counted=False),
        line("rented", capacity(1.0, 60.0)),
        line("tape", capacity(1.0, 3.0), counted=False),
        line("new", capacity(1.0, 7.0)),
    )
    found = difference(a, b)
    assert [(each.line.item, each.note) for each in found.lines] == [
        ("old", "only A has this line"),
        ("bought", "counted in A, memo in B"),
        ("rented", "memo in A, counted in B"),
        ("tape", "unknown in A, memo in B"),
        ("new", "only B has this line"),
    ]
    assert usd(found.parts) == {"method": -10.0 - 50.0 + 60.0 + 7.0}
    assert found.after_cents - found.before_cents == sum(found.parts.values())
    assert [each.difference_cents for each in found.lines] == [None, 0, 0, None, None]


def test_two_lines_of_one_name_are_not_lost() -> None:
    a = budget(line("x", capacity(1.0, 10.0)), line("x", capacity(1.0, 20.0)))
    b = budget(line("x", capacity(1.0, 11.0)), line("x", capacity(1.0, 25.0)))
    found = difference(a, b)
    assert [each.difference_cents for each in found.lines] == [100, 500]


def test_domains_are_told_apart() -> None:
    a = budget(line("x", capacity(1.0, 10.0), domain="web"))
    b = budget(line("x", capacity(1.0, 10.0), domain="books"))
    assert [each.note for each in difference(a, b).lines] == [
        "only A has this line",
        "only B has this line",
    ]


def test_a_line_that_cannot_be_reckoned_has_its_difference_as_method() -> None:
    broken = capacity(100.0, 10.0)
    broken["function"] = "storage.forgotten_usd"
    found = only(difference(budget(line("x", broken)), budget(line("x", capacity(90.0, 10.0)))))
    assert usd(found.parts) == {"method": -100.0}
    assert "what moved is not known: usd: this version has no formula" in found.note


def test_the_contingency_moves_with_what_it_is_a_share_of() -> None:
    def with_contingency(tb: float, price: float, share: float) -> WrittenBudget:
        tree = capacity(tb, price)
        counted = leaf("sum", tree["point"], "USD", "computed", "sum of the counted lines")
        parts = counted, leaf("s", share)
        whole = made("usd", tree["point"] * share, "USD", "terms.product", "sum × s", *parts)
        lines = line("disks", tree), line("contingency", whole, category="contingency")
        return budget(*lines)

    found = difference(with_contingency(100.0, 10.0, 0.1), with_contingency(150.0, 20.0, 0.2))
    disks, contingency = found.lines
    assert usd(disks.parts) == {"volume": 500.0, "price": 1500.0}
    assert usd(contingency.parts) == {"volume": 50.0, "price": 150.0, "plan": 300.0}


def test_a_file_whose_total_is_off_is_told() -> None:
    data = document([line("disks", capacity(1.0, 10.0))])
    data["total_usd"]["point"] = 11.0
    found = difference(read(data), budget(line("disks", capacity(1.0, 10.0))))
    assert len(found.notes) == 1
    assert found.notes[0].startswith("A: the sum of 1 counted lines is 10.00 USD, but")


def test_real_budgets_at_two_scales(make_forecast: Callable[..., Forecast]) -> None:
    def at(stored_tb: float, *overrides: str) -> WrittenBudget:
        forecast = make_forecast(stored_tb, documents=4e7 * stored_tb)
        scenario = load_scenario(None, overrides)
        return read(budget_to_json(make_budget(forecast, scenario, default_book(), TODAY)))

    a = at(1000.0)
    assert not any(each.differs for each in difference(a, a).lines)
    found = difference(a, at(2000.0, "storage.copies=3", "money.contingency_share=0.1"))
    raw = next(x for x in found.lines if x.line.item == "raw shards, bought capacity")
    assert set(usd(raw.parts)) == {"volume", "plan"}
    assert raw.before is not None
    assert raw.before.usd is not None
    assert raw.parts["volume"] == round(raw.before.usd.point * 100)
    rules = next(x for x in found.lines if x.line.item == "compute: gopher")
    assert set(usd(rules.parts)) == {"volume", "rate"}  # twice the text at half the hours per TB
    assert rules.parts["volume"] == -rules.parts["rate"]
    assert sum(found.parts.values()) == found.after_cents - found.before_cents
    data = json.loads(json.dumps(difference_json(found), allow_nan=False))
    assert data["total"]["difference_usd"] == pytest.approx(
        sum(data["total"]["parts_usd"].values())
    )
    assert set(data["groups"]) == set(GROUPS)


values = st.floats(1e-3, 1e4)
trees = st.builds(capacity, values, values, values, st.sampled_from(["default", "scenario"]))
hourly = st.builds(
    lambda volume, rate, price: made(
        "usd",
        price * (volume / rate),
        "USD",
        "screening.inference_usd",
        "C × (V / R)",
        leaf("C", price, "USD/GPU-hour", "price"),
        leaf("V", volume, "TB", "forecast"),
        leaf("R", rate, "TB/GPU-hour", "measured"),
    ),
    values,
    values,
    values,
)
lines = st.lists(
    st.builds(
        line,
        st.sampled_from(["disks", "tape", "scores"]),
        st.none() | trees | hourly,
        st.booleans(),
        domain=st.sampled_from(["", "web"]),
    ),
    max_size=5,
)


@settings(deadline=None)
@given(lines, lines)
def test_parts_add_up_to_the_difference_to_the_cent(a: list[Json], b: list[Json]) -> None:
    found = difference(budget(*a), budget(*b))
    assert sum(found.parts.values()) == found.after_cents - found.before_cents
    for each in found.lines:
        if each.before and each.after and each.before.usd and each.after.usd:
            assert each.difference_cents is not None
            moved = each.after.usd.point - each.before.usd.point
            assert each.difference_cents / 100 == pytest.approx(moved, abs=1e-3, rel=1e-9)
    assert found.before_cents == sum(round(x["usd"]["point"] * 100) for x in a if x["counted"])
