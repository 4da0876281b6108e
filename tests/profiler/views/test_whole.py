"""The domains of a plan together: one budget, a row for each, and the same page for all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from profiler.estimation import Estimation
from profiler.money.budget import make_budget
from profiler.money.lines import Domain
from profiler.money.prices import default_book
from profiler.money.scenario import load_scenario
from profiler.views.domains import domain_cells, domain_rows
from profiler.views.html import html_report
from profiler.views.whole import whole

TODAY = date(2026, 11, 24)


@pytest.fixture
def estimation(record, forecast_in, budget):
    """Two domains: the raw storage of the one, all other lines of both."""
    first, *others = budget.lines
    lines = (replace(first, domain="news"), *others)
    domains = (Domain("news", forecast_in("rough")), Domain("forums", forecast_in("bounds")))
    return Estimation(domains, replace(budget, lines=lines), (record, record))


def page_of(estimation: Estimation) -> str:
    names = [domain.name for domain in estimation.domains]
    forecasts = [domain.forecast for domain in estimation.domains]
    records = list(zip(names, estimation.records, strict=True))
    return html_report(records, forecasts, [], TODAY, plan=estimation)


def test_domains_have_a_row_each_and_a_total(estimation):
    found = whole(estimation)
    assert [row[0] for row in found.rows] == ["news", "forums", "shared", "total"]
    assert found.rows[0][-2].startswith("276,000")
    assert found.sentences[0].startswith("2 domains together leave between")
    assert found.account.total == estimation.budget.total_usd
    assert found.account.categories[0].lines[0].title == "news: rented, raw"


def test_the_page_has_one_budget_and_a_part_for_each_domain(estimation):
    page = page_of(estimation)
    assert page.count(">What it costs</h3>") == 1
    assert page.index("All domains together") < page.index("Domain beside domain")
    for said in (
        "Preparing 2 domains, 2 PB as stored",
        "Domain news",
        "Domain forums",
        'id="plan-sureness"',
    ):
        assert said in page
    assert 'id="run-2-budget"' not in page
    assert "price-41 (book, 2026-08): list" in page


def test_hostile_domains_are_text(estimation, hostile_plan, hostile):
    record, forecast, budget = hostile_plan
    named = tuple(Domain(text, forecast) for text in hostile[:2])
    page = page_of(Estimation(named, budget, (record, record)))
    assert "<script" not in page
    assert "<img" not in page
    assert "alert(1)" in page


def test_core_hours_have_a_point_where_what_they_work_on_has_one(forecast_in, record):
    sure, unsure = (forecast_in(state) for state in ("estimate", "bounds"))
    domains = (Domain("news", sure), Domain("forums", unsure))
    budget = make_budget(domains, load_scenario(None, ()), default_book(), TODAY)
    rows = {row.name: row for row in domain_rows(Estimation(domains, budget, (record, record)))}
    news, forums, both = (rows[name].core_hours for name in ("news", "forums", "total"))
    assert news.point > 0
    assert forums.point is both.point is None
    assert both.high > max(news.high, forums.high)
    cells = {row.name: domain_cells(row)[3] for row in rows.values()}
    assert "–" in cells["forums"]
    assert "–" not in cells["news"]
    assert cells["shared"] == "–"
