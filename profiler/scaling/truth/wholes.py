"""Wholes of the class (published languages) and not of it (foreigners)."""

from __future__ import annotations

from functools import cache

import numpy as np

from profiler.scaling.classes import LawPrior, Member, load_class
from profiler.scaling.truth.populations import (
    Population,
    copies,
    geometric,
    lognormal,
    mixed,
    power_law,
    smooth_law,
)

CLASS = "common-crawl"
TAIL_SHARE = 0.001  # of the groups: the published spectra are cut there
TAIL_INDEX = (1.05, 1.7)
TAIL_LARGEST = 1e6
TAIL_STEPS = 300


@cache
def languages(at_least: float = 0.0, below: float = np.inf) -> tuple[Member, ...]:
    """Members of the class with so many documents."""
    members = load_class(CLASS).members
    return tuple(m for m in members if at_least <= m.spectrum.documents < below)


@cache
def prior_without(name: str) -> LawPrior:
    """The class's prior without one language."""
    return load_class(CLASS).prior(without=name)


def population_of(member: Member) -> Population:
    """A published spectrum, as cut."""
    spectrum = member.spectrum
    sizes, groups = spectrum.sizes.astype(np.float64), spectrum.groups.astype(np.float64)
    return Population(member.name, sizes, groups)


def with_tail(population: Population, random: np.random.Generator) -> Population:
    """Plus 0.1 % of groups beyond the largest published size: Pareto, up to a million."""
    index = random.uniform(*TAIL_INDEX)
    first = population.sizes[-1] + 1
    edges = np.unique(np.round(np.geomspace(first, TAIL_LARGEST, TAIL_STEPS)))
    survival = (edges / first) ** -index
    share = (survival[:-1] - survival[1:]) / (1 - survival[-1])
    added = population.groups.sum() * TAIL_SHARE * share
    return Population(
        population.name,
        np.append(population.sizes, edges[:-1]),
        np.append(population.groups, added),
    )


def multiplied(population: Population, times: int) -> Population:
    """Every document as many times."""
    return Population(f"{population.name} ×{times}", population.sizes * times, population.groups)


def diluted(population: Population, share: float) -> Population:
    """With ``share`` more documents, each without a copy."""
    parts = [(1 / (1 + share), population), (share / (1 + share), copies(1, 1.0))]
    return mixed(f"{population.name} +{share:.0%} singles", parts, population.documents)


def foreigners(documents: float, random: np.random.Generator) -> dict[str, Population]:
    """Populations that are not of the class, by name; some are near it on purpose.

    The shifted crawls start from a random large language. ``smooth law`` is a random one.
    """
    members = languages(1e8)
    web = population_of(members[random.integers(len(members))])
    web = Population("web", web.sizes, web.groups)
    single = copies(1, 1.0)
    power = power_law(2.2, 1e5, 1.0)

    def beside(share: float, part: Population, name: str) -> Population:
        return mixed(name, [(1 - share, single), (share, part)], 1.0)

    found = [
        power_law(1.8, 1e5, 1.0),
        power_law(2.0, 1e5, 1.0),
        power_law(2.2, 1e5, 1.0),
        power_law(2.6, 1e5, 1.0),
        power_law(3.0, 1e4, 1.0),
        geometric(2.0, 1.0),
        geometric(5.0, 1.0),
        geometric(20.0, 1.0),
        lognormal(1.0, 1.0, 1e5, 1.0),
        lognormal(2.0, 1.5, 1e6, 1.0),
        copies(2, 1.0),
        copies(5, 1.0),
        copies(20, 1.0),
        beside(0.3, copies(2, 1.0), "30 % in pairs"),
        beside(0.6, copies(2, 1.0), "60 % in pairs"),
        beside(0.3, copies(10, 1.0), "30 % in tens"),
        beside(0.5, copies(20, 1.0), "half in twenties"),
        beside(0.5, copies(90, 1.0), "half in nineties"),
        beside(0.1, copies(1000, 1.0), "10 % in thousands"),
        beside(0.5, power, "half power 2.2"),
        beside(0.2, power, "20 % power 2.2"),
        beside(0.05, power, "5 % power 2.2"),
        beside(0.5, power_law(1.6, 1e6, 1.0), "half power 1.6"),
        beside(0.5, lognormal(2.0, 1.0, 1e4, 1.0), "half log-normal 2"),
        beside(0.3, geometric(5.0, 1.0), "30 % geometric 5"),
        diluted(web, 0.3),
        diluted(web, 0.5),
        diluted(web, 1.0),
        diluted(web, 3.0),
        multiplied(web, 2),
        multiplied(web, 3),
        multiplied(web, 5),
        mixed("web and 30 % in pairs", [(0.7, web), (0.3, copies(2, 1.0))], 1.0),
        mixed("web and 30 % in twenties", [(0.7, web), (0.3, copies(20, 1.0))], 1.0),
        mixed("web and half power 2.6", [(0.5, web), (0.5, power_law(2.6, 1e5, 1.0))], 1.0),
        mixed("web and half log-normal", [(0.5, web), (0.5, lognormal(1, 1, 1e5, 1))], 1.0),
        *(
            Population(f"smooth law {i + 1}", law.sizes, law.groups)
            for i, law in enumerate(smooth_law(documents, random) for _ in range(6))
        ),
    ]
    return {each.name: each.scaled(documents) for each in found}
