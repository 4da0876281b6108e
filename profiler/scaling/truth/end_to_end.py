"""End to end on real text: profile a part, forecast the rest, run all of it, compare."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from profiler.calibration import (
    Wishes,
    calibrate,
    dedup_stages,
    sample_laws,
    target_retentions,
)
from profiler.estimation import evidence_beside
from profiler.measurement import Options, profile
from profiler.record.store import Record
from profiler.sampling import Options as DrawOptions
from profiler.sampling import draw_sample
from profiler.scaling.evidence import DEDUP_KINDS, Evidence
from profiler.scaling.forecast import make_forecast
from profiler.scaling.quantity import Estimate, planning_point
from profiler.scaling.truth.cpu_rows import CpuRepeats, cpu_checks, cpu_lines, cpu_markdown, enough
from profiler.scaling.truth.tables import POINTS, Goal, Row, Section, Trial, row_of
from profiler.scaling.truth.text_corpora import CORPORA, Corpus, cut_into_shards, recipe_of
from profiler.scaling.truth.text_shards import SHARDS
from profiler.scaling.truth.trials import SEED, Effort
from profiler.scaling.volumes import Forecast

RATIOS = (4, 16, 64)
HELD_RATIO = 16  # at which the goals hold
DESIGNS = ("documents", "shards")
LEAST_COVERAGE = 0.85
WITHIN_POINTS = 2.0
PARTS = 12  # at HELD_RATIO, by each design
UNITS = {"docs": "documents", "bytes": "bytes"}
LEAST_TRIALS = 20  # of a row that is held by itself; the others are held together, below the table
CALIBRATION_SECONDS = 30.0
MEMORY, SCRATCH_BYTES = Path("/dev/shm"), 4_000_000_000
TITLE = "End to end on real text"
TEXT = """\
The shared real text, cut into 512 small Parquet shards in source order, is profiled in part: 1/4,
1/16, 1/64 of it, as random documents (`corpuscost sample`) and as whole shards drawn at random. The
forecast from each part is held to a run over all of it. A trial is the retention of one stage, in
documents or in bytes. "filters" are all stages but dedup; there the naive rule (the part's own
retention) is the estimate itself. Dedup is also held to lines over 40 bytes taken as documents and
to planted near duplicates, as the documents have few copies.

