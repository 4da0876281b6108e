"""Bands of published figures: what others kept and burnt at the same kind of stage.

A band is of one kind of stage and one unit. Documents, bytes and tokens are never mixed, nor are
bytes of different bases: a published rate enters a band only after a conversion that is named, and
what cannot be converted is listed as left out, with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from pipeline.config import read_toml, structure
from profiler.published.tables import (
    FOLDER,
    Funnel,
    FunnelStage,
    Throughput,
    funnels,
    throughputs,
)
from profiler.scaling.basis import Conversion

RetentionUnit = Literal["docs", "bytes", "tokens"]
Until = Literal["before_dedup", "whole"]
Side = Literal["above", "below"]
Scope = Literal["sample", "at scale"]

RETENTION_UNITS: tuple[RetentionUnit, ...] = ("docs", "bytes", "tokens")
CPU_UNIT = "vCPU-hours per TB of text"
DEDUP_SUFFIX = "_dedup"
LEAST_FIGURES = 2  # of a band; one alone is a published figure


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """One published row in the unit of a band; ``conversion`` says how it got there, if it had to.

    ``id`` is that of a funnel or of a throughput: ``corpuscost published ID`` shows it.
    """

    id: str
    what: str
    low: float
    high: float
    source: str
    conversion: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A published row of the same kind of stage that is not compared, and why."""

    id: str
    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Band:
    """Published figures of one kind of stage in one unit, from the lowest to the highest.

    ``kind`` is a kind of funnels.toml and costs.toml, or "before_dedup" or "whole" for all stages
    up to there. Retentions are fractions of 1.
    """

    kind: str
    unit: str
    figures: tuple[PublishedFigure, ...]
    left_out: tuple[LeftOut, ...] = ()

    @property
    def is_band(self) -> bool:
        return len(self.figures) >= LEAST_FIGURES

    @property
    def low(self) -> float:
        """The lowest figure; ValueError where there is none."""
        return min(figure.low for figure in self.figures)

    @property
    def high(self) -> float:
        """The highest figure; ValueError where there is none."""
        return max(figure.high for figure in self.figures)


@dataclass(frozen=True, slots=True)
class CoreHours:
    """How many vCPU-hours are in an hour of what a source calls ``unit``."""

    unit: str
    low: float
    high: float
    source: str


@dataclass(frozen=True, slots=True)
class Cause:
    """What is likely when a figure of ``kind`` lies on one ``side`` of its band."""

    kind: str
    of: Literal["retention", "cpu"]
    side: Side
    text: str
    source: str
    scope: Scope | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """bands.toml: how what is measured meets what is published."""

    raw_crawl_funnels: tuple[str, ...]
    excluded_languages: tuple[str, ...]
    kinds: dict[str, str]
    measures: dict[str, tuple[str, ...]]
    core_hours: tuple[CoreHours, ...]
    cause: tuple[Cause, ...]


@cache
def rules() -> Rules:
    """The rules of comparison; ConfigError where the file has faults."""
    path = FOLDER / "bands.toml"
    return structure(read_toml(path), Rules, str(path))


def published_kind(kind: str, measures: Sequence[str] = ()) -> str:
    """The published kind of a recipe's stage; ``measures`` are those of its rules.

    A stage of rules is what more than half of its rules measure, else of the recipe kind's own.
    """
    known = rules()
    for name, listed in known.measures.items():
        if sum(measure in listed for measure in measures) > len(measures) / 2:
            return name
    return known.kinds.get(kind, kind.replace("-", "_"))


def retention_band(kind: str, unit: RetentionUnit) -> Band:
    """What stages of ``kind`` kept of what entered them, in sequential funnels of ``unit``.

    Stages of one kind in one funnel are one figure, their product. A funnel that publishes it of
    some of them alone is left out, and so is one in a unit that is none of ours.
    """
    figures, left_out = [], []
    for funnel, stages in _stages(kind):
        kept = [_kept(funnel, stage, unit) for stage in stages]
        names = ", ".join(stage.name for stage in stages)
        known = [share for share in kept if share is not None]
        if len(known) == len(stages):
            figures.append(_figure(funnel, names, math.prod(known)))
        elif known:
            missing = next(s.name for s, share in zip(stages, kept, strict=True) if share is None)
            left_out.append(LeftOut(funnel.id, names, f"not published of: {missing}"))
        elif _unit(funnel, stages[0]) not in RETENTION_UNITS:
            left_out.append(LeftOut(funnel.id, names, f"kept of {_unit(funnel, stages[0])}"))
    return Band(kind, unit, tuple(figures), tuple(left_out))


