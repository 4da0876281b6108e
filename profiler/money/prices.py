"""Price books: every price with its unit, date and source, in TOML; never a constant in code."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, NewType

from pipeline.config import did_you_mean, read_toml, structure
from pipeline.errors import ConfigError
from profiler.money.ranges import Ranged

BOOKS = Path(__file__).parent.parent / "books"
DEFAULT_BOOKS = ("abaka-2024", "aws-us-east-1", "market-2026")

UNITS: dict[str, str] = {
    "USD/TB": "per TB of capacity, bought once; 1 TB = 10**12 bytes",
    "USD/TB-moved": "per TB that leaves or enters",
    "USD/TB-month": "per TB kept for one month",
    "USD/100TB": "per 100 TB of raw data, once",
    "USD/GB": "per 10**9 bytes moved",
    "USD/vCPU-hour": "per hour of one virtual CPU, which is mostly one hardware thread",
    "USD/core-hour": "per hour of one physical core",
    "USD/GPU-hour": "per hour of one GPU",
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
    "factor": "a multiplier without a unit",
}
# Names of prices in the book, by the unit that the formula needs.
PerTb = NewType("PerTb", str)
PerTbMonth = NewType("PerTbMonth", str)
PerHundredTb = NewType("PerHundredTb", str)
PerVcpuHour = NewType("PerVcpuHour", str)
PerSite = NewType("PerSite", str)
PerSiteYear = NewType("PerSiteYear", str)
PerIpMonth = NewType("PerIpMonth", str)
Factor = NewType("Factor", str)

PRICE_UNITS: dict[Any, str] = {
    PerTb: "USD/TB",
    PerTbMonth: "USD/TB-month",
    PerHundredTb: "USD/100TB",
    PerVcpuHour: "USD/vCPU-hour",
    PerSite: "USD/site",
    PerSiteYear: "USD/site-year",
    PerIpMonth: "USD/IP-month",
    Factor: "factor",
}

CONFIDENCES = ("primary", "secondary", "vendor-estimate", "assumption", "own")

_AS_OF = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(\d{2})(?:-(\d{2}))?))?")


@dataclass(frozen=True, slots=True)
class Tier:
    """The price of the part of a volume up to ``up_to_tb``; None: of all that is above."""

    usd: float
    up_to_tb: float | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """One price: ``usd`` per ``unit``, with a range where one is published.

    ``as_of`` is a year, quarter, month or day: 2025, 2025-Q4, 2025-11, 2025-11-30. With ``tiers``
    ``usd`` is the price of the first tier. Raises ValueError that lists what is wrong.
    """

    usd: float
    unit: str
    as_of: str
    source: str
    region: str = ""
    confidence: str = "own"
    low: float | None = None
    high: float | None = None
    tiers: tuple[Tier, ...] = ()
    note: str = ""
    id: str = ""
    book: str = ""

    def __post_init__(self) -> None:
        faults = _price_faults(self)
        if faults:
            raise ValueError("; ".join(faults))

    def ranged(self) -> Ranged:
        """The price as a planned value with its published range, or a certain one."""
        low = self.usd if self.low is None else self.low
        high = self.usd if self.high is None else self.high
        return Ranged(self.usd, low, high)


@dataclass(frozen=True, slots=True)
class PriceBook:
    """Prices by id. A layered book has the names of its layers joined by " + "."""

    name: str
    prices: dict[str, Price]
    description: str = ""
    notes: tuple[str, ...] = ()

    def price(self, price_id: str, unit: str, where: str) -> Price:
        """The price ``price_id``, which ``where`` needs in ``unit``; ConfigError otherwise."""
        fault = self.fault(price_id, unit, where)
        if fault:
            raise ConfigError(fault)
        return self.prices[price_id]

    def fault(self, price_id: str, unit: str, where: str) -> str | None:
        """Why ``price_id`` cannot be used in ``where``, or None."""
        found = self.prices.get(price_id)
        if found is None:
            hint = did_you_mean(price_id, list(self.prices))
            return f"{where}: no price {price_id!r} in book {self.name}, {hint}"
        if found.unit == unit:
            return None
        return (
            f"{where}: price {price_id!r} of book {found.book} is in {found.unit}, expected a "
            f"price in {unit} ({UNITS[unit]})"
        )


@dataclass(frozen=True, slots=True)
class _BookFile:
    """What a book's TOML file may hold."""

    price: dict[str, Price]
    name: str = ""
    description: str = ""
    notes: tuple[str, ...] = field(default=())


def load_book(name_or_path: str | Path) -> PriceBook:
    """A book that comes with corpuscost, by name, or a user's TOML file.

    Raises ConfigError that lists every fault of the file with its place.
    """
    path = _book_path(name_or_path)
    parsed = structure(_without_internal(read_toml(path), path), _BookFile, str(path))
    name = parsed.name or path.stem
    prices = {key: replace(price, id=key, book=name) for key, price in parsed.price.items()}
    return PriceBook(name, prices, parsed.description, parsed.notes)


