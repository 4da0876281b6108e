"""Crawling: by formula from staff, addresses and accounts, or by a published price per site."""

from __future__ import annotations

from profiler.money.lines import BudgetLine, Inputs, line, unknown_line
from profiler.money.ranges import Number
from profiler.money.terms import Term, computed, product, total

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


def bandwidth_usd(fetched_tb: Number, usd_per_tb: Number) -> Number:
    """Data that a crawl fetches: V_fetched × C_bandwidth.

    Ours: the published formula has no term for it, though it explains the price of video by it.
    """
    return fetched_tb * usd_per_tb


def proxies_usd(
    fetched_tb: Number, proxied_share: Number, gb_per_tb: Number, usd_per_gb: Number
) -> Number:
    """Proxies that are paid by volume: V_fetched × s × 1,000 GB/TB × C_proxy. Ours."""
    return fetched_tb * proxied_share * gb_per_tb * usd_per_gb


def crawling_lines(inputs: Inputs) -> list[BudgetLine]:
    """Sites at published prices, and the formula; the scenario says which is counted.

    Bandwidth and proxies are in neither: they are counted beside both.
    """
    by_site = inputs.scenario.crawling.method == "per-site"
    return [
        *_site_lines(inputs, by_site),
        *_formula_lines(inputs, not by_site),
        *_transfer_lines(inputs),
    ]


def _site_lines(inputs: Inputs, counted: bool) -> list[BudgetLine]:
    lines = []
    for size in ("large", "vertical"):
        sites = inputs.plan("N", f"crawling.{size}_sites")
        key = f"crawling.{size}_site_price"
        lines.append(_site_line(inputs, counted, f"{size} sites, all history", sites, key))
    if inputs.scenario.crawling.update_years.high > 0:
        site_years = computed(
            "N",
            "large sites, each for its years of updates",
            "site-year",
            product,
            "N_large × Y",
            inputs.plan("N_large", "crawling.large_sites"),
            inputs.plan("Y", "crawling.update_years"),
        )
        key = "crawling.update_price"
        lines.append(_site_line(inputs, counted, "large sites, updates", site_years, key))
    return lines


def _site_line(inputs: Inputs, counted: bool, item: str, sites: Term, key: str) -> BudgetLine:
    usd = computed(
        "usd",
        item,
        "USD",
        sites_usd,
        "N × C_site × (1 + s_overseas × (f_overseas - 1)) × (1 + s_video × (f_video - 1))",
        sites,
        inputs.price("C_site", key),
        inputs.plan("s_overseas", "crawling.overseas_share"),
        inputs.price("f_overseas", "crawling.overseas_factor"),
        inputs.plan("s_video", "crawling.video_share"),
        inputs.price("f_video", "crawling.video_factor"),
    )
    note = "a price per site, whatever the volume of the site"
    return line("crawling", item, counted, usd, sites, FORMULA_SOURCE, note=note)


def _formula_lines(inputs: Inputs, counted: bool) -> list[BudgetLine]:
    return [
        _development_line(inputs, counted),
        _operations_line(inputs, counted),
        _ip_line(inputs, counted),
        _materials_line(inputs, counted),
    ]


def _development_line(inputs: Inputs, counted: bool) -> BudgetLine:
    initial, update = _days(inputs, "D_initial", "initial"), _days(inputs, "D_update", "update")
    usd = computed(
        "usd",
        "development of crawlers",
        "USD",
        development_usd,
        "S_dev × D_initial + S_dev × D_update",
        inputs.plan("S_dev", "crawling.developer_usd_per_day"),
        initial,
        update,
    )
    days = computed(
        "D", "development in all", "day", total, "D_initial + D_update", initial, update
    )
    return line("crawling", "development", counted, usd, days, FORMULA_SOURCE)


def _days(inputs: Inputs, symbol: str, phase: str) -> Term:
    """Person-days of a phase over all sites."""
    return computed(
        symbol,
        f"development, {phase}",
        "day",
        _days_of_sites,
        "N_large × d_large + N_vertical × d_vertical",
        inputs.plan("N_large", "crawling.large_sites"),
        inputs.plan("d_large", f"crawling.{phase}_days_per_large_site"),
        inputs.plan("N_vertical", "crawling.vertical_sites"),
        inputs.plan("d_vertical", f"crawling.{phase}_days_per_vertical_site"),
    )


def _days_of_sites(
    large: Number, days_per_large: Number, vertical: Number, days_per_vertical: Number
) -> Number:
    return large * days_per_large + vertical * days_per_vertical


def _operations_line(inputs: Inputs, counted: bool) -> BudgetLine:
    days = inputs.plan("D_crawl", "crawling.crawl_days")
    share = inputs.plan("alpha", "crawling.operations_share")
    usd = computed(
        "usd",
        "operation of the crawl",
        "USD",
        operations_usd,
        "S_ops × D_crawl × alpha",
        inputs.plan("S_ops", "crawling.operator_usd_per_day"),
        days,
        share,
    )
    worked = computed("D", "days worked", "day", product, "D_crawl × alpha", days, share)
    return line("crawling", "operations", counted, usd, worked, FORMULA_SOURCE)


