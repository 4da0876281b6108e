"""Wholes with known answers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import zeta

from profiler.scaling.truth.populations import (
    Population,
    copies,
    geometric,
    lognormal,
    mixed,
    power_law,
    repeated_law,
    smooth_law,
    unique_law,
)
from profiler.scaling.truth.wholes import (
    CLASS,
    TAIL_SHARE,
    diluted,
    foreigners,
    languages,
    multiplied,
    population_of,
    prior_without,
    with_tail,
)


def test_copies_keep_one_in_k() -> None:
    assert copies(5, 1e6).retention == pytest.approx(0.2)
    assert copies(5, 1e6).documents == pytest.approx(1e6)


def test_power_law_keeps_a_ratio_of_zetas() -> None:
    found = power_law(3.0, 1e6, 1e9)
    assert found.documents == pytest.approx(1e9)
    assert found.retention == pytest.approx(zeta(3) / zeta(2), rel=2e-4)


def test_geometric_sizes_have_their_mean() -> None:
    assert geometric(5.0, 1e6).retention == pytest.approx(1 / 5, rel=1e-3)


def test_lognormal_sizes_have_about_their_mean() -> None:
    found = lognormal(5.0, 0.3, 1e5, 1e6)  # far above one: the discrete law is the continuous one
    assert 1 / found.retention == pytest.approx(math.exp(5.0 + 0.3**2 / 2), rel=0.01)


def test_mixed_keeps_the_mean_of_its_parts_by_documents() -> None:
    found = mixed("m", [(0.25, copies(1, 1)), (0.75, copies(3, 1))], 1e6)
    assert found.retention == pytest.approx(0.25 + 0.75 / 3)
    assert found.documents == pytest.approx(1e6)


def test_scaled_is_the_same_law() -> None:
    found = power_law(2.2, 1e4, 1e6)
    assert found.scaled(1e8).retention == pytest.approx(found.retention)


def test_realised_groups_are_whole_and_near_the_law() -> None:
    law = power_law(2.2, 1e4, 1e8)
    found = law.realised(np.random.default_rng(1))
    assert (found.groups == np.round(found.groups)).all()
    assert (found.groups > 0).all()
    assert found.retention == pytest.approx(law.retention, rel=0.02)


@pytest.mark.parametrize("make", [smooth_law, unique_law, repeated_law])
def test_random_laws_have_their_documents(make: object) -> None:
    for seed in range(12):
        found = make(1e7, np.random.default_rng(seed))  # type: ignore[operator]
        assert found.documents == pytest.approx(1e7)
        assert 0 < found.retention <= 1
        assert (np.diff(found.sizes) > 0).all()


def test_the_class_is_there_and_large_enough() -> None:
    assert len(languages()) == 188
    assert 20 < len(languages(1e8)) < 100
    assert len(languages(1e7, 1e8)) > 20
    retained = {m.name: population_of(m).retention for m in languages()}
    assert retained["deu_Latn"] == pytest.approx(0.20, abs=0.01)  # as published


def test_a_prior_without_a_language_is_another_one() -> None:
    from profiler.scaling.classes import class_prior

    assert not np.allclose(prior_without("deu_Latn").means, class_prior(CLASS).means)


def test_a_tail_adds_its_share_of_groups_beyond_the_cut() -> None:
    cut = population_of(languages(1e8)[0])
    found = with_tail(cut, np.random.default_rng(3))
    beyond = found.sizes > cut.sizes[-1]
    assert found.groups[beyond].sum() == pytest.approx(TAIL_SHARE * cut.groups.sum())
    assert found.groups[~beyond] == pytest.approx(cut.groups)
    assert found.sizes[-1] <= 1e6
    assert found.retention < cut.retention


def test_shifts_change_retention_as_they_must() -> None:
    web = Population("web", np.array([1.0, 4.0]), np.array([6.0, 1.0]))  # 7 groups, 10 documents
    assert multiplied(web, 2).retention == pytest.approx(0.35)
    assert diluted(web, 0.3).retention == pytest.approx(10 / 13)  # three more singles


def test_foreigners_are_many_named_apart_and_of_the_size_asked() -> None:
    found = foreigners(1e8, np.random.default_rng(0))
    assert len(found) >= 38
    assert {p.name for p in found.values()} == set(found)
    for population in found.values():
        assert population.documents == pytest.approx(1e8)
