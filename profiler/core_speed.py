"""How fast a core of this machine is: a score to compare machines by, stable to a few percent.

CPU-hours are of the core that was profiled; a scenario converts them by ``target_core_speed``. The
score is the geometric mean, over the parts of a fixed work (``profiler.core_workload``), of MB per
CPU-second over the same figure of a reference core. Work beside only ever slows a core down, for
seconds on end where two virtual cores are threads of one: so a repeat is a stretch of many short
tries, of which the best of each part counts. The tries go on until five stretches, one after the
other, agree; their median is told.
"""

from __future__ import annotations

import datetime
import itertools
import json
import math
import os
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

REPEATS = 5  # stretches of equal length that all tries are cut into
LEAST_SECONDS = 20.0  # of wall time; in less, all stretches may fall into one busy spell
SPREAD_WANTED = 0.02
CLOCK_STEP = 1e-9  # seconds: no clock of ours is finer

Tries = list[dict[str, float]]  # MB per CPU-second by part, in the order in which they were made


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
    """One part: the median over repeats, half their range over it, and the median over that of the
    reference core. ``spread`` is None from fewer than REPEATS tries."""

    name: str
    what: str
    mb_per_cpu_second: float
    spread: float | None
    relative: float


@dataclass(frozen=True, slots=True)
class CoreSpeed:
    """core-speed.json. ``spread`` is half the range of the repeats' scores over their median, None
    from fewer than REPEATS tries. ``settled`` says that it came below what was wanted."""

    schema_version: int
    kind: Literal["core-speed"]
    workload: int
    measured_at: str
    machine: dict[str, Any]
    versions: dict[str, str]
    score: float
    spread: float | None
    settled: bool
    tries: int
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

    Ends after LEAST_SECONDS or later, when the spread is SPREAD_WANTED or less, or with the try
    that goes beyond ``budget_seconds``. Raises CorpuscostError where the reference is of another
    work.
    """
    known = reference or load_reference()
    if known.workload != WORKLOAD:
        raise CorpuscostError(
            f"{REFERENCE.name}: the reference core did workload {known.workload}, this program has "
            f"workload {WORKLOAD}; measure the reference again"
        )
    work = workload() if parts is None else parts
    for part in work:  # compile, and touch the memory, before the clock matters
        part.run()
    started, tries = wall(), Tries()
    while True:
        tries.append(_try(work, clock))
        spent = wall() - started
        enough = spent >= LEAST_SECONDS and len(tries) >= REPEATS
        if spent >= budget_seconds or (enough and _spread(tries, known) <= SPREAD_WANTED):
            return _summary(work, tries, known, spent)


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


def repeats_of(tries: Sequence[Mapping[str, float]]) -> list[dict[str, float]]:
    """Tries cut into REPEATS stretches; of each stretch the best of every part."""
    count = min(REPEATS, len(tries))
    edges = [place * len(tries) // count for place in range(count + 1)]
    stretches = [tries[start:end] for start, end in itertools.pairwise(edges)]
    return [{name: max(t[name] for t in part) for name in part[0]} for part in stretches]


def relative_spread(values: Sequence[float]) -> float:
    """Half the range over the median; infinity for fewer than REPEATS values."""
    if len(values) < REPEATS:
        return math.inf
    return (max(values) - min(values)) / 2 / median(values)


def _try(parts: Sequence[Part], clock: Callable[[], float]) -> dict[str, float]:
    """MB per CPU-second of each part; parts take turns, so that a busy spell hits all of them."""
    speeds = {}
    for part in parts:
        started = clock()
        part.run()
        speeds[part.name] = part.bytes / 1e6 / max(clock() - started, CLOCK_STEP)
    return speeds


def _spread(tries: Sequence[Mapping[str, float]], reference: Reference) -> float:
    known = reference.mb_per_cpu_second
    return relative_spread(
        [geometric_mean(best[name] / known[name] for name in best) for best in repeats_of(tries)]
    )


def _summary(
    parts: Sequence[Part], tries: Tries, reference: Reference, wall_seconds: float
) -> CoreSpeed:
    repeats = repeats_of(tries)
    measured = tuple(
        _part_speed(part, [best[part.name] for best in repeats], reference) for part in parts
    )
    spread = _spread(tries, reference)
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
        len(tries),
        wall_seconds,
        measured,
        reference.machine,
        reference.measured_at,
    )


def _part_speed(part: Part, speeds: list[float], reference: Reference) -> PartSpeed:
    middle = median(speeds)
    known = reference.mb_per_cpu_second[part.name]
    spread = _known(relative_spread(speeds))
    return PartSpeed(part.name, part.what, middle, spread, middle / known)


def _known(spread: float) -> float | None:
    return spread if math.isfinite(spread) else None


def _differences(other: Mapping[str, str], here: Mapping[str, str]) -> tuple[str, ...]:
    """Versions that the speed of compiled code hangs on, where they differ."""
    return tuple(
        f"{name} {other.get(name, '?')} there, {here.get(name, '?')} here"
        for name in ("corpuscost", "python", "numba", "numpy")
        if other.get(name) != here.get(name)
    )
