from __future__ import annotations

import numpy as np
import pytest

from pipeline.errors import ConfigError
from profiler.scaling.classes import (
    CENTRES,
    CUT_SHARE,
    STEPS,
    Member,
    class_prior,
    fit_prior,
    law_numbers,
    load_class,
)
from profiler.scaling.spectrum import Spectrum, spectrum_from_pairs


def test_the_shipped_class_is_whole_and_says_where_it_is_from() -> None:
    found = load_class("common-crawl")
    assert len(found.members) == 188
    assert len({member.name for member in found.members}) == 188
    assert "fineweb-2" in found.source
    assert found.licence.startswith("ODC-By")
    assert "MinHash" in found.what
    for member in found.members:
        assert (np.diff(member.spectrum.sizes) > 0).all()
        assert (member.spectrum.groups > 0).all()
        assert member.spectrum.sizes[0] >= 1
        assert member.spectrum.groups.dtype.kind in "iu"


@pytest.mark.parametrize(
    ("language", "retention"), [("deu_Latn", 0.199), ("cmn_Hani", 0.377), ("vie_Latn", 0.248)]
)
def test_languages_keep_what_was_published(language: str, retention: float) -> None:
    member = next(m for m in load_class("common-crawl").members if m.name == language)
    kept = member.spectrum.distinct / member.spectrum.documents
    assert kept == pytest.approx(retention, abs=0.001)


def test_an_unknown_class_is_an_error_with_a_suggestion() -> None:
    with pytest.raises(ConfigError, match="no such class; did you mean 'common-crawl'"):
        load_class("commoncrawl")


def geometric_spectrum(several: float, largest: int) -> Spectrum:
    """Survival beyond size m is several × 2^(1 - m), to the published cut."""
    groups, survival = 10**9, several
    pairs = [(1, round(groups * (1 - several)))]
    for size in range(2, largest + 1):
        pairs.append((size, round(groups * survival / 2)))
        survival /= 2
    return spectrum_from_pairs(pairs)


def test_numbers_of_a_law_by_hand() -> None:
    """Half of the groups have several documents, and survival halves with each further one."""
    numbers = law_numbers(geometric_spectrum(0.5, 10))
    assert len(numbers) == 1 + STEPS
    assert numbers[0] == pytest.approx(0.0, abs=0.01)  # the logit of a half
    sizes = np.exp(numbers[1:])
    assert (np.diff(sizes) >= 0).all()
    assert sizes[-1] == pytest.approx(10)  # the largest that is told, at the cut
    step = np.log(0.5 / CUT_SHARE) / STEPS  # of the logarithm of survival
    for place in (3, 8, 12):
        halvings = step * (place + 1) / np.log(2)
        between = np.interp(halvings, np.arange(10), np.log(np.arange(1, 11)))
        assert numbers[1 + place] == pytest.approx(between, abs=0.02)


def test_more_groups_with_copies_have_a_larger_number() -> None:
    numbers = [law_numbers(geometric_spectrum(several, 10))[0] for several in (0.1, 0.3, 0.7)]
    assert numbers == pytest.approx([np.log(s / (1 - s)) for s in (0.1, 0.3, 0.7)], abs=0.02)


def test_a_law_without_single_documents_has_numbers() -> None:
    numbers = law_numbers(spectrum_from_pairs([(2, 900), (5, 99), (20, 1)]))
    assert np.isfinite(numbers).all()
    assert numbers[0] > 5


def test_leaving_a_member_out_leaves_it_out() -> None:
    whole = load_class("common-crawl")
    without = whole.prior(without="deu_Latn")
    rest = fit_prior([member for member in whole.members if member.name != "deu_Latn"])
    assert (without.means == rest.means).all()
    assert (without.means != whole.prior().means).any()
    assert class_prior("common-crawl") is class_prior("common-crawl")


def test_the_prior_has_the_members_mean_and_spread_where_all_are_alike() -> None:
    """Members of one size of crawl: the mean at that centre, and the covariance, are theirs."""
    random = np.random.default_rng(1)
    members = []
    for _ in range(300):
        spectrum = geometric_spectrum(float(random.uniform(0.2, 0.6)), 10)
        scale = 10**8 / spectrum.documents
        groups = np.maximum(np.round(spectrum.groups * scale), 1).astype(np.int64)
        members.append(Member("", Spectrum(spectrum.sizes, groups)))
    prior = fit_prior(members)
    laws = np.array([law_numbers(member.spectrum) for member in members])
    at = int(np.argmin(np.abs(CENTRES - 8.0)))
    assert prior.means[at] == pytest.approx(laws.mean(axis=0), abs=0.05)
    variance = (prior.roots[at] @ prior.roots[at].T)[0, 0]
    assert variance == pytest.approx(laws[:, 0].var(), rel=0.1)


def test_deviates_of_nothing_are_the_mean_at_the_nearest_centre() -> None:
    prior = class_prior("common-crawl")
    z = np.zeros((3, 1 + STEPS))
    found = prior.numbers(z, np.array([5.0, CENTRES[4] + 0.1, 12.0]), np.ones(3))
    assert (found == prior.means[[0, 4, len(CENTRES) - 1]]).all()
    one = z.copy()
    one[:, 0] = 1.0
    moved = prior.numbers(one, np.full(3, 8.0), np.array([1.0, 2.0, 0.0]))
    base = prior.numbers(z, np.full(3, 8.0), np.ones(3))
    assert moved[1] - base[1] == pytest.approx(2 * (moved[0] - base[0]))
    assert (moved[2] == base[2]).all()


def test_drawn_laws_look_like_the_members() -> None:
    """Shares of groups with copies, as the prior draws them, span what the languages have."""
    prior, members = class_prior("common-crawl"), load_class("common-crawl").members
    random = np.random.default_rng(2)
    z = random.standard_normal((4000, 1 + STEPS))
    drawn = prior.numbers(z, np.full(4000, 8.0), np.ones(4000))[:, 0]
    near = [
        law_numbers(m.spectrum)[0] for m in members if abs(np.log10(m.spectrum.documents) - 8) < 0.6
    ]
    assert len(near) > 10
    assert np.median(drawn) == pytest.approx(np.median(near), abs=0.3)
    low, high = np.quantile(drawn, (0.005, 0.995))
    assert np.mean([low <= each <= high for each in near]) > 0.9
