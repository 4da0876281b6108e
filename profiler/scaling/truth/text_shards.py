"""Whole shards of real text held to the truth: paragraphs and lines taken as documents."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from profiler.scaling.dedup import DedupRetention, published
from profiler.scaling.evidence import of_whole_shards
from profiler.scaling.shard_design import ShardCounts, two_stage
from profiler.scaling.shard_noise import bin_starts
from profiler.scaling.spectrum import Spectrum
from profiler.scaling.truth.tables import POINTS, Goal, Row, Section, Trial, row_of
from profiler.scaling.truth.trials import LEAST_DRAWS, Cell, Effort, run_cells

Integers = npt.NDArray[np.int64]

SHARDS = 512
RATIOS = (4, 16, 32, 64)
ALL = -1  # place of all files together
LEAST_LINE_BYTES = 40
LEAST_COVERAGE = 0.85
PARAGRAPH_END = r"\n[ \t]*\n\s*"
NO_MATTER = 1.0  # points: a smaller mean error is no sign that anybody could act on
SIGN_ERRORS = 2.0  # standard errors
LEAST_POINTS = 20  # published points that a sign is read from
TITLE = "Whole shards on real text"
TEXT = f"""\
Real text in {SHARDS} shards, of which 1/4 to 1/64 are drawn whole, at random. Documents are
paragraphs, or lines over {LEAST_LINE_BYTES} bytes, duplicates are exact copies; "one file" is one
of eight by lot. Shards are contiguous pieces in source order (the paragraphs of a page lie
together), or documents are put in shards at random. "answer" is what the forecast uses: random
documents where the test on pairs does not reject them and no mirror is seen, else two stages, with
no point beyond 20 times the sample; "two-stage" is that estimator alone. Bias is of the value that
plans are made with, which is no published point where the state is bounds. With a fifth of the text
once more at the end, copies lie in pairs of shards. A draw that holds such a pair shows it, and
then no point is given; at 4 times nearly all draws do, at 16 times about half. In the others
nothing tells, and neither point nor interval is right.
"""
UNITS = {"line": "lines over 40 bytes", "paragraph": "paragraphs"}
ORDERS = {
    "source": "contiguous",
    "mirrored": "contiguous, a fifth mirrored",
    "random": "at random",
}
FILES = {"each": "one file", "all": "all files"}
DESIGNS = (
    ("each", "source", "answer"),
    ("all", "source", "answer"),
    ("all", "mirrored", "answer"),
    ("each", "random", "answer"),
    ("each", "random", "two-stage"),
)


def text_files(shared: Path) -> list[Path]:
    """The files of real text in the shared folder, in their order."""
    return sorted((shared / "corpora").glob("text-*.parquet"))


def text_units(files: Sequence[Path], unit: str) -> pa.LargeStringArray:
    """Every line or paragraph in source order; empty paragraphs and lines up to 40 bytes are none.

    White space around a unit is no part of it.
    """
    texts = pa.chunked_array([c for f in files for c in pq.read_table(f)["text"].chunks])
    whole = pc.cast(texts, pa.large_string()).combine_chunks()
    if unit == "line":
        parts, least = pc.split_pattern(whole, "\n"), LEAST_LINE_BYTES
    else:
        parts, least = pc.split_pattern_regex(whole, PARAGRAPH_END), 0
    trimmed = pc.utf8_trim_whitespace(pc.list_flatten(parts))
    return trimmed.filter(pc.greater(pc.binary_length(trimmed), least))


def text_groups(files: Sequence[Path], unit: str) -> Integers:
    """The group of every line or paragraph, shape (n,); equal text is one group."""
    units = text_units(files, unit)
    return np.asarray(units.dictionary_encode().indices.to_numpy(), np.int64)


def contiguous_shards(documents: int, shards: int = SHARDS) -> Integers:
    """The shard of each document, in equal runs."""
    return np.arange(documents) * shards // documents


@dataclass(frozen=True, slots=True)
class Placed:
    """A whole in shards: for each group and shard that holds it, how many copies; by group.

    ``sizes`` are documents per shard.
    """

    groups: Integers
    shards: Integers
    copies: Integers
    sizes: Integers

    @property
    def documents(self) -> int:
        return int(self.sizes.sum())

    @property
    def distinct(self) -> int:
        return int(self.groups[-1]) + 1


def placed(groups: Integers, shards: Integers, count: int = SHARDS) -> Placed:
    """The group (from 0, without gaps) and the shard of every document, put together."""
    held, copies = np.unique(groups * count + shards, return_counts=True)
    return Placed(
        held // count, held % count, copies, np.bincount(shards, minlength=count).astype(np.int64)
    )


def counts_of(whole: Placed, chosen: Integers) -> tuple[ShardCounts, Spectrum]:
    """What a run over the chosen shards would record of its duplicate groups."""
    k = len(chosen)
    place_of = np.full(len(whole.sizes), k)
    place_of[chosen] = np.arange(k)
    places = place_of[whole.shards]
    mine = places < k
    groups, copies, places = whole.groups[mine], whole.copies[mine], places[mine]
    first = np.flatnonzero(np.diff(groups, prepend=-1))
    holding = np.diff(np.append(first, len(groups)))
    sizes = np.add.reduceat(copies, first)
    holders = _spectrum(holding)
    column = np.full(int(holding.max()) + 1, -1)
    starts = bin_starts(holders)
    column[starts[:-1]] = np.arange(len(starts) - 1)
    held = np.zeros((k, len(starts)), np.int64)
    columns = column[np.repeat(holding, holding)]
    np.add.at(held, (places[columns >= 0], columns[columns >= 0]), 1)
    pairs = sizes == 2
    counts = ShardCounts(
        whole.sizes[chosen],
        np.bincount(places, minlength=k).astype(np.int64),
        held,
        holders,
        int(np.count_nonzero(pairs)),
        int(np.count_nonzero(pairs & (holding == 1))),
    )
    return counts, _spectrum(sizes)


def shard_trial(cell: Cell, random: np.random.Generator) -> Trial:
    """Draw shards of one population at random and judge what is said of the whole.

    The cell's arguments: the shared folder, files ("each" for one by lot, or "all"), unit, order
    of documents in shards, and "answer" or "two-stage".
    """
    shared, files, unit, order, how = cell.arguments
    place = int(random.integers(len(text_files(Path(shared))))) if files == "each" else ALL
    whole = _whole(shared, place, unit, order)
    if order == "random":
        groups = _population(shared, place, unit, order)
        whole = placed(groups, random.integers(0, SHARDS, len(groups)))
    drawn = random.choice(SHARDS, round(SHARDS / cell.ratio), replace=False)
    counts, seen = counts_of(whole, np.sort(drawn))
    if how == "two-stage":
        answer = published(two_stage(counts, whole.documents, 1), "two stages", ())
    else:
        answer = of_whole_shards(seen, counts, whole.documents)
    return _trial(whole.distinct / whole.documents, answer, seen, f"{unit} {place}")


def shard_cells(
    shared: Path,
    draws: int = LEAST_DRAWS,
    ratios: Sequence[int] = RATIOS,
    files: Sequence[str] = tuple(FILES),
) -> list[Cell]:
    """Every population and design at every ratio; ``files`` are keys of FILES."""
    return [
        Cell(
            f"{UNITS[unit]}, {FILES[which]}, {ORDERS[order]}: {how}",
            ratio,
            _documents(shared, which, unit, order) // ratio,
            draws,
            shard_trial,
            (str(shared), which, unit, order, how),
        )
        for which, order, how in DESIGNS
        if which in files
        for unit in UNITS
        for ratio in ratios
    ]


def section(effort: Effort) -> Section:
    """The part of docs/truth.md on whole shards of real text."""
    if effort.shared is None:
        return Section(TITLE, "Skipped: CORPUSCOST_SHARED is not set, so there was no real text.")
    cells = shard_cells(effort.shared, effort.draws)
    trials = run_cells(cells, effort)
    rows = tuple(row_of_trials(cell, found) for cell, found in zip(cells, trials, strict=True))
    checks = [coverage_told(ratio, cells, trials) for ratio in RATIOS]
    checks += [sign_told(ratio, cells, trials) for ratio in RATIOS]
    return Section(TITLE, TEXT, rows, checks=tuple(checks))


def row_of_trials(cell: Cell, trials: Sequence[Trial]) -> Row:
    """A row with its goal on coverage and the standard error of its bias."""
    errors = np.array([each.planned - each.truth for each in trials])
    error = POINTS * float(errors.std(ddof=1)) / math.sqrt(len(errors)) if len(errors) > 1 else 0
    notes = [f"bias ± {error:.2f} (1 SE)"]
    if np.mean([each.low <= each.naive <= each.high for each in trials]) >= LEAST_COVERAGE:
        notes.append("uninformative: the interval holds the naive value too")
    goals: tuple[Goal, ...] = (Goal("coverage", LEAST_COVERAGE, at_least=True),)
    if cell.arguments[3] == "mirrored":
        seen = np.mean([bool(each.doubt) for each in trials])
        goals, notes = (), [*notes, f"known weak spot, no goal; the mirror is seen in {seen:.0%}"]
    return row_of(cell.name, cell.ratio, cell.n, trials, goals, tuple(notes))


def coverage_told(
    ratio: int, cells: Sequence[Cell], trials: Sequence[Sequence[Trial]]
) -> tuple[str, bool]:
    """Coverage of all contiguous draws at a ratio."""
    mine = _contiguous(ratio, cells, trials)
    share = float(np.mean([each.covered for each in mine]))
    told = f"{ratio}×, contiguous shards: coverage of {len(mine)} draws {share:.1%}, at least 85 %"
    return told, share >= LEAST_COVERAGE


def sign_told(
    ratio: int, cells: Sequence[Cell], trials: Sequence[Sequence[Trial]]
) -> tuple[str, bool]:
    """Do the published points of all contiguous draws at a ratio err to one side?"""
    found = [t for t in _contiguous(ratio, cells, trials) if t.point is not None]
    if len(found) < LEAST_POINTS:
        return f"{ratio}×: {len(found)} points published, too few to read a sign from", True
    errors = POINTS * np.array([(each.point or 0.0) - each.truth for each in found])
    mean, error = float(errors.mean()), float(errors.std(ddof=1)) / math.sqrt(len(errors))
    told = (
        f"{ratio}×, contiguous shards: mean error of {len(errors)} published points {mean:+.2f} ± "
        f"{error:.2f} points (1 SE), no sign beyond 2 SE or 1 point"
    )
    return told, abs(mean) <= max(SIGN_ERRORS * error, NO_MATTER)


def _contiguous(
    ratio: int, cells: Sequence[Cell], trials: Sequence[Sequence[Trial]]
) -> list[Trial]:
    return [
        trial
        for cell, found in zip(cells, trials, strict=True)
        if cell.ratio == ratio and cell.arguments[3] == "source"
        for trial in found
    ]


def _trial(truth: float, answer: DedupRetention, seen: Spectrum, what: str) -> Trial:
    estimate = answer.estimate
    return Trial(
        truth=truth,
        point=estimate.point,
        planned=answer.planned,
        low=estimate.low,
        high=estimate.high,
        outer_low=estimate.low if estimate.outer_low is None else estimate.outer_low,
        outer_high=estimate.high if estimate.outer_high is None else estimate.outer_high,
        naive=seen.distinct / seen.documents,
        doubt=answer.doubt,
        what=what,
    )


@cache
def _population(shared: str, place: int, unit: str, order: str) -> Integers:
    """Groups in source order; "mirrored" has the first fifth once more at the end."""
    files = text_files(Path(shared))
    groups = text_groups(files if place == ALL else files[place : place + 1], unit)
    if order == "mirrored":
        groups = np.concatenate([groups, groups[: len(groups) // 5]])
    return groups


@cache
def _whole(shared: str, place: int, unit: str, order: str) -> Placed:
    """A population in contiguous shards."""
    groups = _population(shared, place, unit, order)
    return placed(groups, contiguous_shards(len(groups)))


def _documents(shared: Path, files: str, unit: str, order: str) -> int:
    return len(_population(str(shared), 0 if files == "each" else ALL, unit, order))


def _spectrum(sizes: Integers) -> Spectrum:
    found, groups = np.unique(sizes, return_counts=True)
    return Spectrum(found.astype(np.int64), groups.astype(np.int64))
