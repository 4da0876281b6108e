"""A record of three filters whose verdicts and costs are known, tried together on a subsample."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa

from profiler.record.schema import SCHEMA_VERSION, TABLES, TRIAL_PARTS, Run, StageTotals, Totals
from profiler.record.store import Record

FILTERS = ("a", "b", "c")
BLOCK = "a+b+c"
NEEDS = {"a": ("x",), "b": ("x", "words", "y"), "c": ("words", "z")}
# CPU-seconds of a batch, of a document in it, of a document alive and of a byte alive.
LAWS = {
    "x": (2e-4, 1e-7, 2e-6, 3e-9),
    "words": (1e-4, 0.0, 0.0, 9e-9),
    "y": (0.0, 2e-7, 8e-6, 4e-9),
    "z": (5e-5, 0.0, 1e-6, 2e-9),
    "own work": (1e-4, 3e-7, 0.0, 0.0),
}


@dataclass
class Tried:
    """Documents of all shards and batches, and what each order of the filters costs them."""

    shards: int = 6
    batches: int = 4
    docs: int = 300
    sampled: float = 1.0  # share of documents that are tried
    trial_factor: float = 1.0  # a trial costs so many times what the run does
    noise: float = 0.0  # of each timing of a trial, relative
    seed: int = 1
    rows: list[dict[str, Any]] = field(default_factory=list)
    verdicts: dict[tuple[Any, ...], list[int]] = field(default_factory=dict)
    costs: dict[tuple[Any, ...], list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        count = self.shards * self.batches * self.docs
        self.size = self.random.lognormal(7.5, 1.0, count).astype(np.int64) + 20
        bad = self.random.random(count) < 0.4  # what b drops, c mostly drops as well
        a = self.random.random(count) < 0.2
        b = bad & (self.random.random(count) < 0.8)
        c = (bad & (self.random.random(count) < 0.9)) | (self.size < 400)
        self.mask = a * 1 + b * 2 + c * 4
        self.batch = np.repeat(np.arange(self.shards * self.batches), self.docs)
        self.tried = self.random.random(count) < self.sampled

    def cost(self, order: tuple[str, ...], mine: np.ndarray | None = None) -> dict[str, float]:
        """CPU-seconds of each filter, the documents walked in this order."""
        mine = np.ones(len(self.mask), np.bool_) if mine is None else mine
        alive, counted, spent = mine.copy(), set(), {}
        for name in order:
            fresh = [each for each in (*NEEDS[name], f"own {name}") if each not in counted]
            counted |= set(fresh)
            amounts = (len(np.unique(self.batch[mine])), mine.sum(), alive.sum())
            amounts = (*amounts, self.size[alive].sum())
            laws = [LAWS["own work" if each.startswith("own ") else each] for each in fresh]
            spent[name] = float(sum(np.dot(law, amounts) for law in laws))
            alive &= (self.mask >> FILTERS.index(name) & 1) == 0
        return spent

    def reaching(self, order: tuple[str, ...]) -> dict[str, tuple[int, int]]:
        """Documents and bytes that reach each filter in this order."""
        alive, found = np.ones(len(self.mask), np.bool_), {}
        for name in order:
            found[name] = (int(alive.sum()), int(self.size[alive].sum()))
            alive &= (self.mask >> FILTERS.index(name) & 1) == 0
        return found

    def record(self, kinds: tuple[str, ...] = ("rules",) * 3) -> Record:
        for shard, batch in product(range(self.shards), range(self.batches)):
            self._run_batch(f"s{shard}", batch, self.batch == shard * self.batches + batch)
        tables = {name: schema.empty_table() for name, schema in TABLES.items()}
        tables["batches"] = pa.Table.from_pylist(self.rows, TABLES["batches"])
        for name, sums in (("joint_verdicts", self.verdicts), ("filter_costs", self.costs)):
            names = TABLES[name].names
            rows = [dict(zip(names, (*key, *row), strict=True)) for key, row in sums.items()]
            tables[name] = pa.Table.from_pylist(rows, TABLES[name])
        return Record(self._run(kinds), tables)

    def _noisy(self, seconds: float) -> float:
        return seconds * float(np.exp(self.noise * self.random.normal()))

    def _run_batch(self, shard: str, batch: int, mine: np.ndarray) -> None:
        spent, alive = self.cost(FILTERS, mine), mine.copy()
        for number, name in enumerate(FILTERS):
            came = (int(alive.sum()), int(self.size[alive].sum()))
            alive &= (self.mask >> number & 1) == 0
            left = (int(alive.sum()), int(self.size[alive].sum()))
            row = dict.fromkeys(TABLES["batches"].names, 0)
            row |= {"stage": name, "phase": "judge", "shard": shard, "batch": batch}
            row |= {"docs_in": came[0], "docs_out": left[0]}
            row |= {"bytes_in": came[1], "bytes_out": left[1]}
            self.rows.append(row | {"cpu_user_seconds": spent[name]})
        self._try_batch(shard, batch, mine & self.tried)

    def _try_batch(self, shard: str, batch: int, mine: np.ndarray) -> None:
        for place in np.flatnonzero(mine):
            key = (BLOCK, shard, int(place) % TRIAL_PARTS, int(self.mask[place]))
            present = self.verdicts.get(key, [0, 0])
            self.verdicts[key] = [present[0] + 1, present[1] + int(self.size[place])]
        kept = mine & (self.mask == 0)
        one = np.arange(len(mine)) == np.flatnonzero(mine)[self.size[mine].argmin()]
        groups = {"kept": kept, "dropped": mine & ~kept, "single": one, "lone": one}
        for group, alive in groups.items():
            present = one if group == "lone" else mine
            self._time_group((group, shard, batch % TRIAL_PARTS), present, alive)

    def _time_group(self, place: tuple[Any, ...], mine: np.ndarray, alive: Any) -> None:
        amounts = [1.0, float(mine.sum()), float(alive.sum()), float(self.size[alive].sum())]
        counted: set[str] = set()
        for name in FILTERS:
            for component in (*NEEDS[name], "own work"):
                row = [0.0] * 5
                if component not in counted:
                    spent = float(np.dot(LAWS[component], amounts)) * self.trial_factor
                    row = [*amounts, self._noisy(spent)]
                counted |= {component} - {"own work"}
                key = (BLOCK, name, component, *place)
                present = self.costs.get(key, [0.0] * 5)
                self.costs[key] = [a + b for a, b in zip(present, row, strict=True)]

    def _run(self, kinds: tuple[str, ...]) -> Run:
        stages = []
        for name, kind in zip(FILTERS, kinds, strict=True):
            rows = [row for row in self.rows if row["stage"] == name]
            names = ("docs_in", "docs_out", "bytes_in", "bytes_out")
            sums = {each: sum(row[each] for row in rows) for each in names}
            cpu = sum(row["cpu_user_seconds"] for row in rows)
            rest = (0, None, None, cpu, {"judge": cpu}, None, {})
            stages.append(StageTotals(name, kind, *sums.values(), *rest))
        count, volume = len(self.mask), int(self.size.sum())
        totals = Totals(count, 0, volume, 0, volume, None, None, 0.0, 0.0, 0.0, 0.0, {}, {})
        return Run(
            schema_version=SCHEMA_VERSION,
            state="complete",
            design="shards",
            recipe={"name": "tried"},
            inputs=(),
            seed=1,
            workers=1,
            machine={},
            versions={},
            started_at="2026-11-24",
            wall_seconds=1.0,
            stages=tuple(stages),
            other_cpu_seconds={},
            totals=totals,
            tokens={},
            meter={},
        )
