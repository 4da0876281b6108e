"""Strict configuration: TOML into dataclasses, every fault of a file reported at once."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Any, TypeVar

import cattrs
from cattrs.errors import BaseValidationError, ForbiddenExtraKeysError, IterableValidationError

from pipeline.errors import ConfigError

T = TypeVar("T")


def read_toml(path: Path) -> dict[str, Any]:
    """Parse a TOML file; a ConfigError names the file and the place."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text ({error})") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error


def structure(data: Any, kind: type[T], where: str, converter: cattrs.Converter | None = None) -> T:
    """Turn parsed TOML into ``kind``; unknown keys are faults, with the nearest known key.

    Raises ConfigError that lists every fault with its path inside ``where``.
    """
    try:
        return (converter or strict_converter()).structure(data, kind)
    except Exception as error:
        faults = sorted(set(_faults(error, "")))
        listed = "\n".join(f"  {fault}" for fault in faults)
        raise ConfigError(f"{where}: {len(faults)} fault(s)\n{listed}") from error


def strict_converter() -> cattrs.Converter:
    """A converter that refuses unknown keys and silent changes of type."""
    converter = cattrs.Converter(forbid_extra_keys=True, detailed_validation=True)
    converter.register_structure_hook(float, _number)
    converter.register_structure_hook(int, _whole_number)
    converter.register_structure_hook(str, _string)
    converter.register_structure_hook(bool, _boolean)
    return converter


def did_you_mean(word: str, known: list[str]) -> str:
    """A hint for a misspelt name: the nearest of ``known``, else all of them."""
    near = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known))}"


def _number(value: Any, _: type) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"expected a number, found {value!r}")
    return float(value)


def _whole_number(value: Any, _: type) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"expected a whole number, found {value!r}")
    return value


def _string(value: Any, _: type) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected text, found {value!r}")
    return value


def _boolean(value: Any, _: type) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, found {value!r}")
    return value


def _faults(error: BaseException, path: str) -> list[str]:
    if isinstance(error, ForbiddenExtraKeysError):
        fields = [f.name for f in getattr(error.cl, "__attrs_attrs__", ())] or list(
            getattr(error.cl, "__dataclass_fields__", {})
        )
        return [
            f"{_join(path, key)}: unknown key, {did_you_mean(key, fields)}"
            for key in sorted(error.extra_fields)
        ]
    if isinstance(error, IterableValidationError):
        noted, plain = error.group_exceptions()
        nested = [(e, f"{path}[{note.index!r}]") for e, note in noted]
        return _all_faults(nested + [(e, path) for e in plain])
    if isinstance(error, BaseValidationError):
        noted_fields, plain_fields = error.group_exceptions()  # type: ignore[attr-defined]
        nested = [(e, _join(path, note.name)) for e, note in noted_fields]
        return _all_faults(nested + [(e, path) for e in plain_fields])
    if isinstance(error, KeyError):
        key = str(error.args[0])
        return [
            f"{path if path.split('.')[-1] == key else _join(path, key)}: required, but missing"
        ]
    return [f"{path or 'top level'}: {error}"]


def _all_faults(placed: list[tuple[Exception, str]]) -> list[str]:
    return [fault for error, path in placed for fault in _faults(error, path)]


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
