"""Calibration: the resolve phases of a run, timed on synthetic keys at growing sizes.

What resolving costs at a size that nobody has run follows no curve: keys that outgrow a cache, or
the memory, change the law. So the real code is run, in a fresh worker process with the threads
and the memory limit of a run, on as many synthetic keys as the target has, or as time, disk and
memory allow. ``calibration.json`` in the run's folder keeps what was timed.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
import math
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cattrs

from pipeline.engines.local.run import RunProgress, Silent
from pipeline.errors import CorpuscostError, RunError
from pipeline.recipes.recipe import DEDUP_KINDS, StageSpec
from profiler.calibration_keys import GroupLaw, Layout, group_law, sketch_bytes
from profiler.calibration_timing import ExhaustedError, Task, Timed, bands_of, time_resolve
from profiler.machine import describe_machine, describe_versions
from profiler.record.store import Record
from profiler.scaling.resolving import ResolveTimings, timings_from_rows
from profiler.scaling.volumes import Forecast

CALIBRATION_FILE = "calibration.json"
CALIBRATION_VERSION = 2  # 1: resolving was timed with another method
WORK = ".calibration-work"
STEP = 4  # from one size to the next
REPEATS = 3  # of a size that is quick to time
SLOWER_THAN_LINEAR = 1.2  # guess for the next size, to stay in the time given
REPEATS_SHARE = 0.15  # of the time left, at most, for one size with its repeats
DISK_SHARE = 0.6  # of what is free, at most
LABEL_BYTES = 24  # per document, while keys are drawn
MAX_FILES = 1000


@dataclass(frozen=True, slots=True)
class Timing:
    """One timing. ``documents`` 1 stands for resolving next to nothing: opening the session.

    CPU is that of the phase, as the meter of a run reads it; ``os_cpu_seconds`` is what the system
    counted for the whole process, start-up and exit included. ``spilled_bytes`` is the largest
    that was seen, twice a second.
    """

    stage: str
    kind: str
    documents: int
    retention: float
    cpu_seconds: float
    wall_seconds: float
    os_cpu_seconds: float
    peak_rss_bytes: int | None
    spilled_bytes: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """calibration.json. ``stopped`` says for each stage why no larger size was timed."""

    schema_version: int
    measured_at: str
    machine: dict[str, Any]
    versions: dict[str, str]
    threads: int
    memory_bytes: int
    ladder: tuple[Timing, ...]
    stopped: dict[str, str]


@dataclass(frozen=True, slots=True)
class Wishes:
    """How far to calibrate: documents at the target by dedup stage, and what may be spent."""

    documents: Mapping[str, float]
    laws: Mapping[str, Callable[[float], GroupLaw]]
    budget_seconds: float = 120.0
    memory_bytes: int = 4_000_000_000
    seed: int = 1


Timer = Callable[[Task, RunProgress], Timed]


def calibrate(
    record: Record,
    run_directory: Path,
    wishes: Wishes,
    progress: RunProgress | None = None,
    timer: Timer = time_resolve,
    clock: Callable[[], float] = time.monotonic,
) -> Calibration:
    """Time every dedup's resolve on synthetic keys and write calibration.json.

    Sizes go from the sample's by fours to the target's. The time left is shared evenly by the
    stages left; a size that would not fit in it, in 60 % of the free disk, or in memory while the
    keys are drawn, is not begun. Raises RunError for a run without dedup, or a full disk.
    """
    todo = _dedups(record)
    ends = clock() + wishes.budget_seconds
    rows: list[Timing] = []
    stopped = {}
    with _work_folder(run_directory) as work:
        for place, (spec, sampled) in enumerate(todo):
            left = (ends - clock()) / (len(todo) - place)
            ladder = _Ladder(record, spec, sampled, wishes, work, progress or Silent(), timer)
            stopped[spec.name] = ladder.climb(rows, clock, clock() + left)
    calibration = Calibration(
        CALIBRATION_VERSION,
        datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        dict(describe_machine()),
        describe_versions(),
        record.run.workers,
        wishes.memory_bytes,
        tuple(rows),
        stopped,
    )
    save_calibration(calibration, run_directory)
    return calibration


def sample_laws(
    record: Record, retentions: Mapping[str, tuple[float, float]]
) -> dict[str, Callable[[float], GroupLaw]]:
    """Per dedup stage the group law at any number of documents: the sample's, scaled.

    ``retentions`` gives documents at the target and the retention there; between the sample and
    the target, retention goes evenly with the logarithm of the documents. A stage that is not
    named keeps the sample's.
    """
    laws = {}
    for spec, sampled in _dedups(record):
        law = group_law(record.tables["spectrum"], spec.name)
        end, retention = retentions.get(spec.name, (float(sampled), law.retention))
        laws[spec.name] = _scaled_law(law, float(sampled), end, retention)
    return laws


def target_retentions(forecast: Forecast, stages: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Documents that reach each dedup stage at the target, and the share kept there.

    Where a forecast gives bounds only, the share is their middle, which plans go by.
    """
    found = {}
    for stage in forecast.stages:
        if stage.stage in stages:
            kept = stage.retention
            middle = (kept.low + kept.high) / 2
            found[stage.stage] = (stage.docs_in.point, middle if kept.point is None else kept.point)
    return found


