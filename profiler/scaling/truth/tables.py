"""What ``make truth`` finds, as data: one trial, one row over many trials, goals, and sections.

Errors and widths are in percentage points of retention (or of whatever share is estimated);
coverages and other shares are from 0 to 1.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

POINTS = 100.0
MEASURES = {
    "rmse": "RMSE",
    "bias": "bias",
    "coverage": "coverage",
    "width": "median width",
    "outer_coverage": "outer coverage",
    "outer_width": "outer width",
    "published": "share published",
    "published_rmse": "RMSE where published",
    "naive_rmse": "RMSE of the naive rule",
}
SHARES = frozenset({"coverage", "outer_coverage", "published"})


@dataclass(frozen=True, slots=True)
class Trial:
    """One draw held to its truth. All are shares; ``point`` is None where none was published.

    ``planned`` is the middle that plans are made with, ``naive`` what the sample itself keeps.
    ``refused`` and ``doubt`` are the gate's words, "" where it says nothing.
    """

    truth: float
    point: float | None
    planned: float
    low: float
    high: float
    outer_low: float
    outer_high: float
    naive: float
    refused: str = ""
    doubt: str = ""
    what: str = ""
    programme_width: float | None = None  # of the plain linear programme, where it was run

    @property
    def covered(self) -> bool:
        return self.low <= self.truth <= self.high


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on one measure of a row: ``measure`` is a field of Row."""

    measure: str
    limit: float
    at_least: bool = False

    def told(self) -> str:
        sign = "≥" if self.at_least else "≤"
        return f"{MEASURES[self.measure]} {sign} {self.limit:g}"


