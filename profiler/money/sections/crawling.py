"""The scenario's section on crawling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from profiler.money.price_units import Factor, PerGb, PerIpMonth, PerSite, PerSiteYear, PerTbMoved
from profiler.money.ranges import Amount, Positive, PositiveShare, Share, planned


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawling:
    """Which sites are crawled, by whom, and how. Days are working days of one person, but
    ``crawl_days`` and ``membership_days``, which are calendar days."""

    in_scope: bool
    method: Literal["per-site", "formula"]
    large_sites: Amount = planned("site", "large websites")
    vertical_sites: Amount = planned("site", "vertical websites")
    large_site_price: PerSite
    vertical_site_price: PerSite
    update_years: Amount = planned("year", "years of updates of the large sites")
    update_price: PerSiteYear
    overseas_share: Share = planned("1", "share of the sites that are abroad")
    overseas_factor: Factor
    video_share: Share = planned("1", "share of the sites that are video")
    video_factor: Factor
    developer_usd_per_day: Amount = planned("USD/day", "a developer of crawlers")
    initial_days_per_large_site: Amount = planned("day/site", "development per large site")
    initial_days_per_vertical_site: Amount = planned("day/site", "development per vertical site")
    update_days_per_large_site: Amount = planned("day/site", "upkeep per large site")
    update_days_per_vertical_site: Amount = planned("day/site", "upkeep per vertical site")
    operator_usd_per_day: Amount = planned("USD/day", "an operator of crawlers")
    crawl_days: Positive = planned("day", "how long the crawl runs")
    operations_share: PositiveShare = planned("1", "part of a person's time")
    requests_per_document: Positive = planned("request/document", "requests per document")
    requests_per_ip: Positive = planned("request/IP-month", "requests of one address in a month")
    ip_price: PerIpMonth
    memberships: Amount = planned("membership", "paid accounts")
    usd_per_membership: Amount = planned("USD/membership", "one account for its term")
    membership_days: Positive = planned("day", "term of an account")
    fetched_bytes_per_document: Positive = planned("byte/document", "bytes that a page transfers")
    bandwidth_price: PerTbMoved
    proxied_share: Share = planned("1", "share of the bytes that goes through paid proxies")
    proxy_price: PerGb

    def __post_init__(self) -> None:
        if self.in_scope and self.large_sites.high + self.vertical_sites.high == 0:
            raise ValueError(
                "large_sites and vertical_sites: both 0 while crawling is in scope; give the "
                "sites, or set in_scope = false"
            )
