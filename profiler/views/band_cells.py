"""Figures beside their published bands, as texts for a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from profiler.published.bands import CPU_UNIT, Band
from profiler.scaling.quantity import Estimate
from profiler.views.bands import RECIPE_ROWS, BandRow, Verdict
from profiler.views.figures import PERCENT, figure_of, percent, three_digits
from profiler.views.printable import printable

VERDICTS: dict[Verdict, str] = {
    "within": "within",
    "unusual": "unusual",
    "partly outside": "partly outside",
    "one figure": "no band",
    "not compared": "",
}
PERCENT_DECIMALS = 2


@dataclass(frozen=True, slots=True)
class BandCells:
    """One comparison: ``count`` is published rows and the sources they are from.

    ``stages`` names what is held together, "" for one stage or a whole recipe; ``cause`` is the
    likely cause of a figure outside its band, or "".
    """

    label: str
    stages: str
    measured: str
    published: str
    count: str
    verdict: str
    cause: str


def likely_causes(cells: Sequence[BandCells]) -> tuple[tuple[str, str], ...]:
    """Each likely cause once, after the labels of what it is of."""
    found: dict[str, list[str]] = {}
    for row in cells:
        if row.cause:
            found.setdefault(row.cause, []).append(f"{row.label} ({row.verdict})")
    return tuple((", ".join(labels), cause) for cause, labels in found.items())


def band_cells(rows: Sequence[BandRow], unit: str) -> tuple[BandCells, ...]:
    """The rows in ``unit`` that have something to compare with."""
    return tuple(_cells(row) for row in rows if row.band.unit == unit and row.band.figures)


def _cells(row: BandRow) -> BandCells:
    cpu = row.band.unit == CPU_UNIT
    together = len(row.stages) > 1 and row.label not in RECIPE_ROWS.values()
    sources = len({figure.source for figure in row.band.figures})
    return BandCells(
        printable(row.label, 40),
        printable(", ".join(row.stages), 200) if together else "",
        _measured(row.measured, cpu),
        _published(row.band, cpu),
        _count(len(row.band.figures), sources),
        f"{VERDICTS[row.verdict]}, {row.side}" if row.side else VERDICTS[row.verdict],
        printable(row.cause),
    )


def _count(rows: int, sources: int) -> str:
    if rows == 1:
        return "1 row"
    return f"{rows} rows of {sources} source{'' if sources == 1 else 's'}"


def _measured(estimate: Estimate, cpu: bool) -> str:
    if estimate.low == estimate.high == estimate.point:
        return three_digits(estimate.point) if cpu else percent(estimate.point)
    return str(figure_of(estimate) if cpu else figure_of(estimate, PERCENT, PERCENT_DECIMALS))


def _published(band: Band, cpu: bool) -> str:
    """``9.8–99 %``, each end with three digits; one figure alone without a range."""
    ends = [band.low] if band.low == band.high else [band.low, band.high]
    if cpu:
        return "–".join(three_digits(end) for end in ends)
    return "–".join(f"{100 * end:.3g}" for end in ends) + " %"
