from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, hypergeom

from profiler.scaling.laws import (
    Draw,
    Probes,
    RandomDocuments,
    WholeShards,
    binomial_between,
    observe,
    size_grid,
    times_edges,
)
from profiler.scaling.spectrum import spectrum_from_pairs

ONE_BY_ONE = np.arange(1, 42, dtype=np.float64)  # edges: every number of times seen is a bin


def test_random_documents_against_a_draw_of_every_document() -> None:
    """60,000 documents in groups of m, each drawn with probability 0.2."""
    random = np.random.default_rng(1)
    sizes = np.array([1, 2, 5, 30])
    expected = RandomDocuments(60_000, 12_000).expected(ONE_BY_ONE, sizes.astype(float))
    for place, size in enumerate(sizes):
        document = np.repeat(np.arange(60_000 // size), size)
        drawn = document[random.random(60_000) < 0.2]
        seen = np.bincount(np.bincount(drawn), minlength=41)[1:41]
        off = (seen - expected[:, place]) / np.sqrt(expected[:, place] + 1)
        assert np.abs(off).max() < 4
        assert expected[size:, place].max(initial=0) == 0


def test_whole_shards_are_hypergeometric() -> None:
    draw = WholeShards(shards_total=20, shards_drawn=6, drawn=3000.0)
    sizes = np.array([1.0, 2, 3, 7, 15, 20])
    found = draw.expected(ONE_BY_ONE[:7], sizes)
    for place, size in enumerate(sizes):
        share = hypergeom.pmf(np.arange(1, 7), 20, int(size), 6)
        assert found[:, place] == pytest.approx(share * 10_000 / size, abs=1e-9)


def test_whole_shards_against_a_draw_of_shards() -> None:
    """1,200 groups, each held by 4 of 12 shards; 5 shards are drawn."""
    random = np.random.default_rng(2)
    seen = np.zeros(7)
    rounds = 40
    for _ in range(rounds):
        holders = random.permuted(np.tile(np.arange(12), (1200, 1)), axis=1)[:, :4]
        seen += np.bincount((holders < 5).sum(axis=1), minlength=7)
    drawn = 1200 * 4 * 5 / 12
    expected = WholeShards(12, 5, drawn).expected(ONE_BY_ONE[:6], np.array([4.0]))[:, 0]
    off = (seen[1:6] - rounds * expected) / np.sqrt(rounds * expected + 1)
    assert np.abs(off).max() < 4


def test_binned_times_are_sums() -> None:
    edges = np.array([1.0, 2, 4, 9])
    sizes = np.array([1.0, 3, 8, 11])
    for draw in (RandomDocuments(900, 300), WholeShards(12, 8, 400.0), Probes(900, 300, 50)):
        single = draw.expected(np.arange(1.0, 10), sizes)
        summed = np.add.reduceat(single, [0, 1, 3], axis=0)
        assert draw.expected(edges, sizes) == pytest.approx(summed, abs=1e-9)


def test_probes_against_counting_copies() -> None:
    """A probe of a group of 6 meets itself, and each of 5 others with the share that was read."""
    random = np.random.default_rng(3)
    copies = 1 + random.binomial(5, 0.3, 50_000)
    seen = np.bincount(copies, minlength=7)[1:7]
    found = Probes(total=1e6, read=3e5, drawn=50_000).expected(ONE_BY_ONE[:7], np.array([6.0]))[
        :, 0
    ]
    assert found == pytest.approx(seen, rel=0.05, abs=30)
    assert found.sum() == pytest.approx(50_000)


@given(
    st.sampled_from([1.0, 2.0, 17.0, 400.0]),
    st.floats(0.001, 1.0),
    st.floats(10, 1e6),
)
def test_times_seen_add_up_to_the_documents_drawn(size: float, part: float, drawn: float) -> None:
    """Σ over times j of j × groups seen j times is every document drawn, whatever the law."""
    edges = np.arange(1.0, 402.0)
    times = edges[:-1]
    documents = RandomDocuments(drawn / part, drawn)
    assert times @ documents.expected(edges, np.array([size]))[:, 0] == pytest.approx(
        drawn, rel=1e-6
    )


@given(st.integers(1, 40), st.data())
def test_shards_seen_add_up_to_the_pairs_drawn(total: int, data: st.DataObject) -> None:
    drawn = data.draw(st.integers(1, total))
    size = data.draw(st.integers(1, total))
    edges = np.arange(1.0, 42.0)
    found = WholeShards(total, drawn, 500.0).expected(edges, np.array([float(size)]))[:, 0]
    assert edges[:-1] @ found == pytest.approx(500.0, rel=1e-6)


def test_a_probe_is_always_found() -> None:
    edges = np.arange(1.0, 202.0)
    found = Probes(1e9, 1e7, 300).expected(edges, np.array([1.0, 2, 50, 200]))
    assert found.sum(axis=0) == pytest.approx([300] * 4)


@pytest.mark.parametrize(
    ("draw", "ratio"),
    [
        (RandomDocuments(1600, 100), 16),
        (WholeShards(64, 4, 1000), 16),
        (Probes(1600, 100, 7), 16),
        (Probes(100, 120, 7), 1),
    ],
)
def test_ratio_of_the_whole_to_what_was_looked_at(draw: Draw, ratio: float) -> None:
    assert draw.ratio == ratio


def test_shards_of_the_whole_hold_in_proportion() -> None:
    assert WholeShards(64, 4, 1000).total == 16_000


@pytest.mark.parametrize("fraction", [0.0001, 0.03, 0.5, 0.999, 1.0])
def test_binomial_shares(fraction: float) -> None:
    trials = np.array([0.0, 1, 2, 9, 40])
    edges = np.array([0.0, 1, 2, 5, 60])
    found = binomial_between(edges, trials, fraction)
    for low, high, row in zip(edges[:-1], edges[1:], found, strict=True):
        by_scipy = binom.cdf(high - 1, trials, fraction) - binom.cdf(low - 1, trials, fraction)
        assert row == pytest.approx(by_scipy, abs=1e-12)


@given(st.floats(4, 1e9), st.sampled_from([1.15, 1.5]))
def test_the_grid_covers_every_size_once(largest: float, ratio: float) -> None:
    grid = size_grid(largest, ratio)
    assert (np.diff(grid.sizes) > 0).all()
    assert grid.sizes[0] == 1
    assert grid.sizes[-1] == int(largest)
    assert (grid.sizes[grid.starts] == np.unique(grid.sizes[grid.starts])).all()
    ends = np.append(grid.starts[1:], len(grid.sizes))
    for low, high in zip(grid.starts, ends, strict=True):
        assert grid.shares[low:high].sum() == pytest.approx(1.0)
    assert grid.log_widths.sum() == pytest.approx(np.log(int(largest) + 1))


def test_means_over_a_bin_are_near_those_over_all_its_sizes() -> None:
    """Documents spread as one over size in a bin: points stand for every whole number."""
    grid = size_grid(5000.0, 1.5)
    at = int(np.searchsorted(grid.sizes[grid.starts], 1000, side="right")) - 1
    inside = np.arange(grid.sizes[grid.starts[at]], grid.sizes[grid.starts[at + 1] - 1] + 1)
    weights = (1 / inside) / (1 / inside).sum()
    assert grid.log_sizes[at] == pytest.approx(weights @ np.log(inside), rel=0.01)
    assert grid.groups_per_document[at] == pytest.approx(weights @ (1 / inside), rel=0.05)
    assert grid.groups_per_document[0] == 1.0
    assert grid.groups_per_document[1] == 0.5


@given(st.integers(1, 10**7))
def test_times_have_bins_up_to_the_most(most: int) -> None:
    edges = times_edges(float(most))
    assert edges[0] == 1
    assert (np.diff(edges) >= 1).all()
    assert edges[-2] <= most < edges[-1]
    assert (edges[: min(most, 12)] == np.arange(1, min(most, 12) + 1)).all()


def test_observed_counts_lie_in_their_bins() -> None:
    seen = spectrum_from_pairs([(1, 500), (2, 40), (13, 7), (14, 2), (90, 1)])
    found = observe(seen, RandomDocuments(8000, 799), 1.5, inflation=2.0)
    assert found.counts.sum() == seen.distinct
    assert found.counts[:2].tolist() == [500, 40]
    at = np.searchsorted(found.edges, [13, 14, 90], side="right") - 1
    assert found.counts[at[0]] == (9 if at[0] == at[1] else 7)
    assert found.counts[at[2]] == 1
    assert found.counts[-1] == 0  # nothing was seen more often than the most
    assert found.edges[-2] > 90
    assert found.expected.shape == (len(found.counts), found.grid.bins)
    assert found.inflation == 2.0


def test_sizes_do_not_exceed_the_whole() -> None:
    seen = spectrum_from_pairs([(1, 900), (50, 2)])
    assert observe(seen, RandomDocuments(2000, 1000), 1.5).grid.sizes.max() == 300  # 3 × 50 × 2
    assert observe(seen, RandomDocuments(1100, 1000), 1.5).grid.sizes.max() <= 1100
    few = spectrum_from_pairs([(1, 900), (3, 30)])
    assert observe(few, WholeShards(24, 6, 990), 1.5).grid.sizes.max() == 24


def test_giant_groups_that_were_not_seen_are_expected_in_vain() -> None:
    """Whatever the size, all documents of a law are seen somewhere: none hides above the most."""
    seen = spectrum_from_pairs([(1, 3000), (2, 300), (4, 20)])
    for draw in (RandomDocuments(7000, 3680), Probes(7000, 3500, 3680), Probes(7000, 7000, 3680)):
        found = observe(seen, draw, 1.5)
        least = found.edges[:-1] @ found.expected  # documents, by the lower ends of the bins
        assert (found.expected[-1, -1:] > 0).all()
        if isinstance(draw, Probes):
            assert found.expected.sum(axis=0) == pytest.approx(np.full(found.grid.bins, 3680.0))
        else:
            assert (least <= 3680 * (1 + 1e-9)).all()
