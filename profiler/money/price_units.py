"""The units in which books price, and the names of prices by the unit that a formula needs."""

from __future__ import annotations

from typing import Any, NewType

from profiler.money.currencies import HOME, code_fault
from profiler.money.units import unit_hint

UNITS: dict[str, str] = {
    "USD/TB": "per TB of capacity, bought once; 1 TB = 10**12 bytes",
    "USD/TB-moved": "per TB that leaves or enters",
    "USD/TB-month": "per TB kept for one month",
    "USD/100TB": "per 100 TB of raw data, once",
    "USD/GB": "per 10**9 bytes moved",
    "USD/vCPU-hour": "per hour of one virtual CPU, which is mostly one hardware thread",
    "USD/core-hour": "per hour of one physical core",
    "USD/GB-hour": "per hour of 10**9 bytes of memory",
    "USD/GPU-hour": "per hour of one GPU",
    "USD/node-hour": "per hour of one machine with all its GPUs",
    "USD/day": "per working day of one person",
    "USD/hour": "per working hour of one person",
    "USD/site": "per website, all its history, once",
    "USD/site-year": "per website and year of updates",
    "USD/IP": "per IP address, once",
    "USD/IP-month": "per IP address and month",
    "USD/membership": "per paid account and term",
    "USD/1000requests": "per 1,000 requests",
    "USD/1000pages": "per 1,000 pages",
    "USD/entry": "per entry written",
    "USD/pair": "per pair of answers compared",
    "USD/1e6tokens": "per million tokens",
    "factor": "a multiplier without a unit",
}
# Names of prices in the book, by the unit that the formula needs.
PerTb = NewType("PerTb", str)
PerTbMonth = NewType("PerTbMonth", str)
PerHundredTb = NewType("PerHundredTb", str)
PerVcpuHour = NewType("PerVcpuHour", str)
PerCoreHour = NewType("PerCoreHour", str)
PerGbHour = NewType("PerGbHour", str)
PerTbMoved = NewType("PerTbMoved", str)
PerGb = NewType("PerGb", str)
PerThousandRequests = NewType("PerThousandRequests", str)
PerThousandPages = NewType("PerThousandPages", str)
PerSite = NewType("PerSite", str)
PerSiteYear = NewType("PerSiteYear", str)
PerIpMonth = NewType("PerIpMonth", str)
PerGpuHour = NewType("PerGpuHour", str)
PerNodeHour = NewType("PerNodeHour", str)
PerHour = NewType("PerHour", str)
PerEntry = NewType("PerEntry", str)
PerPair = NewType("PerPair", str)
PerMillionTokens = NewType("PerMillionTokens", str)
Factor = NewType("Factor", str)

PRICE_UNITS: dict[Any, str] = {
    PerTb: "USD/TB",
    PerTbMonth: "USD/TB-month",
    PerHundredTb: "USD/100TB",
    PerVcpuHour: "USD/vCPU-hour",
    PerCoreHour: "USD/core-hour",
    PerGbHour: "USD/GB-hour",
    PerTbMoved: "USD/TB-moved",
    PerGb: "USD/GB",
    PerThousandRequests: "USD/1000requests",
    PerThousandPages: "USD/1000pages",
    PerSite: "USD/site",
    PerSiteYear: "USD/site-year",
    PerIpMonth: "USD/IP-month",
    PerGpuHour: "USD/GPU-hour",
    PerNodeHour: "USD/node-hour",
    PerHour: "USD/hour",
    PerEntry: "USD/entry",
    PerPair: "USD/pair",
    PerMillionTokens: "USD/1e6tokens",
    Factor: "factor",
}

# Prices that may come in tiers, by the key of a tier that says where it ends.
TIER_ENDS = {"USD/TB-month": "up_to_tb", "USD/TB-moved": "up_to_tb", "USD/1000pages": "up_to_pages"}


def price_unit_hint(unit: str) -> str:
    """What was probably meant by a unit that no price has."""
    if code_fault(unit.partition("/")[0]) is None:
        dollars = f"{HOME}/{unit.partition('/')[2]}"
        hint = "" if dollars in UNITS else f", {unit_hint(dollars, list(UNITS))}"
        return f"expected {dollars!r}; a price in another currency goes into [foreign.ID]{hint}"
    return unit_hint(unit, list(UNITS))
