"""Retentions and CPU rates of a run or a forecast, each beside its published band."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from pipeline.errors import CorpuscostError
from profiler.published.bands import (
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
from profiler.scaling.forecast_json import estimate_to_json
from profiler.scaling.quantity import Estimate, Quantity, State
from profiler.scaling.volumes import BASES, Forecast, StageForecast, volume_states
from profiler.views.funnel import DEDUP_KINDS, FunnelRow, funnel
from profiler.views.outlook import outlook, ratio

Verdict = Literal["within", "unusual", "partly outside", "one figure", "not compared"]

BYTES_PER_TB = 1e12
SECONDS_PER_HOUR = 3600.0
TINY = 1e-300  # nothing came in, nothing went out
RECIPE_ROWS: dict[Until, str] = {"before_dedup": "all before dedup", "whole": "whole recipe"}
_JSONL_GZ = (".jsonl.gz", ".json.gz", ".ndjson.gz")


@dataclass(frozen=True, slots=True)
class BandRow:
    """One measured figure beside its band, both in ``band.unit``.

    ``stages`` are those that it is of: filters of one published kind are held together against
    what others kept with all of theirs. "unusual": the whole interval lies outside the band, on
    ``side``; "partly outside": a part of it does. With one published figure, or none in this unit
    and basis, there is no verdict.
    """

    label: str
    stages: tuple[str, ...]
    scope: Scope
    measured: Estimate
    band: Band
    verdict: Verdict
    side: Side | None = None
    cause: str = ""


@dataclass(frozen=True, slots=True)
class _Group:
    """Stages of one published kind."""

    kind: str
    label: str
    stages: tuple[str, ...]

    def beside(
        self,
        scope: Scope,
        measured: Estimate | None,
        band: Band,
        of: Literal["retention", "cpu"] = "retention",
    ) -> Iterator[BandRow]:
        """The row of a figure that is known; none for one that is not."""
        if measured is None:
            return
        verdict, side = judge(measured, band)
        cause = "" if side is None else likely_cause(band.kind, of, side, scope)
        yield BandRow(self.label, self.stages, scope, measured, band, verdict, side, cause)


def run_bands(run: Run) -> tuple[BandRow, ...]:
    """What a run measured, on its sample, beside what is published: stages in order, then all."""
    text_per_byte = text_ratios(run)
    totals = {stage.stage: stage for stage in run.stages}
    seen = {row.stage: row for row in funnel(run)}
    rows: list[BandRow] = []
    for group in _groups(run, [(row.stage, row.kind) for row in seen.values()]):
        for unit, kept in _kept([seen[name] for name in group.stages]).items():
            rows += group.beside("sample", kept, retention_band(group.kind, unit))
        rate = _sample_rate([totals[name] for name in group.stages])
        rows += group.beside("sample", rate, cpu_band(group.kind, text_per_byte), "cpu")
    return (*rows, *_recipe_rows(run))


def forecast_bands(run: Run, forecast: Forecast) -> tuple[BandRow, ...]:
    """What the whole would keep and burn, at scale, beside what is published.

    Filters keep the same share of tokens at any scale, so theirs is that of the run.
    """
    text_per_byte = text_ratios(run)
    seen = {row.stage: row for row in funnel(run)}
    states = [before for before, _ in volume_states(forecast.stages)]
    entered = dict(zip((stage.stage for stage in forecast.stages), states, strict=True))
    at_scale = {s.stage: s for s in forecast.stages if s.kind not in CARRIER_ROWS}
    rows: list[BandRow] = []
    for group in _groups(run, [(stage.stage, stage.kind) for stage in at_scale.values()]):
        stages = [at_scale[name] for name in group.stages]
        for unit, kept in _kept_at_scale(stages).items():
            rows += group.beside("at scale", kept, retention_band(group.kind, unit))
        if stages[0].kind not in DEDUP_KINDS:
            tokens = _kept([seen[name] for name in group.stages if name in seen])["tokens"]
            rows += group.beside("sample", tokens, retention_band(group.kind, "tokens"))
        rate = _rate(stages, entered[group.stages[0]])
        rows += group.beside("at scale", rate, cpu_band(group.kind, text_per_byte), "cpu")
    return (*rows, *_recipe_rows_at_scale(forecast))


def bands_json(rows: Sequence[BandRow]) -> list[dict[str, Any]]:
    """Rows as plain data; retentions are fractions of 1."""
    return [
        {
            "label": row.label,
            "stages": list(row.stages),
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
    """Bytes of text per byte of a published basis: of the run, else published, else None."""
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


def _groups(run: Run, stages: Sequence[tuple[str, str]]) -> list[_Group]:
    """Filters by published kind, in the order of the first of each; every dedup by itself."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, kind in stages:
        published = published_kind(kind, measures_of(run.recipe, name))
        found.setdefault((published, name if kind in DEDUP_KINDS else ""), []).append(name)
    return [_Group(kind, _label(names), tuple(names)) for (kind, _), names in found.items()]


