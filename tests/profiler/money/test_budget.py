"""The whole budget: sums, intervals, what is assumed, what is unknown, and its JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from profiler.money.budget import Budget, category_usd, make_budget
from profiler.money.budget_json import budget_to_json
from profiler.money.lines import BudgetLine, Domain, unknown_line
from profiler.money.prices import PriceBook, default_book
from profiler.money.scenario import load_scenario
from profiler.scaling.quantity import LOW_QUANTILE, Estimate, Quantity
from profiler.scaling.volumes import Forecast, StageForecast, Target

TODAY = date(2026, 11, 24)
PLANNED = {"storage", "crawling", "conversion", "cleaning", "screening", "annotation", "training"}


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return default_book()


def budget_of(forecast: Forecast, *overrides: str) -> Budget:
    return make_budget(forecast, load_scenario(None, overrides), default_book(), TODAY)


def point(line: BudgetLine) -> float:
    assert line.usd is not None
    assert line.usd.point is not None
    return line.usd.point


def cents(usd: float) -> int:
    found = round(usd * 100)
    assert usd == pytest.approx(found / 100, abs=1e-9)
    return found


amounts = st.floats(1e-6, 1e7)


@settings(max_examples=40, deadline=None)
@given(stored=amounts, clean=amounts, hours=st.lists(amounts, min_size=1, max_size=5))
def test_counted_points_add_up_to_the_total_to_the_cent(
    stored: float, clean: float, hours: list[float]
) -> None:
    def certain(value: float) -> Quantity:
        return Quantity.certain(value, 5)

    half = Estimate(0.5, 0.4, 0.6, "by hand")
    stages = tuple(
        StageForecast(
            f"stage {i}",
            "rules",
            certain(1),
            certain(1),
            certain(1),
            certain(1),
            half,
            certain(value),
            None,
            "by hand",
        )
        for i, value in enumerate(hours)
    )
    tb = certain(stored * 1e12)
    target = Target(stored * 1e12, "stored", tb, tb, certain(stored * 1e6), 1.0, "by hand")
    forecast = Forecast(
        target,
        stages,
        certain(1),
        certain(clean * 1e12),
        None,
        certain(sum(hours)),
        "estimate",
        (),
        (),
        1,
    )
    budget = budget_of(forecast)
    assert budget.total_usd.point is not None
    counted = [cents(point(line)) for line in budget.lines if line.counted]
    assert sum(counted) == cents(budget.total_usd.point)
    by_category = [cents(usd.point or 0.0) for usd in category_usd(budget).values()]
    assert sum(by_category) == cents(budget.total_usd.point)


def test_interval_of_the_total_comes_from_joint_draws(
    make_forecast: Callable[..., Forecast],
) -> None:
    budget = budget_of(make_forecast())
    counted = [line for line in budget.lines if line.counted]
    together = np.sum([x.draws for x in counted if x.draws is not None], axis=0)
    np.testing.assert_allclose(budget.total_draws, together)
    assert budget.total_usd.low == pytest.approx(np.quantile(together, LOW_QUANTILE))
    added = sum(line.usd.low for line in counted if line.usd)
    assert added != pytest.approx(budget.total_usd.low, rel=0.01)
    assert any("do not" in text for text in budget.assumptions)


def test_one_seed_gives_one_budget(make_forecast: Callable[..., Forecast]) -> None:
    one = budget_to_json(budget_of(make_forecast()))
    assert one == budget_to_json(budget_of(make_forecast()))
    other = budget_to_json(budget_of(make_forecast(seed=8)))
    assert one["total_usd"]["point"] == other["total_usd"]["point"]
    assert one["total_usd"]["low"] != other["total_usd"]["low"]


def test_every_category_is_there_and_one_method_of_each_is_counted(
    make_forecast: Callable[..., Forecast],
) -> None:
    budget = budget_of(make_forecast())
    assert {line.category for line in budget.lines} == PLANNED
    raw = {line.item: line.counted for line in budget.lines if line.item.startswith("raw shards")}
    assert raw["raw shards, bought capacity"]
    assert not any(counted for item, counted in raw.items() if "bought" not in item)


def test_every_counted_line_has_formula_source_and_a_unit_price_that_multiplies_out(
    make_forecast: Callable[..., Forecast],
) -> None:
    for line in budget_of(make_forecast()).lines:
        if line.usd is None:
            continue
        assert line.source, line.item
        assert line.formula, line.item
        assert line.explanation.startswith(line.formula), line.item
        assert line.explanation.endswith(f"{point(line):,.2f} USD"), line.item
        if line.quantity:
            assert line.unit_price_usd is not None
            product = line.quantity * line.unit_price_usd
            assert product == pytest.approx(point(line), abs=0.006), line.item


def test_nothing_unknown_counts_as_zero(make_forecast: Callable[..., Forecast]) -> None:
    budget = budget_of(make_forecast())
    unknown = [line for line in budget.lines if line.usd is None]
    assert {line.category for line in unknown} >= {"conversion", "annotation", "training"}
    for line in unknown:
        assert not line.counted
        assert line.note
    for row in budget_to_json(budget)["lines"]:
        assert row["usd"] is None or row["usd"]["point"] is not None


def test_a_contingency_is_a_share_of_all_counted_lines(
    make_forecast: Callable[..., Forecast],
) -> None:
    forecast = make_forecast()
    plain, laid_on = budget_of(forecast), budget_of(forecast, "money.contingency_share=0.1")
    line = next(x for x in laid_on.lines if x.category == "contingency")
    assert line.counted
    assert point(line) == pytest.approx(0.1 * (plain.total_usd.point or 0.0), abs=0.01)
    counted = [cents(point(x)) for x in laid_on.lines if x.counted]
    assert sum(counted) == cents(laid_on.total_usd.point or 0.0)
    assert not any(x.category == "contingency" for x in plain.lines)


def test_another_currency_is_shown_at_its_rate(make_forecast: Callable[..., Forecast]) -> None:
    overrides = ("money.currency=EUR", "money.currency_per_usd=0.9")
    budget = budget_of(make_forecast(), *overrides)
    shown = budget_to_json(budget)["currency"]
    assert shown["code"] == "EUR"
    assert shown["total"]["point"] == pytest.approx(0.9 * (budget.total_usd.point or 0), abs=0.01)
    assert budget_to_json(budget_of(make_forecast()))["currency"] is None
    with pytest.raises(ConfigError, match="give what one USD is in EUR"):
        budget_of(make_forecast(), "money.currency=EUR")


def test_a_line_without_usd_cannot_be_counted_nor_be_silent() -> None:
    assert unknown_line("training", "compute", "not priced").usd is None
    with pytest.raises(ValueError, match="memo"):
        BudgetLine("training", "compute", True, None, "", None, None, None, "", note="x")
    with pytest.raises(ValueError, match="noted"):
        unknown_line("training", "compute", "")


def test_used_defaults_are_assumptions_and_given_values_are_not(
    make_forecast: Callable[..., Forecast],
) -> None:
    budget = budget_of(make_forecast(), "cleaning.passes=2", "storage.raw_months=6")
    keys = [text.partition(" = ")[0] for text in budget.assumptions]
    assert "cleaning.passes" not in keys
    assert "storage.raw_months" not in keys
    for key in ("cleaning.retries", "storage.cleaned_months", "crawling.large_sites"):
        assert keys.count(key) == 1, key
    engineer = next(x for x in budget.assumptions if x.startswith("cleaning.engineer_usd_per_day"))
    assert "717 (512 to 768)" in engineer
    assert "ours, assumption" in engineer
    assert any("taxes, discounts" in text for text in budget.assumptions)
    assert any("yuan" in text for text in budget.assumptions)


def test_a_crawl_out_of_scope_costs_nothing_and_assumes_nothing(
    make_forecast: Callable[..., Forecast],
) -> None:
    budget = budget_of(make_forecast(), "crawling.in_scope=false")
    crawling = [line for line in budget.lines if line.category == "crawling"]
    assert [(line.usd, line.counted) for line in crawling] == [(None, False)]
    assert "not in scope" in crawling[0].note
    assert not any(text.startswith("crawling.") for text in budget.assumptions)
    assert not any(line.item == "HTML extraction" for line in budget.lines)
    assert not any(age.key.startswith("crawling.") for age in budget.price_ages)


@pytest.mark.parametrize(
    ("override", "warned"),
    [
        ("cleaning.passes=2", True),
        ("crawling.large_sites=2", False),
        ("crawling.in_scope=false", False),
    ],
)
def test_a_crawl_by_defaults_alone_is_a_warning(
    override: str, warned: bool, make_forecast: Callable[..., Forecast]
) -> None:
    texts = budget_of(make_forecast(), override).warnings
    assert any("planned by defaults alone" in text for text in texts) == warned


def test_work_that_the_recipe_lacks_is_a_memo_with_its_published_range(
    make_forecast: Callable[..., Forecast],
) -> None:
    budget = budget_of(make_forecast(documents=1e9))
    extraction = next(line for line in budget.lines if line.item == "HTML extraction")
    assert not extraction.counted
    assert extraction.note.startswith("not measured; published range 6.5 to 39.24")
    assert extraction.usd is not None
    assert 1000 * 6.5 * 0.0425 * 0.5 < extraction.usd.low < extraction.usd.high
    assert extraction.usd.high < 1000 * 39.24 * 0.0425 * 1.5
    language = next(line for line in budget.lines if line.item == "language identification")
    assert language.usd is None
    assert "not measured" in language.note
    assert any("HTML extraction" in text for text in budget.warnings)


def test_a_recipe_with_an_extractor_has_no_such_memo(
    make_forecast: Callable[..., Forecast],
) -> None:
    stages = (("trafilatura", "extract", 100.0), ("lid", "lang-id", 10.0))
    budget = budget_of(make_forecast(stages=stages))
    unmeasured = [x.item for x in budget.lines if x.note.startswith("not measured")]
    assert not {"HTML extraction", "language identification"} & set(unmeasured)


def test_bounds_make_a_planning_value_and_say_so(make_forecast: Callable[..., Forecast]) -> None:
    said = budget_of(make_forecast(state="bounds")).assumptions
    assert any("planning values" in text for text in said)
    assert not any("planning values" in x for x in budget_of(make_forecast()).assumptions)


def test_prices_tell_their_age_and_warn_past_a_year(
    make_forecast: Callable[..., Forecast], book: PriceBook
) -> None:
    budget = make_budget(make_forecast(), load_scenario(), book, TODAY)
    ages = {age.id: age for age in budget.price_ages}
    assert ages["abaka-capacity-full"].age_days == 814
    assert ages["s3-standard"].age_days == 115
    warning = next(text for text in budget.warnings if "older than a year" in text)
    assert "abaka-capacity-full (814 days)" in warning
    assert "s3-standard" not in warning
    early = make_budget(make_forecast(), load_scenario(), book, date(2026, 1, 1))
    future = next(text for text in early.warnings if "dated after today" in text)
    assert "s3-standard (2026-08)" in future


def test_an_own_price_moves_the_total(
    tmp_path: Path, make_forecast: Callable[..., Forecast]
) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        '[price.abaka-capacity-full]\nusd = 50\nunit = "USD/TB"\nas_of = "2026-11"\n'
        'source = "our contract"\n',
        encoding="utf-8",
    )
    forecast = make_forecast()
    ours = make_budget(forecast, load_scenario(), default_book(path), TODAY)
    theirs = budget_of(forecast)
    saved = (theirs.total_usd.point or 0) - (ours.total_usd.point or 0)
    assert saved == pytest.approx(49 * (1000 + 50 * 0.448))
    raw = ours.lines[0]
    assert "our contract" in raw.source


def test_a_misspelt_kind_of_stage_is_named(make_forecast: Callable[..., Forecast]) -> None:
    override = 'cleaning.distributed_kinds=["near-dedpu"]'
    budget = budget_of(make_forecast(), override)
    assert any("near-dedpu" in text for text in budget.warnings)
    assert not any("distributed_kinds" in x for x in budget_of(make_forecast()).warnings)


def test_a_price_in_a_wrong_unit_stops_the_budget(make_forecast: Callable[..., Forecast]) -> None:
    with pytest.raises(ConfigError, match=r"expected a price in USD/TB "):
        budget_of(make_forecast(), "storage.bought_price=s3-standard")


def test_json_has_the_fields_of_the_design(make_forecast: Callable[..., Forecast]) -> None:
    budget = budget_of(make_forecast())
    data = json.loads(json.dumps(budget_to_json(budget), allow_nan=False))
    assert {"lines", "total_usd", "assumptions", "warnings"} <= set(data)
    wanted = {
        "category",
        "item",
        "counted",
        "quantity",
        "unit",
        "unit_price_usd",
        "usd",
        "source",
    }
    for row in data["lines"]:
        assert wanted <= set(row)
        assert row["usd"] is None or set(row["usd"]) == {"point", "low", "high"}
    assert set(data["total_usd"]) == {"point", "low", "high"}
    assert data["total_usd"]["low"] < data["total_usd"]["point"] < data["total_usd"]["high"]


def test_importing_money_does_not_import_scipy() -> None:
    code = "import sys, profiler.money.budget; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_utilisation_of_the_run_stands_beside_that_of_the_cluster(
    make_forecast: Callable[..., Forecast], book: PriceBook
) -> None:
    domains = (
        Domain("news", make_forecast(), utilisation=0.84),
        Domain("books", make_forecast(seed=8)),
    )
    said = make_budget(domains, load_scenario(), book, TODAY).assumptions
    assert [text for text in said if "worked 84% of its workers" in text] == [
        "news: the profiled run worked 84% of its workers' time; the cluster is planned with 0.7 "
        "(0.5 to 0.9) (cleaning.cluster_utilisation)"
    ]
