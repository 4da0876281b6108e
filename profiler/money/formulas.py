"""Formulas by name: the pure functions of ``profiler.money``, to reckon a written budget again."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import Any

from profiler import money
from profiler.money.ranges import Number

_NUMBERS = ("Number", Number)  # as annotations are written in modules that postpone them, or not


def name_of(function: Callable[..., Any]) -> str:
    """The name by which ``formula`` finds a function: "storage.capacity_usd"."""
    module = function.__module__.removeprefix(f"{money.__name__}.")
    return f"{module}.{function.__name__}"


@cache
def formula(name: str) -> Callable[..., Number] | None:
    """The function that ``name`` names, or None.

    Only a function of a module of ``profiler.money`` that takes and gives nothing but Number is a
    formula: a name in a file that somebody else wrote can call nothing else.
    """
    module, _, function = name.rpartition(".")
    if module not in {each.name for each in pkgutil.iter_modules(money.__path__)}:
        return None
    found = vars(importlib.import_module(f"{money.__name__}.{module}")).get(function)
    if not inspect.isfunction(found) or not _takes_and_gives_numbers(found):
        return None
    return found if name_of(found) == name else None


def about(name: str) -> str:
    """What the docstring of a formula says in its first paragraph, or ""."""
    found = formula(name)
    said = inspect.getdoc(found) if found is not None else None
    return " ".join((said or "").partition("\n\n")[0].split())


def _takes_and_gives_numbers(function: Callable[..., Any]) -> bool:
    signature = inspect.signature(function)
    annotations = [signature.return_annotation]
    annotations += [each.annotation for each in signature.parameters.values()]
    return all(annotation in _NUMBERS for annotation in annotations)
