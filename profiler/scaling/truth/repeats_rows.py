"""Documents repeated exactly k times, the known weak spot: errors, and how often it is told."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from profiler.scaling.truth.populations import repeated_law
from profiler.scaling.truth.random_documents import SAMPLED
from profiler.scaling.truth.tables import Section, Trial, row_of
from profiler.scaling.truth.trials import Cell, Effort, judged, run_cells

RATIOS = (4, 16, 64, 256)
VISIBLE = 2.0  # copies per ratio from which most of a group is seen more than once
TEXT = """\
10 to 80 % of the documents exist exactly k times, k from 2 to 200, beside singles and a power law:
mirrors, re-uploads, one copy per snapshot. A peak that the counts show is told and reckoned with;
where it lies below the ratio, so that most copies were not seen, no point is given and the interval
reaches farther up. Where the sample shows no peak (few copies of many documents look like a smooth
law there) nothing is told, and the interval is far too sure; more data of the same kind does not
help, a census does. The notes give how often the warning comes: over all draws, and over those with
k at least twice the ratio; with and without it, how large the error is and how many intervals hold.
Its false alarms on smooth laws are in the notes of the section above. No goal is set on error or
coverage here.
"""


def repeated(cell: Cell, random: np.random.Generator) -> Trial:
    return judged(repeated_law(cell.n * cell.ratio, random), cell.ratio, random)


def section(effort: Effort) -> Section:
    cells = [Cell("exactly k copies", ratio, SAMPLED, effort.draws, repeated) for ratio in RATIOS]
    rows = [
        row_of(cell.name, cell.ratio, cell.n, trials, notes=hits_told(trials, cell.ratio))
        for cell, trials in zip(cells, run_cells(cells, effort), strict=True)
    ]
    return Section("Documents repeated exactly k times", TEXT, tuple(rows))


def hits_told(trials: Sequence[Trial], ratio: float) -> tuple[str, ...]:
    """Hit rates of the warning, and the error of those that came without one."""
    visible = [t for t in trials if times_of(t) >= VISIBLE * ratio]
    told = [f"warned {_rate(trials)}"]
    if visible:
        told.append(f"warned {_rate(visible)} where k ≥ 2 × ratio")
    for name, some in (
        ("with a warning", [t for t in trials if t.doubt]),
        ("without one", [t for t in trials if not t.doubt]),
    ):
        if some:
            row = row_of("", ratio, 0, some)
            told.append(f"{name}: RMSE {row.rmse:.2f}, coverage {row.coverage:.0%}")
    return tuple(told)


def times_of(trial: Trial) -> int:
    """k, from the name of the law."""
    found = re.search(r"in (\d+) copies", trial.what)
    return int(found[1]) if found else 0


def _rate(trials: Sequence[Trial]) -> str:
    hits = sum(bool(t.doubt) for t in trials)
    return f"{hits / max(len(trials), 1):.0%} ({hits} of {len(trials)})"
