"""Retentions and CPU rates of a run or a forecast, each beside its published band."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.errors import CorpuscostError
from profiler.published.bands import (
    CPU_UNIT,
    RETENTION_UNITS,
    Band,
    RetentionUnit,
    Scope,
    Side,
    Until,
    cpu_band,
    likely_cause,
    measures_of,
    published_kind,
    recipe_band,
    retention_band,
)
from profiler.record.sample import source_inputs
from profiler.record.schema import CARRIER_ROWS, Run, StageTotals
from profiler.scaling.basis import Conversion, stored_conversion, text_conversion
from profiler.scaling.forecast import estimate_to_json
from profiler.scaling.quantity import Estimate, State
from profiler.scaling.volumes import BASES, Forecast, StageForecast, volume_states
from profiler.views.funnel import DEDUP_KINDS, FunnelRow, funnel
from profiler.views.outlook import outlook, ratio

Verdict = Literal["within", "unusual", "partly outside", "one figure", "not compared"]

BYTES_PER_TB = 1e12
SECONDS_PER_HOUR = 3600.0
RECIPE_ROWS: dict[Until, str] = {"before_dedup": "all before dedup", "whole": "whole recipe"}
_JSONL_GZ = (".jsonl.gz", ".json.gz", ".ndjson.gz")


@dataclass(frozen=True, slots=True)
class BandRow:
    """One measured figure beside its band, both in ``band.unit``.

    "unusual": the whole interval lies outside the band, on ``side``; "partly outside": a part of
    it does. With one published figure, or none in this unit and basis, there is no verdict.
    """

    stage: str
    scope: Scope
    measured: Estimate
    band: Band
    verdict: Verdict
    side: Side | None = None
    cause: str = ""


def run_bands(run: Run) -> tuple[BandRow, ...]:
    """What a run measured, on its sample, beside what is published: stages in order, then all."""
    text_per_byte = text_ratios(run)
    rows: list[BandRow] = []
    for totals, seen in zip(_stages(run), funnel(run), strict=True):
        kind = _kind(run, totals.stage, totals.kind)
        for unit, kept in _kept(seen).items():
            rows += _beside(totals.stage, "sample", kept, retention_band(kind, unit), "retention")
        if totals.bytes_in:
            hours = totals.cpu_seconds / SECONDS_PER_HOUR / (totals.bytes_in / BYTES_PER_TB)
            band = cpu_band(kind, text_per_byte)
            rows += _beside(totals.stage, "sample", _counted(hours), band, "cpu")
    return (*rows, *_recipe_rows(run))


def forecast_bands(run: Run, forecast: Forecast) -> tuple[BandRow, ...]:
    """What the whole would keep and burn, at scale, beside what is published.

    Filters keep the same share of tokens at any scale, so theirs is that of the run.
    """
    text_per_byte = text_ratios(run)
    of_run = {row.stage: row.tokens_kept for row in funnel(run)}
    states = volume_states(forecast.stages)
    rows: list[BandRow] = []
    for stage, (before, _) in zip(forecast.stages, states, strict=True):
        if stage.kind in CARRIER_ROWS:
            continue
        kind = _kind(run, stage.stage, stage.kind)
        rows += _beside(
            stage.stage, "at scale", stage.retention, retention_band(kind, "docs"), "retention"
        )
        if stage.bytes_retention is not None:
            band = retention_band(kind, "bytes")
            rows += _beside(stage.stage, "at scale", stage.bytes_retention, band, "retention")
        band = retention_band(kind, "tokens")
        if stage.tokens_retention is not None:
            rows += _beside(stage.stage, "at scale", stage.tokens_retention, band, "retention")
        elif stage.kind not in DEDUP_KINDS:
            kept = _counted(of_run.get(stage.stage))
            rows += _beside(stage.stage, "sample", kept, band, "retention")
        rate = _rate(stage, before)
        rows += _beside(stage.stage, "at scale", rate, cpu_band(kind, text_per_byte), "cpu")
    return (*rows, *_recipe_rows_at_scale(forecast))


def bands_json(rows: Sequence[BandRow]) -> list[dict[str, Any]]:
    """Rows as plain data; retentions are fractions of 1."""
    return [
        {
            "stage": row.stage,
            "kind": row.band.kind,
            "unit": row.band.unit,
            "scope": row.scope,
            "measured": estimate_to_json(row.measured),
            "published": {
                "low": row.band.low if row.band.figures else None,
                "high": row.band.high if row.band.figures else None,
                "is_band": row.band.is_band,
                "figures": [dataclasses.asdict(figure) for figure in row.band.figures],
                "left_out": [dataclasses.asdict(left) for left in row.band.left_out],
            },
            "verdict": row.verdict,
            "side": row.side,
            "likely_cause": row.cause or None,
        }
        for row in rows
    ]


def text_ratios(run: Run) -> Callable[[str], Conversion | None]:
    """Bytes of text per byte of a published basis: measured in the run, else published, else None."""
    inputs = source_inputs(run)

    def text_per_byte(basis: str) -> Conversion | None:
        known = next((one for one in BASES if one == basis and one != "stored"), None)
        try:
            if known is not None:
                return text_conversion(inputs, known)
            if basis == "jsonl-gz" and all(i.path.lower().endswith(_JSONL_GZ) for i in inputs):
                measured = stored_conversion(inputs)
                return Conversion(measured, f"measured in the run: {measured.point:.4g}", True)
        except CorpuscostError:  # no ratio, or the run has read no text
            return None
        return None

    return text_per_byte


def judge(measured: Estimate, band: Band) -> tuple[Verdict, Side | None]:
    """Where a measured interval lies; a point decides nothing that its interval does not."""
    if not band.figures:
        return "not compared", None
    if not band.is_band:
        return "one figure", None
    if band.low <= measured.low and measured.high <= band.high:
        return "within", None
    if measured.low > band.high:
        return "unusual", "above"
    if measured.high < band.low:
        return "unusual", "below"
    return "partly outside", None


def _beside(
    stage: str,
    scope: Scope,
    measured: Estimate | None,
    band: Band,
    of: Literal["retention", "cpu"],
) -> Iterator[BandRow]:
    """The row of a figure that is known; none for one that is not."""
    if measured is None:
        return
    verdict, side = judge(measured, band)
    cause = "" if side is None else likely_cause(band.kind, of, side, scope)
    yield BandRow(stage, scope, measured, band, verdict, side, cause)


def _recipe_rows(run: Run) -> Iterator[BandRow]:
    seen = funnel(run)
    if not seen:
        return
    first = next((n for n, row in enumerate(seen) if row.kind in DEDUP_KINDS), 0)
    ends: dict[Until, FunnelRow] = {"whole": seen[-1]}
    if first:
        ends = {"before_dedup": seen[first - 1], **ends}
    for until, last in ends.items():
        of_pool = (last.docs_of_pool, last.bytes_of_pool, last.tokens_of_pool)
        for unit, kept in zip(RETENTION_UNITS, of_pool, strict=True):
            band = recipe_band(until, unit)
            yield from _beside(RECIPE_ROWS[until], "sample", _counted(kept), band, "retention")


def _recipe_rows_at_scale(forecast: Forecast) -> Iterator[BandRow]:
    deciding = [
        (stage, before)
        for stage, (before, _) in zip(
            forecast.stages, volume_states(forecast.stages), strict=True
        )
        if stage.kind not in CARRIER_ROWS
    ]
    first = next((n for n, (s, _) in enumerate(deciding) if s.kind in DEDUP_KINDS), 0)
    target = forecast.target
    if first:
        stage, state = deciding[first]
        kept = (
            ratio(stage.docs_in, target.documents, state),
            ratio(stage.bytes_in, target.text_bytes, state),
        )
        yield from _recipe_at_scale("before_dedup", kept)
    view = outlook(forecast)
    yield from _recipe_at_scale("whole", (view.docs_kept, view.bytes_kept))


def _recipe_at_scale(until: Until, kept: tuple[Estimate, Estimate]) -> Iterator[BandRow]:
    units: tuple[RetentionUnit, ...] = ("docs", "bytes")
    for unit, measured in zip(units, kept, strict=True):
        band = recipe_band(until, unit)
        yield from _beside(RECIPE_ROWS[until], "at scale", measured, band, "retention")


def _rate(stage: StageForecast, before: State) -> Estimate:
    """CPU-hours per TB of text that reaches a stage at scale, draw by draw.

    A filter burns the same per byte whatever reaches it; what a dedup burns goes with its volume,
    and is known as well as that.
    """
    state = before if stage.kind in DEDUP_KINDS else "estimate"
    return ratio(stage.cpu_hours, stage.bytes_in / BYTES_PER_TB, state)


def _kept(row: FunnelRow) -> dict[RetentionUnit, Estimate | None]:
    kept = (row.docs_kept, row.bytes_kept, row.tokens_kept)
    return dict(zip(RETENTION_UNITS, map(_counted, kept), strict=True))


def _counted(value: float | None) -> Estimate | None:
    """A figure that was counted in the run: without an interval."""
    return None if value is None else Estimate(value, value, value, "counted in the run")


def _kind(run: Run, stage: str, kind: str) -> str:
    return published_kind(kind, measures_of(run.recipe, stage))


def _stages(run: Run) -> list[StageTotals]:
    return [stage for stage in run.stages if stage.stage not in CARRIER_ROWS]

