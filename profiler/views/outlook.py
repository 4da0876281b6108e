"""A forecast as estimates that views print: no point after a stage that gives bounds only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from profiler.record.schema import CARRIER_ROWS
from profiler.scaling.quantity import (
    HIGH_QUANTILE,
    LOW_QUANTILE,
    Estimate,
    Quantity,
    State,
)
from profiler.scaling.volumes import Forecast, StageForecast

STATES: tuple[State, ...] = ("estimate", "rough", "bounds")
STATE_MEANING: dict[str, str] = {
    "estimate": "The sample supports a point and a 90 % interval.",
    "rough": "The sample supports a point, but its interval is optimistic or leans on a model.",
    "bounds": "The sample carries no further: the figure lies between the two bounds, and a "
    "single value would be invented.",
}


@dataclass(frozen=True, slots=True)
class StageOutlook:
    """One stage at the target; bytes are UTF-8 text, retention is documents out over in."""

    stage: str
    kind: str
    docs_in: Estimate
    bytes_in: Estimate
    docs_out: Estimate
    bytes_out: Estimate
    retention: Estimate
    cpu_hours: Estimate
    mb_per_cpu_second: Estimate | None
    method: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """A whole forecast; ``docs_kept`` and ``bytes_kept`` are of the pool. Tokens may be unknown."""

    stages: tuple[StageOutlook, ...]
    docs_kept: Estimate
    bytes_kept: Estimate
    clean_docs: Estimate
    clean_text_bytes: Estimate
    clean_tokens: Estimate | None
    cpu_hours: Estimate
    state: State

    @property
    def deciding(self) -> tuple[StageOutlook, ...]:
        """The stages without reading and the files between legs, which carry all documents."""
        return tuple(stage for stage in self.stages if stage.kind not in CARRIER_ROWS)


def outlook(forecast: Forecast) -> Outlook:
    """Estimates of a forecast. What a stage receives is known as well as the stages before it."""
    stages = tuple(_stage(stage, state) for stage, state in _with_states(forecast))
    state = worst(*(stage.retention.state for stage in forecast.stages))
    tokens = forecast.clean_tokens
    target = forecast.target
    last = worst(*(stage.cpu_hours.state for stage in stages))
    return Outlook(
        stages,
        ratio(forecast.clean_docs, target.documents, state),
        ratio(forecast.clean_text_bytes, target.text_bytes, state),
        forecast.clean_docs.estimate("all stages in order", state),
        forecast.clean_text_bytes.estimate("all stages in order", state),
        None if tokens is None else tokens.estimate("text bytes × tokens per byte", state),
        forecast.cpu_hours.estimate("sum of the stages", last),
        state,
    )


def ratio(part: Quantity, whole: Quantity, state: State) -> Estimate:
    """part / whole, draw by draw."""
    draws = np.divide(part.draws, whole.draws, out=np.zeros_like(part.draws), where=whole.draws > 0)
    low, high = np.quantile(draws, (LOW_QUANTILE, HIGH_QUANTILE))
    point = None if state == "bounds" or not whole.point else part.point / whole.point
    return Estimate(point, float(low), float(high), "ratio of joint draws", state)


def worst(*states: str) -> State:
    """The least certain of some states."""
    return STATES[max((STATES.index(_state(state)) for state in states), default=0)]


def _state(state: str) -> State:
    return state if state in STATES else "bounds"


def _with_states(forecast: Forecast) -> Iterator[tuple[StageForecast, State]]:
    state: State = "estimate"
    for stage in forecast.stages:
        yield stage, state
        state = worst(state, stage.retention.state)


def _stage(stage: StageForecast, before: State) -> StageOutlook:
    after = worst(before, stage.retention.state)
    received = "what the stages before it keep"
    return StageOutlook(
        stage.stage,
        stage.kind,
        stage.docs_in.estimate(received, before),
        stage.bytes_in.estimate(received, before),
        stage.docs_out.estimate(received, after),
        stage.bytes_out.estimate(received, after),
        stage.retention,
        stage.cpu_hours.estimate(stage.method, before),
        stage.mb_per_cpu_second,
        stage.method,
    )
