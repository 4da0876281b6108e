"""Small records drawn by hypothesis."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import strategies as st

from profiler.record.schema import (
    SCHEMA_VERSION,
    TABLES,
    Input,
    Run,
    SampledFrom,
    StageTotals,
    Totals,
)
from profiler.record.store import Record

COUNT = st.integers(0, 10**6)
STAGES = ("filter", "dedup")


def inputs():
    """A few shards."""
    one = st.builds(Input, st.sampled_from("pq"), COUNT, st.none(), COUNT, COUNT, COUNT)
    return st.lists(one, max_size=2).map(tuple)


def sources():
    """What a sample was drawn from: the inputs themselves, or shards that it names."""
    fraction = st.sampled_from([0.1, 0.25, 1.0])
    return st.builds(SampledFrom, fraction, COUNT, COUNT, COUNT, COUNT, inputs())


@st.composite
def records(draw):
    """A record with every additive part filled; times are whole, so that sums are exact."""
    stages = tuple(
        StageTotals(
            stage=name,
            kind="rules",
            docs_in=draw(COUNT),
            docs_out=draw(COUNT),
            bytes_in=draw(COUNT),
            bytes_out=draw(COUNT),
            edited_bytes=draw(COUNT),
            tokens_in=draw(st.none() | COUNT),
            tokens_out=draw(st.none() | COUNT),
            cpu_seconds=draw(COUNT),
            phase_cpu_seconds=draw(st.dictionaries(st.sampled_from("abc"), COUNT)),
            peak_rss_bytes=draw(st.none() | COUNT),
            drops=draw(st.dictionaries(st.sampled_from("xyz"), COUNT)),
        )
        for name in STAGES
    )
    totals = Totals(
        *(draw(COUNT) for _ in range(5)),
        tokens_in=draw(st.none() | COUNT),
        tokens_out=draw(st.none() | COUNT),
        cpu_seconds=draw(COUNT),
        os_cpu_seconds=draw(COUNT),
        unattributed_cpu_seconds=draw(COUNT),
        wall_seconds=draw(COUNT),
        unreadable_records=draw(st.dictionaries(st.sampled_from("mn"), COUNT)),
        unreadable_bytes={},
    )
    run = Run(
        schema_version=SCHEMA_VERSION,
        state=draw(st.sampled_from(["complete", "partial", "failed"])),
        design=draw(st.sampled_from(["documents", "shards", "block"])),
        recipe={"name": "r"},
        inputs=draw(inputs()),
        seed=1,
        workers=draw(st.integers(1, 4)),
        machine={},
        versions={},
        started_at=draw(st.sampled_from(["2026-01-01", "2026-02-02"])),
        wall_seconds=draw(COUNT),
        stages=stages,
        other_cpu_seconds=draw(st.dictionaries(st.sampled_from(["read", "exit"]), COUNT)),
        totals=totals,
        tokens={},
        meter={"calls": draw(COUNT), "seconds_per_call": 0.0, "cpu_seconds": draw(COUNT)},
        sampled=draw(st.none() | sources()),
    )
    drops = [
        {"stage": "filter", "shard": draw(st.sampled_from("st")), "reason": "x", "lang": None}
        | {"source": draw(st.none() | st.just("web")), "docs": draw(COUNT), "bytes": draw(COUNT)}
        | {"tokens": draw(st.none() | COUNT.map(float))}
    ]
    lengths = [{"stage": "filter", "bin": draw(st.integers(0, 3)), "docs": draw(COUNT)}]
    spectrum = [
        {"part": 0, "stage": "dedup", "size": 1, "groups": draw(COUNT), "docs": 1, "bytes": 2}
        | {"kept_bytes": 2, "kept_bytes_squares": 4.0, "kept_tokens": None}
    ]
    incidence = [
        {"part": 0, "stage": "dedup", "size": size, "shard": shard, "shards_holding": 1}
        | {"groups": draw(COUNT), "docs": draw(COUNT)}
        for size, shard in ((1, None), (None, "s"))
    ]
    rank = draw(st.integers(0, 2**64 - 1))
    dropped = [{"stage": "filter", "reason": "x", "rank": rank, "id": "i", "text": "t"}]
    rows = {"drops": drops, "lengths": lengths, "spectrum": spectrum, "incidence": incidence}
    rows["dropped"] = dropped
    place = {"block": "a+b", "shard": draw(st.sampled_from("st")), "part": draw(st.integers(0, 1))}
    counts = {"docs": draw(COUNT), "bytes": draw(COUNT)}
    rows["joint_verdicts"] = [{**place, "dropped_by": draw(st.integers(0, 3)), **counts}]
    trial = {"stage": "a", "component": draw(st.sampled_from(["words", "own work"]))}
    timed = {"calls": draw(COUNT), "docs_present": draw(COUNT), "cpu_seconds": draw(COUNT)}
    rows["filter_costs"] = [{**place, **trial, "group": "kept", **counts, **timed}]
    tables = {
        name: pa.Table.from_pylist(rows.get(name, []), schema=schema)
        for name, schema in TABLES.items()
    }
    return Record(run, tables)
