"""Price books: every price with its unit, date and source, in TOML; never a constant in code."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from pipeline.config import did_you_mean, read_toml, structure
from pipeline.errors import ConfigError
from profiler.money.currencies import HOME, ForeignPrice, Rate, code_fault
from profiler.money.price_units import TIER_ENDS, UNITS, price_unit_hint
from profiler.money.provenance import first_day, provenance_faults
from profiler.money.ranges import Ranged
from profiler.money.reckoning import reckoning_faults

BOOKS = Path(__file__).parent.parent / "books"
DEFAULT_BOOKS = ("abaka-2024", "aws-us-east-1", "gcp", "azure", "hetzner", "market-2026")


@dataclass(frozen=True, slots=True)
class Tier:
    """The price of the part of a month's volume up to an end; without one, of all that is above."""

    usd: float
    up_to_tb: float | None = None
    up_to_pages: float | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """One price: ``usd`` per ``unit``, with a range where one is published.

    ``as_of`` is a year, quarter, month or day: 2025, 2025-Q4, 2025-11, 2025-11-30. With ``tiers``
    ``usd`` is the price of the first tier. ``reckoned`` is the amount as the source reckoned it,
    in ``reckoned_in``: 20,000 CNY/100TB, 0.026 USD/GiB-month. Raises ValueError that lists what
    is wrong.
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
    reckoned: float | None = None
    reckoned_in: str = ""
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
    """Prices by id. A layered book has the names of its layers joined by " + ".

    ``foreign`` are the prices in another currency; each is in ``prices`` too, in dollars, once
    ``rates`` has its currency.
    """

    name: str
    prices: dict[str, Price]
    description: str = ""
    notes: tuple[str, ...] = ()
    rates: Mapping[str, Rate] = field(default_factory=dict)
    foreign: Mapping[str, ForeignPrice] = field(default_factory=dict)

    def price(self, price_id: str, unit: str, where: str) -> Price:
        """The price ``price_id``, which ``where`` needs in ``unit``; ConfigError otherwise."""
        fault = self.fault(price_id, unit, where)
        if fault:
            raise ConfigError(fault)
        return self.prices[price_id]

    def fault(self, price_id: str, unit: str, where: str) -> str | None:
        """Why ``price_id`` cannot be used in ``where``, or None."""
        found = self.prices.get(price_id)
        if found is None and price_id in self.foreign:
            return f"{where}: {self.foreign[price_id].without_rate()}"
        if found is None:
            hint = did_you_mean(price_id, [*self.prices, *self.foreign])
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

    price: dict[str, Price] = field(default_factory=dict)
    foreign: dict[str, ForeignPrice] = field(default_factory=dict)
    currency: dict[str, Rate] = field(default_factory=dict)
    name: str = ""
    description: str = ""
    notes: tuple[str, ...] = field(default=())


def load_book(name_or_path: str | Path) -> PriceBook:
    """A book that comes with corpuscost, by name, or a user's TOML file.

    Raises ConfigError that lists every fault of the file with its place.
    """
    path = _book_path(name_or_path)
    parsed = structure(_checked_rows(read_toml(path), path), _BookFile, str(path))
    _refuse_unknown_units(parsed.foreign, path)
    name = parsed.name or path.stem
    foreign = {key: replace(row, id=key, book=name) for key, row in parsed.foreign.items()}
    prices = {key: replace(price, id=key, book=name) for key, price in parsed.price.items()}
    book = PriceBook(name, prices, parsed.description, parsed.notes, parsed.currency, foreign)
    return _with_rates(book)


def layered(books: Sequence[PriceBook]) -> PriceBook:
    """Books one over the other: a later price or rate replaces an earlier one of the same id.

    Raises ConfigError when a replacement is in another unit.
    """
    prices: dict[str, Price] = {}
    foreign: dict[str, ForeignPrice] = {}
    rates: dict[str, Rate] = {}
    for book in books:
        _refuse_other_units(book, {**foreign, **prices})
        for key in book.prices.keys() | book.foreign.keys():
            prices.pop(key, None)
            foreign.pop(key, None)
        prices |= book.prices
        foreign |= book.foreign
        rates |= book.rates
    notes = tuple(note for book in books for note in book.notes)
    name = " + ".join(book.name for book in books)
    return _with_rates(PriceBook(name, prices, "", notes, rates, foreign))


def default_book(*own: str | Path) -> PriceBook:
    """The books that come with corpuscost, and ``own`` books (names or files) on top."""
    return layered([load_book(book) for book in (*DEFAULT_BOOKS, *own)])


def built_in_books() -> list[str]:
    """Names of the books that come with corpuscost."""
    return sorted(path.stem for path in BOOKS.glob("*.toml"))


def age_days(price: Price, today: date) -> int:
    """Days from ``as_of`` to ``today``; a year, quarter or month counts from its first day."""
    return (today - first_day(price.as_of)).days


def _with_rates(book: PriceBook) -> PriceBook:
    """The book with each foreign price whose rate is known among its prices, in dollars."""
    known = {
        key: _in_usd(row, book.rates[row.currency])
        for key, row in book.foreign.items()
        if row.currency in book.rates
    }
    return replace(book, prices=book.prices | known)


def _in_usd(foreign: ForeignPrice, rate: Rate) -> Price:
    """A foreign price at a rate: as old as the older of the two, and with both sources."""
    dated = min(foreign.as_of, rate.as_of, key=first_day)
    low, high = (None if end is None else end * rate.usd for end in (foreign.low, foreign.high))
    one = f"1 {foreign.currency} = {rate.usd:,.6g} {HOME} as of {rate.as_of}, {rate.source}"
    return Price(
        usd=foreign.amount * rate.usd,
        unit=foreign.usd_unit,
        as_of=dated,
        source=f"{foreign.source}; {one}",
        region=foreign.region,
        confidence=foreign.confidence,
        low=low,
        high=high,
        reckoned=foreign.amount,
        reckoned_in=foreign.unit,
        note=foreign.note,
        id=foreign.id,
        book=foreign.book,
    )


def _book_path(name_or_path: str | Path) -> Path:
    built_in = BOOKS / f"{name_or_path}.toml"
    if built_in.parent == BOOKS and built_in.is_file():
        return built_in
    path = Path(name_or_path)
    if path.suffix == ".toml" or path.is_file():
        return path
    hint = did_you_mean(str(name_or_path), built_in_books())
    raise ConfigError(f"{name_or_path}: no such price book, {hint}; a file ends in .toml")


def _checked_rows(data: dict[str, Any], path: Path) -> dict[str, Any]:
    """Refuse a file without rows, and rows that say what only their place may say."""
    tables = {name: data[name] for name in ("price", "foreign", "currency") if name in data}
    if not tables or not all(isinstance(rows, dict) for rows in tables.values()):
        raise ConfigError(
            f"{path}: no table [price.ID]; a book holds one such table per price, [foreign.ID] "
            "for a price in another currency, [currency.EUR] for what one euro is worth"
        )
    faults = [
        fault
        for table, rows in tables.items()
        for key, row in rows.items()
        for fault in _row_faults(table, key, row)
    ]
    both = tables.get("price", {}).keys() & tables.get("foreign", {}).keys()
    faults += [f"  foreign.{key}: the book has price.{key} too" for key in sorted(both)]
    if faults:
        raise ConfigError("\n".join([f"{path}: {len(faults)} fault(s)", *faults]))
    return data


def _row_faults(table: str, key: str, row: Any) -> list[str]:
    if not isinstance(row, dict):
        return [f"  {table}.{key}: expected a table, found {row!r}"]
    if table == "currency":
        fault = code_fault(key)
        return [] if fault is None else [f"  {table}.{key}: {fault}"]
    return [
        f"  {table}.{key}.{name}: unknown key, the id is the name of the table"
        for name in ("id", "book")
        if name in row
    ]


def _price_faults(price: Price) -> list[str]:
    faults = []
    if price.unit not in UNITS:
        faults.append(f"unit: unknown {price.unit!r}, {price_unit_hint(price.unit)}")
    faults += provenance_faults(price.as_of, price.source, price.confidence)
    faults += _amount_faults(price) + _tier_faults(price)
    return faults + reckoning_faults(price.usd, price.unit, price.reckoned, price.reckoned_in)


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
    key = TIER_ENDS.get(price.unit)
    if key is None:
        return [f"tiers: expected only in {', '.join(TIER_ENDS)}, found {price.unit!r}"]
    others = {"up_to_tb", "up_to_pages"} - {key}
    if any(getattr(tier, other) is not None for tier in price.tiers for other in others):
        return [f"tiers: expected {key} in a price in {price.unit}"]
    given = [getattr(tier, key) for tier in price.tiers]
    ends = [math.inf if end is None else end for end in given]
    rising = all(below < above for below, above in pairwise(ends))
    if not rising or ends[0] <= 0 or ends[-1] != math.inf:
        return [f"tiers: expected rising {key}, and none in the last tier"]
    if any(not (math.isfinite(tier.usd) and tier.usd >= 0) for tier in price.tiers):
        return ["tiers: expected prices of at least 0"]
    if price.tiers[0].usd != price.usd:
        return [f"usd: expected the price of the first tier, {price.tiers[0].usd}"]
    return []


def _refuse_unknown_units(foreign: Mapping[str, ForeignPrice], path: Path) -> None:
    faults = [
        f"  foreign.{key}.unit: unknown {row.unit!r}, {price_unit_hint(row.usd_unit)}"
        for key, row in foreign.items()
        if row.usd_unit not in UNITS
    ]
    if faults:
        raise ConfigError("\n".join([f"{path}: {len(faults)} fault(s)", *faults]))


def _refuse_other_units(book: PriceBook, below: Mapping[str, Price | ForeignPrice]) -> None:
    faults = []
    for key, price in (book.prices | dict(book.foreign)).items():
        replaced = below.get(key)
        if replaced is None or _dollar_unit(replaced) == _dollar_unit(price):
            continue
        faults.append(
            f"  price.{key}.unit: found {price.unit!r}, expected {_dollar_unit(replaced)!r} as in "
            f"book {replaced.book}, which it replaces"
        )
    if faults:
        raise ConfigError("\n".join([f"{book.name}: {len(faults)} fault(s)", *faults]))


def _dollar_unit(price: Price | ForeignPrice) -> str:
    return price.unit if isinstance(price, Price) else price.usd_unit
