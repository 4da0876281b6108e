"""Run a plan on this machine: worker processes, one shard at a time each, leg after leg."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from pipeline.engines.local.plan import Leg, Plan, Workspace, write_plan
from pipeline.engines.local.pool import Job, Outcome, Pool, ProcessWatch, Unwatched
from pipeline.errors import CorpuscostError, RunError, ShardError

_ATTEMPTS = 2  # a shard that kills two workers is given up


class RunProgress(Protocol):
    """Told how far a run is; for people, not for the record."""

    def leg(self, title: str, todo: Mapping[int, int]) -> None:
        """A part of the work begins: stored bytes of each shard that is still to do.

        Empty where the work is not by shard.
        """

    def shard_done(self, shard: int) -> None: ...

    def moved(self, message: dict[str, Any]) -> None:
        """A worker's progress: its job, and text_bytes done or stored_bytes read so far."""


class Silent:
    """The default: no word of progress."""

    def leg(self, title: str, todo: Mapping[int, int]) -> None:
        return None

    def shard_done(self, shard: int) -> None:
        return None

    def moved(self, message: dict[str, Any]) -> None:
        return None


def run_plan(
    plan: Plan,
    workspace: Workspace,
    watch: ProcessWatch | None = None,
    progress: RunProgress | None = None,
) -> None:
    """Do all that is not done yet in the workspace.

    Raises ShardError for a shard that cannot be opened (unless the plan skips those), RunError
    for another run's workspace, a full disk or workers that keep dying. What is finished stays,
    and the same call goes on from there.
    """
    progress = progress or Silent()
    with _locked(workspace):
        write_plan(plan, workspace)
        _clear_unfinished(workspace)
        pool = Pool(workspace, plan.workers, watch or Unwatched())
        try:
            _prepare(pool, progress)
            for leg in plan.legs:
                _run_leg(plan, leg, workspace, pool, progress)
            pool.close()
        except BaseException:
            pool.kill()
            raise


def _prepare(pool: Pool, progress: RunProgress) -> None:
    """The first worker trains and compiles alone; the others then find it all done."""
    size = pool.size
    for count in dict.fromkeys((1, size)):
        progress.leg("preparing: kernels, models", {})
        pool.size = count
        for outcome in pool.run([{"job": "prepare"}] * count, progress.moved):
            if outcome.event != "done":
                raise _fault(outcome, "while preparing")


def _run_leg(plan: Plan, leg: Leg, workspace: Workspace, pool: Pool, progress: RunProgress) -> None:
    todo = [
        shard.number
        for shard in plan.shards
        if not workspace.skipped(shard.number).exists()
        and not workspace.shard(leg.number, shard.number).exists()
    ]
    names = [spec.name for spec in (leg.applied, *leg.chain, leg.sketched) if spec is not None]
    title = (
        f"pass {leg.number + 1} of {len(plan.legs)}: {' … '.join(names[:: len(names) - 1 or 1])}"
    )
    progress.leg(title, {number: plan.shards[number].bytes for number in todo})
    _run_shards(plan, leg, todo, workspace, pool, progress)
    if leg.sketched is None or workspace.resolution(leg.number).exists():
        return
    progress.leg(f"resolving {leg.sketched.name}", {})
    for outcome in pool.run([{"job": "resolve", "leg": leg.number}], progress.moved):
        if outcome.event != "done":
            raise _fault(outcome, f"while resolving {leg.sketched.name}")


def _run_shards(
    plan: Plan,
    leg: Leg,
    todo: list[int],
    workspace: Workspace,
    pool: Pool,
    progress: RunProgress,
) -> None:
    deaths: dict[int, int] = {}
    while todo:
        jobs: list[Job] = [{"job": "leg", "leg": leg.number, "shard": n} for n in todo]
        todo = []
        for outcome in pool.run(jobs, progress.moved):
            number = outcome.job["shard"]
            if outcome.event == "done":
                progress.shard_done(number)
                continue
            deaths[number] = deaths.get(number, 0) + 1
            if outcome.event == "died" and deaths[number] < _ATTEMPTS:
                todo.append(number)
                continue
            fault = _fault(outcome, f"on shard {plan.shards[number].name}")
            if not (plan.skip_bad_shards and leg.number == 0 and isinstance(fault, ShardError)):
                raise fault
            _skip(workspace, number, str(fault))
            progress.shard_done(number)


def _fault(outcome: Outcome, where: str) -> CorpuscostError:
    message = outcome.message.get("message", "")
    if outcome.event == "died":
        return ShardError(
            f"a worker {message} {where}; try fewer --workers, or --skip-bad-shards to leave it "
            "out. What is finished is kept: the same command goes on from there"
        )
    if outcome.message.get("errno") == errno.ENOSPC or os.strerror(errno.ENOSPC) in message:
        return RunError(
            f"disk full {where}: {message}. Free some space and run the same command again; "
            "what is finished is kept"
        )
    if outcome.message.get("kind") == "ShardError":
        return ShardError(f"{message}\n(or leave such shards out with --skip-bad-shards)")
    return RunError(f"failed {where}: {message}")


def _skip(workspace: Workspace, number: int, reason: str) -> None:
    path = workspace.skipped(number)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"reason": reason}), encoding="utf-8")


def _clear_unfinished(workspace: Workspace) -> None:
    """Remove what a killed attempt left half done."""
    for folder in workspace.root.glob("**/.*"):
        if folder.is_dir():
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(workspace: Workspace) -> Iterator[None]:
    """Hold the workspace, so that two runs do not share it."""
    workspace.root.mkdir(parents=True, exist_ok=True)
    with (workspace.root / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RunError(
                f"{workspace.root.parent}: another process is working there; wait for it, or "
                "give another --out"
            ) from error
        yield
