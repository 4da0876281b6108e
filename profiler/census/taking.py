"""Take a census: count the copies of a run's probes in more shards, and add to what was counted."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.engines.local.plan import Workspace
from pipeline.engines.local.pool import Outcome, Pool
from pipeline.engines.local.run import RunProgress, Silent
from pipeline.errors import CorpuscostError, RunError, ShardError
from pipeline.reading.inputs import find_shards
from pipeline.reading.shard import ColumnNames
from profiler.census.counts import Parts, add_up
from profiler.census.route import early_filters, recipe_of
from profiler.census.shards import Unread, sort_shards
from profiler.census.store import (
    Census,
    CensusFolder,
    folder_of,
    load_census,
    probes_digest,
    read_outcomes,
    save_census,
    write_json,
)
from profiler.census.worker import CountingPlan, Job, job_message, read_plan
from profiler.processes import UsageKeeper
from profiler.record.store import Record, load

_ATTEMPTS = 2  # a shard that kills two workers is given up


@dataclass(frozen=True, slots=True)
class Options:
    """How to take a census; the defaults are those of the command line.

    ``files`` is the folder that model files and labelled sets of the recipe are relative to.
    """

    workers: int | None = None  # as many as there are vCPUs
    columns: ColumnNames = ColumnNames()  # noqa: RUF009  (frozen)
    skip_bad_shards: bool = False
    files: Path = Path()
    batch_bytes: int = 8_000_000


def take_census(
    run_directory: str | Path,
    inputs: Sequence[str | Path],
    options: Options | None = None,
    progress: RunProgress | None = None,
) -> Census:
    """Count the copies of the run's probes in the shards of ``inputs``; the sum of all calls.

    A shard that an earlier call counted, and a shard of the run itself, is not read again; a call
    that was stopped goes on where it was. Raises RunError for a record without probes or of
    another version, ShardError for a shard that cannot be opened, ConfigError for a model that is
    not there.
    """
    started = time.perf_counter()
    options = options or Options()
    run_directory = Path(run_directory)
    record = countable(load(run_directory), run_directory)
    folder = folder_of(run_directory)
    with _locked(folder):
        plan = _start(record, run_directory, folder, options)
        sorting = sort_shards(find_shards(inputs), record.run, read_outcomes(folder))
        skipped = _count_all(sorting.unread, folder, options, progress or Silent())
        earlier = load_census(run_directory)
        parts = Parts(sorting.known, skipped, plan.early_filters, time.perf_counter() - started)
        census = add_up(record, folder, earlier, parts)
        save_census(census, run_directory)
        return census


def countable(record: Record, run_directory: Path) -> Record:
    """The record, when a census can be taken of it; else a RunError that says why not."""
    run = record.run
    recipe_of(run, run_directory)
    if run.parts > 1:
        raise RunError(
            f"{run_directory}: a sum of {run.parts} records, whose copies across each other are "
            "unseen; profile their shards in one run"
        )
    if run.state == "failed":
        raise RunError(f"{run_directory}: the run failed; profile again")
    probes = record.tables["probes"]
    if "near_group_copies" not in probes.column_names:
        raise RunError(
            f"{run_directory}: probes.parquet is of an earlier version, without the copies inside "
            "the run; profile again"
        )
    if probes.num_rows == 0:
        raise RunError(
            f"{run_directory}: no document of the run reached dedup, so there is no probe to count "
            "copies of; profile shards of which something is left"
        )
    return record


def _start(
    record: Record, run_directory: Path, folder: CensusFolder, options: Options
) -> CountingPlan:
    digest = probes_digest(record.tables["probes"], record.run.recipe)
    if folder.plan_file.exists() and read_plan(folder).probes != digest:
        raise RunError(
            f"{folder.root}: a census of other probes than those of the run; delete that folder"
        )
    recipe = recipe_of(record.run, run_directory)
    plan = CountingPlan(
        run_directory=str(run_directory.resolve()),
        probes=digest,
        early_filters=early_filters(recipe, record.run.stages),
        columns=options.columns,
        files=str(options.files.resolve()),
        batch_bytes=options.batch_bytes,
    )
    for unfinished in folder.root.glob("shards/.*"):  # what a killed attempt left half done
        shutil.rmtree(unfinished, ignore_errors=True)
    folder.processes.mkdir(parents=True, exist_ok=True)
    write_json(asdict(plan), folder.plan_file)
    return plan


def _count_all(
    unread: Sequence[Unread], folder: CensusFolder, options: Options, progress: RunProgress
) -> dict[str, str]:
    """Count all shards; returns those left out with the reason."""
    if not unread:
        return {}
    workers = min(options.workers or len(os.sched_getaffinity(0)), len(unread))
    pool = Pool(Workspace(folder.root), 1, UsageKeeper(), module="profiler.census.worker")
    try:
        progress.leg("preparing: kernels, models", {})  # one alone compiles, the others load
        for outcome in pool.run([{"job": "prepare"}], progress.moved):
            if outcome.event != "done":
                raise _fault(outcome, "while preparing")
        pool.size = workers
        sizes = {number: each.file.bytes for number, each in enumerate(unread)}
        progress.leg("counting copies of the probes", sizes)
        skipped = _count_shards(unread, pool, options, progress)
        pool.close()
    except BaseException:
        pool.kill()
        raise
    return skipped


def _count_shards(
    unread: Sequence[Unread], pool: Pool, options: Options, progress: RunProgress
) -> dict[str, str]:
    skipped: dict[str, str] = {}
    deaths = dict.fromkeys(range(len(unread)), 0)
    todo = list(deaths)
    while todo:
        jobs = [job_message(_job(unread[number]), number) for number in todo]
        todo = []
        for outcome in pool.run(jobs, progress.moved):
            number = outcome.job["shard"]
            name = unread[number].file.name
            deaths[number] += outcome.event == "died"
            if outcome.event == "done":
                progress.shard_done(number)
            elif outcome.event == "died" and deaths[number] < _ATTEMPTS:
                todo.append(number)
            elif options.skip_bad_shards and _is_bad(outcome):
                skipped[name] = str(outcome.message.get("message", ""))
                progress.shard_done(number)
            else:
                raise _fault(outcome, f"on shard {name}")
    return skipped


def _job(shard: Unread) -> Job:
    file = shard.file
    return Job(
        name=file.name,
        path=str(file.path.resolve()),
        bytes=file.bytes,
        format=file.format,
        identity=shard.identity,
        place=shard.place,
        modified_ns=shard.modified_ns,
        source_shard=shard.source_shard,
    )


def _is_bad(outcome: Outcome) -> bool:
    return outcome.event == "died" or outcome.message.get("kind") == "ShardError"


def _fault(outcome: Outcome, where: str) -> CorpuscostError:
    message = str(outcome.message.get("message", ""))
    kept = "What is counted is kept: the same command goes on from there"
    if outcome.event == "died":
        return ShardError(
            f"a worker {message} {where}; try fewer --workers, or --skip-bad-shards to leave it "
            f"out. {kept}"
        )
    if outcome.message.get("errno") == errno.ENOSPC:
        return RunError(f"disk full {where}: {message}. Free some space. {kept}")
    if outcome.message.get("kind") == "ShardError":
        return ShardError(f"{message}\n(or leave such shards out with --skip-bad-shards)")
    return RunError(f"failed {where}: {message}")


@contextmanager
def _locked(folder: CensusFolder) -> Iterator[None]:
    """Hold the folder, so that two calls do not share it."""
    folder.root.mkdir(parents=True, exist_ok=True)
    with (folder.root / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RunError(
                f"{folder.root}: another census is taken there; wait for it to end"
            ) from error
        yield
