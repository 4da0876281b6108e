"""A sample's many small batches as the few large ones of the whole: the fixed cost of a batch.

A document sample reads every shard, so that a shard of the whole is a small batch of the sample,
and a stage costs something for a batch whatever is in it. That cost goes by the number of batches,
not by bytes. Whole shards have the batches of the whole, and need none of this.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from profiler.record.schema import SAMPLE_ROW, Run, SampledFrom
from profiler.scaling.batch_costs import BatchCosts

Floats = npt.NDArray[np.float64]

BATCH_BYTES = 8_000_000  # of text, as the pipeline cuts it
MIN_BATCHES = 12
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Batching:
    """Batches and shards of the whole for each of the sample, where both hold as many bytes.

    ``read_whole``: the sample was drawn on the fly, so that its rows of reading are the whole's.
    """

    batches: float
    shards: float
    read_whole: bool = False


@dataclass(frozen=True, slots=True)
class FixedCost:
    """CPU-seconds of a batch whatever is in it, with the variance of that figure."""

    seconds: float
    variance: float


def batching_of(run: Run, batches: pa.Table) -> Batching | None:
    """How a document sample's batches compare with the whole's; None where they are the whole's.

    The whole's batches are counted where the run itself drew the sample, else they follow from
    the bytes of the shards that it was drawn from.
    """
    source = run.sampled
    if run.design != "documents" or source is None or source.fraction is None or run.parts > 1:
        return None
    if not source.text_bytes > 0 or source.fraction >= 1:
        return None
    shards, mine = _batches(batches)
    if not mine:
        return None
    part = run.totals.bytes_in / source.text_bytes
    whole = _whole_batches(source, batches)
    return Batching(
        min(1.0, part * whole / mine),
        min(1.0, part * source.shards / shards),
        read_whole=not source.inputs,
    )


def as_in_whole(costs: BatchCosts, batching: Batching) -> tuple[BatchCosts, float]:
    """The costs that batches as large as the whole's would have had, and their sum's variance.

    Rows of a shard that are of no batch (opening, closing) go by shards.
    """
    sized = (costs.bytes > 0) & (costs.docs > 0)
    fixed = fixed_cost(costs.docs[sized], costs.bytes[sized], costs.cpu_seconds[sized])
    saved = 1 - batching.batches
    cpu = np.where(sized, costs.cpu_seconds - saved * fixed.seconds, costs.cpu_seconds)
    cpu = np.where(sized, cpu, cpu * batching.shards)
    variance = fixed.variance * (saved * np.count_nonzero(sized)) ** 2
    return replace(costs, cpu_seconds=cpu), variance


def fixed_cost(docs: Floats, volume: Floats, cost: Floats) -> FixedCost:
    """The constant of  cost = constant + a × documents + b × bytes,  none of the three negative.

    Least squares, weighted by one over the expected cost, so that the parts add up to the cost
    that was measured, disturbances shared out in proportion: what a robust constant left over
    would all fall on the bytes, which are scaled. None is taken from fewer than a dozen batches.
    Variance: that of weighted least squares, over the terms that are not 0.
    """
    from scipy.optimize import nnls

    if len(cost) < MIN_BATCHES or cost.sum() <= 0:
        return FixedCost(0.0, 0.0)
    terms = np.stack([np.ones(len(cost)), docs / docs.mean(), volume / volume.mean()], axis=1)
    found = np.full(3, cost.mean() / 3)
    for _ in range(ROUNDS):
        expected = np.maximum(terms @ found, 1e-3 * cost.mean())
        root = np.sqrt(1 / expected)
        found = nnls(terms * root[:, None], cost * root)[0]
    free = found > 0
    if not free[0]:
        return FixedCost(0.0, 0.0)
    noise = float(np.square((cost - terms @ found) * root).sum()) / (len(cost) - int(free.sum()))
    used = terms[:, free] * root[:, None]
    return FixedCost(float(found[0]), noise * float(np.linalg.pinv(used.T @ used)[0, 0]))


def _batches(batches: pa.Table) -> tuple[int, int]:
    """Shards and batches of the sample that hold documents when the first stage gets them."""
    apart = pa.array(["read", "intermediate", SAMPLE_ROW, "profiling"])
    held = pc.and_(pc.greater(batches["docs_in"], 0), pc.is_valid(batches["shard"]))
    rows = batches.filter(pc.and_(held, pc.invert(pc.is_in(batches["stage"], value_set=apart))))
    if not rows.num_rows:
        return 0, 0
    cells = rows.group_by(["shard", "batch"], use_threads=False).aggregate([])
    return pc.count_distinct(cells["shard"]).as_py(), cells.num_rows


def _whole_batches(source: SampledFrom, batches: pa.Table) -> int:
    drawn = pc.and_(pc.equal(batches["stage"], SAMPLE_ROW), pc.equal(batches["phase"], "draw"))
    rows = batches.filter(pc.and_(drawn, pc.greater(batches["docs_in"], 0)))
    if rows.num_rows and not source.inputs:
        return rows.num_rows
    if source.inputs:
        return sum(max(1, math.ceil(each.text_bytes / BATCH_BYTES)) for each in source.inputs)
    return max(source.shards, math.ceil(source.text_bytes / BATCH_BYTES))