1/16 of the documents are 1,771, of which 700 reach the last filters: what they keep is off by
sampling alone, by 1 to 2 points in documents and, since sizes of documents differ so, by 3 to 4 in
bytes (1 SE). The whole runs of paragraphs taken as documents have 30 times as many, so that an
error of the forecast's own would show there. The planted pairs exist exactly twice each, the known
weak spot of an estimate from a sample: a smooth law expects larger groups too, and too few drops.
"""


@dataclass(frozen=True, slots=True)
class Whole:
    """A corpus in shards, and where its runs may lie."""

    corpus: Corpus
    folder: Path
    shards: Sequence[Path]
    recipe: str
    text_bytes: int
    workers: int | None = None

    def run(self, inputs: Sequence[Path], name: str, seed: int) -> Record:
        """Profile the inputs into a folder of its own; an earlier run of that name is removed."""
        out = self.folder / f"run-{name}"
        shutil.rmtree(out, ignore_errors=True)
        options = Options(recipe=self.recipe, seed=seed, workers=self.workers)
        return profile(list(inputs), out, options)

    def part(self, design: str, ratio: int, seed: int) -> tuple[Record, Path]:
        """The record of a random part, and the folder of its run."""
        name = f"{design}-{ratio}-{seed}"
        if design == "shards":
            random = np.random.default_rng([SEED, seed, ratio])
            chosen = np.sort(random.choice(len(self.shards), len(self.shards) // ratio, False))
            record = self.run([self.shards[i] for i in chosen], name, seed)
        else:
            drawn = self.folder / f"sample-{ratio}-{seed}"
            options = DrawOptions(seed=seed, workers=self.workers)
            draw_sample(list(self.shards), drawn, fraction=1 / ratio, options=options)
            record = self.run([drawn], name, seed)
        return record, self.folder / f"run-{name}"


def section(effort: Effort) -> Section:
    """The part of docs/truth.md that runs everything."""
    if effort.shared is None:
        return Section(TITLE, "Skipped: CORPUSCOST_SHARED is not set, so there was no real text.")
    with tempfile.TemporaryDirectory(prefix="corpuscost-truth-", dir=_scratch()) as scratch:
        return _section(effort, effort.shared, Path(scratch))


def _scratch() -> Path | None:
    """Memory, where it has room: what making thousands of tiny files costs a kernel, and so how it
    grows from run to run, is a matter of the disk and of what was deleted on it before."""
    room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= SCRATCH_BYTES
    return MEMORY if room and os.access(MEMORY, os.W_OK) else None


def prepared(
    corpus: Corpus, shared: Path, folder: Path, shards: int = SHARDS, workers: int | None = None
) -> Whole:
    """Cut a corpus into shards in a folder of its own."""
    documents = corpus.documents(shared)
    text_bytes = int(pc.sum(pc.binary_length(documents["text"])).as_py())
    cut = cut_into_shards(documents, folder / "whole", shards)
    return Whole(corpus, folder, cut, recipe_of(corpus, folder), text_bytes, workers)


def stage_trials(part: Record, whole: Record, forecast: Forecast, dedup: bool) -> list[Trial]:
    """Retention of each stage that documents reached, in documents and in bytes."""
    forecasts = {stage.stage: stage for stage in forecast.stages}
    sampled = {stage.stage: stage for stage in part.run.stages}
    trials = []
    for truth in whole.run.stages:
        if (truth.kind in DEDUP_KINDS) != dedup or truth.docs_in == 0:
            continue
        stage, mine = forecasts[truth.stage], sampled[truth.stage]
        for unit, estimate in (("docs", stage.retention), ("bytes", stage.bytes_retention)):
            if estimate is None or not getattr(mine, f"{unit}_in"):
                continue
            kept = getattr(truth, f"{unit}_out") / getattr(truth, f"{unit}_in")
            naive = getattr(mine, f"{unit}_out") / getattr(mine, f"{unit}_in")
            trials.append(_trial(kept, estimate, naive, f"{truth.stage}, {unit}"))
    return trials


def retention_row(
    name: str, ratio: int, sampled: int, trials: Sequence[Trial], *, held: bool
) -> Row:
    """A row over stages; the note names the published point that is farthest off."""
    goals = (
        Goal("coverage", LEAST_COVERAGE, at_least=True),
        Goal("published_rmse", WITHIN_POINTS),
    )
    held = held and len(trials) >= LEAST_TRIALS
    points = [(abs(t.point - t.truth), t) for t in trials if t.point is not None]
    notes = []
    if points:
        error, farthest = max(points, key=lambda each: each[0])
        notes.append(f"farthest: {farthest.what}, {POINTS * error:.2f} points")
    return row_of(name, ratio, sampled, trials, goals if held else (), tuple(notes))


def _section(effort: Effort, shared: Path, scratch: Path) -> Section:
    rows: list[Row] = []
    held: list[Trial] = []
    repeats: CpuRepeats | None = None
    step = _Steps(effort, len(CORPORA) * (1 + len(DESIGNS) * (len(RATIOS) - 1 + PARTS)))
    for place, corpus in enumerate(CORPORA):
        whole = prepared(corpus, shared, scratch / str(place))
        if place == 0:
            repeats = _repeated(whole, step)
            everything = repeats.wholes[0]
        else:
            everything = whole.run(whole.shards, "whole", 1)
            step.done(f"{corpus.name}, whole")
        for design, ratio in ((d, r) for d in DESIGNS for r in RATIOS):
            parts = list(_parts(whole, design, ratio, repeats if place == 0 else None, step))
            for dedup in (False, True):
                trials = [
                    trial
                    for part in parts
                    for trial in stage_trials(
                        part, everything, _forecast(part, whole.text_bytes), dedup
                    )
                ]
                name = f"{corpus.name}, {design}: {'dedup' if dedup else 'filters'}"
                sampled = parts[0].run.totals.docs_in
                rows += _rows_by_unit(name, ratio, sampled, trials)
                held += trials if ratio == HELD_RATIO else []
        shutil.rmtree(whole.folder)
    assert repeats is not None
    tables = {design: cpu_lines(repeats, design) for design in DESIGNS}
    return Section(
        TITLE,
        TEXT,
        tuple(rows),
        cpu_markdown(tables, len(repeats.wholes)),
        (*_retention_checks(held), *cpu_checks(tables)),
    )


def _rows_by_unit(name: str, ratio: int, sampled: int, trials: Sequence[Trial]) -> Iterator[Row]:
    for unit, told in UNITS.items():
        chosen = _in_unit(trials, unit)
        if chosen:
            told = f"{name}, in {told}"
            yield retention_row(told, ratio, sampled, chosen, held=ratio == HELD_RATIO)


def _in_unit(trials: Sequence[Trial], unit: str) -> list[Trial]:
    return [trial for trial in trials if trial.what.endswith(f", {unit}")]


@dataclass(slots=True)
class _Steps:
    """Tells progress, one run after the other; ``wanted`` grows with repeats."""

    effort: Effort
    wanted: int
    count: int = 0

    def done(self, name: str) -> None:
        self.count += 1
        self.effort.progress(min(self.count, self.wanted), self.wanted, name)


def _repeated(whole: Whole, step: _Steps) -> CpuRepeats:
    """Parts by each design and the whole in turn, until the smallest stage took CPU enough."""
    found = CpuRepeats({design: [] for design in DESIGNS})
    while not enough(found.spent):
        step.wanted += 1 + len(DESIGNS)
        seed = len(found.wholes) + 1
        for design in DESIGNS:
            record, folder = whole.part(design, HELD_RATIO, seed)
            found.parts[design].append(record)
            step.done(f"{design} 1/{HELD_RATIO}")
            if design not in found.evidence:
                found.evidence[design] = _calibrated(record, folder, whole)
            shutil.rmtree(folder)
        found.add_whole(whole.run(whole.shards, "whole", seed))
        step.done("whole")
    return found


def _parts(
    whole: Whole, design: str, ratio: int, repeats: CpuRepeats | None, step: _Steps
) -> Iterator[Record]:
    if repeats is not None and ratio == HELD_RATIO:
        yield from repeats.parts[design]
        return
    for seed in range(1, 1 + (PARTS if ratio == HELD_RATIO else 1)):
        yield whole.part(design, ratio, seed)[0]
        step.done(f"{whole.corpus.name}, {design} 1/{ratio}")


def _forecast(part: Record, text_bytes: int) -> Forecast:
    return make_forecast(part, text_bytes, "text")


def _calibrated(record: Record, folder: Path, whole: Whole) -> Evidence:
    """Timings of resolving at the whole's size, as ``corpuscost calibrate`` takes them."""
    forecast = _forecast(record, whole.text_bytes)
    at_target = target_retentions(forecast, dedup_stages(record))
    targets = {stage: documents for stage, (documents, _) in at_target.items()}
    wishes = Wishes(targets, sample_laws(record, at_target), CALIBRATION_SECONDS)
    calibrate(record, folder, wishes)
    return evidence_beside(folder, record)


