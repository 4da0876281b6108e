"""What a forecast says: volumes, retention and CPU-hours of every stage at the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from profiler.scaling.quantity import Estimate, Quantity

Basis = Literal["stored", "text", "warc-gz", "wet-gz", "parquet-zstd"]
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
    state: str  # the worst state of the stages
    assumptions: tuple[str, ...]
    warnings: tuple[str, ...]
    seed: int