@dataclass(frozen=True, slots=True)
class Row:
    """A table row over ``draws`` trials; None where there is nothing to measure."""

    name: str
    ratio: float
    n: int
    draws: int
    rmse: float | None = None
    bias: float | None = None
    coverage: float | None = None
    width: float | None = None
    outer_coverage: float | None = None
    outer_width: float | None = None
    published: float | None = None
    published_rmse: float | None = None
    naive_rmse: float | None = None
    goals: tuple[Goal, ...] = ()
    notes: tuple[str, ...] = ()

    def met(self, goal: Goal) -> bool | None:
        """None where the row has nothing to hold the goal against."""
        found = getattr(self, goal.measure)
        if found is None:
            return None
        return bool(found >= goal.limit if goal.at_least else found <= goal.limit)

    @property
    def misses(self) -> tuple[Goal, ...]:
        return tuple(goal for goal in self.goals if self.met(goal) is False)

    @property
    def uninformative(self) -> bool:
        """The naive rule passes the row's goals on error as well."""
        limits = [g.limit for g in self.goals if g.measure in ("rmse", "published_rmse")]
        return bool(limits) and self.naive_rmse is not None and self.naive_rmse <= min(limits)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of docs/truth.md: ``text`` stands above the table of rows, ``rest`` (markdown) below.

    ``checks`` are goals that no single row holds: (what was asked and found, met).
    """

    title: str
    text: str
    rows: tuple[Row, ...] = ()
    rest: str = ""
    checks: tuple[tuple[str, bool], ...] = ()


def section_to_json(section: Section) -> dict[str, Any]:
    return {
        "title": section.title,
        "text": section.text,
        "rows": rows_to_json(section.rows),
        "checks": [{"told": told, "met": met} for told, met in section.checks],
        "rest": section.rest,
    }


def section_from_json(found: dict[str, Any]) -> Section:
    checks = tuple((each["told"], each["met"]) for each in found["checks"])
    rows = rows_from_json(found["rows"])
    return Section(found["title"], found["text"], rows, found["rest"], checks)


def row_of(
    name: str,
    ratio: float,
    n: int,
    trials: Sequence[Trial],
    goals: tuple[Goal, ...] = (),
    notes: tuple[str, ...] = (),
) -> Row:
    """Measures over trials. ``bias`` is planned less truth."""
    if not trials:
        return Row(name, ratio, n, 0, goals=goals, notes=(*notes, "no trial"))
    errors = POINTS * np.array([each.planned - each.truth for each in trials])
    points = [POINTS * (t.point - t.truth) for t in trials if t.point is not None]
    inside = [each.outer_low <= each.truth <= each.outer_high for each in trials]
    return Row(
        name=name,
        ratio=ratio,
        n=n,
        draws=len(trials),
        rmse=_root_mean_square(errors),
        bias=float(errors.mean()),
        coverage=float(np.mean([each.covered for each in trials])),
        width=POINTS * float(np.median([each.high - each.low for each in trials])),
        outer_coverage=float(np.mean(inside)),
        outer_width=POINTS * float(np.median([t.outer_high - t.outer_low for t in trials])),
        published=len(points) / len(trials),
        published_rmse=_root_mean_square(np.array(points)) if points else None,
        naive_rmse=_root_mean_square(POINTS * np.array([t.naive - t.truth for t in trials])),
        goals=goals,
        notes=notes,
    )


def table_markdown(rows: Sequence[Row]) -> str:
    """One line per row; a goal that is missed is printed in bold with the word MISSED."""
    columns = [m for m in MEASURES if any(getattr(row, m) is not None for row in rows)]
    head = ["whole", "ratio", "sampled", "draws", *(MEASURES[m] for m in columns), "goals", "notes"]
    lines = [head, ["---"] * 2 + ["---:"] * (len(head) - 4) + ["---"] * 2]
    for row in rows:
        cells = [row.name, ratio_told(row.ratio), f"{row.n:,}", f"{row.draws:,}"]
        cells += [_cell(measure, getattr(row, measure)) for measure in columns]
        notes = [*row.notes, *(["uninformative: the naive rule passes too"] * row.uninformative)]
        cells += ["; ".join(_outcome(row, goal) for goal in row.goals), "; ".join(notes)]
        lines.append([cell.replace("|", "\\|") for cell in cells])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def ratio_told(ratio: float) -> str:
    return f"{ratio:,.0f}×"


def section_markdown(section: Section) -> str:
    parts = [f"## {section.title}", section.text.strip()]
    if section.rows:
        parts.append(table_markdown(section.rows).strip())
    if section.checks:
        told = [f"- {'met' if met else '**MISSED**'}: {text}" for text, met in section.checks]
        parts.append("\n".join(told))
    if section.rest:
        parts.append(section.rest.strip())
    return "\n\n".join(parts) + "\n"


def rows_to_json(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Plain data with numbers rounded to 5 places, and which goals were met."""
    found = []
    for row in rows:
        plain: dict[str, Any] = {f.name: _rounded(getattr(row, f.name)) for f in fields(row)}
        plain["goals"] = [{**asdict(goal), "met": row.met(goal)} for goal in row.goals]
        plain["notes"] = list(row.notes)
        plain["uninformative"] = row.uninformative
        found.append(plain)
    return found


def rows_from_json(found: Sequence[dict[str, Any]]) -> tuple[Row, ...]:
    """The reverse of ``rows_to_json``, to make plots and pages again from docs/truth.json."""
    names = [f.name for f in fields(Row) if f.name not in ("goals", "notes")]
    return tuple(
        Row(
            **{name: each[name] for name in names},
            goals=tuple(Goal(g["measure"], g["limit"], g["at_least"]) for g in each["goals"]),
            notes=tuple(each["notes"]),
        )
        for each in found
    )


def write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _root_mean_square(errors: Any) -> float:
    return float(np.sqrt(np.square(errors).mean()))


def _cell(measure: str, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.1%}" if measure in SHARES else f"{value:.2f}"


def _outcome(row: Row, goal: Goal) -> str:
    met = row.met(goal)
    if met is None:
        return f"{goal.told()}: nothing to measure"
    return goal.told() if met else f"**{goal.told()}: MISSED**"


def _rounded(value: object) -> object:
    return round(value, 5) if isinstance(value, float) and math.isfinite(value) else value