def _label(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} +{len(names) - 1}"


def _kept(rows: Sequence[FunnelRow]) -> dict[RetentionUnit, Estimate | None]:
    """What stages kept in turn: the product of what each kept of what reached it."""
    columns = zip(*((row.docs_kept, row.bytes_kept, row.tokens_kept) for row in rows), strict=True)
    products = [_product(column) for column in columns] or [None] * len(RETENTION_UNITS)
    return dict(zip(RETENTION_UNITS, map(_counted, products), strict=True))


def _product(shares: Sequence[float | None]) -> float | None:
    known = [share for share in shares if share is not None]
    return math.prod(known) if len(known) == len(shares) else None


def _kept_at_scale(stages: Sequence[StageForecast]) -> dict[RetentionUnit, Estimate | None]:
    """The forecast's own answer for one stage; for filters in turn their joint draws."""
    if len(stages) == 1:
        only = stages[0]
        return {
            "docs": only.retention,
            "bytes": only.bytes_retention,
            "tokens": only.tokens_retention,
        }
    docs, size = _in_turn([(s.docs_out, s.docs_in) for s in stages]), None
    if all(stage.bytes_retention is not None for stage in stages):
        size = _in_turn([(s.bytes_out, s.bytes_in) for s in stages])
    return {"docs": docs, "bytes": size, "tokens": None}


def _in_turn(volumes: Sequence[tuple[Quantity, Quantity]]) -> Estimate:
    """The product of out over in, draw by draw."""
    draws = np.ones_like(volumes[0][0].draws)
    for out, came in volumes:
        draws = draws * (out.draws / np.maximum(came.draws, TINY))
    point = math.prod(out.point / max(came.point, TINY) for out, came in volumes)
    return Quantity(point, draws).estimate("filters in turn")


def _sample_rate(stages: Sequence[StageTotals]) -> Estimate | None:
    """vCPU-hours of stages per TB of the text that reached the first."""
    if not stages[0].bytes_in:
        return None
    hours = sum(stage.cpu_seconds for stage in stages) / SECONDS_PER_HOUR
    return _counted(hours / (stages[0].bytes_in / BYTES_PER_TB))


def _rate(stages: Sequence[StageForecast], entered: State) -> Estimate:
    """CPU-hours per TB of text that reaches the first stage at scale, draw by draw.

    A filter burns the same per byte whatever reaches it; what a dedup burns goes with its volume,
    and is known as well as that.
    """
    hours = stages[0].cpu_hours
    for stage in stages[1:]:
        hours = hours + stage.cpu_hours
    state = entered if stages[0].kind in DEDUP_KINDS else "estimate"
    return ratio(hours, stages[0].bytes_in / BYTES_PER_TB, state)


def _recipe_rows(run: Run) -> Iterator[BandRow]:
    seen = funnel(run)
    if not seen:
        return
    first = next((n for n, row in enumerate(seen) if row.kind in DEDUP_KINDS), 0)
    ends: dict[Until, int] = {"before_dedup": first, "whole": len(seen)}
    for until, end in ends.items():
        if not end:
            continue
        last, group = seen[end - 1], _recipe_group(until, [row.stage for row in seen[:end]])
        of_pool = (last.docs_of_pool, last.bytes_of_pool, last.tokens_of_pool)
        for unit, kept in zip(RETENTION_UNITS, of_pool, strict=True):
            yield from group.beside("sample", _counted(kept), recipe_band(until, unit))


def _recipe_rows_at_scale(forecast: Forecast) -> Iterator[BandRow]:
    states = volume_states(forecast.stages)
    deciding = [
        (stage, before)
        for stage, (before, _) in zip(forecast.stages, states, strict=True)
        if stage.kind not in CARRIER_ROWS
    ]
    names = [stage.stage for stage, _ in deciding]
    first = next((n for n, (s, _) in enumerate(deciding) if s.kind in DEDUP_KINDS), 0)
    target, view = forecast.target, outlook(forecast)
    if first:
        stage, state = deciding[first]
        docs = ratio(stage.docs_in, target.documents, state)
        size = ratio(stage.bytes_in, target.text_bytes, state)
        yield from _recipe_at_scale("before_dedup", names[:first], docs, size)
    yield from _recipe_at_scale("whole", names, view.docs_kept, view.bytes_kept)


def _recipe_at_scale(
    until: Until, names: Sequence[str], docs: Estimate, size: Estimate
) -> Iterator[BandRow]:
    group = _recipe_group(until, names)
    yield from group.beside("at scale", docs, recipe_band(until, "docs"))
    yield from group.beside("at scale", size, recipe_band(until, "bytes"))


def _recipe_group(until: Until, names: Sequence[str]) -> _Group:
    return _Group(until, RECIPE_ROWS[until], tuple(names))


def _counted(value: float | None) -> Estimate | None:
    """A figure that was counted in the run: without an interval."""
    return None if value is None else Estimate(value, value, value, "counted in the run")
