"""What laws of a reference class make a sample show: compiled, since a posterior asks it often."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.kernels.compiled import allocating_kernel
from profiler.scaling.classes import CUT_SHARE, STEPS
from profiler.scaling.laws import Floats, binomial_between
from profiler.scaling.spectrum import Spectrum

TIMES = np.array([2, 3, 4, 5, 6, 7, 8, 9, 20, 80, 400, 1e12])  # lower edges of the counts
BODY_RATIO, TAIL_RATIO = 1.13, 1.25
BODY_LARGEST, TAIL_LARGEST = 4e3, 4e7
NODE_STEP = 0.025  # of log fraction, between tabulated binomials


@dataclass(frozen=True, slots=True)
class ClassTables:
    """Size bins, and what each shows at tabulated fractions: P(times) / (fraction × size).

    ``edges`` (b + 1,), ``sizes`` (b,), ``log_fractions`` (g,), ``shown`` (g, b, k).
    """

    edges: Floats
    sizes: Floats
    log_fractions: Floats
    shown: Floats


def class_tables(fraction: float, thinnest: float) -> ClassTables:
    """Tables for samples of fractions from ``thinnest`` × ``fraction`` to ``fraction``."""
    edges = [float(size) for size in range(1, 15)]
    while edges[-1] < TAIL_LARGEST:
        ratio = BODY_RATIO if edges[-1] < BODY_LARGEST else TAIL_RATIO
        edges.append(float(max(edges[-1] + 1, round(edges[-1] * ratio))))
    bounds = np.array(edges)
    sizes = np.where(
        bounds[:-1] < BODY_LARGEST,
        (bounds[:-1] + bounds[1:] - 1) / 2,
        np.sqrt(bounds[:-1] * bounds[1:]),
    )
    low, high = np.log(fraction * thinnest), np.log(fraction)
    nodes = np.linspace(low, high, max(2, int(np.ceil((high - low) / NODE_STEP)) + 1))
    shown = np.array(
        [binomial_between(TIMES, sizes, min(np.exp(node), 1 - 1e-12)).T for node in nodes]
    )
    return ClassTables(bounds, sizes, nodes, shown)


def times_counts(seen: Spectrum) -> Floats:
    """Groups seen twice, three times, …, 400 times and more: shape (k,)."""
    several = seen.sizes >= TIMES[0]
    places = np.searchsorted(TIMES, seen.sizes[several], side="right") - 1
    weights = seen.groups[several].astype(np.float64)
    return np.bincount(places, weights=weights, minlength=len(TIMES) - 1).astype(np.float64)


def class_shows(
    tables: ClassTables,
    numbers: Floats,
    tail_index: Floats,
    tail_reach: Floats,
    depth: Floats,
    fraction: float,
) -> tuple[Floats, Floats]:
    """Expected groups by times seen, per sampled document, shape (p, k); and retention, (p,).

    ``numbers`` (p, 1 + STEPS) are laws, thinned to ``depth`` (p,) to make the whole, of which
    ``fraction`` is sampled. ``tail_index`` (p,) is Pareto's beyond the cut, 0 for no tail;
    ``tail_reach`` (p,) the largest group over the largest published size.
    """
    shown = np.zeros((len(numbers), len(TIMES) - 1))
    retention = np.zeros(len(numbers))
    _shows(
        tables.edges,
        tables.sizes,
        tables.log_fractions,
        tables.shown,
        numbers,
        tail_index,
        tail_reach,
        depth,
        fraction,
        shown,
        retention,
    )
    return shown, retention


@allocating_kernel
def _shows(  # type: ignore[no-untyped-def]
    edges,
    sizes,
    log_fractions,
    table,
    numbers,
    tail_index,
    tail_reach,
    depth,
    fraction,
    shown,
    retention,
) -> None:
    bins, kinds = len(sizes), shown.shape[1]
    knots = np.zeros(STEPS + 1)
    weights = np.zeros(bins)
    node_step = log_fractions[1] - log_fractions[0]
    for i in range(len(numbers)):
        several = 1.0 / (1.0 + np.exp(-numbers[i, 0]))
        step = np.log(CUT_SHARE / (1 + CUT_SHARE) / several) / STEPS
        for s in range(STEPS):
            knots[s + 1] = max(knots[s] + 1e-6, max(numbers[i, s + 1], 1e-3))
        cut = np.exp(knots[STEPS])
        index = tail_index[i]
        reach = tail_reach[i]
        reached = reach**-index
        documents = 0.0
        before = 1.0
        knot = 0
        for b in range(bins):
            size = edges[b + 1] - 1  # the largest in the bin: survival there is beyond it
            log_size = np.log(size)
            if log_size < knots[STEPS]:
                while knot < STEPS - 1 and log_size >= knots[knot + 1]:
                    knot += 1
                part = (log_size - knots[knot]) / (knots[knot + 1] - knots[knot])
                survival = several * np.exp((knot + part) * step)
            elif index > 0 and size < cut * reach:
                survival = CUT_SHARE * ((size / cut) ** -index - reached) / (1 - reached)
            else:
                survival = 0.0 if index > 0 else CUT_SHARE
            survival = min(survival, before)
            weights[b] = before - survival
            before = survival
            documents += weights[b] * sizes[b]
        sampled = depth[i] * fraction
        place = (np.log(sampled) - log_fractions[0]) / node_step
        node = min(max(int(place), 0), len(log_fractions) - 2)
        near = min(max(place - node, 0.0), 1.0)
        thin = np.log1p(-depth[i]) if depth[i] < 1 - 1e-12 else -1e300
        kept = 0.0
        for b in range(bins):
            w = weights[b]
            if w <= 0:
                continue
            kept += w * (1 - np.exp(max(thin * sizes[b], -700.0)))
            for k in range(kinds):
                shown[i, k] += w * ((1 - near) * table[node, b, k] + near * table[node + 1, b, k])
        retention[i] = kept / (depth[i] * documents)
        for k in range(kinds):
            shown[i, k] /= sampled * documents
