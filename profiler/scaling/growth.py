"""How CPU grew within a run: an exponent for each stage, as the record has it.

A stage whose batches cost as much after much text as after little has an exponent of 1. One that
keeps more and more in mind, or more than the caches hold, has a larger one.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from profiler.record.schema import OVER_DOCUMENTS, RESOLVE, Growth
from profiler.record.store import Record
from profiler.scaling.batch_costs import BatchCosts, batch_costs, without_warming
from profiler.scaling.clusters import clusters_of
from profiler.scaling.evidence import DEDUP_KINDS
from profiler.scaling.regression import fit_mix

Floats = npt.NDArray[np.float64]

MIN_BATCHES = 8
ONE_SIZE = "a run resolves once, at one size; `corpuscost calibrate` times others"


def with_growth(record: Record) -> Record:
    """The record, with what its batches tell of how CPU grew."""
    return dataclasses.replace(record, run=dataclasses.replace(record.run, growth=growth(record)))


def growth(record: Record) -> tuple[Growth, ...]:
    """Exponents of CPU over documents, in the order of the recipe; of resolving there is none."""
    costs = batch_costs(record.tables["batches"], clusters_of(record), record.run.workers)
    found = []
    for stage in record.run.stages:
        if stage.stage in costs:
            found.append(_of_stage(stage.stage, costs[stage.stage]))
        if stage.kind in DEDUP_KINDS:
            found.append(Growth(stage.stage, RESOLVE, None, None, 1, stage.bytes_in, ONE_SIZE))
    return tuple(found)


def exponent(costs: BatchCosts) -> tuple[float, float] | None:
    """The exponent e of CPU ~ amount ** e and its standard error; None where batches are few.

    The marginal cost of a batch goes as V ** (e - 1), V being the amount of work until its middle:
    the slope of log (cost / amount) on log V, weighted by the amount. An amount is documents and
    bytes in the proportion that costs follow, so that a change of their mix is no growth. The
    standard error is the jackknife's over shards, or over batches where shards are few.
    """
    used = (costs.bytes > 0) & (costs.docs > 0) & (costs.cpu_seconds > 0)
    if np.count_nonzero(used) < MIN_BATCHES:
        return None
    docs, volume, cpu = costs.docs[used], costs.bytes[used], costs.cpu_seconds[used]
    clusters = np.unique(costs.clusters[used], return_inverse=True)[1]
    if clusters.max() + 1 < MIN_BATCHES:
        clusters = np.arange(len(cpu))
    law = fit_mix(docs, volume, cpu, clusters)
    if law is None:
        return None
    amount = (1 - law.share) * volume + law.share * docs * law.bytes_per_document
    done = np.log(np.cumsum(amount) - amount / 2)
    rate = np.log(cpu / amount)
    count = int(clusters.max()) + 1
    slopes = np.array([_slope(done, rate, amount * (clusters != left)) for left in range(count)])
    variance = (count - 1) / count * float(np.square(slopes - slopes.mean()).sum())
    return 1 + _slope(done, rate, amount), variance**0.5


def _of_stage(name: str, costs: BatchCosts) -> Growth:
    warm = without_warming(costs)
    batches, text_bytes = int(np.count_nonzero(costs.bytes)), int(costs.bytes.sum())
    found = exponent(warm)
    if found is None:
        reason = f"{batches} batches with text, at least {MIN_BATCHES} are needed"
        return Growth(name, OVER_DOCUMENTS, None, None, batches, text_bytes, reason)
    return Growth(name, OVER_DOCUMENTS, *found, batches, text_bytes)


def _slope(x: Floats, y: Floats, weights: Floats) -> float:
    centred = x - np.average(x, weights=weights)
    return float(np.sum(weights * centred * y) / np.sum(weights * np.square(centred)))
