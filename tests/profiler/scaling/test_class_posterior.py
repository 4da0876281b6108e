from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest

from profiler.scaling.class_posterior import PARTICLES, ClassPosterior, class_posterior
from profiler.scaling.classes import LawPrior, class_prior, load_class
from profiler.scaling.spectrum import Spectrum, spectrum_from_pairs
from profiler.scaling.truth.drawing import drawn_spectrum
from profiler.scaling.truth.populations import Population, copies

RATIO = 300.0


@cache
def left_out(language: str) -> tuple[Population, LawPrior]:
    found = load_class("common-crawl")
    spectrum = next(m for m in found.members if m.name == language).spectrum
    law = Population(language, spectrum.sizes * 1.0, spectrum.groups * 1.0)
    return law, found.prior(without=language)


def sample(law: Population, ratio: float = RATIO, sampled: float = 3e5) -> tuple[Spectrum, float]:
    seen = drawn_spectrum(law.scaled(ratio * sampled), 1 / ratio, np.random.default_rng(8))
    return seen, ratio * sampled


@cache
def found_for(language: str, with_tail: bool = False, seed: int = 1) -> ClassPosterior:
    law, prior = left_out(language)
    seen, total = sample(law)
    return class_posterior(seen, total, prior, seed, with_tail)


@pytest.mark.parametrize("language", ["deu_Latn", "tha_Thai"])
def test_a_language_left_out_is_explained(language: str) -> None:
    found = found_for(language)
    truth = left_out(language)[0].retention
    low, high = np.quantile(found.draws, (0.02, 0.98))
    assert low < truth < high
    assert high - low < 0.2
    assert found.found
    assert found.draws.shape == (PARTICLES,)
    assert found.p_value > 0.01
    assert found.chi2 < 20
    assert math.isfinite(found.log_evidence)
    assert not found.has_tail


def test_the_seed_determines_the_draws() -> None:
    law, prior = left_out("tha_Thai")
    seen, total = sample(law)
    again = class_posterior(seen, total, prior, 1, False)
    other = class_posterior(seen, total, prior, 2, False)
    assert (found_for("tha_Thai").draws == again.draws).all()
    assert (again.draws != other.draws).any()
    assert np.median(again.draws) == pytest.approx(np.median(other.draws), abs=0.02)
    assert again.log_evidence == pytest.approx(other.log_evidence, abs=2.0)


def test_the_evidence_tells_a_cut_law_from_one_with_its_tail() -> None:
    """The largest thousandth of the groups: left out as published, or Pareto's beyond the cut."""
    law, prior = left_out("deu_Latn")
    assert found_for("deu_Latn", True).has_tail
    cut = found_for("deu_Latn").log_evidence - found_for("deu_Latn", True).log_evidence
    assert cut > 3
    beyond = np.geomspace(law.sizes[-1] * 1.05, law.sizes[-1] * 1e4, 120)
    groups = beyond**-1.3
    groups *= 0.001 * law.groups.sum() / groups.sum()
    tailed = Population("", np.append(law.sizes, np.round(beyond)), np.append(law.groups, groups))
    assert tailed.retention < law.retention - 0.01
    seen, total = sample(tailed)
    bare, tail = (class_posterior(seen, total, prior, 1, has) for has in (False, True))
    assert tail.log_evidence > bare.log_evidence + 3
    low, high = np.quantile(tail.draws, (0.05, 0.95))
    assert low < tailed.retention < high


def test_a_sample_far_from_the_class_has_no_p_value() -> None:
    """Everything in three copies: pairs, and next to nothing that is seen more often."""
    seen, total = sample(copies(3, 1.0))
    found = class_posterior(seen, total, class_prior("common-crawl"), 1, False)
    assert found.p_value < 0.01


def test_a_sample_that_the_class_cannot_reach_is_said_to_be_so() -> None:
    """Seven groups of 40,000 and nothing else that has a copy: every law needs pairs."""
    seen = spectrum_from_pairs([(1, 10_000), (40_000, 700)])
    found = class_posterior(seen, 1000.0 * seen.documents, class_prior("common-crawl"), 1, False)
    assert not found.found or found.chi2 > 100
    assert found.p_value < 0.01
