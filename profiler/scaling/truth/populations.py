"""Wholes whose group sizes are known: published spectra, and laws made up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from profiler.scaling.laws import Floats

DENSE_SIZES = 200
SPARSE_RATIO = 1.02
MANY_GROUPS = 1e6


@dataclass(frozen=True, slots=True)
class Population:
    """Groups of every size; numbers of groups need not be whole."""

    name: str
    sizes: Floats
    groups: Floats

    @property
    def documents(self) -> float:
        return float(self.sizes @ self.groups)

    @property
    def retention(self) -> float:
        return float(self.groups.sum()) / self.documents

    def scaled(self, documents: float) -> Population:
        """The same law with as many documents: its numbers of groups are multiplied."""
        return Population(self.name, self.sizes, self.groups * (documents / self.documents))

    def realised(self, random: np.random.Generator) -> Population:
        """With whole numbers of groups: rare sizes, drawn by Poisson's law, are there or not."""
        many = self.groups > MANY_GROUPS
        groups = np.where(
            many, np.round(self.groups), random.poisson(np.minimum(self.groups, MANY_GROUPS))
        )
        held = groups > 0
        return Population(self.name, self.sizes[held], groups[held])


def mixed(name: str, parts: list[tuple[float, Population]], documents: float) -> Population:
    """Populations side by side, each with a share of the documents; no group spans two."""
    sizes = np.unique(np.concatenate([part.sizes for _, part in parts]))
    groups = np.zeros(len(sizes))
    for share, part in parts:
        groups[np.searchsorted(sizes, part.sizes)] += part.scaled(share * documents).groups
    return Population(name, sizes, groups)


def power_law(exponent: float, largest: float, documents: float) -> Population:
    sizes, counted = _sizes(largest)
    found = Population(f"power {exponent:.2f}", sizes, counted * sizes**-exponent)
    return found.scaled(documents)


def geometric(mean: float, documents: float) -> Population:
    sizes, counted = _sizes(max(mean * 40, 10))
    found = Population(f"geometric {mean:.1f}", sizes, counted * (1 - 1 / mean) ** (sizes - 1))
    return found.scaled(documents)


def lognormal(centre: float, deviation: float, largest: float, documents: float) -> Population:
    sizes, counted = _sizes(largest)
    density = np.exp(-np.square(np.log(sizes) - centre) / (2 * deviation**2))
    found = Population(f"log-normal {centre:.2f}", sizes, counted / sizes * density)
    return found.scaled(documents)


def copies(times: float, documents: float) -> Population:
    """Every document exactly ``times`` times."""
    return Population(
        f"{times:.0f} copies", np.array([float(times)]), np.array([documents / times])
    )


def smooth_law(documents: float, random: np.random.Generator) -> Population:
    """A law from broad families that mix singles, power laws and log-normal sizes."""
    largest = 10 ** random.uniform(2, np.log10(documents / 30))

    def tail(low: float, high: float) -> Population:
        return power_law(random.uniform(low, high), largest, documents)

    single = copies(1, documents)
    kind = random.choice(
        ["power", "singles+power", "singles+2 powers", "singles+log-normal", "three", "geometric"],
        p=[0.13, 0.26, 0.21, 0.16, 0.16, 0.08],
    )
    if kind == "power":
        return tail(1.7, 3.2)
    if kind == "singles+power":
        apart = random.uniform(0.2, 0.97)
        return mixed(kind, [(apart, single), (1 - apart, tail(1.5, 3))], documents)
    if kind == "singles+2 powers":
        shares = random.dirichlet([2, 2, 1])
        parts = [single, tail(2.3, 3.5), tail(1.3, 2.1)]
        return mixed(kind, list(zip(shares, parts, strict=True)), documents)
    if kind == "singles+log-normal":
        apart = random.uniform(0.1, 0.95)
        law = lognormal(
            random.uniform(0, 2.5), random.uniform(0.6, 2), min(documents / 30, 1e7), documents
        )
        return mixed(kind, [(apart, single), (1 - apart, law)], documents)
    if kind == "three":
        shares = random.dirichlet([2, 2, 1])
        law = lognormal(random.uniform(0, 2.5), random.uniform(0.5, 1.5), 1e4, documents)
        return mixed(kind, list(zip(shares, [single, law, tail(1.5, 2.5)], strict=True)), documents)
    apart = random.uniform(0, 0.9)
    law = geometric(10 ** random.uniform(0.2, 2), documents)
    return mixed(kind, [(apart, single), (1 - apart, law)], documents)


def unique_law(documents: float, random: np.random.Generator) -> Population:
    """Most documents without a copy, the others in groups of any size by a power law."""
    apart = random.uniform(0.85, 0.995)
    largest = 10 ** random.uniform(1, np.log10(documents / 30))
    tail = power_law(random.uniform(1.6, 3.2), largest, documents)
    parts = [(apart, copies(1, documents)), (1 - apart, tail)]
    return mixed(f"{apart:.1%} apart", parts, documents)


def repeated_law(documents: float, random: np.random.Generator) -> Population:
    """A part of the documents exactly k times, beside singles and a power law."""
    apart = random.uniform(0.2, 0.9)
    times = max(2, int(10 ** random.uniform(0.31, 2.3)))
    largest = 10 ** random.uniform(2, np.log10(documents / 30))
    tail = power_law(random.uniform(1.6, 2.5), largest, documents)
    parts = [
        (0.9 * apart, copies(1, documents)),
        (0.1 * apart, tail),
        (1 - apart, copies(times, documents)),
    ]
    return mixed(f"{1 - apart:.0%} in {times} copies", parts, documents)


def _sizes(largest: float) -> tuple[Floats, Floats]:
    """Sizes 1 to 200, then growing by 2 %; and how many whole numbers each stands for."""
    edges = list(range(1, DENSE_SIZES + 1))
    value = float(DENSE_SIZES)
    while edges[-1] < largest:
        value = max(value * SPARSE_RATIO, edges[-1] + 1)
        edges.append(round(value))
    sizes = np.array(edges, np.float64)
    sizes = sizes[sizes <= max(largest, 1)]
    return sizes, np.append(np.diff(sizes), 1.0)
