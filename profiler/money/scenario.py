"""A scenario: what the user plans. It tells the values that the user gave from the defaults."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_type_hints

import cattrs

from pipeline.config import did_you_mean, read_toml, strict_converter, structure
from pipeline.errors import ConfigError
from profiler.money.prices import (
    PRICE_UNITS,
    Factor,
    PerHundredTb,
    PerIpMonth,
    PerSite,
    PerSiteYear,
    PerTb,
    PerTbMonth,
    PerVcpuHour,
    Price,
    PriceBook,
)
from profiler.money.ranges import (
    LIMITS,
    Amount,
    AtLeastOne,
    Limits,
    Positive,
    PositiveShare,
    Ranged,
    Share,
    ranged_from_toml,
)

SCENARIOS = Path(__file__).parent.parent / "scenarios"
SECTIONS = ("storage", "crawling", "cleaning")


@dataclass(frozen=True, slots=True)
class Storage:
    """What is kept and for how long. Months are calendar months, copies multiply the volume."""

    method: Literal["bought", "rented"]
    bought_price: PerTb
    rented_price: PerTbMonth
    raw_months: Amount
    cleaned_months: Amount
    copies: AtLeastOne
    cleaned_stored_per_text_byte: Positive


@dataclass(frozen=True, slots=True)
class Crawling:
    """Which sites are crawled, by whom, and how. Days are working days of one person, but
    ``crawl_days`` and ``membership_days``, which are calendar days."""

    in_scope: bool
    method: Literal["per-site", "formula"]
    large_sites: Amount
    vertical_sites: Amount
    large_site_price: PerSite
    vertical_site_price: PerSite
    update_years: Amount
    update_price: PerSiteYear
    overseas_share: Share
    overseas_factor: Factor
    video_share: Share
    video_factor: Factor
    developer_usd_per_day: Amount
    initial_days_per_large_site: Amount
    initial_days_per_vertical_site: Amount
    update_days_per_large_site: Amount
    update_days_per_vertical_site: Amount
    operator_usd_per_day: Amount
    crawl_days: Positive
    operations_share: PositiveShare
    requests_per_document: Positive
    requests_per_ip: Positive
    ip_price: PerIpMonth
    memberships: Amount
    usd_per_membership: Amount
    membership_days: Positive

    def __post_init__(self) -> None:
        if self.in_scope and self.large_sites.high + self.vertical_sites.high == 0:
            raise ValueError(
                "large_sites and vertical_sites: both 0 while crawling is in scope; give the "
                "sites, or set in_scope = false"
            )


@dataclass(frozen=True, slots=True)
class Cleaning:
    """Engineers and cluster. Shares and overheads are fractions, not percent."""

    method: Literal["measured", "rule"]
    domains: Amount
    engineer_days_per_domain: Amount
    engineer_usd_per_day: Amount
    compute_price: PerVcpuHour
    rule_price: PerHundredTb
    cluster_utilisation: PositiveShare
    passes: AtLeastOne
    retries: Amount
    target_core_speed: Positive
    distributed_kinds: tuple[str, ...]
    communication_overhead: Amount
    operations_overhead: Amount


@dataclass(frozen=True, slots=True)
class Scenario:
    """The whole plan; ``given`` holds the keys (section.key) that the user set.

    ``sources`` says, by key, where a value comes from.
    """

    name: str
    storage: Storage
    crawling: Crawling
    cleaning: Cleaning
    sources: dict[str, str]
    given: frozenset[str] = frozenset()

    def value(self, key: str) -> Any:
        """The value of ``section.key``."""
        section, name = key.split(".")
        return getattr(getattr(self, section), name)


@dataclass(frozen=True, slots=True)
class _ScenarioFile:
    """What a scenario's TOML file may hold."""

    storage: Storage
    crawling: Crawling
    cleaning: Cleaning
    name: str = "own"
    sources: dict[str, str] = field(default_factory=dict)


