"""From the size that a user gives to bytes of text: measured ratios first, then published ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from pipeline.config import read_toml, structure
from pipeline.errors import CorpuscostError
from profiler.record.schema import Input
from profiler.scaling.quantity import Estimate
from profiler.scaling.ratio import ratio_estimate, times
from profiler.scaling.volumes import BASES, Basis

PUBLISHED_RATIOS = Path(__file__).parent.parent / "published" / "ratios.toml"
_FORMATS: tuple[tuple[str, Basis], ...] = (
    (".wet.gz", "wet-gz"),
    (".warc.gz", "warc-gz"),
    (".parquet", "parquet-zstd"),
)


@dataclass(frozen=True, slots=True)
class PublishedRatio:
    """A ratio derived from published figures, with how and from where."""

    id: str
    what: str
    low: float
    point: float
    high: float
    derivation: str
    sources: tuple[str, ...]
    confidence: str
    as_of: str

    def estimate(self) -> Estimate:
        method = f"published, {self.confidence}: {'; '.join(self.sources)}"
        return Estimate(self.point, self.low, self.high, method, "rough")


@dataclass(frozen=True, slots=True)
class _PublishedRatios:
    ratio: tuple[PublishedRatio, ...]


@dataclass(frozen=True, slots=True)
class Conversion:
    """Bytes of text per byte of a basis, and how that is known."""

    text_per_byte: Estimate
    explanation: str
    measured: bool


@cache
def published_ratios(path: Path = PUBLISHED_RATIOS) -> dict[str, PublishedRatio]:
    """The published ratios by id; ConfigError where the file has faults."""
    data = structure(read_toml(path), _PublishedRatios, str(path))
    return {ratio.id: ratio for ratio in data.ratio}


def input_format(path: str) -> Basis | None:
    """The basis that a shard is stored in, by its name; None for a format that is no basis."""
    return next((basis for ending, basis in _FORMATS if path.lower().endswith(ending)), None)


def text_conversion(
    inputs: Sequence[Input], basis: Basis, published: dict[str, PublishedRatio] | None = None
) -> Conversion:
    """How many bytes of text are in a byte of ``basis``.

    Measured in the run for "stored", and for a format that all its inputs have; else published.
    Raises CorpuscostError for a basis that is unknown, that no ratio is published for, or when the
    run has read no text.
    """
    if basis not in BASES:
        raise CorpuscostError(f"basis {basis!r}: expected one of {', '.join(BASES)}")
    if basis == "text":
        return Conversion(Estimate(1.0, 1.0, 1.0, "exact"), "the size is given as text", True)
    formats = {input_format(shard.path) for shard in inputs if shard.bytes > 0}
    if basis == "stored" or formats == {basis}:
        return _measured(inputs, basis)
    known = published_ratios() if published is None else published
    if basis == "warc-gz" and formats == {"wet-gz"} and "wet-gz-per-warc-gz" in known:
        return _through_wet(inputs, known["wet-gz-per-warc-gz"])
    if basis not in known:
        raise CorpuscostError(
            f"basis {basis!r}: the run has read no such files and no ratio is published for it; "
            "profile files of that format, or give the size with --basis stored or text"
        )
    ratio = known[basis]
    return Conversion(
        ratio.estimate(),
        f"published: {ratio.point:g} ({ratio.low:g} to {ratio.high:g}) {ratio.what}; "
        f"{ratio.derivation} Sources: {'; '.join(ratio.sources)} ({ratio.confidence})",
        False,
    )


def stored_conversion(inputs: Sequence[Input]) -> Estimate:
    """Bytes of text per stored byte of the run's inputs, shards as clusters.

    Raises CorpuscostError when the run has read no text.
    """
    stored = np.array([shard.bytes for shard in inputs], np.int64)
    text = np.array([shard.text_bytes for shard in inputs], np.int64)
    if stored.sum() <= 0 or text.sum() <= 0:
        raise CorpuscostError(
            f"the run has read {text.sum()} bytes of text from {stored.sum()} stored bytes; "
            "a forecast needs some: profile shards that hold documents"
        )
    return ratio_estimate(text, stored)


def _measured(inputs: Sequence[Input], basis: Basis) -> Conversion:
    ratio = stored_conversion(inputs)
    return Conversion(
        ratio,
        f"measured in the run: {ratio.point:.4g} bytes of text per byte of {basis} "
        f"({ratio.low:.4g} to {ratio.high:.4g}; {ratio.method})",
        True,
    )


def _through_wet(inputs: Sequence[Input], wet_per_warc: PublishedRatio) -> Conversion:
    measured = stored_conversion(inputs)
    explanation = (
        f"published: {wet_per_warc.point:g} ({wet_per_warc.low:g} to {wet_per_warc.high:g}) "
        f"{wet_per_warc.what}; {wet_per_warc.derivation} "
        f"Sources: {'; '.join(wet_per_warc.sources)} ({wet_per_warc.confidence}); "
        f"times {measured.point:.4g} bytes of text per byte of WET.gz, measured in the run"
    )
    product = times(wet_per_warc.estimate(), measured, wet_per_warc.estimate().method)
    return Conversion(product, explanation, False)
