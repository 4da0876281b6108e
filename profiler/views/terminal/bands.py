"""What was measured beside what is published, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from profiler.published.bands import CPU_UNIT, Band
from profiler.scaling.quantity import Estimate
from profiler.views.bands import RECIPE_ROWS, BandRow, Verdict
from profiler.views.figures import PERCENT, figure_of, percent, three_digits
from profiler.views.terminal.tables import add, bullets, heading, note, table

TITLE = "Beside what is published"
VERDICTS: dict[Verdict, str] = {
    "within": "within",
    "unusual": "UNUSUAL",
    "partly outside": "partly",
    "one figure": "one row",
    "not compared": "",
}
PERCENT_DECIMALS = 2
LONGEST_STAGE = 20


def show_bands(rows: Sequence[BandRow], console: Console) -> None:
    """Print retentions, then CPU, each with its band; likely causes; what is not compared."""
    compared = [row for row in rows if row.band.figures]
    if not compared:
        return
    heading(console, TITLE)
    _show_table([row for row in compared if row.band.unit != CPU_UNIT], "kept", console)
    _show_table([row for row in compared if row.band.unit == CPU_UNIT], CPU_UNIT, console)
    bullets(console, _causes(compared))
    note(console, _legend(compared))
    together = {row.label: row.stages for row in compared if len(row.stages) > 1}
    for label, stages in together.items():
        if label in RECIPE_ROWS.values():
            continue
        note(console, f"{label}: {', '.join(stages)}, in turn, as one kind of stage.")
    note(console, _sources(compared))
    left_out = _left_out(rows)
    if left_out:
        note(console, f"Not compared, in another unit or basis: {left_out}.")


def _show_table(rows: Sequence[BandRow], measured: str, console: Console) -> None:
    if not rows:
        return
    cpu = rows[0].band.unit == CPU_UNIT
    names = ("stage",) if cpu else ("stage", "of")
    title = measured.replace(" per ", "\nper ") if cpu else measured
    grid = table(*names, title, "published", "rows/\nfrom", "", names=len(names))
    before = None
    for row in rows:
        label = "" if row.label == before else row.label
        units = () if cpu else (row.band.unit,)
        figures = (_measured(row.measured, cpu), _published(row.band, cpu))
        add(grid, label, *units, *figures, _count(row.band), VERDICTS[row.verdict])
        before = row.label
    console.print(grid)


def _measured(estimate: Estimate, cpu: bool) -> str:
    if estimate.low == estimate.high == estimate.point:
        return three_digits(estimate.point) if cpu else percent(estimate.point)
    if cpu:
        return str(figure_of(estimate))
    return str(figure_of(estimate, PERCENT, PERCENT_DECIMALS))


def _published(band: Band, cpu: bool) -> str:
    """``9.8–99 %``, each end with three digits; one figure alone without a range."""
    ends = [band.low] if band.low == band.high else [band.low, band.high]
    if cpu:
        return "–".join(three_digits(end) for end in ends)
    return "–".join(f"{100 * end:.3g}" for end in ends) + " %"


def _count(band: Band) -> str:
    """Rows of one source are no independent witnesses: ``7/2``."""
    return f"{len(band.figures)}/{len({figure.source for figure in band.figures})}"


def _causes(rows: Sequence[BandRow]) -> list[str]:
    """Units of one stage that have one cause together."""
    found: dict[tuple[str, str | None, str], list[str]] = {}
    for row in rows:
        if row.verdict == "unusual":
            unit = "CPU" if row.band.unit == CPU_UNIT else row.band.unit
            found.setdefault((row.label, row.side, row.cause), []).append(unit)
    return [
        f"{label} ({', '.join(units)}) is {side} the band. Likely: {cause}."
        for (label, side, cause), units in found.items()
    ]


def _legend(rows: Sequence[BandRow]) -> str:
    scopes = {row.scope for row in rows}
    text = "Measured on the sample, as it was run: a sample shows fewer duplicates than the whole. "
    if scopes == {"at scale"}:
        text = "Measured: the forecast at scale, with its 90 % interval. "
    elif len(scopes) > 1:
        text = (
            "Measured: the forecast at scale, with its 90 % interval; without one, what filters "
            "kept of the sample's tokens. "
        )
    return text + (
        "Published: lowest to highest row of the same kind of stage, in the same unit and basis. "
        "Rows/from: how many, and from how many sources; one row alone is no band. UNUSUAL: the "
        "whole interval lies outside; partly: a part of it."
    )


def _sources(rows: Sequence[BandRow]) -> str:
    ids: dict[str, dict[str, None]] = {}
    for row in rows:
        ids.setdefault(row.band.kind, {}).update(dict.fromkeys(f.id for f in row.band.figures))
    listed = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in ids.items())
    return f"Rows by kind, `corpuscost published ID` has the source: {listed}."


def _left_out(rows: Sequence[BandRow]) -> str:
    """Rows that a conversion is missing for; those of other kinds of retention are too many."""
    found: dict[str, str] = {}
    for row in rows:
        if row.band.unit == CPU_UNIT:
            found.update({left.id: left.reason for left in row.band.left_out})
    return "; ".join(f"{name} ({reason})" for name, reason in found.items())
