"""The census: 10,000 random documents whose copies are counted in all of the whole."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np

from profiler.census.estimate import share_estimate
from profiler.scaling.truth.populations import Population, repeated_law, smooth_law
from profiler.scaling.truth.tables import Goal, Row, Section, Trial, row_of
from profiler.scaling.truth.trials import Cell, Effort, run_cells
from profiler.scaling.truth.wholes import foreigners, languages, population_of, with_tail

PROBES = 10_000
DRAWS = 200
WHOLE = 1e9  # documents: the error does not depend on it
MADE_UP = 40
MOST_RMSE = 0.5
GOALS = (Goal("rmse", MOST_RMSE), Goal("coverage", 0.85, at_least=True), Goal("coverage", 0.95))
TEXT = f"""\
{PROBES:,} random documents, their copies counted in all documents of the whole; retention is the
mean of one over the copies. {DRAWS} draws on each population: all 188 published spectra as cut, the
same with a tail, {MADE_UP} smooth laws, {MADE_UP} with documents exactly k times, and the
populations that are not of the class. A row is over all draws of its populations; the note has the
population with the largest RMSE, and how many lie above 0.5 points. The exact standard error of a
mean of 1/copies is never above 50/√q = 0.5 points; an RMSE over {DRAWS} draws is off by 5 % either
way, so that the largest of hundreds lies above the largest standard error. The ratio does not
matter and nothing is extrapolated. (Copies by fingerprint: what a MinHash probe misses by seeing
direct neighbours only is a matter of text, not of this table.)
"""
FAMILIES = (
    "published spectra",
    "published spectra with a tail",
    "smooth laws",
    "exactly k copies",
    "not of the class",
)


def probed(population: Population, random: np.random.Generator) -> Trial:
    """Draw probes in proportion to documents; judge ``share_estimate``."""
    weights = population.sizes * population.groups
    counts = random.multinomial(PROBES, weights / weights.sum())
    shares = np.repeat(1 / population.sizes, counts)
    found = share_estimate(shares, np.ones(PROBES))
    assert found.point is not None
    return Trial(
        population.retention,
        found.point,
        found.point,
        found.low,
        found.high,
        found.low,
        found.high,
        naive=1.0,
        what=population.name,
    )


def census(cell: Cell, random: np.random.Generator) -> Trial:
    """``cell.arguments``: the family, and the place of the population in it."""
    return probed(_same_population(*cell.arguments), random)


@cache
def _same_population(family: str, place: str) -> Population:
    """One population for all draws of a cell."""
    return population_at(family, int(place), np.random.default_rng([len(family), int(place)]))


def population_at(family: str, place: int, random: np.random.Generator) -> Population:
    if family == "published spectra":
        return population_of(languages()[place])
    if family == "published spectra with a tail":
        return with_tail(population_of(languages()[place]), random)
    if family == "smooth laws":
        return smooth_law(WHOLE, random)
    if family == "exactly k copies":
        return repeated_law(WHOLE, random)
    return list(foreigners(WHOLE, random).values())[place]


def section(effort: Effort) -> Section:
    foreign = len(foreigners(WHOLE, np.random.default_rng(0)))
    wholes = dict(zip(FAMILIES, (188, 188, MADE_UP, MADE_UP, foreign), strict=True))
    draws = min(DRAWS, effort.draws)
    cells = [
        Cell(f"{family} {place}", 1, PROBES, draws, census, (family, str(place)))
        for family, count in wholes.items()
        for place in range(count)
    ]
    found = run_cells(cells, effort)
    rows = []
    for family in FAMILIES:
        mine = [
            each for cell, each in zip(cells, found, strict=True) if cell.arguments[0] == family
        ]
        rows.append(family_row(family, mine))
    return Section("Census", TEXT, tuple(rows), checks=(worst_told(cells, found),))


def family_row(family: str, populations: Sequence[Sequence[Trial]]) -> Row:
    """All draws of a family; the naive rule is left out: it has no sample to look at."""
    row = row_of(family, 1, PROBES, [t for each in populations for t in each], GOALS)
    errors = [row_of("", 1, PROBES, each).rmse or 0.0 for each in populations]
    worst = int(np.argmax(errors))
    name = populations[worst][0].what
    note = f"{len(populations)} wholes; largest RMSE {errors[worst]:.2f} ({name})"
    return Row(
        family,
        1,
        PROBES,
        row.draws,
        row.rmse,
        row.bias,
        row.coverage,
        row.width,
        goals=GOALS,
        notes=(note, f"{sum(e > MOST_RMSE for e in errors)} above {MOST_RMSE}"),
    )


def worst_told(cells: Sequence[Cell], found: Sequence[Sequence[Trial]]) -> tuple[str, bool]:
    errors = [row_of("", 1, PROBES, each).rmse or 0.0 for each in found]
    most = max(errors)
    exact = max(_standard_error(each.arguments) for each in cells)
    told = f"largest RMSE of {len(errors)} populations: {most:.3f} points, at most 0.5"
    return f"{told} (largest exact standard error: {exact:.3f})", most <= MOST_RMSE


def _standard_error(arguments: tuple[str, ...]) -> float:
    """100 √((Σ w/m² - r²) / q): of the mean of 1/m over q random documents, in points."""
    population = _same_population(*arguments)
    weights = population.sizes * population.groups / population.documents
    mean = float(weights @ (1 / population.sizes))
    variance = float(weights @ (1 / population.sizes**2)) - mean**2
    return 100 * math.sqrt(max(variance, 0.0) / PROBES)  # all sizes alike: 0, but for rounding
