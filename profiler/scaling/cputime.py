"""CPU time at scale: by documents and bytes for phases over documents; resolving is timed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from profiler.scaling.batch_costs import BatchCosts, without_warming
from profiler.scaling.batching import Batching, as_in_whole
from profiler.scaling.quantity import Draws, Estimate, Quantity, State
from profiler.scaling.ratio import (
    LONE_CLUSTER_FACTOR,
    MAX_FACTOR,
    NORMAL_95,
    Counts,
    Ranks,
    cluster_method,
    inverse,
    log_draws,
    ratio_estimate,
    t_95,
)
from profiler.scaling.regression import MixFit, fit_mix
from profiler.scaling.resolving import SECONDS_PER_HOUR, ResolveTimings, resolve_cpu_hours

BYTES_PER_MB = 1e6

__all__ = [
    "SECONDS_PER_HOUR",
    "CpuLaw",
    "ResolveTimings",
    "cpu_seconds_per_byte",
    "document_cpu_hours",
    "fit_cpu_law",
    "mb_per_cpu_second",
    "resolve_cpu_hours",
]


@dataclass(frozen=True, slots=True)
class CpuLaw:
    """What a stage costs per document and per byte of text, and how well that is known.

    ``fit`` has its variances on the logarithmic scale; None: nothing was measured. ``clusters`` is
    the noun, "shards" or "batches". ``set_aside_cpu_seconds`` was spent on warming up: once.
    """

    seconds_per_document: float
    seconds_per_byte: float
    fit: MixFit | None
    clusters: str
    set_aside_cpu_seconds: float = 0.0

    @property
    def state(self) -> State:
        """Rough from a single cluster: there is no spread to see."""
        if self.fit is None:
            return "bounds"
        return "estimate" if self.fit.clusters > 1 else "rough"

    @property
    def method(self) -> str:
        """How the law came about, in words."""
        if self.fit is None:
            return "nothing was measured"
        if self.fit.clusters < 2:
            return (
                f"per byte; one of the {self.clusters} only, no spread seen: factor "
                f"{LONE_CLUSTER_FACTOR} assumed"
            )
        if not self.fit.identified:
            what = "per byte (the sample cannot tell documents from bytes)"
            return cluster_method(what, self.fit.clusters, self.clusters)
        what = f"per document ({self.fit.share:.0%} of it) and per byte"
        return cluster_method(what, self.fit.clusters, self.clusters)

    @property
    def rate(self) -> Estimate:
        """CPU-seconds per byte at the sample's own mix of documents and bytes."""
        if self.fit is None:
            return Estimate(None, 0.0, math.inf, self.method, "bounds")
        up = math.exp(float(self.half_width(np.ones(1))[0]))
        level = self.fit.level
        return Estimate(level, level / up, level * up, self.method, self.state)

    def half_width(self, mix: Draws) -> Draws:
        """Half the 90 % interval of the logarithm of the cost, for each mix.

        ``mix`` is documents per byte over that of the sample. t × sd by the delta method: with f =
        1 + share (mix - 1) and g = (mix - 1) / f, variance = V(log level) + 2 g C + g² V(share).
        What the unknown share adds is never more than what a share of 0 or of 1 would make.
        """
        fit = self.fit
        assert fit is not None
        if fit.clusters < 2:
            return np.full(len(mix), math.log(LONE_CLUSTER_FACTOR)) + _reach(fit.share, mix)
        factor = np.maximum(1 + fit.share * (mix - 1), 1e-9)
        lever = (mix - 1) / factor
        variance = fit.level_variance + 2 * lever * fit.covariance
        variance += np.square(lever) * fit.share_variance
        t = t_95(fit.clusters - 1)
        most = t * math.sqrt(fit.level_variance) + _reach(fit.share, mix)
        half_width = np.minimum(t * np.sqrt(np.maximum(variance, 0)), most)
        return np.minimum(half_width, math.log(MAX_FACTOR))

    def cpu_hours(self, docs: Quantity, volume: Quantity, ranks: Ranks) -> Quantity:
        """CPU-hours for so many documents and bytes, draw by draw.

        For volumes that are certain, the 5 and 95 % quantiles are the interval. The same ranks
        (``Simulation.ranks``) for several stages keep their costs joint.
        """
        from scipy.special import ndtri

        fit = self.fit
        if fit is None:
            return Quantity.certain(0.0, len(ranks))
        mean = docs * self.seconds_per_document + volume * self.seconds_per_byte
        mix = np.ones(len(ranks))
        np.divide(docs.draws * fit.bytes_per_document, volume.draws, mix, where=volume.draws > 0)
        noise = np.exp(ndtri(ranks) / NORMAL_95 * self.half_width(mix))
        return Quantity(mean.point, mean.draws * noise) / SECONDS_PER_HOUR


def fit_cpu_law(
    costs: BatchCosts, clusters: str = "shards", batching: Batching | None = None
) -> CpuLaw:
    """The law of one stage, from its batches; warming up in a first batch is set aside.

    ``batching`` tells how the whole's batches differ from a document sample's smaller ones.

    Falls back on the cost per byte when fewer than four batches were seen, or when documents and
    bytes move together so closely that the sample cannot tell which of them costs. A stage that
    spent no CPU costs nothing; one that no document reached has no law.
    """
    warm, unsure = without_warming(costs), 0.0
    if batching is not None:
        warm, unsure = as_in_whole(warm, batching)
    fit = fit_mix(warm.docs, warm.bytes, warm.cpu_seconds, warm.clusters)
    aside = warm.set_aside_cpu_seconds
    if fit is None:
        return CpuLaw(0.0, 0.0, None, clusters, aside)
    unsure /= float(warm.cpu_seconds.sum()) ** 2
    fit = replace(fit, level_variance=fit.level_variance + unsure)
    return CpuLaw(
        fit.level * fit.share * fit.bytes_per_document,
        fit.level * (1 - fit.share),
        fit,
        clusters,
        aside,
    )


def cpu_seconds_per_byte(
    cpu_seconds: npt.NDArray[np.float64], bytes_in: Counts, clusters: str = "shards"
) -> Estimate:
    """CPU-seconds per byte of text that reaches a stage; one entry per cluster."""
    return ratio_estimate(cpu_seconds, bytes_in, clusters)


def mb_per_cpu_second(rate: Estimate) -> Estimate | None:
    """Speed of a stage in MB (10⁶ bytes) per CPU-second; None where no CPU was measured."""
    if not rate.point:
        return None
    speed = inverse(rate)
    assert speed.point is not None
    return Estimate(
        speed.point / BYTES_PER_MB,
        speed.low / BYTES_PER_MB,
        speed.high / BYTES_PER_MB,
        speed.method,
        speed.state,
    )


def document_cpu_hours(rate: Estimate, bytes_in: Quantity, ranks: Ranks) -> Quantity:
    """Rate × volume, draw by draw; nothing where no CPU was measured."""
    per_byte = Quantity(rate.point or 0.0, log_draws(rate, ranks))
    return per_byte * bytes_in / SECONDS_PER_HOUR


def _reach(share: float, mix: Draws) -> Draws:
    """The farthest that another share could move the logarithm of the cost at this mix."""
    factor = np.maximum(1 + share * (mix - 1), 1e-9)
    ends = np.stack([np.ones_like(mix), np.maximum(mix, 1e-9)])
    return np.asarray(np.abs(np.log(ends / factor)).max(axis=0))
