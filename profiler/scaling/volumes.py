"""What a forecast says: volumes, retention and CPU-hours of every stage at the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from profiler.scaling.quantity import Estimate, Quantity, State

Basis = Literal["stored", "text", "warc-gz", "wet-gz", "parquet-zstd"]
STATES: tuple[State, ...] = ("estimate", "rough", "bounds")
CARRIERS = ("read", "intermediate")
BASES: tuple[Basis, ...] = ("stored", "text", "warc-gz", "wet-gz", "parquet-zstd")


@dataclass(frozen=True, slots=True)
class Target:
    """The whole that the sample stands for. ``bytes`` is in ``basis``; 1 TB = 10**12 bytes.

    ``ratio`` is text_bytes of the whole over text bytes of the sample. ``stored_bytes`` is what
    lies on disk: the size given, or for basis "text" what the run's formats would take.
    """

    bytes: float
    basis: Basis
    stored_bytes: Quantity
    text_bytes: Quantity
    documents: Quantity
    ratio: float
    conversion: str  # how basis became text bytes, with its source


@dataclass(frozen=True, slots=True)
class StageForecast:
    """One stage at the target; bytes are UTF-8 text. CPU-hours are of the profiled machine.

    ``retention`` is docs out over docs in of this stage; in state "bounds" the points of the
    volumes that follow are planning values. ``per_document_cpu_hours`` covers the phases that go
    over the documents, ``resolve_cpu_hours`` those that go over all keys at once; with what is
    spent once, whatever the volume (training a model), they add up to ``cpu_hours``.
    ``chain_retention`` is what a dedup and those directly before it leave of the documents that
    entered the first of them.
    """

    stage: str
    kind: str  # read, rules, admission, c4-lines, exact-dedup, near-dedup, quality, intermediate
    docs_in: Quantity
    docs_out: Quantity
    bytes_in: Quantity
    bytes_out: Quantity
    retention: Estimate
    cpu_hours: Quantity
    mb_per_cpu_second: Estimate | None
    method: str
    per_document_cpu_hours: Quantity | None = None
    resolve_cpu_hours: Quantity | None = None
    bytes_retention: Estimate | None = None
    tokens_retention: Estimate | None = None
    chain_retention: Estimate | None = None
    notes: tuple[str, ...] = ()
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Forecast:
    """All stages in order, and the end of the line. ``clean_tokens`` is None where unknown.

    ``cpu_hours`` is the sum of the stages, and what a run of any size spends once (start-up).
    """

    target: Target
    stages: tuple[StageForecast, ...]
    clean_docs: Quantity
    clean_text_bytes: Quantity
    clean_tokens: Quantity | None
    cpu_hours: Quantity
    state: str  # of what is left at the end of the line
    assumptions: tuple[str, ...]
    warnings: tuple[str, ...]
    seed: int


def worst(*states: State) -> State:
    """The least certain of some states."""
    return max(states, key=STATES.index, default="estimate")


def volume_states(stages: Sequence[StageForecast]) -> tuple[tuple[State, State], ...]:
    """How sure the volumes are that enter and leave each stage.

    What filters leave is no surer than what entered. What a chain of dedups leaves is as sure as
    the answer on all of them together, whatever was known in between.
    """
    found: list[tuple[State, State]] = []
    state: State = "estimate"
    entered: State | None = None  # the chain, if the stage before was a dedup
    for stage in stages:
        before = state
        if stage.chain_retention is not None:
            entered = before if entered is None else entered
            state = worst(entered, stage.chain_retention.state)
        elif stage.kind not in CARRIERS:
            entered = None
            state = worst(before, stage.retention.state)
        found.append((before, state))
    return tuple(found)
