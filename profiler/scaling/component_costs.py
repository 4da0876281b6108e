"""What the parts of filters cost, from their trials: per batch, per document and per byte."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from profiler.record.schema import (
    DROPPED_GROUP,
    KEPT_GROUP,
    LONE_GROUP,
    OWN_WORK,
    SINGLE_GROUP,
)
from profiler.scaling.nonnegative import solve_nonnegative
from profiler.scaling.order import Bits
from profiler.scaling.quantity import Draws

AMOUNTS = ("calls", "docs_present", "docs", "bytes")
GROUPS = (KEPT_GROUP, DROPPED_GROUP, SINGLE_GROUP, LONE_GROUP)
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Components:
    """Components of the filters of a block, and sums of their trials by cluster.

    ``needs`` of shape (n, c) tells which filter needs which; ``payers`` the filter that comes to
    each first in the block's own order. ``grams`` (k, c, 4, 4) and ``moments`` (k, c, 4) are the
    normal equations of CPU-seconds on AMOUNTS, each trial weighted by one over its expected cost.
    """

    names: tuple[str, ...]
    needs: Bits
    payers: Places
    grams: Draws
    moments: Draws

    def cpu_seconds(self, weights: Draws) -> Draws:
        """Cost per unit of AMOUNTS, shape (draws, c, 4), for weights of shape (draws, k).

        A draw that has left out all clusters with trials takes them all.
        """
        held = self.grams[:, :, 0, 0].any(axis=1)
        nothing = weights[:, held].sum(axis=1) == 0
        weights = np.where(nothing[:, None], 1.0, weights)
        grams = np.einsum("dk,kcij->dcij", weights, self.grams)
        return solve_nonnegative(grams, np.einsum("dk,kci->dci", weights, self.moments))


def components_of(
    costs: pa.Table, filters: tuple[str, ...], places: Places, clusters: int
) -> Components:
    """From rows of filter_costs of one block; ``places`` is the cluster of each row."""
    named = [
        f"{component} {stage}" if component == OWN_WORK else component
        for stage, component in zip(
            costs["stage"].to_pylist(), costs["component"].to_pylist(), strict=True
        )
    ]
    names = tuple(dict.fromkeys(sorted(named)))
    column = np.array([names.index(name) for name in named], np.int64)
    row = np.array([filters.index(stage) for stage in costs["stage"].to_pylist()], np.int64)
    needs = np.zeros((len(filters), len(names)), np.bool_)
    needs[row, column] = True
    amounts = np.stack([costs[name].to_numpy() for name in AMOUNTS], axis=1)
    seconds = costs["cpu_seconds"].to_numpy()
    group = pc.index_in(costs["group"].combine_chunks(), value_set=pa.array(GROUPS)).to_numpy()
    trials = np.unique(np.stack([column, group, places]), axis=1, return_inverse=True)
    of_trial, cells = trials[1].ravel(), trials[0]
    amounts = _summed(amounts, of_trial, cells.shape[1])
    seconds = _summed(seconds[:, None], of_trial, cells.shape[1])[:, 0]
    grams = np.zeros((clusters, len(names), 4, 4))
    moments = np.zeros((clusters, len(names), 4))
    for number in range(len(names)):
        mine = np.flatnonzero((cells[0] == number) & (amounts[:, 0] > 0))
        place = cells[2, mine]
        expected = _expected(cells[1, mine], amounts[mine], seconds[mine])
        scaled = amounts[mine] / expected[:, None]
        np.add.at(grams[:, number], place, scaled[:, :, None] * amounts[mine][:, None, :])
        np.add.at(moments[:, number], place, scaled * seconds[mine][:, None])
    return Components(names, needs, needs.argmax(axis=0), grams, moments)


def _summed(values: Draws, of_trial: Places, trials: int) -> Draws:
    """Rows of one trial as one: another filter may have done what an earlier one left undone."""
    sums = np.zeros((trials, values.shape[1]))
    np.add.at(sums, of_trial, values)
    return sums


def _expected(groups: Places, amounts: Draws, seconds: Draws) -> Draws:
    """A first guess at the cost of each trial: that of a lone document's, and bytes."""
    calls, volume = amounts[:, 0], amounts[:, 3]
    found = np.zeros(len(calls))
    for name in (LONE_GROUP, SINGLE_GROUP):
        mine = groups == GROUPS.index(name)
        found[mine] = _rate(seconds[mine], calls[mine]) * calls[mine]
    lone, busy = groups == GROUPS.index(LONE_GROUP), groups < GROUPS.index(SINGLE_GROUP)
    fixed = _rate(seconds[lone], calls[lone]) * calls
    per_byte = _rate((seconds - fixed)[busy], volume[busy])
    found[busy] = (fixed + per_byte * volume)[busy]
    return np.maximum(found, 1e-9 * calls)


def _rate(above: Draws, below: Draws) -> float:
    return max(0.0, float(above.sum()) / float(below.sum())) if below.sum() > 0 else 0.0
