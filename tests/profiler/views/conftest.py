"""A record made by hand: small, whole, with every table filled and hostile strings in it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from profiler.money.budget import Budget, PriceAge, ShownCurrency
from profiler.money.lines import BudgetLine, Category, line, unknown_line
from profiler.money.ranges import Ranged
from profiler.money.terms import Origin, Term, computed, constant, product
from profiler.record.schema import (
    SCHEMA_VERSION,
    TABLES,
    Input,
    IntermediateFiles,
    Run,
    StageTotals,
    Totals,
)
from profiler.record.store import Record, empty_tables
from profiler.scaling.quantity import Estimate, Quantity, State
from profiler.scaling.volumes import Forecast, StageForecast, Target

SHARD = "2024/shard-0.jsonl.gz"
SECOND = "2024/shard-1.jsonl.gz"

HOSTILE = (
    "<script>alert(1)</script>",
    "</svg></style><img src=x onerror=alert(2)>",
    "\"'><svg onload=alert(3)>",
    "javascript:alert(4)",
    "[bold red]rich[/bold red] [link=http://evil.example]here[/link]",
    "\x1b[31mred\x1b[0m \x1b]8;;http://evil.example\x07link\x1b]8;;\x07 \x9b2J",
    "left \u202eright-to-left\u202c \u2066isolate\u2069 \u200f\u061c",
    "nul\x00 bell\x07 backspace\x08 delete\x7f",
    "{{ 7 * 7 }} {% for x in y %}",
    '=HYPERLINK("http://evil.example")',
    "x" * 5000,
)


def stage(
    name: str,
    kind: str,
    docs: tuple[int, int],
    size: tuple[int, int],
    drops: dict[str, int],
    cpu_seconds: float,
    edited: int = 0,
    phases: dict[str, float] | None = None,
) -> StageTotals:
    return StageTotals(
        name,
        kind,
        *docs,
        *size,
        edited,
        size[0] / 4,
        size[1] / 4,
        cpu_seconds,
        phases or {"filter": cpu_seconds},
        210_000_000,
        drops,
    )


STAGES = (
    stage(
        "gopher-quality",
        "rules",
        (10_000, 6_200),
        (40_000_000, 30_000_000),
        {"word-count": 3_000, "stop-words": 700, "symbol-ratio": 100},
        1.25,
    ),
    stage("c4-lines", "c4-lines", (6_200, 6_200), (30_000_000, 28_500_000), {}, 0.4, 1_500_000),
    stage(
        "exact-dedup",
        "exact-dedup",
        (6_200, 5_800),
        (28_500_000, 27_000_000),
        {"duplicate": 400},
        0.9,
        phases={"sketch": 0.6, "resolve": 0.2, "apply": 0.1},
    ),
    stage(
        "near-dedup",
        "near-dedup",
        (5_800, 5_000),
        (27_000_000, 24_000_000),
        {"near-duplicate": 800},
        2.0,
        phases={"sketch": 1.5, "resolve": 0.4, "apply": 0.1},
    ),
)


def make_run(**changes: Any) -> Run:
    values: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "state": "complete",
        "design": "shards",
        "recipe": {"name": "web-en", "description": "English web text", "language": "en"},
        "inputs": (
            Input(SHARD, 9_000_000, "0" * 64, 24_000_000, 5_200, 21_000_000),
            Input(SECOND, 8_000_000, "1" * 64, 22_000_000, 4_800, 19_000_000),
        ),
        "seed": 7,
        "workers": 2,
        "machine": {"cpu": "Test CPU @ 2 GHz", "cores": 2, "memory_bytes": 8_000_000_000},
        "versions": {"corpuscost": "0.1.0", "python": "3.11.9"},
        "started_at": "2026-11-24T04:00:00+00:00",
        "wall_seconds": 6.5,
        "stages": STAGES,
        "other_cpu_seconds": {
            "read": 0.8,
            "intermediate": 0.1,
            "start-up": 1.1,
            "jit": 0.6,
            "exit": 0.0,
        },
        "totals": Totals(
            10_000,
            5_000,
            40_000_000,
            24_000_000,
            17_000_000,
            10_000_000.0,
            6_000_000.0,
            7.05,
            7.1,
            0.05,
            6.5,
            {"malformed line": 3, "invalid UTF-8": 1},
            {"malformed line": 420, "invalid UTF-8": 77},
        ),
        "tokens": {"method": "published bytes per token by script", "latin": 4.0},
        "meter": {"calls": 120.0, "seconds_per_call": 2e-5, "cpu_seconds": 0.0024},
        "unreadable_places": (f"{SHARD}:17: malformed line {HOSTILE[0]}",),
        "skipped_shards": {"2024/broken.jsonl.gz": "truncated archive"},
        "warnings": ("two shards only: intervals are optimistic",),
        "ledger": {
            "documents_closed": True,
            "bytes_closed": True,
            "cpu_closed": True,
            "unattributed_cpu_seconds": 0.05,
            "tolerated_cpu_seconds": 0.2,
            "faults": [],
        },
        "intermediate_files": (
            IntermediateFiles("quality.bin", "quality", None, 1, 800_000, 0, 0),
            IntermediateFiles("text.arrow", "intermediate", 0, 2, 14_000_000, 6_200, 28_500_000),
            IntermediateFiles("sketch.parquet", "exact-dedup", 0, 2, 240_000, 6_200, 28_500_000),
        ),
    }
    return Run(**(values | changes))


def table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    schema = TABLES[name]
    empty = dict.fromkeys(schema.names) | ({"part": 0} if "part" in schema.names else {})
    return pa.Table.from_pylist([empty | row for row in rows], schema)


def make_tables() -> dict[str, pa.Table]:
    tables = empty_tables()
    tables["drops"] = table(
        "drops",
        [
            {"stage": s.stage, "shard": SHARD, "reason": r, "docs": n, "bytes": n * 1000}
            for s in STAGES
            for r, n in s.drops.items()
        ],
    )
    sizes = [(1, 5000), (2, 200), (3, 60), (4, 40), (7, 10), (50, 1)]
    tables["spectrum"] = table(
        "spectrum",
        [
            {
                "stage": name,
                "size": size,
                "groups": groups,
                "docs": size * groups,
                "bytes": size * groups * 4000,
                "kept_bytes": groups * 4000,
            }
            for name in ("exact-dedup", "near-dedup")
            for size, groups in sizes
        ],
    )
    tables["dropped"] = table(
        "dropped",
        [
            {
                "stage": "gopher-quality",
                "reason": "word-count",
                "rank": rank,
                "id": f"{SHARD}:{rank}{text[:40]}",
                "url": f"javascript:{text[:60]}" if rank % 2 else None,
                "text": text,
            }
            for rank, text in enumerate(HOSTILE)
        ]
        + [
            {
                "stage": "near-dedup",
                "reason": "near-duplicate",
                "rank": 1,
                "id": "page",
                "url": "https://example.org/a",
                "text": "A plain page.\nWith two lines. " + "and more " * 500,
            }
        ],
    )
    tables["groups"] = table("groups", make_groups())
    alone = [(None, 4000), ("word-count", 3100), ("stop-words", 1500), ("symbol-ratio", 300)]
    tables["alone"] = table(
        "alone",
        [
            {
                "stage": "gopher-quality",
                "reason": reason,
                "docs_seen": 10_000,
                "docs_hit": hit,
                "bytes_seen": 40_000_000,
                "bytes_hit": hit * 3000,
            }
            for reason, hit in alone
        ],
    )
    return tables


def make_groups() -> list[dict[str, Any]]:
    """Two groups of each dedup, five documents in all of them; all strings are hostile."""
    texts = itertools.cycle(HOSTILE)
    return [
        {
            "stage": stage,
            "rank": rank,
            "docs": docs,
            "bytes": docs * 4000,
            "shards_holding": 3 - rank,
            "member": member,
            "shard": SECOND if member else next(texts),
            "id": next(texts),
            "url": None if member == 2 else next(texts),
            "text": next(texts),
        }
        for stage in ("near-dedup", "exact-dedup")
        for rank, docs in ((1, 1_250), (2, 7))
        for member in range(3 if rank == 1 else 2)
    ]


def make_record(**changes: Any) -> Record:
    return Record(make_run(**changes), make_tables())


DRAWS = 400


def spread(point: float, part: float, seed: int) -> Quantity:
    """A quantity whose draws scatter by ``part`` of the point."""
    noise = np.random.default_rng(seed).normal(1, part, DRAWS)
    return Quantity(point, point * np.abs(noise))


def make_forecast(dedup_state: State = "bounds") -> Forecast:
    target = Target(
        1e15,
        "stored",
        Quantity.certain(1e15, DRAWS),
        spread(2.3e15, 0.01, 1),
        spread(5.9e11, 0.02, 2),
        5.9e7,
        "stored bytes × 2.353, measured in the run",
    )
    docs, size = target.documents, target.text_bytes
    stages = []
    plan: list[tuple[str, str, float, float, State]] = [
        ("gopher-quality", "rules", 0.62, 0.75, "estimate"),
        ("exact-dedup", "exact-dedup", 0.80, 0.85, dedup_state),
        ("near-dedup", "near-dedup", 0.70, 0.75, dedup_state),
    ]
    for number, (name, kind, docs_kept, bytes_kept, state) in enumerate(plan):
        kept_docs = docs * spread(docs_kept, 0.03, 10 + number)
        kept_bytes = size * spread(bytes_kept, 0.03, 20 + number)
        low, high = docs_kept * 0.9, docs_kept * 1.07
        point = None if state == "bounds" else docs_kept
        stages.append(
            StageForecast(
                name,
                kind,
                docs,
                kept_docs,
                size,
                kept_bytes,
                Estimate(point, low, high, "ratio over shards", state),
                spread(12_000.0 * (number + 1), 0.1, 30 + number),
                Estimate(31.0, 28.0, 35.0, "per byte"),
                "per byte",
            )
        )
        docs, size = kept_docs, kept_bytes
    hours = stages[0].cpu_hours + stages[1].cpu_hours + stages[2].cpu_hours
    return Forecast(
        target,
        tuple(stages),
        docs,
        size,
        size / 4,
        hours,
        dedup_state,
        ("the sample stands for the whole",),
        ("one snapshot: duplication across snapshots is not seen",),
        7,
    )


def counted(category: Category, item: str, usd: float, part: float, seed: int) -> BudgetLine:
    where = f"price-{seed} (book, 2026-08): list"
    price = spread(usd / 1200, part, seed)
    draws = len(price.draws)
    parts = (
        constant("V", "what is kept", 100.0, "TB", "by hand", draws),
        constant("months", "how long", 12.0, "month", "by hand", draws),
        Term("C", "a TB of storage", price, "USD/TB-month", Origin("price", where)),
    )
    total = computed("usd", item, "USD", product, "V × months × C", *parts)
    quantity = computed("q", "kept", "TB-month", product, "V × months", *parts[:2])
    return line(category, item, True, total, quantity)


def make_budget() -> Budget:
    certain = spread(2_800.0, 0.0, 5)
    where = "abaka-clean (abaka-2024, 2024): article"
    blocks = constant("n", "blocks", 10.0, "100TB", "by hand", len(certain.draws))
    rule_price = Term("C", "the rule", certain, "USD/100TB", Origin("price", where))
    rule_usd = computed("usd", "published rule", "USD", product, "n × C", blocks, rule_price)
    rule = line("cleaning", "published rule", False, rule_usd, blocks)
    lines = (
        counted("storage", "rented, raw", 276_000.0, 0.02, 41),
        counted("storage", "rented, cleaned", 52_000.5, 0.1, 42),
        counted("crawling", "sites", 1_400_000.0, 0.3, 43),
        counted("cleaning", "compute", 3_456.78, 0.1, 44),
        rule,
        unknown_line("screening", "quality model", "not priced in this version"),
    )
    draws = np.sum([each.draws for each in lines if each.counted], axis=0)
    points = [each.usd.point for each in lines if each.counted and each.usd]
    total = Quantity(float(sum(point for point in points if point)), draws)
    ages = tuple(
        PriceAge(key, f"price-{n}", "book", 23.0, "USD/TB-month", as_of, days, "list", "primary")
        for n, (key, as_of, days) in enumerate(
            [("storage.rented_price", "2026-08", 115), ("crawling.large_site_price", "2027", -40)]
        )
    )
    return Budget(
        lines,
        total.estimate("sum of counted lines"),
        draws,
        ("storage.raw_months = 12: a plan",),
        ("not in the total: screening",),
        ages,
    )


def make_hostile_record() -> Record:
    """A record whose every free string is hostile, one after another."""
    texts = itertools.cycle(HOSTILE)
    renamed = {one.stage: f"{one.stage} {next(texts)}" for one in STAGES}
    stages = tuple(
        replace(
            one,
            stage=renamed[one.stage],
            drops={f"{reason} {next(texts)}": docs for reason, docs in one.drops.items()},
        )
        for one in STAGES
    )
    tables = {
        name: pa.table(
            [
                pa.array([renamed.get(stage, stage) for stage in column.to_pylist()], column.type)
                if name_of_column == "stage"
                else column
                for name_of_column, column in zip(made.column_names, made.columns, strict=True)
            ],
            made.schema,
        )
        for name, made in make_tables().items()
    }
    run = make_run(
        stages=stages,
        recipe={"name": next(texts), "description": next(texts), "stages": [{"name": next(texts)}]},
        machine={"processor": next(texts), next(texts): next(texts)},
        versions={next(texts): next(texts)},
        started_at=next(texts),
        unreadable_places=HOSTILE,
        skipped_shards=dict(zip(HOSTILE, reversed(HOSTILE), strict=True)),
        warnings=HOSTILE,
        tokens={"method": next(texts), next(texts): next(texts)},
        ledger={"documents_closed": False, "faults": list(HOSTILE)},
        other_cpu_seconds=dict.fromkeys(HOSTILE, 0.1),
    )
    return Record(run, tables)


def make_hostile_forecast() -> Forecast:
    """A forecast with hostile stages, methods, assumptions and warnings."""
    forecast = make_forecast()
    stages = tuple(
        replace(one, stage=f"{one.stage} {text}", method=text)
        for one, text in zip(forecast.stages, HOSTILE, strict=False)
    )
    target = replace(forecast.target, conversion=HOSTILE[2])
    return replace(forecast, target=target, stages=stages, assumptions=HOSTILE, warnings=HOSTILE)


def hostile_term(term: Term, texts: Iterator[str]) -> Term:
    """The same tree with a hostile symbol, meaning, unit, formula and origin at every term."""
    return replace(
        term,
        symbol=f"{term.symbol} {next(texts)}",
        meaning=next(texts),
        unit=next(texts),
        origin=replace(term.origin, where=next(texts)),
        formula=next(texts) if term.parts else "",
        parts=tuple(hostile_term(part, texts) for part in term.parts),
    )


def make_hostile_budget() -> Budget:
    """A budget with hostile items, formulas, sources, notes, trees, prices and a currency."""
    budget = make_budget()
    texts = itertools.cycle(HOSTILE)
    lines = tuple(
        replace(
            one,
            item=text,
            source=text,
            explanation=text,
            note=text,
            unit=text,
            term=None if one.term is None else hostile_term(one.term, texts),
        )
        for one, text in zip(budget.lines, HOSTILE, strict=False)
    )
    ages = tuple(
        PriceAge(
            *(next(texts) for _ in range(3)), 23.0, next(texts), next(texts), days, *HOSTILE[:3]
        )
        for days in (115, -40)
    )
    return replace(
        budget,
        lines=lines,
        assumptions=HOSTILE,
        warnings=HOSTILE,
        price_ages=ages,
        currency=ShownCurrency(HOSTILE[0], Ranged(0.9, 0.8, 1.0), HOSTILE[2]),
    )


@pytest.fixture
def record() -> Record:
    return make_record()


@pytest.fixture
def forecast() -> Forecast:
    return make_forecast()


@pytest.fixture
def budget() -> Budget:
    return make_budget()


@pytest.fixture
def record_with() -> Callable[..., Record]:
    """Makes the record with other values of run.json."""
    return make_record


@pytest.fixture
def forecast_in() -> Callable[[State], Forecast]:
    """Makes the forecast with its dedup stages in another state."""
    return make_forecast


@pytest.fixture
def hostile() -> tuple[str, ...]:
    return HOSTILE


@pytest.fixture
def hostile_plan() -> tuple[Record, Forecast, Budget]:
    return make_hostile_record(), make_hostile_forecast(), make_hostile_budget()
