"""The folder of a census: one finished folder per shard, their sum, and what it is a census of."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import cattrs
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import RunError
from profiler.census.keys import Counts
from profiler.record.schema import Design

CENSUS_VERSION = 1
FOLDER = "census"
CENSUS_FILE = "census.json"
COUNTS_FILE = "counts.parquet"

COUNTS = pa.schema(
    [
        pa.field("shard", pa.string(), nullable=False),
        pa.field("position", pa.int64(), nullable=False),
        pa.field("bytes", pa.int64(), nullable=False),
        pa.field("script", pa.string(), nullable=False),
        pa.field("exact_copies", pa.int64()),
        pa.field("near_copies", pa.int64()),
        pa.field("exact_copies_in_run", pa.int64()),
        pa.field("near_copies_in_run", pa.int64()),
        pa.field("near_group_copies_in_run", pa.int64()),
    ]
)
"""One row per probe, in the order of probes.parquet. Copies are other documents than the probe:
those in the shards that the census read, and those in the run. Null: the probe did not get
there."""


@dataclass(frozen=True, slots=True)
class CountedShard:
    """One shard that was read. Hits and arrivals are by dedup stage.

    ``source_shard`` is the shard of the same content that documents of the run were drawn from.
    ``unreadable`` counts records by kind.
    """

    name: str
    bytes: int
    sha256: str | None
    modified_ns: int
    place: str  # digest of where it lay
    documents: int
    text_bytes: int
    candidates: int
    hits: dict[str, int]
    sampled: int
    arrived: dict[str, int]
    cpu_seconds: float
    source_shard: str | None = None
    unreadable: dict[str, int] = field(default_factory=dict)
    unreadable_places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DedupStage:
    """A dedup that the census counts for.

    ``run_documents`` are the documents of the run that got there, those counted that an earlier
    dedup dropped; ``read_documents`` estimates the same of the shards that were read.
    ``run_strata``: (smallest size, documents) of the run's documents by their group's size in it.
    """

    stage: str
    kind: str
    run_documents: float
    read_documents: float
    run_strata: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """census.json: everything of a census that is no table.

    ``state`` is partial when shards were left out as bad. ``known`` names shards that were not
    read, with the reason: their content is counted elsewhere. ``sampled`` tells that the run is a
    sample of documents drawn from whole shards, which the census is to read. CPU is that of the
    worker processes.
    """

    schema_version: int
    state: Literal["complete", "partial"]
    design: Design
    sampled: bool
    seed: int
    probes: str  # digest of the probes and the recipe
    stages: tuple[DedupStage, ...]
    shards: tuple[CountedShard, ...]
    known: dict[str, str]
    skipped: dict[str, str]
    early_filters: tuple[str, ...]
    versions: dict[str, str]
    cpu_seconds: float
    wall_seconds: float


@dataclass(frozen=True, slots=True)
class Census:
    """Copies of a run's probes in all that was read. ``counts`` has the schema COUNTS."""

    account: Account
    counts: pa.Table


@dataclass(frozen=True, slots=True)
class CensusFolder:
    """Where the files of a census lie. A shard's folder that exists is finished."""

    root: Path

    @property
    def plan_file(self) -> Path:
        return self.root / "plan.json"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def processes(self) -> Path:
        return self.root / "processes"

    def shard(self, identity: str) -> Path:
        return self.root / "shards" / identity


def folder_of(run_directory: Path) -> CensusFolder:
    """Where the census of a run lies."""
    return CensusFolder(Path(run_directory) / FOLDER)


def load_census(run_directory: Path) -> Census | None:
    """The census of a run as its last call left it; None when there is none.

    Raises RunError when it is damaged or of another version.
    """
    folder = folder_of(run_directory).root
    path = folder / CENSUS_FILE
    if not path.exists():
        return None
    hint = f"delete {folder} and take the census again"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        version = data["schema_version"]
        if version != CENSUS_VERSION:
            raise RunError(
                f"{path}: schema_version {version!r}, this program reads {CENSUS_VERSION}; {hint}"
            )
        counts = pq.read_table(folder / COUNTS_FILE).cast(COUNTS)
        return Census(cattrs.Converter().structure(data, Account), counts)
    except RunError:
        raise
    except Exception as error:
        raise RunError(f"{path}: damaged ({error}); {hint}") from error


def save_census(census: Census, run_directory: Path) -> None:
    """Write counts.parquet, then census.json, each in one step."""
    folder = folder_of(run_directory).root
    unfinished = folder / f"{COUNTS_FILE}.tmp"
    pq.write_table(census.counts.cast(COUNTS), unfinished, compression="zstd")
    os.replace(unfinished, folder / COUNTS_FILE)
    write_json(asdict(census.account), folder / CENSUS_FILE)


def write_json(data: Mapping[str, Any], path: Path) -> None:
    """Write plain data in one step."""
    unfinished = path.with_name(f"{path.name}.tmp")
    unfinished.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(unfinished, path)


def write_shard(directory: Path, shard: CountedShard, copies: list[Counts]) -> None:
    """What counting a shard gave, into a folder that is not yet named as finished."""
    np.savez_compressed(directory / "copies.npz", copies=np.stack(copies))
    write_json(asdict(shard), directory / "outcome.json")


def read_outcomes(folder: CensusFolder) -> dict[str, CountedShard]:
    """All finished shards by identity, in the order of their names."""
    found = {}
    for path in (folder.root / "shards").glob("[!.]*/outcome.json"):
        data = json.loads(path.read_text(encoding="utf-8"))
        found[path.parent.name] = cattrs.Converter().structure(data, CountedShard)
    return dict(sorted(found.items(), key=lambda item: (item[1].name, item[0])))


def read_copies(folder: CensusFolder, identity: str) -> Counts:
    """Copies in one finished shard, shape (dedups, probes)."""
    with np.load(folder.shard(identity) / "copies.npz", allow_pickle=False) as arrays:
        copies: Counts = arrays["copies"]
    return copies


def probes_digest(probes: pa.Table, recipe: Mapping[str, Any]) -> str:
    """What must be the same for shards to be added to a census: its probes and their recipe."""
    digest = hashlib.sha256(json.dumps(recipe, sort_keys=True).encode())
    for row in probes.select(["shard", "position", "digest", "bands"]).to_pylist():
        digest.update(repr(tuple(row.values())).encode())
    return digest.hexdigest()[:32]