def dedup_stages(record: Record) -> list[str]:
    """Names of the dedup stages that documents of the sample reached; RunError without any."""
    return [spec.name for spec, _ in _dedups(record)]


def save_calibration(calibration: Calibration, run_directory: Path) -> None:
    """Write calibration.json in one step."""
    path = run_directory / CALIBRATION_FILE
    unfinished = path.with_suffix(".tmp")
    text = json.dumps(dataclasses.asdict(calibration), indent=2)
    unfinished.write_text(text + "\n", encoding="utf-8")
    os.replace(unfinished, path)


def load_calibration(run_directory: Path) -> Calibration | None:
    """The calibration of a run, None where there is none; RunError for a damaged file."""
    path = Path(run_directory) / CALIBRATION_FILE
    if not path.exists():
        return None
    again = "delete it, or run `corpuscost calibrate` again"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        version = data["schema_version"]
        if version == CALIBRATION_VERSION:
            return cattrs.structure(data, Calibration)
    except Exception as error:
        raise RunError(f"{path}: not a calibration ({error!r}); {again}") from error
    raise RunError(
        f"{path}: schema_version {version!r}, this program reads {CALIBRATION_VERSION}; {again}"
    )


def resolve_timings(calibration: Calibration | None, stage: str) -> ResolveTimings | None:
    """What a forecast needs of one stage's timings; None where it was not timed."""
    if calibration is None:
        return None
    mine = [row for row in calibration.ladder if row.stage == stage]
    return timings_from_rows(
        [(row.documents, row.cpu_seconds, row.spilled_bytes) for row in mine],
        calibration.memory_bytes,
    )


