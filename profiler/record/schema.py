"""The record of a run: which files it has, and what every column means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import pyarrow as pa

SCHEMA_VERSION = 3  # 3: band keys of probes are of the present hash of words; 2: joint spectra

State = Literal["complete", "partial", "failed"]
Design = Literal["documents", "shards", "block"]

SAMPLE_ROW = "sample"  # what was read, and what was drawn of it on the fly for the first stage

# Rows of batches.parquet that are no stage of the recipe. Fixed rows are never scaled.
FIXED_ROWS = (
    SAMPLE_ROW,  # a real run draws nothing
    "start-up",
    "jit",
    "exit",
    "coordinate",
    "train",
    "profiling",
    "unattributed",
    "abandoned",
)
CARRIER_ROWS = ("read", "intermediate")  # shard input and files between legs: scaled by bytes

BATCHES = pa.schema(
    [
        pa.field("stage", pa.string(), nullable=False),
        pa.field("phase", pa.string(), nullable=False),
        pa.field("shard", pa.string()),  # null for resolve and for rows of a process
        pa.field("batch", pa.int32()),
        pa.field("docs_in", pa.int64(), nullable=False),
        pa.field("docs_out", pa.int64(), nullable=False),
        pa.field("bytes_in", pa.int64(), nullable=False),
        pa.field("bytes_out", pa.int64(), nullable=False),
        pa.field("edited_bytes", pa.int64(), nullable=False),
        pa.field("cpu_user_seconds", pa.float64(), nullable=False),
        pa.field("cpu_system_seconds", pa.float64(), nullable=False),
        pa.field("wall_seconds", pa.float64(), nullable=False),
        pa.field("read_bytes", pa.int64(), nullable=False),
        pa.field("written_bytes", pa.int64(), nullable=False),
        pa.field("peak_rss_bytes", pa.int64()),  # null where the kernel does not tell
        pa.field("peak_private_bytes", pa.int64()),  # without files; null in older records too
    ]
)
"""One row per stage × phase × shard × batch. Bytes are UTF-8 text, read and written apart."""

DROPS = pa.schema(
    [
        pa.field("stage", pa.string(), nullable=False),
        pa.field("shard", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("lang", pa.string()),
        pa.field("source", pa.string()),
        pa.field("docs", pa.int64(), nullable=False),
        pa.field("bytes", pa.int64(), nullable=False),
        pa.field("tokens", pa.float64()),  # null where no rate is known
    ]
)

LARGEST_SIZE_TOLD = 64  # of incidence.parquet; larger groups are lumped under the next size


def joint_stage(stage: str) -> str:
    """Name of the rows of a dedup together with the dedups directly before it.

    No recipe can name a stage so: the plus sign is not allowed there.
    """
    return f"{stage}+before"


# Spectra, incidences and probes of added records stay apart, told by their part: copies across two
# records are unseen, so group sizes do not add.
SPECTRUM = pa.schema(
    [
        pa.field("part", pa.int32(), nullable=False),  # of a sum of records
        pa.field("stage", pa.string(), nullable=False),
        pa.field("size", pa.int64(), nullable=False),
        pa.field("groups", pa.int64(), nullable=False),
        pa.field("docs", pa.int64(), nullable=False),
        pa.field("bytes", pa.int64(), nullable=False),
        pa.field("kept_bytes", pa.int64(), nullable=False),
        pa.field("kept_bytes_squares", pa.float64(), nullable=False),  # Σ (bytes of a kept doc)²
        pa.field("kept_tokens", pa.float64()),
    ]
)
"""Groups of exactly ``size`` documents, by dedup stage.

Survivors of a dedup are no random sample of the survivors at scale. So where dedups follow one
another directly, rows of ``joint_stage(last)`` count the groups that they make together: their
documents are those that entered the first, their groups those that the last one keeps.
"""

INCIDENCE = pa.schema(
    [
        pa.field("part", pa.int32(), nullable=False),  # of a sum of records
        pa.field("stage", pa.string(), nullable=False),
        pa.field("size", pa.int64()),  # above LARGEST_SIZE_TOLD lumped; null in rows of a shard
        pa.field("shard", pa.string()),  # null: over all shards
        pa.field("shards_holding", pa.int64(), nullable=False),
        pa.field("groups", pa.int64(), nullable=False),
        pa.field("docs", pa.int64(), nullable=False),
    ]
)
"""Groups held by exactly ``shards_holding`` shards, with the stages of the spectrum.