def recipe_band(until: Until, unit: RetentionUnit) -> Band:
    """What whole pipelines kept of a raw crawl, to the first dedup or to the end."""
    known = rules()
    figures = []
    for funnel in funnels():
        if funnel.id not in known.raw_crawl_funnels or funnel.unit != unit:
            continue
        last = _last_stage(funnel, until)
        if last is not None and last.kept_of_input is not None and not last.unit:
            figures.append(_figure(funnel, f"all up to: {last.name}", last.kept_of_input))
    return Band(until, unit, tuple(figures))


def cpu_band(kind: str, text_per_byte: Callable[[str], Conversion | None]) -> Band:
    """vCPU-hours per TB of UTF-8 text that reached stages of ``kind``.

    ``text_per_byte`` gives the bytes of text in a byte of a published basis, None where neither
    the run nor a published ratio tells. Outliers, other units and other bases are left out.
    """
    figures, left_out = [], []
    for row in throughputs():
        if row.stage != kind:
            continue
        found = _cpu_figure(row, text_per_byte)
        if isinstance(found, LeftOut):
            left_out.append(found)
        elif found is not None:
            figures.append(found)
    return Band(kind, CPU_UNIT, tuple(figures), tuple(left_out))


def likely_cause(kind: str, of: Literal["retention", "cpu"], side: Side, scope: Scope) -> str:
    """The first cause of bands.toml that fits."""
    for cause in rules().cause:
        fits = cause.kind in (kind, "*") and cause.scope in (None, scope)
        if fits and (cause.of, cause.side) == (of, side):
            return cause.text
    raise LookupError(f"bands.toml has no cause for {of} {side} its band at {kind}")


def measures_of(recipe: Mapping[str, Any], stage: str) -> tuple[str, ...]:
    """Measures of the rules of a stage that are switched on, from the recipe of a record."""
    for spec in recipe.get("stages") or ():
        if spec.get("name") == stage:
            listed = (spec.get("rules") or {}).values()
            return tuple(rule["measure"] for rule in listed if rule.get("enabled", True))
    return ()


def _stages(kind: str) -> Iterator[tuple[Funnel, list[FunnelStage]]]:
    """Sequential funnels with stages of a kind, and those stages."""
    excluded = rules().excluded_languages
    for funnel in funnels():
        stages = [stage for stage in funnel.stage if stage.kind == kind]
        if stages and funnel.sequential and funnel.lang not in excluded:
            yield funnel, stages


def _unit(funnel: Funnel, stage: FunnelStage) -> str:
    return stage.unit or funnel.unit


def _kept(funnel: Funnel, stage: FunnelStage, unit: RetentionUnit) -> float | None:
    """In ``unit``, which for bytes a source may tell beside its own unit."""
    if unit == "bytes" and stage.bytes_kept_of_previous is not None:
        return stage.bytes_kept_of_previous
    return stage.kept_of_previous if _unit(funnel, stage) == unit else None


def _figure(funnel: Funnel, what: str, kept: float) -> PublishedFigure:
    return PublishedFigure(funnel.id, what, kept, kept, funnel.source)


def _last_stage(funnel: Funnel, until: Until) -> FunnelStage | None:
    last = None
    for stage in funnel.stage:
        if until == "before_dedup" and stage.kind.endswith(DEDUP_SUFFIX):
            return last
        last = stage
    return last


def _cpu_figure(
    row: Throughput, text_per_byte: Callable[[str], Conversion | None]
) -> PublishedFigure | LeftOut | None:
    """The row in vCPU-hours per TB of text; None for a row that gives no hours."""
    if row.per_tb_low is None or row.per_tb_high is None:
        if row.per_trillion_tokens is None:
            return None
        return LeftOut(row.id, row.what, f"{row.hours_unit} per trillion tokens")
    hours = next((each for each in rules().core_hours if each.unit == row.hours_unit), None)
    if hours is None:
        return LeftOut(row.id, row.what, f"other unit: {row.hours_unit or 'not stated'}")
    if row.outlier:
        return LeftOut(row.id, row.what, f"an outlier: {row.note or 'see its note'}")
    found = text_per_byte(row.input_basis)
    if found is None or found.text_per_byte.low <= 0:
        return LeftOut(row.id, row.what, f"other basis: TB of {row.input_basis or 'not stated'}")
    ratio = found.text_per_byte
    return PublishedFigure(
        row.id,
        row.what,
        row.per_tb_low * hours.low / ratio.high,
        row.per_tb_high * hours.high / ratio.low,
        row.source,
        _conversion(row, hours, found),
    )


def _conversion(row: Throughput, hours: CoreHours, found: Conversion) -> str:
    parts = []
    if hours.low != hours.high:
        parts.append(f"1 {hours.unit} = {hours.low:g} to {hours.high:g} vCPU-hours")
    if row.input_basis != "text":
        parts.append(f"{row.input_basis} to text: {found.explanation}")
    return "; ".join(parts)