@dataclass
class _Ladder:
    """The sizes of one stage, timed one after the other."""

    record: Record
    spec: StageSpec
    sampled: int
    wishes: Wishes
    work: Path
    progress: RunProgress
    timer: Timer

    def climb(self, rows: list[Timing], clock: Callable[[], float], ends: float) -> str:
        """Append timings to ``rows``; say why it ended. The sample's size is always timed."""
        target = max(float(self.sampled), self.wishes.documents.get(self.spec.name, math.inf))
        try:
            opening = self._repeat(1, rows, clock, ends)
            foreseen = -math.inf
            for documents, following in _steps(self.sampled, target):
                reason = self._obstacle(documents)
                if clock() + foreseen > ends:
                    reason = reason or "the time given"
                if reason:
                    return f"{reason}, at {documents:,} documents"
                seconds = self._repeat(documents, rows, clock, ends)
                grown = (following / documents) ** SLOWER_THAN_LINEAR
                foreseen = opening + max(seconds - opening, 0.1 * opening) * grown
        except ExhaustedError as fault:
            return str(fault)
        return "the target was reached"

    def _repeat(
        self, documents: int, rows: list[Timing], clock: Callable[[], float], ends: float
    ) -> float:
        """Time a size once, and again where that takes little of the time left; wall seconds."""
        started = clock()
        rows.append(self._time(documents))
        seconds = clock() - started
        for _ in range(REPEATS - 1):
            if clock() + seconds > started + REPEATS_SHARE * (ends - started):
                break
            rows.append(self._time(documents))
        return seconds

    def _time(self, documents: int) -> Timing:
        law = self.wishes.laws[self.spec.name](float(max(documents, self.sampled)))
        task = Task(
            self.spec,
            documents,
            law,
            self._layout(documents),
            self.record.run.workers,
            self.wishes.memory_bytes,
            self.wishes.seed,
            self.work / f"{self.spec.name}-{documents}",
        )
        timed = self.timer(task, self.progress)
        return Timing(
            self.spec.name,
            self.spec.kind,
            documents,
            law.retention,
            timed.cpu_seconds,
            timed.wall_seconds,
            timed.os_cpu_seconds,
            timed.peak_rss_bytes,
            timed.spilled_bytes,
        )

    def _layout(self, documents: int) -> Layout:
        """Files and batches as small as the sample's, but no more than a thousand files."""
        run = self.record.run
        batches = self.record.tables["batches"].filter(_sketched(self.record, self.spec.name))
        per_shard = max(1, self.sampled // max(1, len(run.inputs)), -(-documents // MAX_FILES))
        return Layout(per_shard, max(1, self.sampled // max(1, batches.num_rows)))

    def _obstacle(self, documents: int) -> str:
        keys = sketch_bytes(documents, bands_of(self.spec))
        free = shutil.disk_usage(self.work).free
        if keys + max(0, 2 * keys - self.wishes.memory_bytes) > DISK_SHARE * free:
            return f"the disk ({free / 1e9:,.0f} GB free)"
        if documents * LABEL_BYTES > self.wishes.memory_bytes:
            return f"memory ({self.wishes.memory_bytes / 1e9:,.3g} GB given)"
        return ""


def _steps(sampled: int, target: float) -> Iterator[tuple[int, int]]:
    """Each size and the one after it: by fours from the sample's, the last one the target's."""
    documents, last = sampled, math.ceil(min(target, sys.maxsize))
    while documents < last:
        following = documents * STEP
        if following * 2 > last:  # no last step of less than two
            following = last
        yield documents, following
        documents = following
    yield last, last


def _dedups(record: Record) -> Sequence[tuple[StageSpec, int]]:
    """Dedup stages of the recipe, and the documents that reached each in the sample."""
    reached = {totals.stage: totals.docs_in for totals in record.run.stages}
    found = [
        (cattrs.structure(stage, StageSpec), reached.get(stage["name"], 0))
        for stage in record.run.recipe.get("stages", ())
        if stage["kind"] in DEDUP_KINDS
    ]
    found = [(spec, sampled) for spec, sampled in found if sampled > 0]
    if not found:
        raise RunError(
            "nothing to calibrate: no document reached a dedup stage in this run; profile more, "
            "or a recipe with exact-dedup or near-dedup"
        )
    return found


def _sketched(record: Record, stage: str) -> Any:
    import pyarrow.compute as pc

    batches = record.tables["batches"]
    return pc.and_(pc.equal(batches["stage"], stage), pc.equal(batches["phase"], "sketch"))


def _scaled_law(
    law: GroupLaw, sampled: float, end: float, retention: float
) -> Callable[[float], GroupLaw]:
    def at(documents: float) -> GroupLaw:
        if end <= sampled or documents <= sampled:
            return law
        part = min(1.0, math.log(documents / sampled) / math.log(end / sampled))
        return law.scaled_to(law.retention + part * (retention - law.retention))

    return at


@contextmanager
def _work_folder(run_directory: Path) -> Iterator[Path]:
    """A folder beside the record for keys and spilling, removed whatever happens."""
    if not run_directory.is_dir():
        raise CorpuscostError(f"{run_directory}: no such folder; profile first")
    work = run_directory / WORK
    shutil.rmtree(work, ignore_errors=True)  # a killed calibration's
    work.mkdir()
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
