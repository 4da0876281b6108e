from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from profiler.scaling.bounds import TOLERANCE, law_bounds
from profiler.scaling.laws import Probes, RandomDocuments, WholeShards
from profiler.scaling.ratio import NORMAL_95
from profiler.scaling.spectrum import Spectrum, spectrum_from_pairs
from profiler.scaling.truth.drawing import drawn_spectrum
from profiler.scaling.truth.populations import (
    Population,
    copies,
    geometric,
    lognormal,
    mixed,
    power_law,
)

SAMPLED = 20_000.0
HALF = copies(1, SAMPLED)
POPULATIONS = {
    "power": power_law(2.2, 1e4, SAMPLED),
    "heavy power and singles": mixed(
        "", [(0.6, HALF), (0.4, power_law(1.6, 300, SAMPLED))], SAMPLED
    ),
    "log-normal and singles": mixed(
        "", [(0.5, HALF), (0.5, lognormal(1, 1, 1e4, SAMPLED))], SAMPLED
    ),
    "geometric": geometric(4, SAMPLED),
    "singles": HALF,
    "pairs": copies(2, SAMPLED),
    "half in 90 copies": mixed("", [(0.5, HALF), (0.5, copies(90, SAMPLED))], SAMPLED),
}


def drawn(population: Population, ratio: float, seed: int) -> tuple[Population, Spectrum]:
    random = np.random.default_rng(seed)
    whole = population.scaled(SAMPLED * ratio).realised(random)
    return whole, drawn_spectrum(whole, 1 / ratio, random)


@pytest.mark.parametrize("name", POPULATIONS)
def test_bounds_hold_the_truth(name: str) -> None:
    held = []
    for ratio in (4, 16, 64, 1024):
        for seed in range(3):
            whole, seen = drawn(POPULATIONS[name], ratio, seed)
            draw = RandomDocuments(whole.documents, seen.documents)
            found = law_bounds(seen, draw)
            assert 0 <= found.low <= found.high <= 1
            held.append(found.low - 1e-9 <= whole.retention <= found.high + 1e-9)
    assert sum(held) >= 11


def test_bounds_are_informative_near_and_wide_far() -> None:
    widths = []
    for ratio in (2, 4, 16, 64):
        whole, seen = drawn(POPULATIONS["power"], ratio, 5)
        found = law_bounds(seen, RandomDocuments(whole.documents, seen.documents))
        widths.append(found.high - found.low)
    assert widths == sorted(widths)
    assert widths[0] < 0.03
    assert widths[-1] > 0.2


def test_a_whole_that_was_all_drawn_is_known() -> None:
    seen = spectrum_from_pairs([(1, 600), (2, 100), (5, 40)])
    found = law_bounds(seen, RandomDocuments(1000, 1000))
    assert found.low == pytest.approx(0.74)
    assert found.high == pytest.approx(0.74)
    little_more = law_bounds(seen, RandomDocuments(1010, 1000))
    assert little_more.high - little_more.low < 0.01


def test_groups_that_were_seen_are_the_floor() -> None:
    seen = spectrum_from_pairs([(50, 20)])
    assert law_bounds(seen, RandomDocuments(1100, 1000)).low >= 20 / 1100


def test_new_groups_come_no_faster_than_good_and_turing_say() -> None:
    """1,000 drawn of 5,000 in 640 groups, 500 of them met once."""
    seen = spectrum_from_pairs([(1, 500), (2, 100), (7, 40), (20, 1)])
    once = 500 + NORMAL_95 * math.sqrt(500)
    ceiling = (641 + 4000 * once / 1000) / 5000
    assert law_bounds(seen, RandomDocuments(5000, 1000)).high <= ceiling + 1e-12


def test_the_ceiling_binds_where_no_law_fits() -> None:
    """All that was seen came twice: no law of random draws does that, so the programme is slack."""
    seen = spectrum_from_pairs([(2, 10_000)])
    found = law_bounds(seen, RandomDocuments(200_000, 20_000))
    assert found.tolerance > TOLERANCE
    assert found.high == pytest.approx((10_000 + 180_000 * NORMAL_95 / 20_000) / 200_000)


def test_no_pair_seen_is_no_proof_of_none() -> None:
    found = law_bounds(spectrum_from_pairs([(1, 1000)]), RandomDocuments(100_000, 1000))
    assert found.high == 1.0
    assert found.low < 0.9


def test_the_low_end_is_near_for_pairs() -> None:
    whole, seen = drawn(POPULATIONS["pairs"], 16, 1)
    found = law_bounds(seen, RandomDocuments(whole.documents, seen.documents))
    assert 0.15 < found.low < 0.5 <= found.high + 1e-9


def test_noisier_counts_give_wider_bounds() -> None:
    _, seen = drawn(POPULATIONS["geometric"], 8, 2)
    draw = RandomDocuments(8 * SAMPLED, seen.documents)
    found = [law_bounds(seen, draw, inflation) for inflation in (1.0, 4.0, 16.0)]
    for calm, noisy in pairwise(found):
        assert noisy.low < calm.low
        assert noisy.high >= calm.high


@pytest.mark.parametrize("part", [0.05, 0.3, 1.0])
def test_bounds_of_a_census_hold_the_truth(part: float) -> None:
    """Probes of a whole of singles and groups of 8; copies counted in a part of it."""
    truth = 0.6 + 0.4 / 8
    held = 0
    for seed in range(8):
        random = np.random.default_rng(seed)
        of_eight = random.random(4000) < 0.4
        times = 1 + of_eight * random.binomial(7, part, 4000)
        sizes, groups = np.unique(times, return_counts=True)
        found = law_bounds(Spectrum(sizes, groups), Probes(1e6, part * 1e6, 4000.0))
        held += found.low <= truth <= found.high
    assert held >= 7
    if part == 1.0:
        assert found.high - found.low < 0.04


def test_bounds_over_shards_hold_the_truth() -> None:
    """12 of 96 shards; half of the groups lie in one shard each, half in six."""
    random = np.random.default_rng(4)
    one = random.hypergeometric(1, 95, 12, 6000)
    six = random.hypergeometric(6, 90, 12, 6000)
    times = np.concatenate([one, six])
    sizes, groups = np.unique(times[times > 0], return_counts=True)
    seen = Spectrum(sizes, groups)
    found = law_bounds(seen, WholeShards(96, 12, float(seen.documents)))
    assert found.low <= 12_000 / 42_000 <= found.high
    assert found.high - found.low < 0.3


@pytest.mark.parametrize("times", [3, 5, 8])
def test_laws_that_barely_fit_do_not_make_bounds_narrow(times: int) -> None:
    """Exactly k copies each are no mixture of the bins: the bounds are loosened, and hold."""
    held = 0
    for seed in range(5):
        whole, seen = drawn(copies(times, SAMPLED), 4, seed)
        found = law_bounds(seen, RandomDocuments(whole.documents, seen.documents))
        held += found.low - 1e-9 <= whole.retention <= found.high + 1e-9
    assert held >= 4
