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
from profiler.scaling.volumes import STATES, Forecast, StageForecast, volume_states
from profiler.views.funnel import DEDUP_KINDS, together

STATE_WORDS: dict[str, str] = {"estimate": "estimate", "rough": "rough", "bounds": "bounds only"}
STATE_MEANING: dict[str, str] = {
    "estimate": "The sample supports a point and a 90 % interval.",
    "rough": "The sample supports a point, but trust the interval before it: it is wide, leans on "
    "a model, or is optimistic.",
    "bounds": "The sample carries no point: the figure lies between two bounds, and a single value "
    "would be invented.",
}


@dataclass(frozen=True, slots=True)
class StageOutlook:
    """One stage at the target; bytes are UTF-8 text, retention is documents out over in.

    ``answer`` is the state of what the volume after it rests on: its own retention, for a dedup
    that of all dedups up to it. ``phases`` are CPU-hours of a dedup: over its documents (sketch and
    apply), and over all keys at once (resolve).
    """

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
    notes: tuple[str, ...]
    answer: State
    phases: tuple[tuple[str, Estimate], ...] = ()


@dataclass(frozen=True, slots=True)
class KeptRow:
    """What a dedup keeps, in one unit; of a stage, or of several that follow one another."""

    stage: str
    unit: str
    kept: Estimate


@dataclass(frozen=True, slots=True)
class Outlook:
    """A whole forecast; ``docs_kept`` and ``bytes_kept`` are of the pool. Tokens may be unknown."""

    stages: tuple[StageOutlook, ...]
    dedups: tuple[KeptRow, ...]
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
    states = volume_states(forecast.stages)
    stages = tuple(
        _stage(stage, *around) for stage, around in zip(forecast.stages, states, strict=True)
    )
    state = states[-1][1] if states else "estimate"
    tokens = forecast.clean_tokens
    target = forecast.target
    last = worst(*(stage.cpu_hours.state for stage in stages))
    return Outlook(
        stages,
        tuple(_kept(forecast)),
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


def _kept(forecast: Forecast) -> Iterator[KeptRow]:
    """Rows of every dedup, and of those together that directly follow one another."""
    chain: list[tuple[str, str]] = []
    for stage in forecast.stages:
        if stage.kind in CARRIER_ROWS:
            continue
        chain = [*chain, (stage.stage, stage.kind)] if stage.kind in DEDUP_KINDS else []
        if not chain:
            continue
        yield KeptRow(stage.stage, "documents", stage.retention)
        if stage.bytes_retention is not None:
            yield KeptRow(stage.stage, "text bytes", stage.bytes_retention)
        if stage.tokens_retention is not None:
            yield KeptRow(stage.stage, "tokens", stage.tokens_retention)
        if len(chain) > 1 and stage.chain_retention is not None:
            yield KeptRow(together(chain), "documents", stage.chain_retention)


def _stage(stage: StageForecast, before: State, after: State) -> StageOutlook:
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
        stage.notes,
        (stage.chain_retention or stage.retention).state,
        _phases(stage, before),
    )


def _phases(stage: StageForecast, before: State) -> tuple[tuple[str, Estimate], ...]:
    over, resolve = stage.per_document_cpu_hours, stage.resolve_cpu_hours
    if over is None or resolve is None or resolve.point <= 0:
        return ()
    return (
        ("sketch and apply, over documents", over.estimate(stage.method, before)),
        ("resolve, over all keys", resolve.estimate(stage.method, before)),
    )
