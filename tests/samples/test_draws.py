from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from samples.draws import Draws, lognormal_table, weighted_table, zipf_table


def test_the_stream_is_the_one_of_pcg64() -> None:
    """Pinned: another value here means that every corpus changes."""
    assert Draws(1, "stream").shorts(5).tolist() == [10165, 18927, 35466, 5414, 26908]


def test_purposes_and_seeds_part_streams() -> None:
    streams = {
        tuple(Draws(seed, purpose).shorts(8).tolist()) for seed in (1, 2) for purpose in ("a", "b")
    }
    assert len(streams) == 4


@given(st.integers(-1000, 1000), st.integers(1, 100_000), st.integers(0, 2**32))
def test_integers_stay_in_their_range(low: int, span: int, seed: int) -> None:
    draws = Draws(seed, "integers")
    values = draws.integers(low, low + span, 50)
    assert values.min() >= low
    assert values.max() < low + span
    assert low <= draws.integer(low, low + span) < low + span


def test_integers_are_uniform() -> None:
    counts = np.bincount(Draws(3, "uniform").integers(0, 10, 100_000))
    assert np.abs(counts - 10_000).max() < 500  # 5 standard deviations


def test_order_is_a_permutation() -> None:
    assert sorted(Draws(1, "order").order(1000).tolist()) == list(range(1000))


def test_happens_with_its_probability() -> None:
    draws = Draws(1, "happens")
    assert not draws.happens(0.0)
    assert draws.happens(1.0)
    assert 260 < sum(draws.happens(0.3) for _ in range(1000)) < 340


def test_weighted_table_gives_each_its_share() -> None:
    assert np.bincount(weighted_table([1, 2, 1], 8)).tolist() == [2, 4, 2]


def test_zipf_table_halves_from_rank_one_to_two() -> None:
    counts = np.bincount(zipf_table(1000, 0.0))
    assert abs(counts[0] / counts[1] - 2) < 0.01
    assert abs(counts[0] / counts[9] - 10) < 0.1


def test_lognormal_table_has_its_median_and_bounds() -> None:
    table = lognormal_table(400, 0.9, 130, 5000)
    assert np.median(table) == 400
    assert (table.min(), table.max()) == (130, 5000)
    assert abs(np.quantile(table, 0.8413) / 400 - np.exp(0.9)) < 0.02


def test_hexadecimal_has_its_length() -> None:
    digits = Draws(1, "hex").hexadecimal(33)
    assert len(digits) == 33
    assert set(digits) <= set("0123456789abcdef")
