"""What others say that the steps around pre-training cost: bounds with sources, never points."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from pipeline.config import read_toml, structure
from profiler.published.tables import FOLDER, Confidence

Step = Literal["pre-training", "sft", "rlhf", "dpo", "fine-tuning"]


@dataclass(frozen=True, slots=True)
class StepRange:
    """Bounds of one step: USD, or a multiple of the compute of the step that ``of`` names.

    Raises ValueError unless 0 <= low <= high.
    """

    id: str
    step: Step
    what: str
    low: float
    high: float
    confidence: Confidence
    source: str
    of: Literal["", "pre-training", "sft", "rlhf"] = ""
    note: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high:
            raise ValueError(f"expected 0 <= low <= high, found {self.low} and {self.high}")


@dataclass(frozen=True, slots=True)
class _Programme:
    range: tuple[StepRange, ...]


@cache
def step_ranges() -> tuple[StepRange, ...]:
    """All published bounds of steps."""
    path = FOLDER / "programme.toml"
    return structure(read_toml(path), _Programme, str(path)).range


def compute_multiple(row: StepRange) -> tuple[float, float]:
    """Bounds of ``row`` as a multiple of the compute of pre-training, through the steps between.

    Low is the product of the lows, high that of the highs. Raises ValueError for a row in USD.
    """
    if not row.of:
        raise ValueError(f"{row.id}: in USD, expected a multiple of the compute of a step")
    if row.of == "pre-training":
        return row.low, row.high
    below = next(each for each in step_ranges() if each.step == row.of and each.of)
    low, high = compute_multiple(below)
    return row.low * low, row.high * high
