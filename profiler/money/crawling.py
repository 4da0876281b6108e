"""Crawling: by formula from staff, addresses and accounts, or by a published price per site."""

from __future__ import annotations

from profiler.money.lines import BudgetLine, Inputs, money_line, price_source, price_text
from profiler.money.ranges import Number, plain, through
from profiler.scaling.quantity import Quantity

FORMULA_SOURCE = "ABAKA, LLM Data Cost Breakdown, section 2.3"


def development_usd(usd_per_day: Number, initial_days: Number, update_days: Number) -> Number:
    """Development of crawlers: S_dev × D_initial + S_dev × D_update.

    ``usd_per_day`` S_dev in USD per person-day, the days D_initial and D_update in person-days.
    Source: ABAKA, LLM Data Cost Breakdown, section 2.3.
    """
    return usd_per_day * initial_days + usd_per_day * update_days


def operations_usd(usd_per_day: Number, crawl_days: Number, share: Number) -> Number:
    """Operation of a crawl: S_ops × D_crawl × alpha.

    ``usd_per_day`` S_ops in USD per person-day, ``crawl_days`` D_crawl in days, ``share`` alpha,
    the part of a person's time, 0 < alpha <= 1.
    Source: ABAKA, LLM Data Cost Breakdown, section 2.3.
    """
    return usd_per_day * crawl_days * share


def ip_pool_usd(requests: Number, requests_per_ip: Number, usd_per_ip: Number) -> Number:
    """Addresses of a proxy pool: (N_req / N_req_per_ip) × C_ip.

    ``usd_per_ip`` C_ip is for as long as one address serves ``requests_per_ip`` requests.
    Source: ABAKA, LLM Data Cost Breakdown, section 2.3. The source rounds nothing up.
    """
    return requests / requests_per_ip * usd_per_ip


def materials_usd(
    usd_per_membership: Number, memberships: Number, crawl_days: Number, validity_days: Number
) -> Number:
    """Paid accounts: C_mem × N_mem × (D_crawl / D_mem_validity).

    ``usd_per_membership`` C_mem in USD for one account and term of ``validity_days``. The source
    words C_mem as a count; as a price the formula has the right unit. It rounds nothing up.
    Source: ABAKA, LLM Data Cost Breakdown, section 2.3.
    """
    return usd_per_membership * memberships * (crawl_days / validity_days)


def crawl_usd(
    development: Number, operations: Number, ip_pool: Number, materials: Number
) -> Number:
    """The whole crawl by formula: the sum of its four parts, all in USD.

    Source: ABAKA, LLM Data Cost Breakdown, section 2.3. There is no term for bandwidth or servers.
    """
    return development + operations + ip_pool + materials


def sites_usd(
    sites: Number,
    usd_per_site: Number,
    overseas_share: Number = 0.0,
    overseas_factor: Number = 1.0,
    video_share: Number = 0.0,
    video_factor: Number = 1.0,
) -> Number:
    """Sites at a price each, where a share of them costs a multiple.

    N × C_site × (1 + s_overseas × (f_overseas - 1)) × (1 + s_video × (f_video - 1)); the shares
    are in [0, 1]. Prices and factors: ABAKA, LLM Data Cost Breakdown, sections 2.3 and 2.6. That
    both factors multiply when a site is both is ours: the source is silent on it.
    """
    abroad = 1 + overseas_share * (overseas_factor - 1)
    video = 1 + video_share * (video_factor - 1)
    return sites * usd_per_site * abroad * video


def crawling_lines(inputs: Inputs) -> list[BudgetLine]:
    """Sites at published prices, and the formula; the scenario says which is counted."""
    by_site = inputs.scenario.crawling.method == "per-site"
    return [*_site_lines(inputs, by_site), *_formula_lines(inputs, not by_site)]


def _site_lines(inputs: Inputs, counted: bool) -> list[BudgetLine]:
    lines = []
    for size in ("large", "vertical"):
        sites = inputs.planned(f"crawling.{size}_sites")
        key = f"crawling.{size}_site_price"
        lines.append(_site_line(inputs, counted, f"{size} sites, all history", sites, key, "site"))
    if inputs.scenario.crawling.update_years.high > 0:
        site_years = inputs.planned("crawling.large_sites") * inputs.planned(
            "crawling.update_years"
        )
        key, unit = "crawling.update_price", "site-year"
        lines.append(_site_line(inputs, counted, "large sites, updates", site_years, key, unit))
    return lines


