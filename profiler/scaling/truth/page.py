"""docs/truth.md from the sections that docs/truth.json holds."""

from __future__ import annotations

from collections.abc import Mapping

from profiler.scaling.truth.tables import Section, ratio_told, section_markdown
from profiler.scaling.truth.trials import SEED

TITLE = "# Held to the truth"
TEXT = """\
The estimators of corpuscost, held to wholes whose answer is known. This page is written by
`make truth`; `truth.json` beside it has every figure. Nothing is left out: what misses its goal is
listed first.

Retention is the share of documents that dedup keeps. Errors, biases and widths are percentage
points of it; intervals are 90 %. A ratio of 64× means that the sample is 1/64 of the whole. A row
that the naive rule (the whole keeps what the sample keeps) passes too is marked uninformative: it
says nothing for the estimator. All random numbers come from the seed {seed}, the name of the row,
its ratio and the number of the draw; the constants of the estimators were set on draws from other
seeds. Made with {draws} draws a row where nothing else is said.
"""
PLOTS = """\
![RMSE by ratio](truth-error.svg)
![Coverage by ratio](truth-coverage.svg)
![Median width by ratio](truth-width.svg)
"""


def page(sections: Mapping[str, Section], draws: int) -> str:
    """Markdown: goals first, then plots, then each section."""
    parts = [TITLE, TEXT.format(seed=SEED, draws=draws).strip(), goals_told(sections).strip()]
    parts += ["## Plots", PLOTS.strip()]
    parts += [section_markdown(section).strip() for section in sections.values()]
    return "\n\n".join(parts) + "\n"


def goals_told(sections: Mapping[str, Section]) -> str:
    """How many goals were met in each section, and every one that was not."""
    lines = ["## Goals", "", "| part | goals met | missed |", "|---|---:|---|"]
    for section in sections.values():
        met, missed = outcomes(section)
        told = "<br>".join(missed) if missed else "none"
        lines.append(f"| {section.title} | {met} of {met + len(missed)} | {told} |")
    return "\n".join(lines)


def outcomes(section: Section) -> tuple[int, list[str]]:
    """Goals met, and those missed in words."""
    met, missed = 0, []
    for row in section.rows:
        met += sum(row.met(goal) is True for goal in row.goals)
        for goal in row.misses:
            found = getattr(row, goal.measure)
            missed.append(f"{row.name}, {ratio_told(row.ratio)}: {goal.told()}, found {found:.3g}")
    met += sum(held for _, held in section.checks)
    return met, missed + [told for told, held in section.checks if not held]
