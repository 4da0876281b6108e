"""The census: 10,000 random documents whose copies are counted in all of the whole."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from profiler.census.estimate import share_estimate
from profiler.census.strata import strata_of, stratum_documents
from profiler.scaling.quantity import Estimate
from profiler.scaling.spectrum import spectrum_from_pairs
from profiler.scaling.truth.drawing import drawn_groups
from profiler.scaling.truth.populations import Population, repeated_law, smooth_law
from profiler.scaling.truth.tables import POINTS, Goal, Row, Section, Trial, row_of
from profiler.scaling.truth.trials import Cell, Effort, run_cells
from profiler.scaling.truth.wholes import foreigners, languages, population_of, with_tail

PROBES = 10_000
DRAWS = 200
WHOLE = 1e9  # documents: the error does not depend on it
RUN, RUN_RATIO, RUN_DRAWS = 100_000, 64, 100
ALONE, IN_RUN = "alone", "in a run"
RARE = 0.01  # a chance below which squared errors are not what the exact standard errors say
MADE_UP = 40
MOST_RMSE = 0.5
GOALS = (Goal("rmse", MOST_RMSE), Goal("coverage", 0.85, at_least=True), Goal("coverage", 0.95))
TEXT = f"""\
{PROBES:,} random documents, their copies counted in all documents of the whole: retention is the
mean of one over the copies. Nothing is extrapolated, and the ratio does not matter. **Alone**, the
probes are all that was drawn. **In a run**, they are {PROBES:,} of {RUN:,} random documents of a
whole {RUN_RATIO} times as large, as `corpuscost census` has them: the copies inside the run, known
of all its documents, weigh the probes.

All 188 published spectra as cut, the same with a tail, {MADE_UP} smooth laws, {MADE_UP} with
documents exactly k times, and the populations that are not of the class; {DRAWS} draws on each, in
a run {RUN_DRAWS}. A row is over all draws of its populations; the note has the population with the
largest RMSE, and how many lie above 0.5 points.

