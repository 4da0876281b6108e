"""Blocks of filters as a run measured them: joint verdicts, and the cost of what they share.

The subsample says how the filters' verdicts hang together and how a stage's CPU divides into its
parts. The run itself says, of all documents, how many each filter dropped and what it cost; the
subsample is weighted so that the order of the run comes out as the run was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from profiler.record.schema import BLOCK_JOIN, TRIAL_PARTS
from profiler.record.store import Record
from profiler.scaling.clusters import MIN_SHARDS
from profiler.scaling.component_costs import Components, Places, components_of
from profiler.scaling.filter_flows import Flows, flows_of, shard_places, shards_of
from profiler.scaling.order import Block, order_cpu_seconds, volumes_after
from profiler.scaling.quantity import Draws
from profiler.scaling.ratio import MAX_BOOTSTRAP_COLUMNS, bootstrap_weights

LEAST_MISFIT = 0.05


@dataclass(frozen=True, slots=True)
class MeasuredBlock:
    """A block as measured, and ``drawn``: resamples of its ``clusters``, which are ``kind``.

    In the draws the cost of each component also varies by ``misfit``, the relative error of what
    trials say of the run. ``sampled_docs`` were tried on all filters. The block's own order costs
    what the run's stages cost, less what was warming.
    """

    measured: Block
    drawn: Block
    misfit: float
    sampled_docs: int
    clusters: int
    kind: str


def measured_blocks(record: Record, seed: int, draws: int) -> tuple[MeasuredBlock, ...]:
    """The blocks of a record that were tried, in the order of its recipe."""
    tables = (record.tables[name] for name in ("joint_verdicts", "filter_costs"))
    names = set.intersection(*(set(table["block"].to_pylist()) for table in tables))
    places = {stage.stage: place for place, stage in enumerate(record.run.stages)}
    known = [name for name in names if set(name.split(BLOCK_JOIN)) <= places.keys()]
    known.sort(key=lambda name: places[name.split(BLOCK_JOIN)[0]])
    return tuple(_measured_block(record, name, seed, draws) for name in known)


def _measured_block(record: Record, name: str, seed: int, draws: int) -> MeasuredBlock:
    filters = tuple(name.split(BLOCK_JOIN))
    verdicts, costs = (
        table.filter(pc.equal(table["block"], name))
        for table in (record.tables["joint_verdicts"], record.tables["filter_costs"])
    )
    shards = shards_of(record, filters[0])
    clusters = _Clusters(shards, len(verdicts["shard"].unique()) >= MIN_SHARDS)
    trial = _Trial(
        filters,
        tuple(_seen(verdicts, unit, clusters, len(filters)) for unit in ("docs", "bytes")),
        components_of(costs, filters, clusters.places(costs), clusters.columns),
        flows_of(record, filters, shards),
    )
    random = np.random.default_rng([seed, 4])
    each_once = np.ones((1, clusters.columns))
    once = _Weights(each_once, each_once, np.ones((1, clusters.shard_columns)))
    tried = _block(trial, once)
    error = misfit(trial.flows.cpu_seconds.sum(axis=1), order_cpu_seconds(tried, own(tried))[0])
    weights = clusters.resamples(draws, random)
    drawn = _block(trial, weights)
    noise = np.exp(error * random.normal(size=drawn.cpu_seconds.shape[:2]))
    drawn = replace(drawn, cpu_seconds=drawn.cpu_seconds * noise[..., None])
    return MeasuredBlock(
        _first(_as_spent(tried, trial, once)),
        _as_spent(drawn, trial, weights),
        error,
        int(pc.sum(verdicts["docs"]).as_py()),
        clusters.count,
        "shards" if clusters.whole else "parts of shards",
    )


def own(block: Block) -> range:
    """The block's own order, that of the run."""
    return range(len(block))


@dataclass(frozen=True, slots=True)
class _Weights:
    """How often clusters count: of verdicts and of timings, and shards of the run's own sums."""

    verdicts: Draws
    costs: Draws
    shards: Draws


