"""How fast a core of this machine is: a score to compare machines by, stable to a few percent.

CPU-hours are of the core that was profiled; a scenario converts them by ``target_core_speed``. The
score is the geometric mean, over the parts of a fixed work (``profiler.core_workload``), of MB per
CPU-second over the same figure of a reference core. Neighbours on shared hardware only ever slow a
core down, so a repeat takes the best of several tries of each part; the median over repeats is
told, and repeating ends when that median is known well enough.
"""

from __future__ import annotations

import datetime
import json
import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
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

TRIES = 5  # of each part in a repeat, of which the best counts
LEAST_REPEATS = 9  # fewer give no interval of a median
SPREAD_WANTED = 0.02
NORMAL_95 = 1.645  # quantile of the normal law: two sides of it hold 90 %


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
    """One part: the median over repeats, half the width of its 90 % interval over it, and the
    median over that of the reference core. No spread from fewer than LEAST_REPEATS repeats."""

    name: str
    what: str
    mb_per_cpu_second: float
    spread: float | None
    relative: float


@dataclass(frozen=True, slots=True)
class CoreSpeed:
    """core-speed.json. ``spread`` is half the width of the 90 % interval of the median score, over
    the score, None from too few repeats; ``settled`` says that it came below what was wanted."""

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
    parts: Sequence[Part] | None = None,
    reference: Reference | None = None,
    clock: Callable[[], float] = time.thread_time,
    wall: Callable[[], float] = time.monotonic,
) -> CoreSpeed:
    """Score the core that this thread runs on.

    Ends after LEAST_REPEATS repeats or more, when the spread is SPREAD_WANTED or less, or with the
    repeat that goes beyond ``budget_seconds``. Raises CorpuscostError where the reference is of
    another work.
    """
    known = reference or load_reference()
    if known.workload != WORKLOAD:
        raise CorpuscostError(
            f"{REFERENCE.name}: the reference core did workload {known.workload}, this program has "
            f"workload {WORKLOAD}; measure the reference again"
        )
    work = workload() if parts is None else parts
    _warm(work)
    started, repeats = wall(), list[dict[str, float]]()
    while not _settled(repeats, known) and (not repeats or wall() - started < budget_seconds):
        repeats.append(_repeat(work, clock))
    return _summary(work, repeats, known, wall() - started)


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


def median_spread(values: Sequence[float]) -> float:
    """Half the width of the 90 % interval of the median, over the median.

    The interval lies between the order statistics n / 2 ± 1.645 √n / 2 (Conover, Practical
    Nonparametric Statistics, section 3.2). Infinity for fewer than LEAST_REPEATS values.
    """
    count = len(values)
    if count < LEAST_REPEATS:
        return math.inf
    ranked = sorted(values)
    low = max(0, math.floor((count - NORMAL_95 * math.sqrt(count)) / 2))
    return (ranked[count - 1 - low] - ranked[low]) / 2 / median(ranked)


def geometric_mean(values: Any) -> float:
    """exp of the mean logarithm."""
    logs = [math.log(value) for value in values]
    return math.exp(sum(logs) / len(logs))


def _warm(parts: Sequence[Part]) -> None:
    """Compile and touch the memory before the clock matters."""
    for part in parts:
        part.run()


def _repeat(parts: Sequence[Part], clock: Callable[[], float]) -> dict[str, float]:
    """Best MB per CPU-second of each part; tries of the parts take turns, so that a burst of a
    neighbour does not hit one part alone."""
    best = dict.fromkeys((part.name for part in parts), 0.0)
    for _ in range(TRIES):
        for part in parts:
            started = clock()
            part.run()
            spent = clock() - started
            if spent > 0:
                best[part.name] = max(best[part.name], part.bytes / 1e6 / spent)
    return best


def _settled(repeats: Sequence[Mapping[str, float]], reference: Reference) -> bool:
    return median_spread(_scores(repeats, reference)) <= SPREAD_WANTED


def _scores(repeats: Sequence[Mapping[str, float]], reference: Reference) -> list[float]:
    known = reference.mb_per_cpu_second
    return [geometric_mean(repeat[name] / known[name] for name in repeat) for repeat in repeats]


def _summary(
    parts: Sequence[Part],
    repeats: Sequence[Mapping[str, float]],
    reference: Reference,
    wall_seconds: float,
) -> CoreSpeed:
    measured = tuple(
        _part_speed(part, [repeat[part.name] for repeat in repeats], reference) for part in parts
    )
    spread = median_spread(_scores(repeats, reference))
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


def _part_speed(part: Part, speeds: list[float], reference: Reference) -> PartSpeed:
    middle = median(speeds)
    known = reference.mb_per_cpu_second[part.name]
    return PartSpeed(part.name, part.what, middle, _known(median_spread(speeds)), middle / known)


def _known(spread: float) -> float | None:
    return spread if math.isfinite(spread) else None


def _differences(other: Mapping[str, str], here: Mapping[str, str]) -> tuple[str, ...]:
    """Versions that the speed of compiled code hangs on, where they differ."""
    return tuple(
        f"{name} {other.get(name, '?')} there, {here.get(name, '?')} here"
        for name in ("corpuscost", "python", "numba", "numpy")
        if other.get(name) != here.get(name)
    )