Rows over all shards are apart by ``size``, the documents of a group in all shards, so that copies
in one shard and copies across shards can be told apart; LARGEST_SIZE_TOLD + 1 stands for all that
are larger. A row with a shard counts the groups that this shard holds, and its own documents in
them: distinct groups of the shard are the sum over its rows. ``profiler.record.incidence`` has
what follows without a shard.
"""

PROBES = pa.schema(
    [
        pa.field("part", pa.int32(), nullable=False),  # of a sum of records
        pa.field("shard", pa.string(), nullable=False),
        pa.field("position", pa.int64(), nullable=False),
        pa.field("source_shard", pa.string()),  # where documents are sampled: drawn from this one
        pa.field("bytes", pa.int64(), nullable=False),  # at the first dedup, as the script is
        pa.field("script", pa.string(), nullable=False),
        pa.field("digest", pa.binary(16)),
        pa.field("bands", pa.list_(pa.uint64())),
        pa.field("exact_copies", pa.int64()),
        pa.field("near_copies", pa.int64()),
        pa.field("near_group_copies", pa.int64()),
    ]
)
"""Copies are other documents of the run that reached the first dedup, one count for all dedups up
to the one named: ``near_copies`` after exact dedup counts the documents with a band in common and
all their exact copies; ``near_group_copies`` those of the whole component. Null: not got there."""

DROPPED = pa.schema(
    [
        pa.field("stage", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("rank", pa.uint64(), nullable=False),  # hash(seed, document): the sample's order
        pa.field("id", pa.string(), nullable=False),
        pa.field("url", pa.string()),
        pa.field("text", pa.string(), nullable=False),  # clipped; hostile: escape it
    ]
)

GROUPS = pa.schema(
    [
        pa.field("part", pa.int32(), nullable=False),  # of a sum of records
        pa.field("stage", pa.string(), nullable=False),
        pa.field("rank", pa.int32(), nullable=False),  # 1 is the largest group of the stage
        pa.field("docs", pa.int64(), nullable=False),  # of the group, as bytes and shards are
        pa.field("bytes", pa.int64(), nullable=False),
        pa.field("shards_holding", pa.int64(), nullable=False),
        pa.field("member", pa.int32(), nullable=False),  # 0 is the document that stays
        pa.field("shard", pa.string(), nullable=False),
        pa.field("id", pa.string(), nullable=False),
        pa.field("url", pa.string()),
        pa.field("text", pa.string(), nullable=False),  # clipped; hostile: escape it
    ]
)
"""A few documents of the largest groups of each dedup stage: the one that stays, and those of
smallest seeded rank among its copies. Text is as the dedup saw it."""

LENGTHS = pa.schema(
    [
        pa.field("stage", pa.string(), nullable=False),
        pa.field("bin", pa.int32(), nullable=False),  # upper edge 2 ** (bin / 8) bytes
        pa.field("docs", pa.int64(), nullable=False),
    ]
)
"""Bytes per document that reach a stage, as a histogram: counts add, quantiles do not."""

ALONE = pa.schema(
    [
        pa.field("stage", pa.string(), nullable=False),
        pa.field("reason", pa.string()),  # null: any rule of the stage
        pa.field("docs_seen", pa.int64(), nullable=False),
        pa.field("docs_hit", pa.int64(), nullable=False),
        pa.field("bytes_seen", pa.int64(), nullable=False),
        pa.field("bytes_hit", pa.int64(), nullable=False),
    ]
)
"""Every rule on every document of a seeded subsample, without the short cut of the order."""

BLOCK_JOIN = "+"  # between the names of a block's filters: no stage of a recipe has it in its name
MOST_BLOCK_FILTERS = 12  # filters in a row whose orders are searched
TRIAL_PARTS = 8  # of a shard, so that few shards have a spread as well
OWN_WORK = "own work"  # of a filter, once all that it needs is counted
# What a component is timed on: documents that the block keeps, those that it drops, one document
# alive among the others, and a batch of one document.
KEPT_GROUP, DROPPED_GROUP, SINGLE_GROUP, LONE_GROUP = "kept", "dropped", "single", "lone"

JOINT_VERDICTS = pa.schema(
    [
        pa.field("block", pa.string(), nullable=False),  # names of its filters, joined
        pa.field("shard", pa.string(), nullable=False),
        pa.field("part", pa.int64(), nullable=False),  # a random one of TRIAL_PARTS
        pa.field("dropped_by", pa.int64(), nullable=False),  # bit i: filter i of the block
        pa.field("docs", pa.int64(), nullable=False),
        pa.field("bytes", pa.int64(), nullable=False),
    ]
)
"""Which filters of a block would drop a document, on a seeded subsample of those that reach it.

