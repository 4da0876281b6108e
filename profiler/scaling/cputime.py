"""CPU time at scale: per byte for phases over documents, apart for phases over all keys."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from profiler.scaling.quantity import Draws, Estimate, Quantity
from profiler.scaling.ratio import Counts, Ranks, inverse, log_draws, ratio_estimate

SECONDS_PER_HOUR = 3600.0
BYTES_PER_MB = 1e6


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


def resolve_growth(sampled: float, total: Draws) -> Draws:
    """How much dearer one document is in n log n than in linear growth: log N / log n, from 1."""
    if sampled <= 2:
        return np.ones(len(total))
    return np.maximum(1.0, np.log(np.maximum(total, 1.0)) / np.log(sampled))


def resolve_cpu_hours(
    cpu_seconds: float, sampled: float, docs_in: Quantity, ranks: Ranks
) -> Quantity:
    """CPU of a resolve phase: the point is linear in documents, the draws reach up to n log n.

    Cache misses and spilling at the target's size are in neither; time them on keys of that size.
    """
    if cpu_seconds == 0 or sampled <= 0:
        return Quantity.certain(0.0, len(ranks))
    linear = docs_in * (cpu_seconds / sampled / SECONDS_PER_HOUR)
    dearer = 1.0 + ranks * (resolve_growth(sampled, docs_in.draws) - 1.0)
    return Quantity(linear.point, linear.draws * dearer)
