"""The published examples beside what our formulas give for their inputs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from profiler.money.annotation import entries_usd, instruction_usd, pairs, pairwise_usd
from profiler.money.cleaning import rule_usd
from profiler.money.conversion import convert_mix_usd
from profiler.money.crawling import sites_usd
from profiler.money.storage import capacity_usd
from profiler.money.training import nodes_usd, optimal_tokens, training_flop
from profiler.published.model import Example, Formula, examples

Inputs = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Checked:
    """An example, what our formula gives, and whether that is as the example says.

    ``difference`` is computed over published, less 1. A mismatch agrees when the formula gives
    ``actual`` and not the figure that is printed.
    """

    example: Example
    computed: float
    difference: float
    agrees: bool


def computed(example: Example) -> float:
    """Our formula on the inputs of ``example``."""
    return float(_FORMULAS[example.formula](example.inputs))


def checked(example: Example) -> Checked:
    """One example, checked."""
    value = computed(example)
    difference = value / example.expected - 1
    near = _close(value, example.expected, example.rel_tol)
    if example.actual is None:
        return Checked(example, value, difference, near)
    gives_actual = _close(value, example.actual, example.rel_tol)
    return Checked(example, value, difference, gives_actual and not near)


def check() -> tuple[Checked, ...]:
    """All examples, checked."""
    return tuple(checked(example) for example in examples())


def formula_function(formula: Formula) -> Callable[..., Any]:
    """Our function of a published formula, by the name that the table gives it."""
    module, _, name = formula.function.partition(".")
    function: Callable[..., Any] = getattr(import_module(f"profiler.money.{module}"), name)
    return function


def _close(value: float, expected: float, rel_tol: float) -> bool:
    return math.isclose(value, expected, rel_tol=max(rel_tol, 1e-12))


def _sites(inputs: Inputs) -> Any:
    large = sites_usd(inputs["large"], inputs["large_usd"])
    return large + sites_usd(inputs["vertical"], inputs["vertical_usd"])


def _instruction(inputs: Inputs) -> Any:
    usd = instruction_usd(
        inputs["entries"],
        inputs["entries_per_hour"],
        inputs["annotator_usd_per_hour"],
        inputs["review_share"],
        inputs["reviews_per_hour"],
        inputs["reviewer_usd_per_hour"],
    )
    return usd + inputs.get("other_usd", 0.0)


def _pairwise(inputs: Inputs) -> Any:
    return pairwise_usd(
        inputs["prompts"],
        inputs["responses"],
        inputs["pairs_per_hour"],
        inputs["annotator_usd_per_hour"],
    )


def _mix(inputs: Inputs) -> Any:
    return convert_mix_usd(
        inputs["pages"],
        inputs["own_share"],
        inputs["own_usd_per_page"],
        inputs["third_usd_per_page"],
    )


def _optimal_flop(parameters: float) -> Any:
    return training_flop(parameters, optimal_tokens(parameters))


def _flop_ratio(inputs: Inputs) -> Any:
    """Operations of a model that is ``scale`` times as large, each with the tokens it needs."""
    parameters = inputs["parameters"]
    return _optimal_flop(inputs["scale"] * parameters) / _optimal_flop(parameters)


_FORMULAS: dict[str, Callable[[Inputs], Any]] = {
    "capacity": lambda i: capacity_usd(i["tb"], i["usd_per_tb"]),
    "clean_simple": lambda i: rule_usd(i["tb"], i["usd_per_100_tb"], i["engineer_usd"]),
    "sites": _sites,
    "video": lambda i: sites_usd(1, i["base"], video_share=1, video_factor=i["high"]),
    "overseas": lambda i: sites_usd(1, i["base"], overseas_share=1, overseas_factor=i["high"]),
    "mix": _mix,
    "entries": lambda i: entries_usd(i["entries"], i["usd_per_entry"]),
    "sft_instruction": _instruction,
    "pairs": lambda i: pairs(i["responses"]),
    "rlhf_pairwise": _pairwise,
    "flops": lambda i: training_flop(i["parameters"], i["tokens"]),
    "chinchilla": lambda i: optimal_tokens(i["parameters"]),
    "flops_ratio": _flop_ratio,
    "nodes": lambda i: nodes_usd(i["gpu_hours"], i["gpus_per_node"], i["usd_per_node_hour"]),
    "sum": lambda i: math.fsum(i.values()),
    "ratio": lambda i: i["dividend"] / i["divisor"],
    "product": lambda i: math.prod(i.values()),
}
