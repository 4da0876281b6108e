from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from made_up_shards import made_up_tables, spectrum_rows

from profiler.record.schema import SPECTRUM
from profiler.scaling.deconvolution import Posterior, deconvolve
from profiler.scaling.laws import RandomDocuments
from profiler.scaling.spectrum import spectrum_of
from profiler.scaling.weights import (
    KeptLengths,
    beside,
    kept_at_most,
    kept_lengths,
    weighted_retention,
)

STAGE = "near"


def whole_of(documents: int, seed: int) -> np.ndarray:
    """Group of every document: half are single, the others in groups with a heavy tail."""
    random = np.random.default_rng(seed)
    sizes = 2 + np.floor(random.pareto(1.6, documents)).astype(int)
    sizes = sizes[: int(np.searchsorted(np.cumsum(sizes), documents // 2))]
    several = np.repeat(np.arange(len(sizes)), np.minimum(sizes, 3000))
    return np.concatenate([several, np.arange(len(sizes), len(sizes) + documents // 2)])


def lengths_of(groups: np.ndarray, single: float, large: float, seed: int) -> np.ndarray:
    """From ``single`` to ``large`` bytes by the size m of the group, as 1 - 1/m; and some noise."""
    size = np.bincount(groups)
    random = np.random.default_rng(seed)
    noise = random.gamma(2.0, 0.5, len(size))  # copies of a document are equally long
    mean = single + (large - single) * (1 - 1 / size)
    return np.maximum(mean * noise, 1).astype(np.int64)[groups]


def kept_share(groups: np.ndarray, lengths: np.ndarray) -> tuple[float, float]:
    """Retention in documents and in bytes."""
    _, first = np.unique(groups, return_index=True)
    return len(first) / len(groups), lengths[first].sum() / lengths.sum()


def estimated(
    groups: np.ndarray, lengths: np.ndarray, ratio: int, seed: int, column: str = "kept_bytes"
) -> tuple[Posterior, np.ndarray]:
    """Laws and byte retention from a random sample of 1 / ratio."""
    random = np.random.default_rng(seed)
    drawn = random.random(len(groups)) < 1 / ratio
    table = made_up_tables(STAGE, groups[drawn], np.zeros(drawn.sum(), int), lengths[drawn])
    amount = float(lengths[drawn].sum()) / (4 if column == "kept_tokens" else 1)
    found = kept_lengths(table["spectrum"], STAGE, column, amount, float(drawn.sum()))
    assert found is not None
    draw = RandomDocuments(float(len(groups)), float(drawn.sum()))
    posterior = deconvolve(spectrum_of(table["spectrum"], STAGE), draw, 1)
    return posterior, weighted_retention(found, posterior, draw, 1)


def test_equal_lengths_keep_as_many_bytes_as_documents() -> None:
    groups = whole_of(200_000, 1)
    posterior, weighted = estimated(groups, np.full(len(groups), 700), 8, 2)
    assert weighted == pytest.approx(posterior.retention(), abs=0.01)


@pytest.mark.parametrize(("single", "large"), [(500.0, 1500.0), (1500.0, 500.0)])
@pytest.mark.parametrize("ratio", [4, 16])
def test_lengths_that_go_with_copies_weigh_in(single: float, large: float, ratio: int) -> None:
    groups = whole_of(400_000, 3)
    lengths = lengths_of(groups, single, large, 4)
    documents, truth = kept_share(groups, lengths)
    assert abs(truth - documents) > 0.08
    posterior, weighted = estimated(groups, lengths, ratio, 5)
    in_documents = float(np.median(posterior.retention()))
    found = float(np.median(weighted))
    assert (found < in_documents) == (large > single)
    off = abs(in_documents - documents)
    assert found == pytest.approx(truth, abs=off + 0.03)
    low, high = np.quantile(weighted, (0.01, 0.99))
    assert low - 0.02 <= truth <= high + 0.02


def test_tokens_are_weighed_like_bytes() -> None:
    groups = whole_of(100_000, 3)
    lengths = lengths_of(groups, 500, 1500, 4)
    _, in_bytes = estimated(groups, lengths, 4, 5)
    _, in_tokens = estimated(groups, lengths, 4, 5, "kept_tokens")
    assert np.median(in_tokens) == pytest.approx(np.median(in_bytes), abs=0.01)


def test_the_seed_determines_the_draws() -> None:
    groups = whole_of(50_000, 3)
    lengths = lengths_of(groups, 500, 1500, 4)
    assert (estimated(groups, lengths, 4, 5)[1] == estimated(groups, lengths, 4, 5)[1]).all()


def rows(*found: dict[str, float | None]) -> pa.Table:
    return pa.Table.from_pylist(
        [{"part": 0, "stage": STAGE, "bytes": 0} | row for row in found], SPECTRUM
    )


def test_kept_lengths_by_hand() -> None:
    """20 single documents of 100 bytes, 20 groups whose kept ones have 100 or 300."""
    groups = np.concatenate([np.arange(20), np.repeat(np.arange(20, 40), 3)])
    lengths = np.concatenate([np.full(20, 100), np.repeat([100, 300] * 10, 3)])
    table = pa.Table.from_pylist(spectrum_rows(STAGE, groups, lengths), SPECTRUM)
    found = kept_lengths(table, STAGE, "kept_bytes", float(lengths.sum()), 80.0)
    assert isinstance(found, KeptLengths)
    assert found.times.tolist() == [1, 3]
    assert found.groups.tolist() == [20, 20]
    assert found.amounts.tolist() == [2000, 4000]
    assert found.mean == lengths.sum() / 80
    assert found.variation == pytest.approx([0.05, 0.25])  # at least 0.05; (100 / 200)²
    tokens = kept_lengths(table, STAGE, "kept_tokens", 20.0, 80.0)
    assert tokens is not None
    assert tokens.amounts.tolist() == [500, 1000]


KNOWN = {"size": 1, "groups": 5, "docs": 5, "kept_bytes": 50, "kept_bytes_squares": 500.0}


@pytest.mark.parametrize(
    ("table", "column", "amount", "documents"),
    [
        (rows(), "kept_bytes", 10.0, 5.0),
        (rows(KNOWN | {"kept_tokens": None}), "kept_tokens", 10.0, 5.0),
        (rows(KNOWN | {"kept_tokens": 9.0}), "kept_bytes", 0.0, 5.0),
        (rows(KNOWN | {"kept_tokens": 9.0}), "kept_bytes", 10.0, 0.0),
        (rows(KNOWN | {"kept_tokens": 0.0}), "kept_tokens", 10.0, 5.0),
        (rows(KNOWN | {"kept_bytes": 0, "kept_bytes_squares": 0.0}), "kept_bytes", 10.0, 5.0),
    ],
)
def test_lengths_that_are_not_known_are_none(
    table: pa.Table, column: str, amount: float, documents: float
) -> None:
    assert kept_lengths(table, STAGE, column, amount, documents) is None


def test_empty_documents_among_others_have_shares() -> None:
    """Copies of the empty document: a group of no bytes at all."""
    groups = np.concatenate(
        [np.zeros(400, int), np.arange(1, 4001), np.repeat(np.arange(4001, 4401), 2)]
    )
    lengths = np.concatenate([np.zeros(400, int), np.full(4800, 100)])
    _, weighted = estimated(groups, lengths, 2, 1)
    assert np.isfinite(weighted).all()
    assert ((weighted >= 0) & (weighted <= 1)).all()
    assert np.median(weighted) == pytest.approx(kept_share(groups, lengths)[1], abs=0.05)


def test_other_draws_take_the_ratio_of_the_nearest_law() -> None:
    documents = np.array([0.2, 0.8, 0.5])
    weighted = np.array([0.1, 0.4, 0.6])  # ratios 0.5, 0.5, 1.2
    found = beside(weighted, documents, np.array([0.1, 0.2, 0.45, 0.5, 0.9, 0.99]))
    assert found == pytest.approx([0.05, 0.1, 0.54, 0.6, 0.45, 0.495])
    assert beside(np.array([0.9]), np.array([0.5]), np.array([0.8])) == pytest.approx([1.0])
    assert beside(weighted, documents, np.array([0.5, 0.9]), 0.4) == pytest.approx([0.4, 0.4])


def test_the_ceiling_by_hand() -> None:
    """Of 100 single documents and 50 pairs of 10 bytes, 1,500 of 2,000 bytes are kept."""
    found = kept_at_most(
        KeptLengths(
            np.array([1.0, 2.0]),
            np.array([100.0, 50.0]),
            np.array([1000.0, 500.0]),
            np.array([0.0, 0.0]),
            10.0,
        )
    )
    squares = 150 * (10 * 0.25) ** 2 + 50 * (10 * 0.75) ** 2
    assert found == pytest.approx(0.75 + 1.645 * squares**0.5 / 2000, abs=1e-4)


@pytest.mark.parametrize("ratio", [2, 8, 64])
def test_the_whole_keeps_no_more_than_the_ceiling(ratio: int) -> None:
    """In samples of heavy-tailed lengths; without copies it is everything."""
    groups = whole_of(200_000, 6)
    lengths = lengths_of(groups, 500, 1500, 7)
    _, truth = kept_share(groups, lengths)
    above = 0
    for seed in range(40):
        drawn = np.random.default_rng(seed).random(len(groups)) < 1 / ratio
        table = made_up_tables(STAGE, groups[drawn], np.zeros(drawn.sum(), int), lengths[drawn])
        found = kept_lengths(
            table["spectrum"], STAGE, "kept_bytes", float(lengths[drawn].sum()), drawn.sum()
        )
        assert found is not None
        above += truth > kept_at_most(found)
    assert above == 0
    once = KeptLengths(np.ones(1), np.full(1, 9.0), np.full(1, 90.0), np.zeros(1), 10.0)
    assert kept_at_most(once) == 1.0
