from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from pipeline.errors import CorpuscostError
from profiler.record.schema import SPECTRUM
from profiler.scaling.quantity import Estimate
from profiler.scaling.ratio import random_ranks
from profiler.scaling.spectrum import (
    Spectrum,
    dedup_band,
    dedup_retention,
    planning_draws,
    planning_point,
    spectrum_from_pairs,
    spectrum_of,
    unseen_groups,
)

Law = list[tuple[int, int]]


def thinned(law: Iterable[tuple[int, int]], fraction: float, seed: int) -> Spectrum:
    """Spectrum of a sample: a group of k documents shows Binomial(k, fraction) of them."""
    random = np.random.default_rng(seed)
    seen: Law = []
    for size, groups in law:
        spread = 8 * np.sqrt(size * fraction * (1 - fraction))
        first = int(max(0, size * fraction - spread - 1))
        sizes = np.arange(first, int(min(size, size * fraction + spread + 20)) + 1)
        shares = binom.pmf(sizes, size, fraction)
        drawn = random.multinomial(groups, shares / shares.sum())
        seen += [(int(j), int(g)) for j, g in zip(sizes, drawn, strict=True) if j and g]
    return spectrum_from_pairs(seen)


def zipf_law(exponent: float, largest: int, groups: int) -> Law:
    sizes = np.arange(1, largest + 1)
    counts = np.round(groups * sizes**-exponent).astype(int)
    return [(int(k), int(g)) for k, g in zip(sizes, counts, strict=True) if g]


def geometric_law(ratio: float, groups: int) -> Law:
    return [(k, int(groups * ratio ** (k - 1))) for k in range(1, 40) if groups * ratio ** (k - 1)]


LAWS: dict[str, Law] = {
    "no duplicates": [(1, 1_000_000)],
    "all pairs": [(2, 500_000)],
    "all in threes": [(3, 300_000)],
    "half in ninety copies": [(1, 500_000), (90, 5556)],
    "zipf 2": zipf_law(2.0, 100, 400_000),
    "zipf 3": zipf_law(3.0, 80, 700_000),
    "geometric": geometric_law(0.7, 200_000),
    "one giant": [(1, 600_000), (400_000, 1)],
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("ratio", [4, 16, 64])
def test_truth_lies_in_the_band(law: str, ratio: int) -> None:
    documents = sum(k * g for k, g in LAWS[law])
    truth = sum(g for _, g in LAWS[law]) / documents
    held = 0
    for seed in range(20):
        sample = thinned(LAWS[law], 1 / ratio, seed)
        found = dedup_retention(sample, sample.documents, documents, seed)
        assert found.state == "bounds"
        assert found.point is None
        held += found.low <= truth <= found.high + 1e-12
    assert held >= 17


def test_low_end_is_sharp_for_pairs() -> None:
    """Groups all of size 2 are the law that the bound is exact for; with replacement it is not."""
    sample = thinned([(2, 5_000_000)], 1 / 16, 1)
    found = dedup_retention(sample, sample.documents, 10_000_000)
    assert 0.47 < found.low < 0.5


def test_unseen_groups_by_hand() -> None:
    unseen = unseen_groups(np.array([100.0, 100.0, 0.0]), np.array([10.0, 0.0, 5.0]), 0.5)
    assert unseen == pytest.approx([10_000 / 120, 100.0, 0.0])


def test_no_pair_seen_is_no_proof_of_none() -> None:
    found = dedup_retention(spectrum_from_pairs([(1, 1000)]), 1000, 100_000)
    assert found.high == 1.0
    assert found.low < 0.9


def test_whole_that_is_the_sample_is_measured() -> None:
    spectrum = spectrum_from_pairs([(1, 600), (2, 100), (5, 40)])
    found = dedup_retention(spectrum, 1000, 1000)
    assert found.state == "estimate"
    assert found.point == 0.74
    assert found.low < 0.74 < found.high


def test_part_of_the_sample_is_rarefied() -> None:
    spectrum = spectrum_from_pairs([(2, 500)])
    found = dedup_retention(spectrum, 1000, 500)
    assert found.point == pytest.approx(0.75)  # half of the pairs' members: (1 - 1/4) / (2 × 1/2)
    assert found.state == "estimate"


def test_nothing_sampled_is_bounds_from_zero_to_one() -> None:
    found = dedup_retention(spectrum_from_pairs([]), 0, 1e9)
    assert (found.point, found.low, found.high, found.state) == (None, 0.0, 1.0, "bounds")


def test_groups_of_the_sample_are_the_least_of_the_whole() -> None:
    found = dedup_retention(spectrum_from_pairs([(50, 20)]), 1000, 1100)
    assert found.low >= 20 / 1100
    assert found.low <= found.high


def test_method_names_both_ends_and_the_reason() -> None:
    method = dedup_retention(spectrum_from_pairs([(1, 90), (2, 5)]), 100, 10_000).method
    for words in ("naive rate above", "Chao1", "p²", "p = 0.01"):
        assert words in method


small_spectra = st.lists(
    st.tuples(st.integers(1, 60), st.integers(1, 500)), min_size=1, max_size=6
).map(spectrum_from_pairs)


@given(small_spectra)
def test_retention_falls_as_the_whole_grows(spectrum: Spectrum) -> None:
    documents = spectrum.documents
    totals = documents * np.array([1.5, 2.0, 10.0, 1e3, 1e6])
    low, high = dedup_band(spectrum, documents, totals)
    assert (np.diff(low) <= 1e-12).all()
    assert (np.diff(high) <= 0).all()
    assert (low <= high).all()
    assert (low * totals >= spectrum.distinct * (1 - 1e-9)).all()
    assert (high >= spectrum.distinct / documents).all()


@given(small_spectra, st.integers(0, 10))
def test_band_is_determined_by_its_seed(spectrum: Spectrum, seed: int) -> None:
    total = spectrum.documents * 7.0
    found = dedup_retention(spectrum, spectrum.documents, total, seed)
    assert found == dedup_retention(spectrum, spectrum.documents, total, seed)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 50)), max_size=12))
