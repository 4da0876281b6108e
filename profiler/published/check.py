"""The published examples beside what our formulas give for their inputs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from profiler.money.cleaning import rule_usd
from profiler.money.crawling import sites_usd
from profiler.money.storage import capacity_usd
from profiler.published.tables import Example, examples

Inputs = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Checked:
    """An example, what our formula gives, and whether that is as the example says.

    A mismatch agrees when the formula gives ``actual`` and not the figure that is printed.
    """

    example: Example
    computed: float
    agrees: bool


def computed(example: Example) -> float:
    """Our formula on the inputs of ``example``."""
    return _FORMULAS[example.formula](example.inputs)


def check() -> tuple[Checked, ...]:
    """All examples, checked."""
    return tuple(_checked(example) for example in examples())


def _checked(example: Example) -> Checked:
    value = computed(example)
    if example.kind != "mismatch":
        return Checked(example, value, _close(value, example.expected, example.rel_tol))
    gives_actual = example.actual is not None and _close(value, example.actual, example.rel_tol)
    return Checked(example, value, gives_actual and not _close(value, example.expected, 0.0))


def _close(value: float, expected: float, rel_tol: float) -> bool:
    return math.isclose(value, expected, rel_tol=max(rel_tol, 1e-12))


def _sites(inputs: Inputs) -> float:
    large = sites_usd(inputs["large"], inputs["large_usd"])
    vertical = sites_usd(inputs["vertical"], inputs["vertical_usd"])
    return float(large + vertical)


_FORMULAS: dict[str, Callable[[Inputs], float]] = {
    "capacity": lambda i: float(capacity_usd(i["tb"], i["usd_per_tb"])),
    "clean_simple": lambda i: float(rule_usd(i["tb"], i["usd_per_100_tb"], i["engineer_usd"])),
    "sites": _sites,
    "sum": lambda i: sum(i.values()),
    "ratio": lambda i: i["dividend"] / i["divisor"],
    "product": lambda i: math.prod(i.values()),
}
