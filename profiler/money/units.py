"""Units of a budget: a closed set, in which what is commonly mixed up cannot be mixed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from pipeline.config import did_you_mean

if TYPE_CHECKING:
    import pint

NO_UNIT = "1"
# Each is a dimension of its own: a TB is no TiB, an hour no part of a day, and 1000pages is a
# lot of pages, so that a formula has to say how many. What converts is a term like any other.
BASE_UNITS: dict[str, str] = {
    "USD": "United States dollars",
    "TB": "10**12 bytes",
    "TiB": "2**40 bytes",
    "GB": "10**9 bytes",
    "byte": "bytes",
    "moved": "in TB-moved: TB that leave or enter",
    "100TB": "blocks of 100 TB",
    "vCPU": "virtual CPUs, mostly one hardware thread each",
    "core": "physical cores",
    "GPU": "GPUs",
    "node": "machines",
    "second": "seconds",
    "hour": "hours",
    "day": "days: working days of one person, or calendar days, as the value says",
    "month": "calendar months",
    "year": "years",
    "site": "websites",
    "domain": "domains of a corpus",
    "IP": "addresses",
    "membership": "paid accounts",
    "request": "requests",
    "1000requests": "thousands of requests",
    "page": "pages",
    "1000pages": "thousands of pages",
    "document": "documents",
    "1e6documents": "millions of documents",
    "token": "tokens",
    "1e6tokens": "millions of tokens",
    "1e9tokens": "thousands of millions of tokens",
    "1e12tokens": "millions of millions of tokens",
    "entry": "entries written",
    "pair": "pairs compared",
    "score": "answers scored",
    "response": "answers to one prompt",
    "parameter": "parameters of a model",
    "FLOP": "floating-point operations",
}


_CHECKED: set[tuple[Callable[..., Any], tuple[str, ...], str]] = set()


class UnitError(ValueError):
    """Units that do not fit: the formula or the value that is wrong, and what was expected."""


@cache
def parse(text: str) -> pint.Unit:
    """The unit that a text such as "USD/TB-month" names: products by "-", one "/" at most.

    Raises UnitError for a name that is not in BASE_UNITS.
    """
    registry = _registry()
    above, slash, below = text.partition("/")
    unit = _product(above, text)
    return unit / _product(below, text) if slash else registry.Unit(unit)


def known(text: str) -> bool:
    """Whether ``text`` is a unit."""
    try:
        parse(text)
    except UnitError:
        return False
    return True


def check(
    function: Callable[..., Any], text: str, points: Sequence[tuple[float, str]], unit: str
) -> None:
    """Run a formula over quantities with units; UnitError unless the result is in ``unit``.

    Units do not hang on the values, so a formula is run once for each set of units.
    """
    units = tuple(name for _, name in points)
    if (function, units, unit) in _CHECKED:
        return
    found = _result_unit(function, text, points)
    if found != parse(unit):
        named = ", ".join(units)
        raise UnitError(f"{text}: expected {unit}, found {found:~} from {named}")
    _CHECKED.add((function, units, unit))


def _result_unit(
    function: Callable[..., Any], text: str, points: Sequence[tuple[float, str]]
) -> pint.Unit:
    import pint

    registry = _registry()
    quantities = [registry.Quantity(value, parse(name)) for value, name in points]
    try:
        result = registry.Quantity(function(*quantities)).units
    except pint.DimensionalityError as error:
        units = ", ".join(name for _, name in points)
        raise UnitError(f"{text}: units do not fit ({units}): {error}") from None
    return registry.Unit(result)


def _product(text: str, whole: str) -> pint.Unit:
    registry = _registry()
    unit = registry.Unit("")
    for name in text.split("-"):
        if name == NO_UNIT:
            continue
        if name not in BASE_UNITS:
            raise UnitError(f"unit {whole!r}: {unit_hint(name, list(BASE_UNITS))}")
        unit = unit * registry.Unit(_identifier(name))
    return unit


def unit_hint(unit: str, known_units: list[str]) -> str:
    """What was probably meant by a unit that is not known."""
    if "TiB" in unit or "GiB" in unit:
        decimal = unit.replace("TiB", "TB").replace("GiB", "GB")
        factor = "1.0995" if "TiB" in unit else "1.0737"
        return f"expected {decimal!r}: divide the price by {factor}"
    return did_you_mean(unit, known_units)


def _identifier(name: str) -> str:
    return f"u_{name}"


@cache
def _registry() -> pint.UnitRegistry[Any]:
    import pint

    registry: pint.UnitRegistry[Any] = pint.UnitRegistry(None)
    for name in BASE_UNITS:
        identifier = _identifier(name)
        registry.define(f"{identifier} = [{identifier}] = {identifier}")
    return registry
