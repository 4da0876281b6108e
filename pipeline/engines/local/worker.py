"""A worker process: does units of work named on its standard input, one line of JSON each.

Answers go to standard output, a line each: ``{"event": "progress" | "done" | "failed", …}``.
Libraries that print are kept off that channel. The worker ends when its input does, or when
nobody reads its answers any more, so it does not outlive its parent.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from pipeline.engines.local.plan import Workspace, read_plan
from pipeline.engines.local.units import Units
from pipeline.engines.local.warm import warm_kernels, warm_memory
from pipeline.errors import CorpuscostError
from pipeline.observer import Observer, Phase, Volume, during
from pipeline.recipes.recipe import DEDUP_KINDS
from pipeline.stages.build import build_dedup

Answer = Callable[[dict[str, Any]], None]


def main(arguments: list[str]) -> int:
    """Serve until the input ends; the argument is the workspace and this process's folder."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    workspace = Workspace(Path(arguments[0]))
    answers = _private_stdout()
    units = Units(read_plan(workspace), workspace)
    own_folder = Path(arguments[1])
    own_folder.mkdir(parents=True, exist_ok=True)

    def answer(message: dict[str, Any]) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    try:
        with units.observer_factory(own_folder) as observer:
            observer.begin(Phase("start-up", "import"))
            observer.end(Volume())
            _serve(units, observer, answer)
    except BrokenPipeError:
        return 1
    return 0


def _serve(units: Units, observer: Observer, answer: Answer) -> None:
    """Do each job of the input; answering it and taking the next is a phase, waiting included."""
    outcome: dict[str, Any] | None = None
    while True:
        observer.begin(Phase("coordinate", "next job"))
        if outcome is not None:
            answer(outcome)
        line = sys.stdin.readline()
        job = json.loads(line) if line else None
        observer.end(Volume())
        if job is None:
            return
        outcome = _outcome(units, job, observer, answer)


def _outcome(
    units: Units, job: dict[str, Any], observer: Observer, answer: Answer
) -> dict[str, Any]:
    """Do a job; what is to be answered when it is done or has failed."""
    try:
        _do(units, job, observer, answer)
    except BrokenPipeError:
        raise
    except CorpuscostError as error:
        return {"event": "failed", "kind": type(error).__name__, "message": str(error)}
    except OSError as error:
        return {
            "event": "failed",
            "kind": "OSError",
            "message": str(error),
            "errno": error.errno,
        }
    except Exception as error:
        import traceback

        traceback.print_exc()
        return {"event": "failed", "kind": type(error).__name__, "message": str(error)}
    return {"event": "done"}


def _do(units: Units, job: dict[str, Any], observer: Observer, answer: Answer) -> None:
    if job["job"] == "prepare":
        _prepare(units, observer)
    elif job["job"] == "leg":
        units.run_leg(
            job["leg"],
            job["shard"],
            observer,
            lambda text_bytes: answer({"event": "progress", "text_bytes": text_bytes}),
            lambda stored_bytes: answer({"event": "progress", "stored_bytes": stored_bytes}),
        )
    elif job["job"] == "resolve":
        units.resolve(job["leg"])
    else:
        raise ValueError(f"unknown job {job!r}")


def _prepare(units: Units, observer: Observer) -> None:
    """Train what has to be trained, load the stages, compile the kernels."""
    units.train_models(observer)
    with during(observer, Phase("start-up", "load stages")):
        stages = list(units.stages.values())
        dedups = [build_dedup(s) for s in units.plan.recipe.stages if s.kind in DEDUP_KINDS]
    with during(observer, Phase("start-up", "memory")):
        warm_memory()
    with during(observer, Phase("jit", "compile")):
        warm_kernels(stages, dedups)


def _private_stdout() -> TextIO:
    """The answers' channel; whatever else writes to standard output goes to standard error."""
    private = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(private, "w", encoding="utf-8")


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stderr.flush()
    # All books are closed: tearing the interpreter down would only burn CPU.
    os._exit(code)
