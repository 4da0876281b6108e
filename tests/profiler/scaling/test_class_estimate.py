from __future__ import annotations

import math

import numpy as np
import pytest

from profiler.scaling.bounds import Bounds
from profiler.scaling.class_estimate import DRAWS, estimate_in_class, far_out_stretch, misfit
from profiler.scaling.class_posterior import ClassPosterior
from profiler.scaling.classes import class_prior, load_class
from profiler.scaling.spectrum import Spectrum
from profiler.scaling.truth.drawing import drawn_spectrum
from profiler.scaling.truth.populations import Population, copies, mixed

SAMPLED = 3e5
ANY = Bounds(0.0, 1.0, 2.0)
CLASS = load_class("common-crawl")


def language(name: str) -> Population:
    spectrum = next(m for m in CLASS.members if m.name == name).spectrum
    return Population(name, spectrum.sizes * 1.0, spectrum.groups * 1.0)


def sample(law: Population, ratio: float, seed: int = 8) -> tuple[Spectrum, float]:
    whole = law.scaled(ratio * SAMPLED)
    return drawn_spectrum(whole, 1 / ratio, np.random.default_rng(seed)), whole.documents


@pytest.mark.parametrize(
    ("name", "ratio"), [("deu_Latn", 100.0), ("cmn_Hani", 300.0), ("fin_Latn", 1000.0)]
)
def test_a_language_left_out_lies_within_the_interval(name: str, ratio: float) -> None:
    law = language(name)
    seen, total = sample(law, ratio)
    found = estimate_in_class(seen, total, CLASS.prior(without=name), 1, ANY)
    low, high = np.quantile(found.draws, (0.05, 0.95))
    assert not found.refused
    assert low <= law.retention <= high
    assert high - low < 0.2
    assert np.median(found.draws) == pytest.approx(law.retention, abs=0.06)
    assert len(found.draws) == DRAWS
    assert 0 <= found.tail_share <= 1


UNIT = copies(1, 1.0)
FOREIGN = {
    "everything in 20 copies": copies(20, 1.0),
    "half in 200 copies": mixed("", [(0.5, UNIT), (0.5, copies(200, 1.0))], 1.0),
    "everything in 3 copies": copies(3, 1.0),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_law_of_another_kind_is_refused(name: str) -> None:
    seen, total = sample(FOREIGN[name], 100.0)
    found = estimate_in_class(seen, total, class_prior("common-crawl"), 1, ANY)
    assert found.refused


def test_a_median_outside_the_samples_own_bounds_is_refused() -> None:
    seen, total = sample(language("tha_Thai"), 100.0)
    bounds = Bounds(0.6, 0.8, 2.0)
    found = estimate_in_class(seen, total, class_prior("common-crawl"), 1, bounds)
    assert "outside the bounds that the sample sets" in found.refused
    assert found.draws.min() >= 0.6
    assert found.draws.max() <= 0.8


def posterior(p_value: float, chi2: float, strain: float) -> ClassPosterior:
    return ClassPosterior(np.full(3, 0.5), 0.0, p_value, chi2, strain, False, True)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (posterior(0.5, 3.0, 0.0), ""),
        (posterior(0.01, 20.0, 8.0), ""),
        (posterior(0.009, 3.0, 0.0), "few samples of the class lie as far out"),
        (posterior(0.5, 20.1, 0.0), "no law of the class fits the counts well"),
        (posterior(0.5, 3.0, 8.1), "far from the class's members"),
        (posterior(0.5, math.inf, 0.0), "no law of the class fits"),
    ],
)
def test_each_test_of_misfit_speaks(found: ClassPosterior, words: str) -> None:
    said = misfit(found, 0.01, 20.0, 8.0)
    assert said == "" if not words else words in said


def test_intervals_are_wider_the_farther_out_a_sample_lies() -> None:
    assert far_out_stretch(1.0) == far_out_stretch(0.2) == 1.0
    assert far_out_stretch(0.02) == pytest.approx(3.0)
    assert 1 < far_out_stretch(0.15) < far_out_stretch(0.1) < far_out_stretch(0.01)


def test_parts_of_a_larger_crawl_than_all_others_mostly_lie_within_the_interval() -> None:
    """Left out, Chinese is beyond the members: its samples are far out, and told so."""
    law = language("cmn_Hani")
    held = []
    for seed in range(8):
        random = np.random.default_rng(seed)
        kept = drawn_spectrum(law.realised(random), 1e8 / law.documents, random)
        whole = Population(law.name, kept.sizes * 1.0, kept.groups * 1.0)
        seen = drawn_spectrum(whole, 1e6 / whole.documents, random)
        found = estimate_in_class(seen, whole.documents, CLASS.prior(without=law.name), 1, ANY)
        low, high = np.quantile(found.draws, (0.05, 0.95))
        assert "few samples of the class lie as far out" in found.doubt
        assert high - low < 0.06
        held.append(low <= whole.retention <= high)
    assert np.mean(held) > 0.6  # 0.2 with intervals as wide as those of the members
