"""Plots of the rows over the ratio, as small SVG files written by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from profiler.scaling.truth.tables import Row

WIDTH, HEIGHT = 720, 380
LEFT, RIGHT, TOP, BOTTOM = 60, 220, 34, 46
COLOURS = ("#1f5fa8", "#c4542b", "#2f8f5b", "#8a5aa8", "#8a8a8a", "#b08900")
DASHES = {"goal": "5 4", "naive": "2 3"}


@dataclass(frozen=True, slots=True)
class Curve:
    """Points (ratio, value) joined by a line; ``style`` is "", "goal" or "naive"."""

    name: str
    points: tuple[tuple[float, float], ...]
    style: str = ""


def curve_of(name: str, rows: Sequence[Row], measure: str, style: str = "") -> Curve:
    """A measure of rows over their ratios, where it was measured."""
    found = [(row.ratio, getattr(row, measure)) for row in rows]
    return Curve(name, tuple((r, v) for r, v in sorted(found) if v is not None), style)


def goal_curve(name: str, rows: Sequence[Row], measure: str) -> Curve:
    """The goals on a measure, where rows have one."""
    limits = [
        (row.ratio, goal.limit) for row in rows for goal in row.goals if goal.measure == measure
    ]
    return Curve(name, tuple(sorted(limits)), "goal")


def svg(title: str, unit: str, curves: Sequence[Curve], most: float, least: float = 0.0) -> str:
    """A chart with a logarithmic axis of ratios, and values from ``least`` to ``most``."""
    curves = [curve for curve in curves if curve.points]
    ratios = sorted({ratio for curve in curves for ratio, _ in curve.points})
    if not ratios:
        return _document(title, [])
    low, high = math.log10(ratios[0]), math.log10(max(ratios[-1], 10 * ratios[0]))
    wide, tall = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(ratio: float, value: float) -> tuple[float, float]:
        x = LEFT + wide * (math.log10(ratio) - low) / (high - low)
        y = TOP + tall * (1 - (min(max(value, least), most) - least) / (most - least))
        return x, y

    parts = []
    for step in range(6):
        value = least + (most - least) * step / 5
        y = place(ratios[0], value)[1]
        parts.append(f'<path d="M{LEFT} {y:.1f}h{wide}" stroke="#ddd"/>')
        parts.append(_text(LEFT - 6, y + 4, f"{value:g}", "end"))
    for ratio in _apart(ratios):
        x = place(ratio, least)[0]
        parts.append(f'<path d="M{x:.1f} {TOP + tall}v4" stroke="#444"/>')
        parts.append(_text(x, TOP + tall + 18, f"{ratio:,.0f}×", "middle"))
    parts.append(_text(LEFT + wide / 2, HEIGHT - 8, "documents of the whole over those sampled"))
    parts.append(_text(LEFT - 6, TOP - 10, unit, "start"))
    for number, curve in enumerate(curves):
        colour = "#444" if curve.style == "goal" else COLOURS[number % len(COLOURS)]
        spots = [place(*point) for point in curve.points]
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)
        dash = f' stroke-dasharray="{DASHES[curve.style]}"' if curve.style else ""
        parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
        if curve.style != "goal":
            parts += [
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in spots
            ]
        y = TOP + 10 + 20 * number
        x = WIDTH - RIGHT + 14
        parts.append(f'<path d="M{x} {y}h22" stroke="{colour}" stroke-width="2"{dash}/>')
        parts.append(_text(x + 28, y + 4, curve.name, "start"))
    return _document(title, parts)


def _apart(ratios: Sequence[float]) -> list[float]:
    """Ratios whose labels do not overlap: those about half a decade apart."""
    found: list[float] = []
    for ratio in ratios:
        if not found or math.log10(ratio / found[-1]) > 0.45:
            found.append(ratio)
    return found


def _text(x: float, y: float, text: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _document(title: str, parts: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12" role="img">'
    )
    body = [
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{WIDTH / 2}" y="16" text-anchor="middle" '
        f'font-weight="bold">{escape(title)}</text>',
        *parts,
    ]
    return "\n".join([head, *body, "</svg>"]) + "\n"


def charts(rows: Sequence[Row]) -> dict[str, str]:
    """File name to SVG, from the rows of random documents and of the class."""

    def named(name: str) -> list[Row]:
        return [row for row in rows if row.name == name]

    laws, spectra, both = named("smooth laws"), named("published spectra"), named("both")
    cut = [row for row in rows if row.name.startswith("languages ≥") and row.name.endswith("cut")]
    tail = [row for row in rows if row.name.startswith("languages ≥") and row.name.endswith("tail")]
    kinds = [
        ("smooth laws, n = 100,000", laws),
        ("published spectra, n = 100,000", spectra),
        ("class, cut, n = 1,000,000", cut),
        ("class, tail, n = 1,000,000", tail),
    ]

    def over(measure: str) -> list[Curve]:
        return [curve_of(name, found, measure) for name, found in kinds]

    naive = [
        curve_of("naive rule, both", both, "naive_rmse", "naive"),
        curve_of("naive rule, class", cut, "naive_rmse", "naive"),
    ]
    asked = goal_curve("asked of the sample alone", both, "width")
    least = goal_curve("asked", both, "coverage")
    return {
        "truth-error.svg": svg(
            "Error of the retention of dedup", "RMSE, points", [*over("rmse"), *naive], 80
        ),
        "truth-coverage.svg": svg(
            "How often the 90 % interval holds the truth",
            "coverage",
            [*over("coverage"), least],
            1.0,
            0.5,
        ),
        "truth-width.svg": svg(
            "Width of the 90 % interval", "median width, points", [*over("width"), asked], 100
        ),
    }