def test_pairs_add_in_any_order(pairs: Law) -> None:
    first, second = spectrum_from_pairs(pairs), spectrum_from_pairs(reversed(pairs))
    assert first.sizes.tolist() == second.sizes.tolist()
    assert first.groups.tolist() == second.groups.tolist()
    assert first.documents == sum(k * g for k, g in pairs)
    assert first.groups_of(3) == sum(g for k, g in pairs if k == 3)


def test_impossible_spectra_are_refused() -> None:
    with pytest.raises(CorpuscostError, match="3 groups of size 0"):
        spectrum_from_pairs([(0, 3)])


def test_spectrum_of_one_stage() -> None:
    blank = {"docs": 0, "bytes": 0, "kept_bytes": 0, "kept_tokens": None}
    rows = [
        {"stage": "near", "size": 2, "groups": 7, **blank},
        {"stage": "exact", "size": 1, "groups": 5, **blank},
        {"stage": "near", "size": 1, "groups": 9, **blank},
    ]
    found = spectrum_of(pa.Table.from_pylist(rows, SPECTRUM), "near")
    assert found.sizes.tolist() == [1, 2]
    assert found.groups.tolist() == [9, 7]


def test_planning_is_uniform_between_the_bounds() -> None:
    band = Estimate(None, 0.2, 0.8, "", "bounds")
    draws = planning_draws(band, random_ranks(1001, np.random.default_rng(1)))
    assert planning_point(band) == pytest.approx(0.5)
    assert np.quantile(draws, (0.0, 0.25, 0.5, 1.0)) == pytest.approx(
        [0.2, 0.35, 0.5, 0.8], abs=0.001
    )


def test_published_spectra_of_common_crawl() -> None:
    shared = os.environ.get("CORPUSCOST_SHARED")
    if not shared:
        pytest.skip("CORPUSCOST_SHARED is not set: real spectra are not at hand")
    data = json.loads((Path(shared) / "spectra" / "fineweb2.json").read_text())["populations"]
    populations = list(data.values()) if isinstance(data, dict) else data
    held = []
    for seed, population in enumerate(populations[::9]):
        law = [(int(size), int(groups)) for size, groups in population["spectrum"]]
        documents = sum(size * groups for size, groups in law)
        truth = sum(groups for _, groups in law) / documents
        for ratio in (4, 16, 64):
            sample = thinned(law, 1 / ratio, seed)
            found = dedup_retention(sample, sample.documents, documents)
            held.append(found.low <= truth <= found.high)
    assert len(held) >= 60
    assert np.mean(held) >= 0.95
