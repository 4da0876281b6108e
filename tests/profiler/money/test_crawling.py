"""Formulas of crawling on known answers, and the lines that are made from them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from profiler.money.crawling import (
    crawl_usd,
    crawling_lines,
    development_usd,
    ip_pool_usd,
    materials_usd,
    operations_usd,
    sites_usd,
)
from profiler.money.lines import Inputs
from profiler.scaling.volumes import Forecast


def test_parts_of_the_formula() -> None:
    assert development_usd(700.0, 20.0, 5.0) == 17_500
    assert operations_usd(700.0, 90.0, 0.5) == 31_500
    assert ip_pool_usd(1e9, 1e5, 1.75) == 17_500
    assert materials_usd(120.0, 10.0, 90.0, 30.0) == 3_600


def test_addresses_and_accounts_are_not_rounded_up() -> None:
    assert ip_pool_usd(150.0, 100.0, 2.0) == 3.0
    assert materials_usd(100.0, 1.0, 45.0, 30.0) == 150.0


def test_crawl_total_is_the_published_sum() -> None:
    s_dev, d_initial, d_update, s_ops, d_crawl, alpha = 700.0, 20.0, 5.0, 600.0, 90.0, 0.5
    n_req, n_req_per_ip, c_ip, c_mem, n_mem, validity = 1e9, 1e5, 1.75, 120.0, 10.0, 30.0
    published = (
        s_dev * (d_initial + d_update)
        + s_ops * d_crawl * alpha
        + (n_req / n_req_per_ip) * c_ip
        + (c_mem * n_mem * d_crawl) / validity
    )
    total = crawl_usd(
        development_usd(s_dev, d_initial, d_update),
        operations_usd(s_ops, d_crawl, alpha),
        ip_pool_usd(n_req, n_req_per_ip, c_ip),
        materials_usd(c_mem, n_mem, d_crawl, validity),
    )
    assert total == pytest.approx(published)


def test_a_share_of_the_sites_costs_a_multiple() -> None:
    assert sites_usd(10, 100.0) == 1000
    assert sites_usd(10, 100.0, 0.5, 3.0) == 2000
    assert sites_usd(10, 100.0, 0.5, 3.0, 1.0, 4.0) == 8000


FETCHING = "fetching: bandwidth and servers"


def test_proxies_are_paid_by_the_gigabyte(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    overrides = ["crawling.proxied_share=0.1", "crawling.fetched_bytes_per_document=100000"]
    lines = crawling_lines(inputs_of(make_forecast(documents=1e9), *overrides))
    proxies = next(line for line in lines if line.item == "proxies by volume")
    assert proxies.usd is not None
    assert proxies.usd.point == pytest.approx(100 * 0.1 * 1000 * 4.0)
    assert proxies.counted


def test_published_prices_are_counted_and_the_formula_beside_them(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    lines = crawling_lines(inputs_of(make_forecast()))
    counted = {line.item: line.usd for line in lines if line.counted}
    points = {item: usd.point for item, usd in counted.items() if usd is not None}
    assert points == {
        "large sites, all history": 452_000,
        "vertical sites, all history": 136_500,
        FETCHING: pytest.approx(4e10 * 190e3 / 1e12 * 1.9),
    }
    memo = [line.item for line in lines if not line.counted and line.usd is not None]
    assert memo == ["development", "operations", "IP pool", "materials: paid accounts"]
    unplanned = [line for line in lines if line.usd is None]
    assert [line.item for line in unplanned] == ["proxies by volume"]
    assert "crawling.proxied_share = 0" in unplanned[0].note


def test_a_published_range_lies_inside_its_draws(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    line = crawling_lines(inputs_of(make_forecast()))[0]
    assert line.draws is not None
    assert 8 * 42_500 <= line.draws.min() < line.draws.max() <= 8 * 70_500
    assert line.usd is not None
    assert line.usd.low < 452_000 < line.usd.high


def test_the_formula_can_be_counted(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    overrides = [
        "crawling.method=formula",
        "crawling.developer_usd_per_day=700",
        "crawling.initial_days_per_large_site=10",
        "crawling.initial_days_per_vertical_site=2",
        "crawling.update_days_per_large_site=0",
        "crawling.update_days_per_vertical_site=0",
        "crawling.requests_per_document=1",
        "crawling.requests_per_ip=100000",
    ]
    forecast = make_forecast(documents=1e9)
    lines = {line.item: line for line in crawling_lines(inputs_of(forecast, *overrides))}
    assert {item for item, line in lines.items() if line.counted} == {
        "development",
        "operations",
        "IP pool",
        "materials: paid accounts",
        FETCHING,
    }
    development, pool = lines["development"].usd, lines["IP pool"].usd
    assert development is not None
    assert pool is not None
    assert development.point == 700 * (8 * 10 + 15 * 2)
    assert pool.point == pytest.approx(1e9 / 1e5 * 1.75)


def test_updates_have_a_line_of_their_own(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    lines = crawling_lines(inputs_of(make_forecast(), "crawling.update_years=2"))
    updates = next(line for line in lines if line.item == "large sites, updates")
    assert updates.usd is not None
    assert updates.usd.point == 8 * 2 * 14_000
    assert updates.unit == "site-year"


def test_pool_follows_the_draws_of_the_documents(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    forecast = make_forecast()
    overrides = ["crawling.requests_per_document=1", "crawling.requests_per_ip=1000"]
    pool = next(
        line for line in crawling_lines(inputs_of(forecast, *overrides)) if line.item == "IP pool"
    )
    assert pool.draws is not None
    together = np.corrcoef(pool.draws, forecast.target.documents.draws)[0, 1]
    assert together > 0.3