def requests_needed(inputs: Inputs) -> Term:
    """N_req: documents in the volume, at the size of those measured, times requests for each."""
    documents = inputs.over_domains(
        "N_docs",
        "documents of the target, at the size of those in the sample",
        "document",
        lambda domain: domain.forecast.target.documents,
    )
    return computed(
        "N_req",
        "requests for the volume wanted",
        "request",
        product,
        "N_docs × r",
        documents,
        inputs.plan("r", "crawling.requests_per_document"),
    )


def _ip_line(inputs: Inputs, counted: bool) -> BudgetLine:
    requests = requests_needed(inputs)
    per_ip = inputs.plan("N_req_per_ip", "crawling.requests_per_ip")
    usd = computed(
        "usd",
        "IP pool",
        "USD",
        ip_pool_usd,
        "N_req / N_req_per_ip × C_ip",
        requests,
        per_ip,
        inputs.price("C_ip", "crawling.ip_price"),
    )
    pool = computed(
        "N_ip", "addresses", "IP-month", _quotient, "N_req / N_req_per_ip", requests, per_ip
    )
    return line("crawling", "IP pool", counted, usd, pool, FORMULA_SOURCE)


def _quotient(dividend: Number, divisor: Number) -> Number:
    return dividend / divisor


def _materials_line(inputs: Inputs, counted: bool) -> BudgetLine:
    usd = computed(
        "usd",
        "paid accounts",
        "USD",
        materials_usd,
        "C_mem × N_mem × (D_crawl / D_mem_validity)",
        inputs.plan("C_mem", "crawling.usd_per_membership"),
        accounts := inputs.plan("N_mem", "crawling.memberships"),
        days := inputs.plan("D_crawl", "crawling.crawl_days"),
        validity := inputs.plan("D_mem_validity", "crawling.membership_days"),
    )
    terms = computed(
        "N",
        "terms of accounts",
        "membership",
        _terms_of_accounts,
        "N_mem × D_crawl / D_mem_validity",
        accounts,
        days,
        validity,
    )
    return line("crawling", "materials: paid accounts", counted, usd, terms, FORMULA_SOURCE)


def _terms_of_accounts(accounts: Number, days: Number, validity_days: Number) -> Number:
    return accounts * days / validity_days


def _transfer_lines(inputs: Inputs) -> list[BudgetLine]:
    """Bandwidth and proxies by volume: ours, beside the published formula and its prices."""
    fetched = computed(
        "V_fetched",
        "TB that the crawl fetches",
        "TB",
        _fetched_tb,
        "N_docs × b / B",
        inputs.over_domains(
            "N_docs",
            "documents of the target",
            "document",
            lambda domain: domain.forecast.target.documents,
        ),
        inputs.plan("b", "crawling.fetched_bytes_per_document"),
        inputs.constant("B", "bytes of a TB", 1e12, "byte/TB", "by definition"),
    )
    moved = computed(
        "V_moved",
        "TB that the crawl fetches",
        "TB-moved",
        product,
        "V_fetched × m",
        fetched,
        inputs.constant("m", "each TB is moved", 1.0, "moved", "by definition"),
    )
    bandwidth = computed(
        "usd",
        "bandwidth",
        "USD",
        bandwidth_usd,
        "V_moved × C_bandwidth",
        moved,
        inputs.price("C_bandwidth", "crawling.bandwidth_price"),
    )
    source = "ours: the published formula has no bandwidth and no server"
    return [
        line("crawling", "fetching: bandwidth and servers", True, bandwidth, moved, source),
        _proxies_line(inputs, fetched),
    ]


def _fetched_tb(documents: Number, bytes_each: Number, bytes_per_tb: Number) -> Number:
    return documents * bytes_each / bytes_per_tb


def _proxies_line(inputs: Inputs, fetched: Term) -> BudgetLine:
    if inputs.scenario.crawling.proxied_share.high <= 0:
        note = "not planned: crawling.proxied_share = 0"
        return unknown_line("crawling", "proxies by volume", note)
    share = inputs.plan("s", "crawling.proxied_share")
    per_tb = inputs.constant("g", "GB of a TB", 1000.0, "GB/TB", "by definition")
    usd = computed(
        "usd",
        "proxies",
        "USD",
        proxies_usd,
        "V_fetched × s × g × C_proxy",
        fetched,
        share,
        per_tb,
        inputs.price("C_proxy", "crawling.proxy_price"),
    )
    volume = computed(
        "V", "GB through proxies", "GB", product, "V_fetched × s × g", fetched, share, per_tb
    )
    source = "ours: the published formula pays for addresses alone"
    return line("crawling", "proxies by volume", True, usd, volume, source)