def load_scenario(path: str | Path | None = None, overrides: Sequence[str] = ()) -> Scenario:
    """The default scenario, under the user's file, under overrides ``section.key=value``.

    Raises ConfigError that lists every fault of the file and of the overrides.
    """
    layers = []
    if path is not None:
        data = read_toml(Path(path))
        layers.append((str(path), {"name": Path(path).stem, **data}))
    if overrides:
        layers.append(("--set", _parse_overrides(overrides)))
    merged = read_toml(SCENARIOS / "default.toml")
    given: set[str] = set()
    for where, data in layers:
        given |= _lay_over(merged, data, where)
    place = " and ".join(where for where, _ in layers) or "default scenario"
    parsed = structure(merged, _ScenarioFile, place, _converter())
    scenario = Scenario(
        parsed.name,
        parsed.storage,
        parsed.crawling,
        parsed.cleaning,
        parsed.sources,
        frozenset(given),
    )
    _check_sources(scenario, place)
    return scenario


def scenario_keys(scenario: Scenario, section: str) -> Iterator[str]:
    """Keys of one section, as ``section.key``, in the order of the file."""
    for entry in fields(getattr(scenario, section)):
        yield f"{section}.{entry.name}"


def resolve_prices(scenario: Scenario, book: PriceBook) -> dict[str, Price]:
    """The price behind each key that names one.

    Raises ConfigError that lists every price that the book lacks or has in another unit.
    """
    prices: dict[str, Price] = {}
    faults: list[str] = []
    for key, unit in _price_units(scenario):
        price_id = scenario.value(key)
        fault = book.fault(price_id, unit, key)
        if fault:
            faults.append(f"  {fault}")
        else:
            prices[key] = book.prices[price_id]
    if faults:
        raise ConfigError(
            "\n".join([f"scenario {scenario.name}: {len(faults)} fault(s) in prices", *faults])
        )
    return prices


def value_text(value: Any) -> str:
    """A scenario's value as it is printed among the assumptions."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return str(value)


def _lay_over(merged: dict[str, Any], layer: Mapping[str, Any], where: str) -> set[str]:
    """Put a layer over ``merged`` in place; the keys (section.key) that the layer gives."""
    no_tables = [
        f"  {name}: expected a table, found {layer[name]!r}"
        for name in (*SECTIONS, "sources")
        if name in layer and not isinstance(layer[name], dict)
    ]
    if no_tables:
        raise ConfigError("\n".join([f"{where}: {len(no_tables)} fault(s)", *no_tables]))
    given = {f"{section}.{key}" for section in SECTIONS for key in layer.get(section, {})}
    for key in given:
        merged["sources"].pop(key, None)
    for name, value in layer.items():
        if name in SECTIONS or name == "sources":
            merged[name].update(value)
        else:
            merged[name] = value
    return given


def _parse_overrides(overrides: Sequence[str]) -> dict[str, Any]:
    """``section.key=value`` texts as tables; a value is TOML, or else plain text."""
    tables: dict[str, Any] = {}
    faults = []
    for text in overrides:
        key, equals, value = text.partition("=")
        section, dot, name = key.strip().partition(".")
        if not (equals and dot and name) or section not in SECTIONS:
            hint = did_you_mean(section, list(SECTIONS))
            faults.append(f"  {text!r}: expected SECTION.KEY=VALUE, {hint}")
            continue
        tables.setdefault(section, {})[name] = _toml_value(value.strip())
    if faults:
        raise ConfigError("\n".join([f"--set: {len(faults)} fault(s)", *faults]))
    return tables


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _check_sources(scenario: Scenario, where: str) -> None:
    known = [key for section in SECTIONS for key in scenario_keys(scenario, section)]
    faults = [
        f"  sources.{key}: unknown key, {did_you_mean(key, known)}"
        for key in sorted(set(scenario.sources) - set(known))
    ]
    if faults:
        raise ConfigError("\n".join([f"{where}: {len(faults)} fault(s)", *faults]))


def _converter() -> cattrs.Converter:
    converter = strict_converter()
    converter.register_structure_hook(Ranged, ranged_from_toml)
    for kind, limits in LIMITS.items():
        converter.register_structure_hook(kind, partial(_limited_from_toml, limits))
    return converter


def _limited_from_toml(limits: Limits, value: Any, kind: Any) -> Ranged:
    ranged = ranged_from_toml(value, kind)
    fault = limits.fault(ranged)
    if fault:
        raise ValueError(fault)
    return ranged


def _price_units(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Keys that name a price, with the unit that their type asks for."""
    for section in SECTIONS:
        for name, kind in get_type_hints(type(getattr(scenario, section))).items():
            if kind in PRICE_UNITS:
                yield f"{section}.{name}", PRICE_UNITS[kind]
