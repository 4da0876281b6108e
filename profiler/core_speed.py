"""How fast a core of this machine is: a score to compare machines by, stable to a few percent.

CPU-hours are of the core that was profiled; a scenario converts them by ``target_core_speed``. The
score is the geometric mean, over the parts of a fixed work (``profiler.core_workload``), of MB per
CPU-second over the same figure of a reference core. Work beside only ever slows a core down, for
seconds on end where two virtual cores are threads of one; so a repeat makes many short tries and
takes nearly the best of each part. Every repeat is a fresh process, since one process in twenty
was seen to run a part a third slower from its start to its end. The median over repeats is told.
"""

from __future__ import annotations

import datetime
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any, Literal

import cattrs

from pipeline.config import read_toml, structure
from pipeline.errors import CorpuscostError
from profiler.core_workload import WORKLOAD, Part, workload
from profiler.machine import describe_machine, describe_versions

CORE_SPEED_FILE = "core-speed.json"
CORE_SPEED_VERSION = 1
REFERENCE = Path(__file__).parent / "published" / "core-speed.toml"

LEAST_REPEATS = 5
REPEAT_SECONDS = 3.0  # of wall time, start-up apart
RANK = 3  # the third best try counts: clocks of virtual machines were seen to skip
SPREAD_WANTED = 0.02
NORMAL_95 = 1.645  # quantile of the normal law: two sides of it hold 90 %
CLOCK_STEP = 1e-9  # seconds: no clock of ours is finer


@dataclass(frozen=True, slots=True)
class Reference:
    """core-speed.toml: the core that scores 1, and what it did on each part of the work."""

    workload: int
    measured_at: str
    source: str
    machine: dict[str, str]
    mb_per_cpu_second: dict[str, float]


@dataclass(frozen=True, slots=True)
class PartSpeed:
    """One part: the median over repeats, half the 90 % interval of it over it, and the median over
    that of the reference core. ``spread`` is None from fewer than LEAST_REPEATS repeats."""

    name: str
    mb_per_cpu_second: float
    spread: float | None
    relative: float


@dataclass(frozen=True, slots=True)
class CoreSpeed:
    """core-speed.json. ``spread`` is half the 90 % interval of the median of the repeats' scores,
    over it; None from too few. ``settled`` says that it came below what was wanted."""

    schema_version: int
    kind: Literal["core-speed"]
    workload: int
    measured_at: str
    machine: dict[str, Any]
    versions: dict[str, str]
    score: float
    spread: float | None
    settled: bool
    repeats: int
    wall_seconds: float
    parts: tuple[PartSpeed, ...]
    reference_machine: dict[str, str]
    reference_measured_at: str


@dataclass(frozen=True, slots=True)
class CoreRatio:
    """Speed of another core over this one's: what ``cleaning.target_core_speed`` holds.

    ``point`` is the geometric mean over parts; ``low`` and ``high`` the part that gains least and
    most: a recipe of another mix lies between. ``spread`` is what the measuring leaves open, None
    where that is not known.
    """

    point: float
    low: float
    high: float
    spread: float | None
    parts: dict[str, float]
    differences: tuple[str, ...]


def score_core(
    budget_seconds: float = 120.0,
    repeat: Callable[[], dict[str, float]] | None = None,
    reference: Reference | None = None,
    wall: Callable[[], float] = time.monotonic,
) -> CoreSpeed:
    """Score a core of this machine, by repeats that each give MB per CPU-second by part.

    Ends with LEAST_REPEATS repeats or more, when the spread is SPREAD_WANTED or less, or with the
    repeat that goes beyond ``budget_seconds``. Raises CorpuscostError where the reference is of
    another work, and when a repeat fails.
    """
    known = reference or load_reference()
    if known.workload != WORKLOAD:
        raise CorpuscostError(
            f"{REFERENCE.name}: the reference core did workload {known.workload}, this program has "
            f"workload {WORKLOAD}; measure the reference again"
        )
    started, repeats = wall(), list[dict[str, float]]()
    while True:
        repeats.append((repeat or fresh_repeat)())
        spent = wall() - started
        if spent >= budget_seconds or _spread(repeats, known) <= SPREAD_WANTED:
            return _summary(repeats, known, spent)


