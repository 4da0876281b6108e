from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import binom

from profiler.scaling.class_law import TIMES, ClassTables, class_shows, class_tables, times_counts
from profiler.scaling.classes import CUT_SHARE, STEPS, Member, law_numbers, load_class
from profiler.scaling.laws import Floats
from profiler.scaling.spectrum import spectrum_from_pairs

MEMBERS = {member.name: member for member in load_class("common-crawl").members}
LANGUAGES = ("deu_Latn", "vie_Latn", "cmn_Hani", "ell_Grek", "slk_Latn")


def shown(
    tables: ClassTables,
    numbers: Floats,
    fraction: float,
    depth: float = 1.0,
    tail: tuple[float, float] = (0.0, 1.0),
) -> tuple[Floats, float]:
    one = np.ones(1)
    found, retention = class_shows(
        tables, numbers[None], one * tail[0], one * tail[1], one * depth, fraction
    )
    return found[0], float(retention[0])


def thinned(member: Member, fraction: float) -> Floats:
    """Groups seen 2, 3, … times per sampled document, binomial by binomial."""
    sizes, groups = member.spectrum.sizes, member.spectrum.groups.astype(float)
    counts = [
        (
            groups * (binom.cdf(high - 1, sizes, fraction) - binom.cdf(low - 1, sizes, fraction))
        ).sum()
        for low, high in pairwise(TIMES)
    ]
    return np.array(counts) / (fraction * member.spectrum.documents)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_published_law_keeps_what_was_published(language: str) -> None:
    spectrum = MEMBERS[language].spectrum
    _, retention = shown(class_tables(0.01, 0.9), law_numbers(spectrum), 0.01)
    assert retention == pytest.approx(spectrum.distinct / spectrum.documents, abs=0.005)


@pytest.mark.parametrize("fraction", [0.001, 0.02])
@pytest.mark.parametrize("language", LANGUAGES[:3])
def test_what_a_sample_shows_is_binomial_thinning(language: str, fraction: float) -> None:
    member = MEMBERS[language]
    found, _ = shown(class_tables(fraction, 0.9), law_numbers(member.spectrum), fraction)
    wanted = thinned(member, fraction)
    several = wanted > 1e-5  # ten groups of a million documents
    assert several.sum() >= 2
    assert found[several] == pytest.approx(wanted[several], rel=0.08)


@pytest.mark.parametrize("depth", [0.5, 0.05])
def test_a_part_of_a_crawl_is_the_crawl_thinned(depth: float) -> None:
    """A sample of a part is a smaller sample of the crawl; the part keeps more of its documents."""
    spectrum = MEMBERS["deu_Latn"].spectrum
    tables = class_tables(0.01, 0.9 * depth)
    numbers = law_numbers(spectrum)
    found, retention = shown(tables, numbers, 0.01, depth)
    same, _ = shown(class_tables(0.01 * depth, 0.9), numbers, 0.01 * depth)
    assert found == pytest.approx(same, rel=0.01)
    sizes, groups = spectrum.sizes, spectrum.groups.astype(float)
    kept = (groups * -np.expm1(sizes * np.log1p(-depth))).sum() / (depth * spectrum.documents)
    assert retention == pytest.approx(kept, abs=0.01)


def test_a_tail_is_paretos_beyond_the_cut() -> None:
    """One group in a thousand is larger than the cut: they hold documents, and show in a sample."""
    numbers = law_numbers(MEMBERS["deu_Latn"].spectrum)
    tables = class_tables(1e-3, 0.9)
    bare, kept = shown(tables, numbers, 1e-3)
    for index, reach in ((1.3, 1e3), (1.1, 1e4)):
        found, less = shown(tables, numbers, 1e-3, tail=(index, reach))
        cut = np.exp(numbers[-1])
        mean = cut * index / (index - 1) * (1 - reach ** (1 - index)) / (1 - reach**-index)
        documents = (1 - CUT_SHARE) / kept  # without the last thousandth of the groups
        assert 1 / less - documents == pytest.approx(CUT_SHARE * mean, rel=0.1)
        assert found[-2:].sum() > bare[-2:].sum()


def test_laws_do_not_disturb_each_other() -> None:
    numbers = np.array([law_numbers(MEMBERS[name].spectrum) for name in LANGUAGES])
    tables = class_tables(0.01, 0.9)
    many = len(numbers)
    found, retention = class_shows(
        tables, numbers, np.full(many, 1.3), np.full(many, 1e3), np.ones(many), 0.01
    )
    for place in range(many):
        alone, kept = shown(tables, numbers[place], 0.01, tail=(1.3, 1e3))
        assert found[place] == pytest.approx(alone)
        assert retention[place] == pytest.approx(kept)


def test_odd_numbers_give_laws_all_the_same() -> None:
    """Draws may cross: sizes that fall, a share of nearly all or nearly none."""
    random = np.random.default_rng(1)
    numbers = 3 * random.standard_normal((200, 1 + STEPS))
    found, retention = class_shows(
        class_tables(0.01, 0.9), numbers, np.full(200, 1.2), np.full(200, 1e4), np.ones(200), 0.01
    )
    assert np.isfinite(found).all()
    assert (found >= 0).all()
    assert ((retention > 0) & (retention <= 1)).all()


def test_counts_by_times_leave_singles_out() -> None:
    seen = spectrum_from_pairs([(1, 900), (2, 40), (8, 3), (9, 2), (19, 1), (20, 1), (1000, 4)])
    found = times_counts(seen)
    assert len(found) == len(TIMES) - 1
    assert found[0] == 40
    assert found[6] == 3
    assert found[7] == 3  # from 9 to 19
    assert found[8] == 1
    assert found[-1] == 4
    assert found.sum() == 51


def test_tables_hold_shares_of_groups() -> None:
    tables = class_tables(0.02, 0.5)
    assert np.exp(tables.log_fractions[[0, -1]]) == pytest.approx([0.01, 0.02])
    at = int(np.searchsorted(tables.sizes, 7.0))
    assert tables.sizes[at] == 7.0
    assert tables.shown[-1, at, :3] == pytest.approx(binom.pmf([2, 3, 4], 7, 0.02))
