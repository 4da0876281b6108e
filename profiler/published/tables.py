"""Published figures to hold a run against: funnels, throughputs and sizes of crawls."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median
from typing import Literal, TypeVar

from pipeline.config import read_toml, structure

T = TypeVar("T")

FOLDER = Path(__file__).parent
Confidence = Literal["primary", "secondary", "vendor-estimate"]


@dataclass(frozen=True, slots=True)
class FunnelStage:
    """One stage of a funnel; fractions are of the funnel's unit, or of ``unit`` where given."""

    name: str
    kind: str
    unit: str = ""
    kept_of_previous: float | None = None
    kept_of_input: float | None = None
    bytes_kept_of_previous: float | None = None
    docs_out: float | None = None
    tokens_out: float | None = None
    tb_out: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Funnel:
    """A published pipeline; stages that are not ``sequential`` are never multiplied."""

    id: str
    name: str
    year: int
    lang: str
    input: str
    unit: str
    confidence: Confidence
    source: str
    stage: tuple[FunnelStage, ...]
    sequential: bool = True
    output: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Throughput:
    """Hours or USD that somebody reported; ``per_tb_*`` are hours per TB of ``input_basis``.

    ``covers`` names kinds of stages for which the row serves as a published range.
    """

    id: str
    stage: str
    what: str
    year: int
    confidence: Confidence
    source: str
    covers: tuple[str, ...] = ()
    outlier: bool = False
    hours_low: float | None = None
    hours_high: float | None = None
    hours_unit: str = ""
    input_tb: float | None = None
    input_basis: str = ""
    per_tb_low: float | None = None
    per_tb_high: float | None = None
    per_million_docs_low: float | None = None
    per_million_docs_high: float | None = None
    input_tokens_trillion: float | None = None
    per_trillion_tokens: float | None = None
    published_usd: float | None = None
    usd_per_million_pages: float | None = None
    usd_per_tb: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Crawl:
    """Size of one crawl of Common Crawl."""

    id: str
    pages: float
    confidence: Confidence
    source: str
    uncompressed_tib: float | None = None
    kb_per_page_uncompressed: float | None = None
    warc_gz_tib: float | None = None
    wat_gz_tib: float | None = None
    wet_gz_tib: float | None = None


@dataclass(frozen=True, slots=True)
class HoursRange:
    """Core-hours per unit over several sources; the point is their median."""

    low: float
    point: float
    high: float
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Funnels:
    funnel: tuple[Funnel, ...]


@dataclass(frozen=True, slots=True)
class _Costs:
    cost: tuple[Throughput, ...]
    crawl: tuple[Crawl, ...]


@cache
def funnels() -> tuple[Funnel, ...]:
    """All published funnels."""
    return _read("funnels.toml", _Funnels).funnel


@cache
def throughputs() -> tuple[Throughput, ...]:
    """All published throughputs and costs."""
    return _read("costs.toml", _Costs).cost


@cache
def crawls() -> tuple[Crawl, ...]:
    """Sizes of crawls of Common Crawl."""
    return _read("costs.toml", _Costs).crawl


def hours_per_million_docs(kind: str) -> HoursRange | None:
    """Published core-hours per million documents of a kind of stage, outliers apart."""
    rows = _covering(kind)
    return _range(
        [(r.per_million_docs_low, r.per_million_docs_high, r.source) for r in rows],
    )


def hours_per_tb(kind: str) -> HoursRange | None:
    """Published core-hours per TB of a kind of stage, outliers apart. Bases differ by source."""
    return _range([(r.per_tb_low, r.per_tb_high, r.source) for r in _covering(kind)])


def _covering(kind: str) -> list[Throughput]:
    return [row for row in throughputs() if kind in row.covers and not row.outlier]


def _range(rows: list[tuple[float | None, float | None, str]]) -> HoursRange | None:
    known = [(low, high, source) for low, high, source in rows if low is not None and high]
    if not known:
        return None
    middle = median((low + high) / 2 for low, high, _ in known)
    return HoursRange(
        min(low for low, _, _ in known),
        middle,
        max(high for _, high, _ in known),
        tuple(source for _, _, source in known),
    )


def _read(name: str, kind: type[T]) -> T:
    path = FOLDER / name
    return structure(read_toml(path), kind, str(path))
