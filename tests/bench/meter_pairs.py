"""Units of work with and without the meter, in pairs: a process with the settings of a worker.

Called as ``python meter_pairs.py FOLDER PAIRS SHARD…``. Prints JSON: plain and metered CPU-seconds
of each pair. A pair is the first leg over one shard, twice; pairs are in the order ABBA, so that a
machine that slows down does not favour one side. The inspection is no part of the meter: neither
side has it.
"""

from __future__ import annotations

import dataclasses
import gc
import json
import shutil
import sys
import time
from pathlib import Path

from pipeline.engines.local.plan import Plan, Workspace, write_plan
from pipeline.engines.local.units import Units
from pipeline.engines.local.warm import warm_kernels
from pipeline.observer import Unobserved
from profiler.measurement import Options, make_plan

WARM_PAIRS = 4
BLANK = ""  # no observer at all


def units(plan: Plan, folder: Path) -> Units:
    """The units of a plan, ready to run in this process."""
    workspace = Workspace(folder)
    write_plan(plan, workspace)
    ready = Units(plan, workspace)
    ready.train_models(Unobserved(folder))
    warm_kernels(list(ready.stages.values()), [])
    return ready


def cpu_seconds(ready: Units, shard: int) -> float:
    """CPU of the first leg over a shard, which is done afresh."""
    gc.collect()
    started = time.process_time()
    ready.run_leg(0, shard, Unobserved(ready.workspace.root), ignore, ignore)
    spent = time.process_time() - started
    shutil.rmtree(ready.workspace.shard(0, shard))
    return spent


def ignore(count: int) -> None:
    del count


def main(folder: Path, pairs: int, shards: list[str]) -> None:
    plan = dataclasses.replace(make_plan(shards, Options(workers=1)), inspector="")
    metered = units(plan, folder / "metered")
    plain = units(dataclasses.replace(plan, observer=BLANK), folder / "plain")
    spent: list[tuple[float, float]] = []
    for pair in range(WARM_PAIRS + pairs):
        shard = pair // 2 % len(plan.shards)
        sides = (plain, metered) if pair % 2 else (metered, plain)
        seconds = {id(side): cpu_seconds(side, shard) for side in sides}
        spent.append((seconds[id(plain)], seconds[id(metered)]))
    print(json.dumps(spent[WARM_PAIRS:]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