def layered(books: Sequence[PriceBook]) -> PriceBook:
    """Books one over the other: a later price replaces an earlier one of the same id.

    Raises ConfigError when a replacement is in another unit.
    """
    prices: dict[str, Price] = {}
    faults: list[str] = []
    for book in books:
        for key, price in book.prices.items():
            below = prices.get(key)
            if below is not None and below.unit != price.unit:
                faults.append(
                    f"  price.{key}.unit: found {price.unit!r}, expected {below.unit!r} as in "
                    f"book {below.book}, which it replaces"
                )
            prices[key] = price
        if faults:
            raise ConfigError("\n".join([f"{book.name}: {len(faults)} fault(s)", *faults]))
    notes = tuple(note for book in books for note in book.notes)
    return PriceBook(" + ".join(book.name for book in books), prices, "", notes)


def default_book(*own: str | Path) -> PriceBook:
    """The books that come with corpuscost, and ``own`` books (names or files) on top."""
    return layered([load_book(book) for book in (*DEFAULT_BOOKS, *own)])


def built_in_books() -> list[str]:
    """Names of the books that come with corpuscost."""
    return sorted(path.stem for path in BOOKS.glob("*.toml"))


def age_days(price: Price, today: date) -> int:
    """Days from ``as_of`` to ``today``; a year, quarter or month counts from its first day."""
    return (today - _first_day(price.as_of)).days


def _first_day(as_of: str) -> date:
    found = _AS_OF.fullmatch(as_of)
    if found is None:
        raise ValueError(f"as_of: expected 2025, 2025-Q4, 2025-11 or 2025-11-30, found {as_of!r}")
    year, quarter, month, day = found.groups()
    if quarter:
        return date(int(year), int(quarter) * 3 - 2, 1)
    return date(int(year), int(month or 1), int(day or 1))


def _book_path(name_or_path: str | Path) -> Path:
    built_in = BOOKS / f"{name_or_path}.toml"
    if built_in.parent == BOOKS and built_in.is_file():
        return built_in
    path = Path(name_or_path)
    if path.suffix == ".toml" or path.is_file():
        return path
    hint = did_you_mean(str(name_or_path), built_in_books())
    raise ConfigError(f"{name_or_path}: no such price book, {hint}; a file ends in .toml")


def _without_internal(data: dict[str, Any], path: Path) -> dict[str, Any]:
    """``id`` and ``book`` of a price come from its place, so a file may not give them."""
    rows = data.get("price")
    if not isinstance(rows, dict):
        raise ConfigError(f"{path}: no table [price.ID]; a book holds one such table per price")
    faults = [
        f"  price.{key}.{name}: unknown key, the id is the name of the table"
        for key, row in rows.items()
        if isinstance(row, dict)
        for name in ("id", "book")
        if name in row
    ]
    faults += [
        f"  price.{key}: expected a table, found {row!r}"
        for key, row in rows.items()
        if not isinstance(row, dict)
    ]
    if faults:
        raise ConfigError("\n".join([f"{path}: {len(faults)} fault(s)", *faults]))
    return data


def _price_faults(price: Price) -> list[str]:
    faults = []
    if price.unit not in UNITS:
        faults.append(f"unit: unknown {price.unit!r}, {_unit_hint(price.unit)}")
    if price.confidence not in CONFIDENCES:
        hint = did_you_mean(price.confidence, list(CONFIDENCES))
        faults.append(f"confidence: unknown {price.confidence!r}, {hint}")
    if not price.source.strip():
        faults.append("source: empty, expected where the price can be read")
    try:
        _first_day(price.as_of)
    except ValueError as error:
        text = str(error)
        faults.append(text if text.startswith("as_of") else f"as_of: {price.as_of!r}: {text}")
    return faults + _amount_faults(price) + _tier_faults(price)


def _amount_faults(price: Price) -> list[str]:
    if not (math.isfinite(price.usd) and price.usd >= 0):
        return [f"usd: expected a number of at least 0, found {price.usd}"]
    if (price.low is None) != (price.high is None):
        return ["low and high: expected both or none"]
    if price.low is None or price.high is None:
        return []
    if not 0 <= price.low <= price.usd <= price.high < math.inf:
        return [
            f"expected 0 <= low <= usd <= high, found {price.low}, {price.usd} and {price.high}"
        ]
    return []


def _tier_faults(price: Price) -> list[str]:
    if not price.tiers:
        return []
    if price.unit != "USD/TB-month":
        return [f"tiers: expected only in a price in USD/TB-month, found {price.unit!r}"]
    ends = [math.inf if tier.up_to_tb is None else tier.up_to_tb for tier in price.tiers]
    rising = all(below < above for below, above in pairwise(ends))
    if not rising or ends[0] <= 0 or ends[-1] != math.inf:
        return ["tiers: expected rising up_to_tb, and none in the last tier"]
    if any(not (math.isfinite(tier.usd) and tier.usd >= 0) for tier in price.tiers):
        return ["tiers: expected prices of at least 0"]
    if price.tiers[0].usd != price.usd:
        return [f"usd: expected the price of the first tier, {price.tiers[0].usd}"]
    return []


def _unit_hint(unit: str) -> str:
    if "TiB" in unit or "GiB" in unit:
        decimal = unit.replace("TiB", "TB").replace("GiB", "GB")
        factor = "1.0995" if "TiB" in unit else "1.0737"
        return f"expected {decimal!r}: divide the price by {factor}"
    return did_you_mean(unit, list(UNITS))