def fresh_repeat() -> dict[str, float]:
    """One repeat in a process of its own; CorpuscostError with its last words when it fails."""
    command = [sys.executable, "-m", "profiler.core_speed"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        told = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise CorpuscostError(f"scoring the core failed, exit code {done.returncode}: {told}")
    speeds: dict[str, float] = json.loads(done.stdout)
    return speeds


def best_of_tries(
    parts: Sequence[Part],
    seconds: float = REPEAT_SECONDS,
    clock: Callable[[], float] = time.thread_time,
    wall: Callable[[], float] = time.monotonic,
) -> dict[str, float]:
    """MB per CPU-second of each part: the third best of the tries that fit in ``seconds``.

    Parts take turns, so that a busy spell hits all of them. At least RANK tries are made.
    """
    for part in parts:  # compile, and touch the memory, before the clock matters
        part.run()
    speeds: dict[str, list[float]] = {part.name: [] for part in parts}
    started, tries = wall(), 0
    while tries < RANK or wall() - started < seconds:
        tries += 1
        for part in parts:
            before = clock()
            part.run()
            speeds[part.name].append(part.bytes / 1e6 / max(clock() - before, CLOCK_STEP))
    return {name: sorted(found)[-RANK] for name, found in speeds.items()}


def load_reference(path: Path = REFERENCE) -> Reference:
    """The reference core; ConfigError where the file has faults."""
    return structure(read_toml(path), Reference, str(path))


def core_ratio(other: CoreSpeed, here: CoreSpeed) -> CoreRatio:
    """How many times as fast ``other`` is as ``here``; the reference cancels out.

    Raises CorpuscostError when the two did not do the same work.
    """
    if other.workload != here.workload:
        raise CorpuscostError(
            f"the other core did workload {other.workload}, this one workload {here.workload}: "
            "measure both with the same version of corpuscost"
        )
    spreads = (other.spread, here.spread)
    speeds = {part.name: part.mb_per_cpu_second for part in other.parts}
    missing = [part.name for part in here.parts if part.name not in speeds]
    if missing:
        raise CorpuscostError(
            f"the score of the other core lacks {', '.join(missing)}; measure it again"
        )
    parts = {part.name: speeds[part.name] / part.mb_per_cpu_second for part in here.parts}
    return CoreRatio(
        geometric_mean(parts.values()),
        min(parts.values()),
        max(parts.values()),
        None if None in spreads else math.hypot(*(spread or 0.0 for spread in spreads)),
        parts,
        _differences(other.versions, here.versions),
    )


def save_core_speed(speed: CoreSpeed, path: Path) -> None:
    """Write core-speed.json in one step; CorpuscostError where the folder is missing."""
    unfinished = path.with_name(f"{path.name}.tmp")
    try:
        unfinished.write_text(json.dumps(asdict(speed), indent=2) + "\n", encoding="utf-8")
        os.replace(unfinished, path)
    except OSError as error:
        raise CorpuscostError(f"{path}: cannot be written ({error.strerror})") from error


def load_core_speed(path: Path) -> CoreSpeed:
    """Read what ``corpuscost calibrate --speed --out`` wrote; CorpuscostError for anything else."""
    again = "make it on the other machine with `corpuscost calibrate --speed --out FILE`"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        speed = cattrs.structure(data, CoreSpeed)
    except OSError as error:
        raise CorpuscostError(f"{path}: {error.strerror}; {again}") from error
    except Exception as error:
        raise CorpuscostError(f"{path}: no score of a core ({error!r}); {again}") from error
    if speed.schema_version != CORE_SPEED_VERSION:
        raise CorpuscostError(
            f"{path}: schema_version {speed.schema_version}, this program reads "
            f"{CORE_SPEED_VERSION}; {again}"
        )
    figures = [part.mb_per_cpu_second for part in speed.parts]
    if not figures or not all(0 < figure < math.inf for figure in figures):
        raise CorpuscostError(f"{path}: expected speeds above 0, found {figures}; {again}")
    return speed


def geometric_mean(values: Iterable[float]) -> float:
    """exp of the mean logarithm."""
    logs = [math.log(value) for value in values]
    return math.exp(sum(logs) / len(logs))


def median_spread(values: Sequence[float]) -> float:
    """Half the 90 % interval of the median, over the median; infinity for too few values.

    The interval lies between the order statistics n / 2 ± 1.645 √n / 2 (Conover, Practical
    Nonparametric Statistics, section 3.2); of 5 or 6 values it is their whole range.
    """
    count = len(values)
    if count < LEAST_REPEATS:
        return math.inf
    ranked = sorted(values)
    low = max(0, math.floor((count - NORMAL_95 * math.sqrt(count)) / 2))
    return (ranked[count - 1 - low] - ranked[low]) / 2 / median(ranked)


def _spread(repeats: Sequence[Mapping[str, float]], reference: Reference) -> float:
    known = reference.mb_per_cpu_second
    return median_spread(
        [geometric_mean(each[name] / known[name] for name in known) for each in repeats]
    )


def _summary(
    repeats: Sequence[Mapping[str, float]], reference: Reference, wall_seconds: float
) -> CoreSpeed:
    measured = tuple(
        _part_speed(name, [each[name] for each in repeats], reference)
        for name in reference.mb_per_cpu_second
    )
    spread = _spread(repeats, reference)
    return CoreSpeed(
        CORE_SPEED_VERSION,
        "core-speed",
        WORKLOAD,
        datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        dict(describe_machine()),
        describe_versions(),
        geometric_mean(part.relative for part in measured),
        _known(spread),
        spread <= SPREAD_WANTED,
        len(repeats),
        wall_seconds,
        measured,
        reference.machine,
        reference.measured_at,
    )


def _part_speed(name: str, speeds: list[float], reference: Reference) -> PartSpeed:
    middle, known = median(speeds), reference.mb_per_cpu_second[name]
    return PartSpeed(name, middle, _known(median_spread(speeds)), middle / known)


def _known(spread: float) -> float | None:
    return spread if math.isfinite(spread) else None


def _differences(other: Mapping[str, str], here: Mapping[str, str]) -> tuple[str, ...]:
    """Versions that the speed of compiled code hangs on, where they differ."""
    return tuple(
        f"{name} {other.get(name, '?')} there, {here.get(name, '?')} here"
        for name in ("corpuscost", "python", "numba", "numpy")
        if other.get(name) != here.get(name)
    )


if __name__ == "__main__":
    print(json.dumps(best_of_tries(workload())))
