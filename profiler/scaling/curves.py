"""Curves over scale: the same forecast at growing sizes of the whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from profiler.record.store import Record
from profiler.scaling.clusters import clusters_of
from profiler.scaling.evidence import DEDUP_KINDS, Evidence
from profiler.scaling.forecast import make_forecast
from profiler.scaling.forecast_json import estimate_to_json, quantity_to_json
from profiler.scaling.quantity import HIGH_QUANTILE, LOW_QUANTILE, Estimate, Quantity, State
from profiler.scaling.simulation import simulate
from profiler.scaling.target import convert_target
from profiler.scaling.volumes import Basis, Forecast

LARGEST_BYTES = 1e16  # 10 PB
POINTS = 25


@dataclass(frozen=True, slots=True)
class DedupPoint:
    """One dedup at one size. ``retention`` is of what entered the stage, ``together`` of what
    entered the first of the dedups that directly follow one another; ``first`` names that one."""

    stage: str
    first: str
    retention: Estimate
    together: Estimate


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The forecast at ``target_bytes`` of the basis; shares are of all that the target holds.

    ``ratio`` is text of the whole over text of the sample. Tokens may be unknown.
    """

    target_bytes: float
    ratio: float
    docs_kept: Estimate
    bytes_kept: Estimate
    tokens_kept: Estimate | None
    dedups: tuple[DedupPoint, ...]
    cpu_hours: Quantity
    state: State

    @property
    def dedup(self) -> Estimate | None:
        """What the last dedup, and those directly before it, keep; None in a recipe without."""
        return self.dedups[-1].together if self.dedups else None


def curve_sizes(
    record: Record, basis: Basis, points: int = POINTS, largest: float = LARGEST_BYTES
) -> tuple[float, ...]:
    """Sizes of the whole from the sample's own to ``largest`` bytes, in equal steps of the log.

    Only the sample's own where that is larger. Raises CorpuscostError for a basis without a ratio.
    """
    simulation = simulate(clusters_of(record), 1, 1)
    smallest = largest / convert_target(record.run, largest, basis, simulation).ratio
    if smallest >= largest or points < 2:
        return (smallest,)
    return tuple(float(size) for size in np.geomspace(smallest, largest, points))


def forecast_curve(
    record: Record,
    sizes: Sequence[float],
    basis: Basis,
    seed: int = 1,
    evidence: Evidence | None = None,
    draws: int = 2000,
) -> tuple[CurvePoint, ...]:
    """The forecast at every size; each equals ``make_forecast`` of that size, seed and draws."""
    return tuple(curve_points(record, sizes, basis, seed, evidence, draws))


def curve_points(
    record: Record,
    sizes: Sequence[float],
    basis: Basis,
    seed: int = 1,
    evidence: Evidence | None = None,
    draws: int = 2000,
) -> Iterator[CurvePoint]:
    """The points of ``forecast_curve`` one by one: each costs a forecast, about a second."""
    tokens_per_byte = _tokens_per_byte(record)
    for size in sizes:
        forecast = make_forecast(record, size, basis, seed, draws, evidence)
        yield _point(forecast, tokens_per_byte)


def curve_point(record: Record, forecast: Forecast) -> CurvePoint:
    """The point of a curve that a forecast of the record is."""
    return _point(forecast, _tokens_per_byte(record))


def carries_until(points: Sequence[CurvePoint]) -> tuple[float, float] | None:
    """Between which two sizes the sample stops to carry a point for dedup.

    The first is 0 where no size has one; None where all have.
    """
    before = 0.0
    for point in sorted(points, key=lambda each: each.target_bytes):
        if point.dedup is not None and point.dedup.state == "bounds":
            return before, point.target_bytes
        before = point.target_bytes
    return None


def curve_to_json(points: Sequence[CurvePoint]) -> list[dict[str, Any]]:
    """The "curve" of ``estimate --curve --json``: no share has a point where its state forbids one.

    "planned" says that the point of the CPU-hours is a planning value.
    """
    return [_point_to_json(point) for point in points]


def _point(forecast: Forecast, tokens_per_byte: float | None) -> CurvePoint:
    target, state = forecast.target, cast(State, forecast.state)
    tokens = None
    if forecast.clean_tokens is not None and tokens_per_byte:
        whole = target.text_bytes * tokens_per_byte
        tokens = _share(forecast.clean_tokens, whole, state)
    return CurvePoint(
        target.bytes,
        target.ratio,
        _share(forecast.clean_docs, target.documents, state),
        _share(forecast.clean_text_bytes, target.text_bytes, state),
        tokens,
        _dedups(forecast),
        forecast.cpu_hours,
        state,
    )


def _dedups(forecast: Forecast) -> tuple[DedupPoint, ...]:
    found: list[DedupPoint] = []
    first = ""
    for stage in forecast.stages:
        if stage.kind in ("read", "intermediate"):
            continue
        if stage.kind not in DEDUP_KINDS:
            first = ""
            continue
        first = first or stage.stage
        together = stage.chain_retention or stage.retention
        found.append(DedupPoint(stage.stage, first, stage.retention, together))
    return tuple(found)


def _tokens_per_byte(record: Record) -> float | None:
    totals = record.run.totals
    if totals.tokens_in is None or not totals.bytes_in:
        return None
    return totals.tokens_in / totals.bytes_in


def _share(part: Quantity, whole: Quantity, state: State) -> Estimate:
    """part / whole, draw by draw; no point in state "bounds"."""
    draws = np.divide(part.draws, whole.draws, out=np.zeros_like(part.draws), where=whole.draws > 0)
    low, high = np.quantile(draws, (LOW_QUANTILE, HIGH_QUANTILE))
    point = None if state == "bounds" or not whole.point else part.point / whole.point
    return Estimate(point, float(low), float(high), "ratio of joint draws", state)


def _point_to_json(point: CurvePoint) -> dict[str, Any]:
    tokens = point.tokens_kept
    return {
        "target_bytes": point.target_bytes,
        "ratio": point.ratio,
        "docs_kept": estimate_to_json(point.docs_kept),
        "bytes_kept": estimate_to_json(point.bytes_kept),
        "tokens_kept": None if tokens is None else estimate_to_json(tokens),
        "dedups": [
            {
                "stage": dedup.stage,
                "first": dedup.first,
                "retention": estimate_to_json(dedup.retention),
                "together": estimate_to_json(dedup.together),
            }
            for dedup in point.dedups
        ],
        "cpu_hours": quantity_to_json(point.cpu_hours),
        "state": point.state,
        "planned": point.state == "bounds",
    }