def _retention_checks(trials: Sequence[Trial]) -> list[tuple[str, bool]]:
    covered = float(np.mean([each.covered for each in trials]))
    told = (
        f"from 1/{HELD_RATIO}: {covered:.1%} of {len(trials)} retentions (stage, unit, design, "
        f"corpus) lie inside their interval, at least {LEAST_COVERAGE:.0%}"
    )
    return [(told, covered >= LEAST_COVERAGE), *(_near_told(trials, unit) for unit in UNITS)]


def _near_told(trials: Sequence[Trial], unit: str) -> tuple[str, bool]:
    """How many published points of a unit are within two points."""
    off = [POINTS * abs(t.point - t.truth) for t in _in_unit(trials, unit) if t.point is not None]
    near = float(np.mean(np.array(off) <= WITHIN_POINTS))
    told = (
        f"from 1/{HELD_RATIO}, in {UNITS[unit]}: {near:.1%} of {len(off)} published points are "
        f"within {WITHIN_POINTS:g} points, at least {LEAST_COVERAGE:.0%}; the farthest is "
        f"{max(off):.2f} off"
    )
    return told, near >= LEAST_COVERAGE


def _trial(truth: float, estimate: Estimate, naive: float, what: str) -> Trial:
    return Trial(
        truth=truth,
        point=estimate.point,
        planned=planning_point(estimate),
        low=estimate.low,
        high=estimate.high,
        outer_low=estimate.low if estimate.outer_low is None else estimate.outer_low,
        outer_high=estimate.high if estimate.outer_high is None else estimate.outer_high,
        naive=naive,
        what=what,
    )