Alone, the exact standard error is never above 50/√q = 0.5 points, for any population, and some come
close. An RMSE over {DRAWS} draws is off by {100 / math.sqrt(2 * DRAWS):.0f} % either way by chance,
so that the largest of hundreds may lie above. Alone, the goal is therefore held by the exact
standard errors, and by what chance leaves of the squared errors over them; in a run by the RMSE.
(Copies by fingerprint: what a MinHash probe misses by seeing direct neighbours only is a matter of
text, not of this table.)
"""
FAMILIES = (
    "published spectra",
    "published spectra with a tail",
    "smooth laws",
    "exactly k copies",
    "not of the class",
)


def alone(population: Population, random: np.random.Generator) -> Trial:
    """Draw probes in proportion to documents; judge ``share_estimate``."""
    weights = population.sizes * population.groups
    counts = random.multinomial(PROBES, weights / weights.sum())
    shares = np.repeat(1 / population.sizes, counts)
    return _trial(population, share_estimate(shares, np.ones(PROBES)))


def in_run(population: Population, random: np.random.Generator) -> Trial:
    """Draw a run, and probes among its documents; judge what the copies in it add."""
    whole = population.scaled(RUN * RUN_RATIO).realised(random)
    drawn = list(drawn_groups(whole, RUN / whole.documents, random))
    sizes = np.concatenate([np.full(len(times), size) for size, times, _ in drawn])
    times, groups = (np.concatenate([each[at] for each in drawn]) for at in (1, 2))
    probes = random.multivariate_hypergeometric(times * groups, PROBES, method="marginals")
    seen = spectrum_from_pairs(zip(times.tolist(), groups.tolist(), strict=True))
    strata = strata_of(np.repeat(times, probes), stratum_documents(seen))
    found = share_estimate(np.repeat(1 / sizes, probes), np.ones(PROBES), strata=strata)
    return _trial(whole, found)


def census(cell: Cell, random: np.random.Generator) -> Trial:
    """``cell.arguments``: the family, the place of the population in it, and how it is probed."""
    family, place, how = cell.arguments
    population = _same_population(family, place)
    return alone(population, random) if how == ALONE else in_run(population, random)


def _trial(whole: Population, found: Estimate) -> Trial:
    assert found.point is not None
    return Trial(
        whole.retention,
        found.point,
        found.point,
        found.low,
        found.high,
        found.low,
        found.high,
        naive=1.0,
        what=whole.name,
    )


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
    cells = [
        Cell(
            f"{family} {place}, {how}",
            1 if how == ALONE else RUN_RATIO,
            PROBES,
            min(draws, effort.draws),
            census,
            (family, str(place), how),
        )
        for how, draws in ((ALONE, DRAWS), (IN_RUN, RUN_DRAWS))
        for family, count in wholes.items()
        for place in range(count)
    ]
    found = dict(zip(cells, run_cells(cells, effort), strict=True))
    kinds = [(how, family) for how in (ALONE, IN_RUN) for family in FAMILIES]
    rows = []
    for how, family in kinds:
        mine = {c: t for c, t in found.items() if (c.arguments[0], c.arguments[2]) == (family, how)}
        rows.append(family_row(f"{family}, {how}", mine))
    apart = {
        how: {c: t for c, t in found.items() if c.arguments[2] == how} for how in (ALONE, IN_RUN)
    }
    checks = (exact_told(apart[ALONE]), chance_told(apart[ALONE]), worst_told(apart[IN_RUN]))
    return Section("Census", TEXT, tuple(rows), checks=checks)


def family_row(name: str, populations: Mapping[Cell, Sequence[Trial]]) -> Row:
    """All draws of a family; the naive rule is left out: it has no sample to look at."""
    ratio = next(iter(populations)).ratio
    row = row_of(name, ratio, PROBES, [t for each in populations.values() for t in each], GOALS)
    errors = {trials[0].what: _rmse(trials) for trials in populations.values()}
    worst = max(errors, key=lambda what: errors[what])
    note = f"{len(populations)} wholes; largest RMSE {errors[worst]:.2f} ({worst})"
    above = sum(_rmse(trials) > MOST_RMSE for trials in populations.values())
    return Row(
        name,
        ratio,
        PROBES,
        row.draws,
        row.rmse,
        row.bias,
        row.coverage,
        row.width,
        goals=GOALS,
        notes=(note, f"{above} above {MOST_RMSE}"),
    )


def worst_told(populations: Mapping[Cell, Sequence[Trial]]) -> tuple[str, bool]:
    """The largest RMSE of all populations."""
    most = max(map(_rmse, populations.values()))
    told = (
        f"{IN_RUN}: largest RMSE of {len(populations)} populations {most:.3f} points, at most 0.5"
    )
    return told, most <= MOST_RMSE


def exact_told(populations: Mapping[Cell, Sequence[Trial]]) -> tuple[str, bool]:
    """The largest exact standard error, which no draw of lots makes larger."""
    exact = max(_standard_error(cell) for cell in populations)
    told = f"{ALONE}: largest exact standard error of {len(populations)} populations {exact:.3f}"
    return f"{told} points, at most 0.5", exact <= MOST_RMSE


def chance_told(populations: Mapping[Cell, Sequence[Trial]]) -> tuple[str, bool]:
    """Squared errors over the exact ones, of all draws: as chi-square says they may be."""
    from scipy.stats import chi2

    exact = {cell: _standard_error(cell) for cell in populations}
    squares = [
        ((t.planned - t.truth) * POINTS / exact[cell]) ** 2
        for cell, trials in populations.items()
        if exact[cell] > 0
        for t in trials
    ]
    beyond = float(chi2.sf(sum(squares), len(squares)))
    told = (
        f"{ALONE}: mean squared error over its exact value {np.mean(squares):.4f}; larger by "
        f"chance with probability {beyond:.2f}, at least {RARE}"
    )
    return told, beyond >= RARE


def _rmse(trials: Sequence[Trial]) -> float:
    return row_of("", 1, PROBES, trials).rmse or 0.0


def _standard_error(cell: Cell) -> float:
    """100 √((Σ w/m² - r²) / q): of the mean of 1/m over q random documents, in points."""
    population = _same_population(*cell.arguments[:2])
    weights = population.sizes * population.groups / population.documents
    mean = float(weights @ (1 / population.sizes))
    variance = float(weights @ (1 / population.sizes**2)) - mean**2
    return 100 * math.sqrt(max(variance, 0.0) / PROBES)  # all sizes alike: 0, but for rounding