def _site_line(
    inputs: Inputs, counted: bool, item: str, sites: Quantity, key: str, unit: str
) -> BudgetLine:
    price = inputs.prices[key]
    shares = [inputs.planned(f"crawling.{kind}_share") for kind in ("overseas", "video")]
    factors = [inputs.priced(f"crawling.{kind}_factor") for kind in ("overseas", "video")]
    usd = through(
        sites_usd, sites, inputs.priced(key), shares[0], factors[0], shares[1], factors[1]
    )
    multiples = [
        f" × (1 + {plain(share.point)} × ({plain(factor.point)} - 1))"
        for share, factor in zip(shares, factors, strict=True)
    ]
    return money_line(
        "crawling",
        item,
        counted,
        usd,
        sites.point,
        unit,
        price_source(price),
        "N × C_site × (1 + s_overseas × (f_overseas - 1)) × (1 + s_video × (f_video - 1))",
        f"{plain(sites.point)} × {price_text(price)}{''.join(multiples)}",
        note="a price per site, whatever the volume of the site",
    )


def _formula_lines(inputs: Inputs, counted: bool) -> list[BudgetLine]:
    return [
        _development_line(inputs, counted),
        _operations_line(inputs, counted),
        _ip_line(inputs, counted),
        _materials_line(inputs, counted),
    ]


def _development_line(inputs: Inputs, counted: bool) -> BudgetLine:
    rate = inputs.planned("crawling.developer_usd_per_day")
    initial, update = _days(inputs, "initial"), _days(inputs, "update")
    return money_line(
        "crawling",
        "development",
        counted,
        through(development_usd, rate, initial, update),
        initial.point + update.point,
        "day",
        FORMULA_SOURCE,
        "S_dev × (D_initial + D_update)",
        f"{plain(rate.point)} USD/day × ({plain(initial.point)} + {plain(update.point)}) days",
    )


def _days(inputs: Inputs, phase: str) -> Quantity:
    """Person-days of a phase over all sites."""
    large = inputs.planned("crawling.large_sites") * inputs.planned(
        f"crawling.{phase}_days_per_large_site"
    )
    vertical = inputs.planned("crawling.vertical_sites") * inputs.planned(
        f"crawling.{phase}_days_per_vertical_site"
    )
    return large + vertical


def _operations_line(inputs: Inputs, counted: bool) -> BudgetLine:
    rate = inputs.planned("crawling.operator_usd_per_day")
    days, share = inputs.planned("crawling.crawl_days"), inputs.planned("crawling.operations_share")
    return money_line(
        "crawling",
        "operations",
        counted,
        through(operations_usd, rate, days, share),
        days.point * share.point,
        "day",
        FORMULA_SOURCE,
        "S_ops × D_crawl × alpha",
        f"{plain(rate.point)} USD/day × {plain(days.point)} days × {plain(share.point)}",
    )


def _ip_line(inputs: Inputs, counted: bool) -> BudgetLine:
    price = inputs.prices["crawling.ip_price"]
    requests = inputs.forecast.target.documents * inputs.planned("crawling.requests_per_document")
    per_ip = inputs.planned("crawling.requests_per_ip")
    return money_line(
        "crawling",
        "IP pool",
        counted,
        through(ip_pool_usd, requests, per_ip, inputs.priced("crawling.ip_price")),
        requests.point / per_ip.point,
        "IP-month",
        f"{FORMULA_SOURCE}; {price_source(price)}",
        "N_req / N_req_per_ip × C_ip",
        f"{plain(requests.point)} requests / {plain(per_ip.point)} × {price_text(price)}",
        note="N_req: documents of the target x crawling.requests_per_document; bandwidth and "
        "servers are not in the published formula",
    )


def _materials_line(inputs: Inputs, counted: bool) -> BudgetLine:
    names = ("usd_per_membership", "memberships", "crawl_days", "membership_days")
    usd_each, count, days, validity = (inputs.planned(f"crawling.{name}") for name in names)
    return money_line(
        "crawling",
        "materials: paid accounts",
        counted,
        through(materials_usd, usd_each, count, days, validity),
        count.point * days.point / validity.point,
        "membership",
        FORMULA_SOURCE,
        "C_mem × N_mem × (D_crawl / D_mem_validity)",
        f"{plain(usd_each.point)} USD × {plain(count.point)} × "
        f"({plain(days.point)} / {plain(validity.point)} days)",
    )
