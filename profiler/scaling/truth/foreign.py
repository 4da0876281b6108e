"""Wholes that are not of the class, declared to be: does the gate say so?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from profiler.scaling.classes import class_prior
from profiler.scaling.truth.class_rows import SAMPLED
from profiler.scaling.truth.tables import Section, Trial, row_of
from profiler.scaling.truth.trials import Cell, Effort, judged, run_cells
from profiler.scaling.truth.wholes import CLASS, foreigners

RATIOS = (100, 1_000)
DRAWS_PER_REPEAT = 100
MOST_SILENT = 0.15
Outcome = Literal["right", "right, flagged", "wrong, flagged", "refused", "wrong and silent"]
TEXT = """\
Populations that are not a common crawl, with a user who says that they are: power laws, geometric
and log-normal laws, everything or a part in exactly k copies, a crawl with 30 to 300 % more
documents that have no copy, a crawl of which everything is there two to five times, a crawl mixed
with something else, and random smooth laws. A sample of 1,000,000 documents. **Refused**: the gate
turns the class down and the sample alone speaks. **Flagged**: the class's answer is printed with a
doubt. **Wrong and silent**: the truth is outside the 90 % interval and the gate said nothing; this
is the share that has a goal. Near-class shifts (a few more singles, everything doubled) change a
sample just as another depth of the crawl would: no test on the sample can find them, which is why
the class is printed as an assumption with the outer bounds beside it, always. A threshold of the
gate was set after other draws from these same populations had been seen, so the share here
describes; it does not promise.

The row of a ratio is over the draws that were neither refused nor flagged.
"""


def foreign(cell: Cell, random: np.random.Generator) -> Trial:
    population = foreigners(cell.n * cell.ratio, random)[cell.arguments[0]]
    return judged(population, cell.ratio, random, class_prior(CLASS))


def names() -> list[str]:
    return list(foreigners(1e8, np.random.default_rng(0)))


def section(effort: Effort) -> Section:
    repeats = max(1, effort.draws // DRAWS_PER_REPEAT)
    cells = [
        Cell(f"foreign: {name}", ratio, SAMPLED, repeats, foreign, (name,))
        for ratio in RATIOS
        for name in names()
    ]
    found = run_cells(cells, effort)
    rows, checks = [], []
    for ratio in RATIOS:
        trials = [
            t for cell, each in zip(cells, found, strict=True) for t in each if cell.ratio == ratio
        ]
        silent = [t for t in trials if not t.refused and not t.doubt]
        rows.append(row_of("not refused, not flagged", ratio, SAMPLED, silent))
        checks.append(silent_told(trials, f"at {ratio:,}×"))
    everything = [t for each in found for t in each]
    checks.append(silent_told(everything, "over both ratios"))
    text = f"{TEXT}\n{len(names())} populations, {repeats} draws of each at each ratio.\n"
    return Section(
        "Not of the class", text, tuple(rows), outcomes_told(cells, found), tuple(checks)
    )


def outcome(trial: Trial) -> Outcome:
    if trial.refused:
        return "refused"
    if trial.doubt:
        return "right, flagged" if trial.covered else "wrong, flagged"
    return "right" if trial.covered else "wrong and silent"


def silent_told(trials: Sequence[Trial], where: str) -> tuple[str, bool]:
    """The share that is wrong and silent, beside its goal."""
    outcomes = [outcome(trial) for trial in trials]
    silent = outcomes.count("wrong and silent")
    share = silent / max(len(trials), 1)
    counts = ", ".join(f"{kind} {outcomes.count(kind)}" for kind in sorted(set(outcomes)))
    told = f"wrong and silent {where}: {share:.1%} ({silent} of {len(trials)}), at most 15 %"
    return f"{told} ({counts})", share <= MOST_SILENT


def outcomes_told(cells: Sequence[Cell], found: Sequence[Sequence[Trial]]) -> str:
    """A line for each population and ratio."""
    lines = ["| population | ratio | truth | median | 90 % interval | outer | outcome |"]
    lines.append("|---|---|---:|---:|---|---|---|")
    for cell, trials in zip(cells, found, strict=True):
        for t in trials:
            told = f"**{outcome(t)}**" if outcome(t) == "wrong and silent" else outcome(t)
            lines.append(
                f"| {cell.arguments[0]} | {cell.ratio:,.0f}× | {t.truth:.3f} | {t.planned:.3f} | "
                f"{t.low:.3f}-{t.high:.3f} | {t.outer_low:.3f}-{t.outer_high:.3f} | {told} |"
            )
    return "\n".join(lines)
