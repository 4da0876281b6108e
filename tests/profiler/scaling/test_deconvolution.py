from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from profiler.scaling.deconvolution import (
    LAW_RATIO,
    Posterior,
    deconvolve,
    law_retention,
    problem_of,
    resampled,
)
from profiler.scaling.laws import Probes, RandomDocuments, WholeShards, observe, size_grid
from profiler.scaling.spectrum import Spectrum, spectrum_from_pairs
from profiler.scaling.truth.drawing import drawn_spectrum
from profiler.scaling.truth.populations import (
    copies,
    geometric,
    lognormal,
    mixed,
    power_law,
)

UNIT = copies(1, 1.0)
LAWS = {
    "power": power_law(2.2, 1e4, 1.0),
    "singles and power": mixed("", [(0.6, UNIT), (0.4, power_law(2.0, 1000, 1.0))], 1.0),
    "singles and log-normal": mixed("", [(0.5, UNIT), (0.5, lognormal(1, 1, 1e4, 1.0))], 1.0),
    "geometric": geometric(4, 1.0),
}


@cache
def posterior(
    law: str, ratio: float, sampled: float = 1e5, seed: int = 1, draws_seed: int = 1
) -> tuple[float, Posterior]:
    """The truth, and what a sample makes of it."""
    random = np.random.default_rng([seed, 99])
    whole = LAWS[law].scaled(sampled * ratio).realised(random)
    seen = drawn_spectrum(whole, 1 / ratio, random)
    draw = RandomDocuments(whole.documents, float(seen.documents))
    return whole.retention, deconvolve(seen, draw, draws_seed)


def interval(found: Posterior) -> tuple[float, float]:
    low, high = np.quantile(found.retention(), (0.05, 0.95))
    return float(low), float(high)


def test_retention_is_recovered_within_the_interval() -> None:
    held = []
    for law in LAWS:
        for seed in (1, 2):
            truth, found = posterior(law, 4.0, seed=seed)
            low, high = interval(found)
            assert np.median(found.retention()) == pytest.approx(truth, abs=0.015)
            held.append(low <= truth <= high)
    assert sum(held) >= 6


def test_a_farther_whole_is_told_less_surely() -> None:
    widths = []
    for ratio in (4.0, 16.0, 64.0):
        truth, found = posterior("singles and power", ratio)
        low, high = interval(found)
        widths.append(high - low)
        assert low - 0.02 < truth < high + 0.02
    assert widths == sorted(widths)
    assert widths[0] < 0.02


def test_a_larger_sample_narrows() -> None:
    widths = []
    for sampled in (3e3, 1e5, 3e6):
        low, high = interval(posterior("singles and power", 16.0, sampled)[1])
        widths.append(high - low)
    assert widths[0] > 1.5 * widths[1] > 2 * widths[2]


def test_the_seed_determines_the_draws() -> None:
    _, first = posterior("geometric", 4.0)
    random = np.random.default_rng([1, 99])
    whole = LAWS["geometric"].scaled(4e5).realised(random)
    seen = drawn_spectrum(whole, 1 / 4, random)
    draw = RandomDocuments(whole.documents, float(seen.documents))
    again, other = deconvolve(seen, draw, 1), deconvolve(seen, draw, 2)
    assert (first.shares == again.shares).all()
    assert (first.shares != other.shares).any()
    assert np.median(first.retention()) == pytest.approx(np.median(other.retention()), abs=0.005)


def test_laws_are_shares_and_their_misfit_is_small() -> None:
    _, found = posterior("power", 16.0)
    assert found.shares.sum(axis=1) == pytest.approx(np.ones(len(found.shares)))
    assert (found.shares >= 0).all()
    assert found.misfit < 3


def test_a_peaked_law_misfits() -> None:
    random = np.random.default_rng(3)
    whole = mixed("", [(0.5, UNIT), (0.5, copies(40, 1.0))], 1e6).realised(random)
    seen = drawn_spectrum(whole, 1 / 4, random)
    peaked = deconvolve(seen, RandomDocuments(whole.documents, float(seen.documents)), 1)
    assert peaked.misfit > 3 * posterior("power", 4.0)[1].misfit


def test_retention_of_a_part_against_drawing_it() -> None:
    """Documents in groups of 1, 2, 3 and 20, of which a part is drawn one by one."""
    sizes, groups = np.array([1, 2, 3, 20]), np.array([40_000, 15_000, 10_000, 3000])
    documents = sizes * groups
    grid = size_grid(60.0, 1.05)
    shares = np.zeros((1, grid.bins))
    at = np.searchsorted(grid.sizes[grid.starts], sizes)
    assert (grid.sizes[grid.starts[at]] == sizes).all()
    shares[0, at] = documents / documents.sum()
    group = np.repeat(np.arange(groups.sum()), np.repeat(sizes, groups))
    random = np.random.default_rng(5)
    for part in (0.02, 0.3, 0.9, 1.0):
        drawn = [group[random.random(len(group)) < part] for _ in range(5)]
        kept = sum(len(np.unique(each)) for each in drawn) / sum(map(len, drawn))
        assert law_retention(grid, shares, part)[0] == pytest.approx(kept, abs=0.005)


