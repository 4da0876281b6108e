"""A worker process of a census: counts the shards named on its standard input, a line each.

It speaks as the workers of a run do (``pipeline.engines.local.worker``): JSON lines in, and
``{"event": "progress" | "done" | "failed", …}`` out.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

import cattrs
import numpy as np
import pyarrow as pa

from pipeline.engines.local.warm import warm_kernels
from pipeline.errors import CorpuscostError
from pipeline.reading.shard import ColumnNames, Shard, ShardFile, open_shard
from pipeline.stages.stage import Filter, Transform
from profiler.census.keys import EXACT, ProbeKeys, band_keys, digest_keys, probe_keys
from profiler.census.route import Route, build_route, recipe_of
from profiler.census.store import CensusFolder, CountedShard, write_shard
from profiler.census.stream import Found, Search, count_shard
from profiler.record.store import load

Answer = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class CountingPlan:
    """What all workers of a census need to know; written as plan.json."""

    run_directory: str
    probes: str  # digest of the probes and the recipe: a census of others is another
    early_filters: tuple[str, ...]
    columns: ColumnNames
    files: str
    batch_bytes: int


@dataclass(frozen=True, slots=True)
class Job:
    """One shard to count."""

    name: str
    path: str
    bytes: int
    format: str
    identity: str
    place: str
    modified_ns: int
    source_shard: str | None


def read_plan(folder: CensusFolder) -> CountingPlan:
    """The plan of a census in progress."""
    data = json.loads(folder.plan_file.read_text(encoding="utf-8"))
    return cattrs.structure(data, CountingPlan)


def make_search(plan: CountingPlan, folder: CensusFolder) -> Search:
    """Stages and probes of a census, built from the record of its run."""
    run_directory = Path(plan.run_directory)
    record = load(run_directory)
    recipe = recipe_of(record.run, run_directory)
    route = build_route(recipe, plan.early_filters, Path(plan.files), folder.models)
    probes = record.tables["probes"]
    return Search(
        route, keys_on_route(route, probes), len(probes), record.run.seed, plan.batch_bytes
    )


def keys_on_route(route: Route, probes: pa.Table) -> ProbeKeys:
    """The keys of the probes by dedup, in the order of the route."""
    columns = {
        EXACT: digest_keys(probes.column("digest").combine_chunks()),
        "near-dedup": band_keys(probes.column("bands").combine_chunks()),
    }
    return probe_keys([columns[barrier.kind] for barrier in route.barriers])


def count(search: Search, folder: CensusFolder, plan: CountingPlan, job: Job, tell: Answer) -> None:
    """Count one shard and leave its finished folder."""
    started = time.process_time()
    file = ShardFile(Path(job.path), job.name, job.bytes, job.format)
    shard = open_shard(
        file, plan.columns, lambda stored: tell({"event": "progress", "stored_bytes": stored})
    )
    found = count_shard(
        search, shard, job.name, lambda text: tell({"event": "progress", "text_bytes": text})
    )
    target = folder.shard(job.identity)
    unfinished = target.with_name(f".{job.identity}.{os.getpid()}")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    outcome = _outcome(search, job, shard, found, time.process_time() - started)
    write_shard(unfinished, outcome, found.copies)
    os.rename(unfinished, target)


def warm(search: Search) -> None:
    """Compile every kernel that counting needs."""
    stages = [s for s in search.route.steps if isinstance(s, Filter | Transform)]
    warm_kernels(stages, [barrier.dedup for barrier in search.route.barriers])
    search.probes.count(np.zeros((0, 1), np.int64), np.zeros(0, np.int64))


def _outcome(
    search: Search, job: Job, shard: Shard, found: Found, cpu_seconds: float
) -> CountedShard:
    stages = [barrier.dedup.name for barrier in search.route.barriers]
    return CountedShard(
        name=job.name,
        bytes=job.bytes,
        sha256=shard.tally.sha256,
        modified_ns=job.modified_ns,
        place=job.place,
        documents=found.documents,
        text_bytes=found.text_bytes,
        candidates=found.candidates,
        hits=dict(zip(stages, found.hits, strict=True)),
        sampled=found.sampled,
        arrived=dict(zip(stages, found.arrived, strict=True)),
        cpu_seconds=cpu_seconds,
        source_shard=job.source_shard,
        unreadable={kind: each.records for kind, each in shard.tally.unreadable.items()},
        unreadable_places=tuple(shard.tally.places),
    )


def main(arguments: list[str]) -> int:
    """Serve until the input ends; the first argument is the folder of the census."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    folder = CensusFolder(Path(arguments[0]))
    answers = _private_stdout()

    def answer(message: dict[str, Any]) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    try:
        _serve(folder, answer)
    except BrokenPipeError:
        return 1
    return 0


def _serve(folder: CensusFolder, answer: Answer) -> None:
    plan = read_plan(folder)
    search: Search | None = None
    for line in sys.stdin:
        message = json.loads(line)
        try:
            if search is None:
                search = make_search(plan, folder)
                warm(search)
            if message["job"] == "count":
                count(search, folder, plan, cattrs.structure(message["file"], Job), answer)
        except BrokenPipeError:
            raise
        except Exception as error:
            _tell_failure(error, answer)
        else:
            answer({"event": "done"})


def _tell_failure(error: Exception, answer: Answer) -> None:
    if not isinstance(error, CorpuscostError | OSError):
        import traceback

        traceback.print_exc()
    kind = "OSError" if isinstance(error, OSError) else type(error).__name__
    message = {"event": "failed", "kind": kind, "message": str(error)}
    answer(message | {"errno": getattr(error, "errno", None)})


def job_message(job: Job, number: int) -> dict[str, Any]:
    """A job as it is sent to a worker; ``number`` tells its shard apart in what is answered."""
    return {"job": "count", "shard": number, "file": asdict(job)}


def _private_stdout() -> TextIO:
    """The answers' channel; whatever else writes to standard output goes to standard error."""
    private = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(private, "w", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
