"""Blocks of filters as a run measured them: joint verdicts, and the cost of what they share.

The subsample says how the filters' verdicts hang together and how a stage's CPU divides into its
parts. The run itself says, of all documents, how many each filter dropped and what it cost; the
subsample is weighted so that the order of the run comes out as the run was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.recipes.recipe import DEDUP_KINDS
from profiler.record.schema import BLOCK_JOIN, TRIAL_PARTS
from profiler.record.store import Record
from profiler.scaling.batch_costs import BatchCosts, batch_costs, without_warming
from profiler.scaling.clusters import MIN_SHARDS, clusters_of
from profiler.scaling.component_costs import Components, components_of
from profiler.scaling.order import Block, order_cpu_seconds, volumes_after
from profiler.scaling.quantity import Draws
from profiler.scaling.ratio import MAX_BOOTSTRAP_COLUMNS, bootstrap_weights

TRANSFORM_KINDS = ("c4-lines",)
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MeasuredBlock:
    """A block as measured, and ``drawn``: resamples of its ``clusters``, which are ``kind``.

    ``sampled_docs`` were tried on all filters. Its own order costs what the run's stages cost,
    less what was warming.
    """

    measured: Block
    drawn: Block
    sampled_docs: int
    clusters: int
    kind: str


def measured_blocks(record: Record, seed: int, draws: int) -> tuple[MeasuredBlock, ...]:
    """The blocks of a record that were tried, in the order of its recipe."""
    names = record.tables["joint_verdicts"]["block"].unique().to_pylist()
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
    shards = tuple(sorted(verdicts["shard"].unique().to_pylist()))
    clusters = _Clusters(shards, len(shards) >= MIN_SHARDS)
    trial = _Trial(
        filters,
        tuple(_seen(verdicts, unit, clusters, len(filters)) for unit in ("docs", "bytes")),
        components_of(costs, filters, clusters.places(costs), clusters.columns),
        _flows(record, filters, shards),
    )
    once = np.ones((1, clusters.columns))
    one = _block(trial, _Weights(once, once, np.ones((1, clusters.shard_columns))))
    return MeasuredBlock(
        _first(one),
        _block(trial, clusters.resamples(draws, np.random.default_rng([seed, 4]))),
        int(pc.sum(verdicts["docs"]).as_py()),
        clusters.count,
        "shards" if clusters.whole else "parts of shards",
    )


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


def shard_places(rows: pa.Table, shards: tuple[str, ...]) -> Places:
    """The number of each row's shard."""
    names = rows["shard"].combine_chunks()
    return pc.index_in(names, value_set=pa.array(shards, pa.string())).to_numpy().astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Flows:
    """What the run itself says of each filter (rows) in each shard (columns).

    ``docs`` and ``bytes`` have one row more, for what the last filter left: before it, what each
    filter dropped. ``calls`` are batches by shard, ``present`` documents in all of them.
    """

    docs: Draws
    bytes: Draws
    cpu_seconds: Draws
    calls: Draws
    present: float


def _flows(record: Record, filters: tuple[str, ...], shards: tuple[str, ...]) -> _Flows:
    batches = record.tables["batches"]
    rows = batches.filter(pc.equal(batches["phase"], "judge"))
    rows = rows.filter(pc.is_in(rows["shard"], value_set=pa.array(shards, pa.string())))
    costs = batch_costs(batches, clusters_of(record), record.run.workers)
    columns = min(len(shards), MAX_BOOTSTRAP_COLUMNS)

    def sums(name: str, *added: str) -> Draws:
        mine = rows.filter(pc.equal(rows["stage"], name))
        values = sum((mine[column].to_numpy() for column in added), np.zeros(mine.num_rows))
        found = np.bincount(shard_places(mine, shards) % columns, values, minlength=columns)
        return found.astype(np.float64)

    def dropped(unit: str) -> Draws:
        lost = [sums(name, f"{unit}_in") - sums(name, f"{unit}_out") for name in filters]
        return np.stack([*lost, sums(filters[-1], f"{unit}_out")])

    spent = [
        sums(name, "cpu_user_seconds", "cpu_system_seconds") * _warm_share(costs[name])
        for name in filters
    ]
    first = rows.filter(pc.equal(rows["stage"], filters[0]))
    calls = np.bincount(shard_places(first, shards) % columns, minlength=columns)
    return _Flows(
        dropped("docs"),
        dropped("bytes"),
        np.stack(spent),
        calls.astype(np.float64),
        float(_present(record, filters[0])),
    )


def _warm_share(costs: BatchCosts) -> float:
    """CPU without warming over all CPU of a stage."""
    spent = float(costs.cpu_seconds.sum())
    return 1 - without_warming(costs).set_aside_cpu_seconds / spent if spent > 0 else 1.0


def _present(record: Record, first: str) -> int:
    """Documents in the batches that a block gets, dropped ones too: those of the last text file."""
    present, rewritten = record.run.totals.docs_in, True  # the first leg always leaves a file
    for stage in record.run.stages:
        if stage.stage == first:
            break
        rewritten |= stage.kind in TRANSFORM_KINDS
        if stage.kind in DEDUP_KINDS and rewritten:
            present, rewritten = stage.docs_in, False
    return present


@dataclass(frozen=True, slots=True)
class _Trial:
    """All that a block is made from. ``seen`` is docs and bytes by cluster and mask."""

    filters: tuple[str, ...]
    seen: tuple[Draws, ...]
    components: Components
    flows: _Flows


def _seen(verdicts: pa.Table, unit: str, clusters: _Clusters, filters: int) -> Draws:
    seen = np.zeros((clusters.columns, 1 << filters))
    masks = verdicts["dropped_by"].to_numpy()
    np.add.at(seen, (clusters.places(verdicts), masks), verdicts[unit].to_numpy())
    return seen


def _block(trial: _Trial, weights: _Weights) -> Block:
    """A block for each row of weights, whose own order costs what the run's stages did."""
    flows, components = trial.flows, trial.components
    docs, volume = (
        volumes_after(weighted_to(weights.verdicts @ seen, weights.shards @ whole.T))
        for seen, whole in zip(trial.seen, (flows.docs, flows.bytes), strict=True)
    )
    calls = weights.shards @ flows.calls
    block = Block(
        trial.filters,
        components.needs,
        docs,
        volume,
        components.cpu_seconds(weights.costs),
        calls,
        flows.present * calls / max(float(flows.calls.sum()), 1.0),
    )
    spent = weights.shards @ flows.cpu_seconds.T
    tried = order_cpu_seconds(block, range(len(block)))
    factor = np.divide(spent, tried, out=np.ones_like(spent), where=tried > 0)
    return replace(block, cpu_seconds=block.cpu_seconds * factor[:, components.payers, None])


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