def test_a_part_keeps_more_the_smaller_it_is() -> None:
    _, found = posterior("power", 4.0)
    parts = np.array([1e-12, 1e-4, 0.01, 0.1, 0.5, 0.8, 0.999, 1.0])
    kept = np.array([found.retention(part) for part in parts])
    assert (np.diff(kept, axis=0) < 0).all()
    assert kept[0] == pytest.approx(np.ones(len(found.shares)), abs=1e-6)
    assert kept[-2] == pytest.approx(kept[-1], rel=0.01)


def test_every_law_may_have_a_part_of_its_own() -> None:
    _, found = posterior("power", 4.0)
    parts = np.linspace(0.1, 0.9, len(found.shares))
    own = found.retention(parts)
    for place in (0, 100, len(parts) - 1):
        assert own[place] == pytest.approx(found.retention(parts[place])[place])


def test_shards_are_recovered() -> None:
    """16 of 64 shards; groups held by 1, 2, 4, … shards: retention is groups over holdings."""
    random = np.random.default_rng(6)
    held = np.repeat([1, 2, 3, 4, 6, 9, 14], [20_000, 6000, 3000, 1800, 900, 500, 250])
    times = random.hypergeometric(held, 64 - held, 16)
    sizes, groups = np.unique(times[times > 0], return_counts=True)
    seen = Spectrum(sizes, groups)
    found = deconvolve(seen, WholeShards(64, 16, float(seen.documents)), 1)
    truth = len(held) / held.sum()
    low, high = interval(found)
    assert low < truth < high
    assert high - low < 0.06


def test_a_partial_census_is_recovered() -> None:
    random = np.random.default_rng(7)
    law = LAWS["singles and power"].scaled(1e6)
    chance = law.sizes * law.groups / law.documents
    size = random.choice(law.sizes, 10_000, p=chance / chance.sum()).astype(int)
    times = 1 + random.binomial(size - 1, 0.25)
    sizes, probes = np.unique(times, return_counts=True)
    found = deconvolve(Spectrum(sizes, probes), Probes(1e6, 2.5e5, 10_000.0), 1)
    low, high = interval(found)
    assert low < law.retention < high
    assert high - low < 0.06


def test_the_mode_is_a_peak() -> None:
    """The gradient by hand, from differences of the posterior, is nothing there."""
    seen = spectrum_from_pairs([(1, 8000), (2, 700), (3, 120), (4, 40), (5, 11), (9, 3), (30, 1)])
    problem = problem_of(observe(seen, RandomDocuments(8e4, float(seen.documents)), LAW_RATIO))
    found = problem.mode()
    mode, root = found.z, found.spread
    step = 1e-4
    around = mode + step * np.vstack([np.eye(problem.dimensions), -np.eye(problem.dimensions)])
    up, down = np.split(problem.log_posterior(around), 2)
    assert (up - down) / (2 * step) == pytest.approx(np.zeros(problem.dimensions), abs=0.02)
    random = np.random.default_rng(1)
    others = mode + 0.3 * random.standard_normal((300, problem.dimensions)) @ root.T
    assert problem.log_posterior(others).max() <= problem.log_posterior(mode[None])[0] + 1e-6


def test_an_atom_adds_one_size() -> None:
    seen = spectrum_from_pairs([(1, 800), (2, 70), (3, 12)])
    draw = RandomDocuments(8e3, float(seen.documents))
    observation = observe(seen, draw, LAW_RATIO)
    problem = problem_of(observation)
    shown = draw.expected(observation.edges, np.array([7.0]))[:, 0]
    peaked = problem.with_atom(shown, -4.0, 2.0)
    z = np.zeros((1, peaked.dimensions))
    assert peaked.dimensions == problem.dimensions + 1
    assert peaked.shares(z).sum() == pytest.approx(1.0)
    assert (peaked.expected[:, -1] == shown).all()
    z[0, -1] = 1.0
    lifted, flat = peaked.shares(z)[0], peaked.shares(0 * z)[0]
    assert lifted[-1] / lifted[3] == pytest.approx(flat[-1] / flat[3] * np.exp(2.0))


def test_resampling_is_in_proportion() -> None:
    weights = np.array([0.5, 0.0, 1.5, 2.0])
    places = resampled(weights, 400, np.random.default_rng(2))
    assert np.bincount(places, minlength=4) == pytest.approx([50, 0, 150, 200], abs=1)


@pytest.mark.parametrize("pairs", [[(1, 1)], [(2, 1)], [(1, 3), (7, 1)], [(100_000, 1)]])
def test_tiny_samples_have_laws(pairs: list[tuple[int, int]]) -> None:
    seen = spectrum_from_pairs(pairs)
    found = deconvolve(seen, RandomDocuments(100.0 * seen.documents, float(seen.documents)), 1)
    kept = found.retention()
    assert np.isfinite(kept).all()
    assert ((kept > 0) & (kept <= 1)).all()