A block is filters that follow one another with no transform, dedup or admission between.
"""

FILTER_COSTS = pa.schema(
    [
        pa.field("block", pa.string(), nullable=False),
        pa.field("stage", pa.string(), nullable=False),
        pa.field("component", pa.string(), nullable=False),
        pa.field("group", pa.string(), nullable=False),  # kept, dropped, single, lone
        pa.field("shard", pa.string(), nullable=False),
        pa.field("part", pa.int64(), nullable=False),  # number of the batch modulo TRIAL_PARTS
        pa.field("calls", pa.float64(), nullable=False),
        pa.field("docs_present", pa.float64(), nullable=False),  # in the batches, alive or not
        pa.field("docs", pa.float64(), nullable=False),
        pa.field("bytes", pa.float64(), nullable=False),
        pa.field("cpu_seconds", pa.float64(), nullable=False),
    ]
)
"""CPU of each component of a filter, timed on the same subsample: what the filter has to have
counted, and its own work. 0 calls: the trial is noted with an earlier filter that needs it too."""

TABLES: dict[str, pa.Schema] = {
    "batches": BATCHES,
    "drops": DROPS,
    "spectrum": SPECTRUM,
    "incidence": INCIDENCE,
    "probes": PROBES,
    "dropped": DROPPED,
    "groups": GROUPS,
    "lengths": LENGTHS,
    "alone": ALONE,
    "joint_verdicts": JOINT_VERDICTS,
    "filter_costs": FILTER_COSTS,
}
LATER_TABLES = (
    "joint_verdicts",
    "filter_costs",
    "groups",
)  # a record without them is read as with no rows


@dataclass(frozen=True, slots=True)
class Input:
    """One shard as it was read; the path is relative to the root given."""

    path: str
    bytes: int
    sha256: str | None
    decompressed_bytes: int
    documents: int
    text_bytes: int


@dataclass(frozen=True, slots=True)
class IntermediateFiles:
    """Files of one kind that a pass over the shards left for later: their sizes as they lay.

    ``docs`` and ``text_bytes`` are what the files stand for: the documents that reached the dedup
    at the end of the pass. ``leg`` is the number of the pass, None for a model.
    """

    name: str
    stage: str
    leg: int | None
    files: int
    bytes: int
    docs: int
    text_bytes: int


OVER_DOCUMENTS, RESOLVE = "over documents", "resolve"


@dataclass(frozen=True, slots=True)
class Growth:
    """The exponent of a stage's CPU over the work that the run had done, and its standard error.

    ``phase`` is "over documents" or "resolve"; both figures are None for a ``reason``.
    """

    stage: str
    phase: str
    exponent: float | None
    standard_error: float | None
    batches: int
    text_bytes: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SampledFrom:
    """The shards that a run is a random document sample of; sums are over what was read of them.

    ``fraction`` is the probability of a document to be drawn, None for a sum of records that
    differ in it. ``inputs`` are the shards of the source where these are not the run's own inputs:
    a sample that was drawn on the fly has read the source itself, and names none.
    """

    fraction: float | None
    shards: int
    documents: int
    text_bytes: int
    stored_bytes: int
    inputs: tuple[Input, ...] = ()


@dataclass(frozen=True, slots=True)
class StageTotals:
    """Sums of one stage over the run; bytes are UTF-8 text. Drops are documents by reason.

    Tokens are None where no rate is known. ``peak_rss_bytes`` is of one worker.
    """

    stage: str
    kind: str
    docs_in: int
    docs_out: int
    bytes_in: int
    bytes_out: int
    edited_bytes: int
    tokens_in: float | None
    tokens_out: float | None
    cpu_seconds: float
    phase_cpu_seconds: dict[str, float]
    peak_rss_bytes: int | None
    drops: dict[str, int]


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the run. ``cpu_seconds`` is the sum of the measured rows, unattributed apart;
    ``os_cpu_seconds`` is what the operating system counted for all processes."""

    docs_in: int
    docs_out: int
    bytes_in: int
    bytes_out: int
    stored_bytes: int
    tokens_in: float | None
    tokens_out: float | None
    cpu_seconds: float
    os_cpu_seconds: float
    unattributed_cpu_seconds: float
    wall_seconds: float
    unreadable_records: dict[str, int]
    unreadable_bytes: dict[str, int]


@dataclass(frozen=True, slots=True)
class Run:
    """run.json: everything of a run that is no table."""

    schema_version: int
    state: State
    design: Design
    recipe: dict[str, Any]
    inputs: tuple[Input, ...]
    seed: int
    workers: int
    machine: dict[str, Any]
    versions: dict[str, str]
    started_at: str
    wall_seconds: float
    stages: tuple[StageTotals, ...]
    other_cpu_seconds: dict[str, float]  # rows that are no stage: read, intermediate, start-up, …
    totals: Totals
    tokens: dict[str, Any]  # method, bytes per token by script, bytes without a rate
    meter: dict[str, float]  # calls, seconds_per_call, cpu_seconds
    unreadable_places: tuple[str, ...] = ()
    skipped_shards: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    ledger: dict[str, Any] = field(default_factory=dict)
    calibration: dict[str, float] | None = None
    parts: int = 1  # records added up in this one; copies across parts are unseen
    sampled: SampledFrom | None = None  # None: all documents of the inputs went in
    compression: dict[str, int] = field(default_factory=dict)  # compressed_bytes, text_bytes
    intermediate_files: tuple[IntermediateFiles, ...] = ()  # none in a record from before them
    growth: tuple[Growth, ...] = ()  # none in a sum of records, or one from before it
