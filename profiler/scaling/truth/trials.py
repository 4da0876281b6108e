"""Many seeded trials of many cells, on a few processes."""

from __future__ import annotations

import multiprocessing
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from profiler.scaling.classes import LawPrior
from profiler.scaling.dedup import dedup_retention
from profiler.scaling.truth.drawing import drawn_spectrum
from profiler.scaling.truth.linear_programme import programme_range
from profiler.scaling.truth.populations import Population
from profiler.scaling.truth.tables import Trial

SEED = 20261125  # of all random numbers here; no estimator was tuned on draws made from it
TRIALS_PER_TASK = 5
LEAST_DRAWS = 200  # of a row, for its RMSE to be told

Progress = Callable[[int, int, str], None]


def silent(done: int, wanted: int, name: str) -> None:
    """No progress is shown."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is tried: draws per row, processes, and where the shared texts are, if anywhere.

    ``progress(done, wanted, name)`` is told of finished trials.
    """

    draws: int = LEAST_DRAWS
    processes: int = 1
    progress: Progress = silent
    shared: Path | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One population law at one ratio: ``trial(self, random)`` makes and judges one draw.

    ``arguments`` are what the trial needs besides; both must be picklable.
    """

    name: str
    ratio: float
    n: int
    draws: int
    trial: Callable[[Cell, np.random.Generator], Trial]
    arguments: tuple[str, ...] = ()


def random_of(cell: Cell, index: int) -> np.random.Generator:
    """Own random numbers for each cell and draw, whatever runs beside them."""
    name = zlib.crc32(cell.name.encode())
    return np.random.default_rng([SEED, name, round(cell.ratio), index])


def run_cells(cells: Sequence[Cell], effort: Effort) -> list[list[Trial]]:
    """The trials of every cell, in order. One process means this one."""
    found: list[list[Trial | None]] = [[None] * cell.draws for cell in cells]
    wanted, done = sum(cell.draws for cell in cells), 0
    for place, first, trials in _finished(cells, _tasks(cells), effort.processes):
        found[place][first : first + len(trials)] = trials
        done += len(trials)
        effort.progress(done, wanted, cells[place].name)
    return [[trial for trial in trials if trial is not None] for trials in found]


def judged(
    population: Population,
    ratio: float,
    random: np.random.Generator,
    like: LawPrior | None = None,
    with_programme: bool = False,
) -> Trial:
    """Draw 1 / ``ratio`` of a population's documents; what ``dedup_retention`` answers to it.

    Numbers of groups are made whole first, so the truth is of documents that could be there. For
    the sample alone ``doubt`` is the warning of documents repeated exactly k times.
    """
    whole = population.realised(random)
    seen = drawn_spectrum(whole, 1 / ratio, random)
    total = max(whole.documents, float(seen.documents))
    answer = dedup_retention(seen, seen.documents, total, like)
    warning = answer.notes[0] if like is None and answer.extrapolation and answer.notes else ""
    estimate = answer.estimate
    programme = programme_range(seen, total) if with_programme else None
    return Trial(
        truth=whole.retention,
        point=estimate.point,
        planned=answer.planned,
        low=estimate.low,
        high=estimate.high,
        outer_low=estimate.low if estimate.outer_low is None else estimate.outer_low,
        outer_high=estimate.high if estimate.outer_high is None else estimate.outer_high,
        naive=seen.distinct / seen.documents,
        refused=answer.refused,
        doubt=answer.doubt or warning,
        what=population.name,
        programme_width=programme[1] - programme[0] if programme else None,
    )


def _tasks(cells: Sequence[Cell]) -> list[tuple[int, int, int]]:
    """(cell, first trial, one past the last), first trials of all cells first."""
    spans = [
        (place, first, min(first + TRIALS_PER_TASK, cell.draws))
        for place, cell in enumerate(cells)
        for first in range(0, cell.draws, TRIALS_PER_TASK)
    ]
    return sorted(spans, key=lambda span: (span[1], span[0]))


def _finished(
    cells: Sequence[Cell], tasks: list[tuple[int, int, int]], processes: int
) -> Iterator[tuple[int, int, list[Trial]]]:
    if processes <= 1:
        for place, first, beyond in tasks:
            yield place, first, _trials(cells[place], first, beyond)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context) as pool:
        places: dict[Future[list[Trial]], tuple[int, int]] = {
            pool.submit(_trials, cells[place], first, beyond): (place, first)
            for place, first, beyond in tasks
        }
        for future in as_completed(places):
            yield *places[future], future.result()


def _trials(cell: Cell, first: int, beyond: int) -> list[Trial]:
    return [cell.trial(cell, random_of(cell, index)) for index in range(first, beyond)]
