"""Records made by hand: a small funnel with known counts, as the engine writes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from made_up_shards import incidence_rows, made_up_tables, scattered_groups

from profiler.record.schema import (
    SCHEMA_VERSION,
    TABLES,
    Input,
    Run,
    StageTotals,
    Totals,
    joint_stage,
)
from profiler.record.store import Record

SAMPLE_SHARDS = 64
KINDS = {
    "rules": "rules",
    "lines": "c4-lines",
    "exact": "exact-dedup",
    "near": "near-dedup",
    "quality": "quality",
}
PHASE = {"rules": "judge", "lines": "rewrite", "quality": "judge"}


@dataclass
class Fabricator:
    """Draws a funnel cell by cell (shard × batch) and keeps every row that the engine would."""

    shards: int = 6
    batches: int = 3
    docs: int = 200
    empty_shards: int = 0
    duplicate_share: float = 0.1
    suffix: str = ".jsonl"
    stored_share: float = 0.4
    shard_spread: bool = False  # shards that pass more of one filter pass more of the next
    pairs_together: bool = False  # both copies of a pair lie in one shard
    seed: int = 5
    rows: list[dict[str, Any]] = field(default_factory=list)
    spectra: list[dict[str, Any]] = field(default_factory=list)
    incidence: list[dict[str, Any]] = field(default_factory=list)
    inputs: list[Input] = field(default_factory=list)

    def record(self, **changes: Any) -> Record:
        random = np.random.default_rng(self.seed)
        for number in range(self.shards + self.empty_shards):
            self._shard(f"shard-{number:03d}{self.suffix}", number < self.shards, random)
        for stage, first, last in (
            ("exact", "exact", "exact"),
            ("near", "near", "near"),
            (joint_stage("near"), "exact", "near"),
        ):
            self._groups(stage, first, last, random)
        for stage in ("exact", "near"):
            self._row(stage, "resolve", None, None, (*self._applied(stage), 0, 0), 0.5)
        self._row("quality", "train", None, None, (50, 50, 0, 0), 2.0)
        self._row("start-up", "start-up", None, None, (0, 0, 0, 0), 9.0)
        self._row("jit", "judge", "shard-000" + self.suffix, None, (0, 0, 0, 0), 4.0)
        self._row("profiling", "inspect", "shard-000" + self.suffix, 0, (0, 0, 0, 0), 7.0)
        tables = {name: schema.empty_table() for name, schema in TABLES.items()}
        tables["batches"] = pa.Table.from_pylist(self.rows, TABLES["batches"])
        tables["spectrum"] = pa.Table.from_pylist(self.spectra, TABLES["spectrum"])
        tables["incidence"] = pa.Table.from_pylist(self.incidence, TABLES["incidence"])
        return Record(self._run(**changes), tables)

    def _shard(self, shard: str, filled: bool, random: np.random.Generator) -> None:
        self._row("read", "open", shard, None, (0, 0, 0, 0), 0.01)
        read = 0
        share = random.beta(3, 3) if self.shard_spread else 0.6
        for batch in range(self.batches):
            docs = int(random.poisson(self.docs)) if filled else 0
            volume = int(random.integers(400, 2000, docs).sum())
            read += volume
            self._batch(shard, batch, docs, volume, share, random)
        stored = int(read * self.stored_share * random.uniform(0.9, 1.1)) if filled else 40
        docs = sum(r["docs_in"] for r in self.rows if r["stage"] == "read" and r["shard"] == shard)
        self.inputs.append(Input(shard, stored, None, read, docs, read))

    def _batch(
        self,
        shard: str,
        batch: int,
        docs: int,
        volume: int,
        share: float,
        random: np.random.Generator,
    ) -> None:
        self._row("read", "read", shard, batch, (docs, docs, volume, volume), 1e-8 * volume)
        docs, volume = self._drop("rules", shard, batch, docs, volume, share, random)
        edited = volume * 9 // 10
        self._row("lines", "rewrite", shard, batch, (docs, docs, volume, edited), 2e-8 * volume)
        volume = edited
        self._row(
            "intermediate", "write", shard, batch, (docs, docs, volume, volume), 1e-9 * volume
        )
        for stage in ("exact", "near"):
            cost = 3e-8 * volume
            self._row(stage, "sketch", shard, batch, (docs, docs, volume, volume), cost)
            self._row(
                "intermediate", "read", shard, batch, (docs, docs, volume, volume), 2e-9 * volume
            )
            keep = 1 - self.duplicate_share
            docs, volume = self._drop(stage, shard, batch, docs, volume, keep, random, "apply")
        self._drop("quality", shard, batch, docs, volume, share / 2, random)

    def _drop(
        self,
        stage: str,
        shard: str,
        batch: int,
        docs: int,
        volume: int,
        keep: float,
        random: np.random.Generator,
        phase: str = "judge",
    ) -> tuple[int, int]:
        kept = int(random.binomial(docs, keep))
        left = volume * kept // docs if docs else 0
        if phase == "apply" and kept:  # duplicates are longer than the rest
            left = left * 97 // 100
        cost = 5e-8 * volume * random.uniform(0.8, 1.2)
        self._row(stage, phase, shard, batch, (docs, kept, volume, left), cost)
        return kept, left

    def _applied(self, stage: str, what: str = "docs") -> tuple[int, int]:
        mine = [r for r in self.rows if r["stage"] == stage and r["phase"] == "apply"]
        return sum(r[f"{what}_in"] for r in mine), sum(r[f"{what}_out"] for r in mine)

    def _groups(self, name: str, first: str, last: str, random: np.random.Generator) -> None:
        """Groups that take ``first``'s input to ``last``'s output: most of two, some larger."""
        docs, kept = self._applied(first)[0], self._applied(last)[1]
        came, left = self._applied(first, "bytes")[0], self._applied(last, "bytes")[1]
        gone = docs - kept
        threes, fours = gone // 10, gone // 40
        several = {2: gone - 2 * threes - 3 * fours, 3: threes, 4: fours}
        length = (came - left) // gone if gone else 0  # of a document that has a copy
        volumes = {size: groups * length for size, groups in several.items()}
        counts = {1: kept - sum(several.values()), **several}
        for size, groups in counts.items():
            if groups <= 0:
                continue
            volume = volumes.get(size, left - sum(volumes.values()))
            self.spectra.append(
                {"part": 0, "stage": name, "size": size, "groups": groups, "docs": size * groups}
                | {"bytes": size * volume, "kept_bytes": volume, "kept_tokens": volume / 4}
                | {"kept_bytes_squares": 1.5 * volume**2 / groups}
            )
        shards = sorted({row["shard"] for row in self.rows if row["shard"]})
        held = [
            sum(
                r["docs_in"]
                for r in self.rows
                if (r["stage"], r["phase"], r["shard"]) == (first, "apply", shard)
            )
            for shard in shards
        ]
        places = np.repeat(np.arange(len(shards)), held)
        if not self.pairs_together:
            places = random.permutation(places)
        sizes = np.repeat([4, 3, 2, 1], [counts[size] for size in (4, 3, 2, 1)])
        of = np.repeat(np.arange(len(sizes)), sizes)
        if docs:
            self.incidence += incidence_rows(name, of, places, shards)

    def _row(
        self,
        stage: str,
        phase: str,
        shard: str | None,
        batch: int | None,
        volume: tuple[int, int, int, int],
        cpu_seconds: float,
    ) -> None:
        names = ("docs_in", "docs_out", "bytes_in", "bytes_out")
        row: dict[str, Any] = {"stage": stage, "phase": phase, "shard": shard, "batch": batch}
        row |= dict(zip(names, volume, strict=True))
        row |= {"edited_bytes": 0, "wall_seconds": cpu_seconds, "peak_rss_bytes": None}
        row |= {"cpu_user_seconds": 0.9 * cpu_seconds, "cpu_system_seconds": 0.1 * cpu_seconds}
        self.rows.append({**row, "read_bytes": 0, "written_bytes": 0})

    def stage_totals(self, stage: str) -> StageTotals:
        mine = [row for row in self.rows if row["stage"] == stage]
        phase = "apply" if KINDS[stage].endswith("dedup") else PHASE[stage]
        sums = {
            name: sum(row[name] for row in mine if row["phase"] == phase)
            for name in ("docs_in", "docs_out", "bytes_in", "bytes_out")
        }
        cpu = sum(row["cpu_user_seconds"] + row["cpu_system_seconds"] for row in mine)
        return StageTotals(
            stage=stage,
            kind=KINDS[stage],
            edited_bytes=0,
            tokens_in=sums["bytes_in"] / 4,
            tokens_out=sums["bytes_out"] / 4,
            cpu_seconds=cpu,
            phase_cpu_seconds={},
            peak_rss_bytes=None,
            drops={},
            **sums,
        )

    def _run(self, **changes: Any) -> Run:
        stages = tuple(self.stage_totals(stage) for stage in KINDS)
        first, last = stages[0], stages[-1]
        stored = sum(shard.bytes for shard in self.inputs)
        totals = Totals(
            docs_in=first.docs_in,
            docs_out=last.docs_out,
            bytes_in=first.bytes_in,
            bytes_out=last.bytes_out,
            stored_bytes=stored,
            tokens_in=first.bytes_in / 4,
            tokens_out=last.bytes_out / 4,
            cpu_seconds=0.0,
            os_cpu_seconds=0.0,
            unattributed_cpu_seconds=0.0,
            wall_seconds=0.0,
            unreadable_records={},
            unreadable_bytes={},
        )
        quality = {"labelled_set": "builtin:web-en", "model": ""}
        values: dict[str, Any] = {
            "schema_version": SCHEMA_VERSION,
            "state": "complete",
            "design": "documents",
            "recipe": {"stages": [{"name": "quality", "kind": "quality", "quality": quality}]},
            "inputs": tuple(self.inputs),
            "seed": 1,
            "workers": 1,
            "machine": {},
            "versions": {},
            "started_at": "2026-11-24T00:00:00Z",
            "wall_seconds": 1.0,
            "stages": stages,
            "other_cpu_seconds": {"start-up": 9.0, "jit": 4.0},
            "totals": totals,
            "tokens": {"method": "bytes per token by script"},
            "meter": {},
        }
        return Run(**{**values, **changes})


@pytest.fixture
def fabricate() -> Callable[..., Record]:
    """``fabricate(shards=…, run={…})``: a record whose ledger closes, seeded."""

    def make(run: dict[str, Any] | None = None, **settings: Any) -> Record:
        return Fabricator(**settings).record(**(run or {}))

    return make


@pytest.fixture(scope="module")
def sample() -> Callable[..., tuple[Record, float, float]]:
    """``sample(fabricate, shards, together, design)``: a record of one near dedup over whole
    shards, the documents of all 64, and what these keep."""

    def make(
        fabricate: Callable[..., Record],
        shards: int,
        together: bool = False,
        design: str = "shards",
    ) -> tuple[Record, float, float]:
        groups, places = scattered_groups(SAMPLE_SHARDS, together)
        truth = len(np.unique(groups)) / len(groups)
        mine = places < shards
        lengths = 200 + 100 * (groups % 5)
        tables = made_up_tables("near", groups[mine], places[mine], lengths[mine])
        kept = tables["spectrum"]
        record = fabricate()
        totals = replace(
            next(stage for stage in record.run.stages if stage.stage == "near"),
            docs_in=int(mine.sum()),
            docs_out=sum(kept["groups"].to_pylist()),
            bytes_in=int(lengths[mine].sum()),
            bytes_out=sum(kept["kept_bytes"].to_pylist()),
        )
        totals = replace(totals, tokens_in=totals.bytes_in / 4, tokens_out=totals.bytes_out / 4)
        run = replace(record.run, stages=(totals,), design=design)
        return Record(run, {**record.tables, **tables}), float(len(groups)), truth

    return make
