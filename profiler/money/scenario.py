"""A scenario: what the user plans. It tells the values that the user gave from the defaults."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import Any, get_type_hints

import cattrs

from pipeline.config import did_you_mean, read_toml, strict_converter, structure
from pipeline.errors import ConfigError
from profiler.money.price_units import PRICE_UNITS
from profiler.money.prices import Price, PriceBook
from profiler.money.ranges import LIMITS, Limits, Ranged, ranged_from_toml
from profiler.money.sections.annotation import Annotation
from profiler.money.sections.cleaning import Cleaning
from profiler.money.sections.conversion import Conversion
from profiler.money.sections.crawling import Crawling
from profiler.money.sections.money import Currency, Money, currency_fault
from profiler.money.sections.screening import Screening
from profiler.money.sections.storage import Storage
from profiler.money.sections.training import Training
from profiler.money.sections.volumes import DomainPlan, Wanted
from profiler.money.units import BASE_UNITS, NO_UNIT

SCENARIOS = Path(__file__).parent.parent / "scenarios"
SECTIONS: dict[str, type[Any]] = {
    "storage": Storage,
    "crawling": Crawling,
    "conversion": Conversion,
    "cleaning": Cleaning,
    "screening": Screening,
    "annotation": Annotation,
    "training": Training,
    "money": Money,
}
_VALUE_WITH_UNIT = re.compile(r"\s*([-+]?[\d_]*\.?[\d_]+(?:[eE][-+]?\d+)?)\s*(\S.*?)?\s*")


@dataclass(frozen=True, slots=True)
class Scenario:
    """The whole plan; ``given`` holds the keys (section.key) that the user set.

    ``sources`` says, by key, where a value comes from. Paths of ``domains`` are relative to
    ``folder``.
    """

    name: str
    storage: Storage
    crawling: Crawling
    conversion: Conversion
    cleaning: Cleaning
    screening: Screening
    annotation: Annotation
    training: Training
    money: Money
    sources: dict[str, str]
    given: frozenset[str] = frozenset()
    wanted: Wanted = field(default_factory=Wanted)
    domains: tuple[DomainPlan, ...] = ()
    folder: Path = Path()

    def value(self, key: str) -> Any:
        """The value of ``section.key``."""
        section, name = key.split(".")
        return getattr(getattr(self, section), name)

    def declared(self, key: str) -> tuple[str, str]:
        """Unit and meaning of the planned value ``section.key``."""
        section, name = key.split(".")
        return _declared(section)[name]


@dataclass(frozen=True, slots=True)
class _ScenarioFile:
    """What a scenario's TOML file may hold."""

    storage: Storage
    crawling: Crawling
    conversion: Conversion
    cleaning: Cleaning
    screening: Screening
    annotation: Annotation
    training: Training
    money: Money
    target: Wanted = field(default_factory=Wanted)
    domain: tuple[DomainPlan, ...] = ()
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
    parsed = _structured(merged, place)
    sections = {name: getattr(parsed, name) for name in SECTIONS}
    scenario = Scenario(
        name=parsed.name,
        sources=parsed.sources,
        given=frozenset(given),
        wanted=parsed.target,
        domains=parsed.domain,
        folder=Path(path).parent if path is not None else Path(),
        **sections,
    )
    _check_sources(scenario, place)
    _check_domains(scenario, place)
    return scenario


def default_text() -> str:
    """The default scenario as it is written: every key with its comment and source."""
    return (SCENARIOS / "default.toml").read_text(encoding="utf-8")


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


def _check_domains(scenario: Scenario, where: str) -> None:
    names = [domain.name for domain in scenario.domains]
    twice = sorted({name for name in names if names.count(name) > 1})
    faults = [f"  domain {name!r}: named twice, expected names that differ" for name in twice]
    faults += ["  domain: name is empty, expected a name"] * any(not name.strip() for name in names)
    if faults:
        raise ConfigError("\n".join([f"{where}: {len(faults)} fault(s)", *faults]))


def _structured(merged: dict[str, Any], where: str) -> _ScenarioFile:
    """The file's content; every fault in units and in all else at once."""
    values, faults = _without_units(merged)
    try:
        parsed = structure(values, _ScenarioFile, where, _converter())
    except ConfigError as error:
        faults += str(error).splitlines()[1:]
    if faults:
        raise ConfigError("\n".join([f"{where}: {len(faults)} fault(s)", *sorted(faults)]))
    return parsed


def _without_units(merged: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Values such as "717 USD/day" as numbers, and a fault for each in another unit."""
    plain_values = dict(merged)
    faults: list[str] = []
    for section in SECTIONS:
        values = dict(merged.get(section, {}))
        for name, (unit, meaning) in _declared(section).items():
            found = _VALUE_WITH_UNIT.fullmatch(str(values.get(name)))
            if not isinstance(values.get(name), str) or found is None:
                continue
            if found[2] not in (None, unit, f"{unit}s"):
                fault = _unit_fault(values[name], found[2], unit)
                faults.append(f"  {section}.{name} ({meaning}): {fault}")
            values[name] = float(found[1].replace("_", ""))
        plain_values[section] = values
    return plain_values, faults


def _unit_fault(text: str, found: str, unit: str) -> str:
    """What was found, and what was expected."""
    expected = "a number without a unit" if unit == NO_UNIT else f"a number of {unit}"
    told = f" ({BASE_UNITS[unit]})" if unit in BASE_UNITS else ""
    return f"expected {expected}{told}, found {text!r}, which is in {found}"


def _declared(section: str) -> dict[str, tuple[str, str]]:
    """Unit and meaning of every planned value of a section."""
    return {
        entry.name: (entry.metadata["unit"], entry.metadata["meaning"])
        for entry in fields(SECTIONS[section])
        if "unit" in entry.metadata
    }


def _converter() -> cattrs.Converter:
    converter = strict_converter()
    converter.register_structure_hook(Ranged, ranged_from_toml)
    converter.register_structure_hook(Currency, _currency_from_toml)
    for kind, limits in LIMITS.items():
        converter.register_structure_hook(kind, partial(_limited_from_toml, limits))
    return converter


def _currency_from_toml(value: Any, _: Any) -> str:
    fault = currency_fault(value) if isinstance(value, str) else f"expected text, found {value!r}"
    if fault:
        raise ValueError(fault)
    return str(value)


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