@dataclass(frozen=True, slots=True)
class _Clusters:
    """Shards as clusters, or where there are few of them, their parts.

    Beyond 256, clusters i, i + 256, … are resampled as one: they share a column.
    """

    shards: tuple[str, ...]
    whole: bool

    @property
    def count(self) -> int:
        return len(self.shards) * (1 if self.whole else TRIAL_PARTS)

    @property
    def columns(self) -> int:
        return min(self.count, MAX_BOOTSTRAP_COLUMNS)

    @property
    def shard_columns(self) -> int:
        return min(len(self.shards), MAX_BOOTSTRAP_COLUMNS)

    def places(self, rows: pa.Table) -> Places:
        """The column of each row's cluster."""
        shard = shard_places(rows, self.shards)
        cluster = shard if self.whole else shard * TRIAL_PARTS + rows["part"].to_numpy()
        return np.asarray(cluster % self.columns, np.int64)

    def resamples(self, draws: int, random: np.random.Generator) -> _Weights:
        """Whole shards keep their verdicts, timings and sums together; parts do not."""
        first = bootstrap_weights(self.count, draws, random)
        if self.whole:
            return _Weights(first, first, first)
        second = bootstrap_weights(self.count, draws, random)
        return _Weights(first, second, np.ones((draws, self.shard_columns)))


@dataclass(frozen=True, slots=True)
class _Trial:
    """All that a block is made from. ``seen`` is docs and bytes by cluster and mask."""

    filters: tuple[str, ...]
    seen: tuple[Draws, ...]
    components: Components
    flows: Flows


def _seen(verdicts: pa.Table, unit: str, clusters: _Clusters, filters: int) -> Draws:
    seen = np.zeros((clusters.columns, 1 << filters))
    masks = verdicts["dropped_by"].to_numpy()
    np.add.at(seen, (clusters.places(verdicts), masks), verdicts[unit].to_numpy())
    return seen


def _block(trial: _Trial, weights: _Weights) -> Block:
    """A block for each row of weights, with costs as the trials had them."""
    flows, components = trial.flows, trial.components
    docs, volume = (
        volumes_after(weighted_to(weights.verdicts @ seen, weights.shards @ whole.T))
        for seen, whole in zip(trial.seen, (flows.docs, flows.bytes), strict=True)
    )
    calls = weights.shards @ flows.calls
    return Block(
        trial.filters,
        components.needs,
        docs,
        volume,
        components.cpu_seconds(weights.costs),
        calls,
        flows.present * calls / max(float(flows.calls.sum()), 1.0),
    )


def _as_spent(block: Block, trial: _Trial, weights: _Weights) -> Block:
    """The block with its costs scaled so that in its own order each filter costs what it did."""
    spent = weights.shards @ trial.flows.cpu_seconds.T
    tried = order_cpu_seconds(block, own(block))
    factor = np.divide(spent, tried, out=np.ones_like(spent), where=tried > 0)
    by_component = factor[:, trial.components.payers, None]
    return replace(block, cpu_seconds=block.cpu_seconds * by_component)


def misfit(spent: Draws, tried: Draws) -> float:
    """How far apart trials and run are in what filters cost, relative; arrays of shape (n,).

    The spread between filters of log (spent / tried), weighted by what was spent: a factor that
    all have in common does no harm. It is at least LEAST_MISFIT: a trial's batches are smaller
    than the run's, so that nothing is known better than that from them.
    """
    known = (spent > 0) & (tried > 0)
    if np.count_nonzero(known) < 2:
        return LEAST_MISFIT
    spent, tried = spent[known], tried[known]
    shares = spent / spent.sum()
    away = np.log(spent / tried) - np.log(spent.sum() / tried.sum())
    freedom = len(spent) / (len(spent) - 1)
    return max(LEAST_MISFIT, float(np.sqrt(freedom * shares @ np.square(away))))


def weighted_to(seen: Draws, whole: Draws) -> Draws:
    """Sampled sums by mask, weighted so that each class has the sum of the run.

    ``seen`` of shape (draws, 2 ** n); ``whole`` of shape (draws, n + 1): dropped first by each
    filter in the block's order, last by none. A class that no sampled document is in is taken to
    be dropped by its filter alone.
    """
    count = whole.shape[1] - 1
    masks = np.arange(1 << count)
    classes = np.array([count if not m else (int(m) & -int(m)).bit_length() - 1 for m in masks])
    found = np.zeros_like(seen)
    for place in range(count + 1):
        mine = np.flatnonzero(classes == place)
        sampled = seen[:, mine].sum(axis=1)
        factor = np.divide(whole[:, place], sampled, out=np.zeros(len(seen)), where=sampled > 0)
        found[:, mine] = seen[:, mine] * factor[:, None]
        found[:, 1 << place if place < count else 0] += np.where(sampled > 0, 0, whole[:, place])
    return found


def _first(block: Block) -> Block:
    """The only draw of a block, without the dimension of draws."""
    return replace(
        block,
        docs=block.docs[0],
        bytes=block.bytes[0],
        cpu_seconds=block.cpu_seconds[0],
        calls=block.calls[0],
        present=block.present[0],
    )
