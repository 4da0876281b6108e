"""Bernoulli draws by rank: the binomial law, pairs, and independence of everything else."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pipeline.reading.draw import Draw, draw_of

MANY = np.arange(200_000, dtype=np.uint32)


@pytest.mark.parametrize("fraction", [0.001, 0.01, 0.3])
def test_the_number_drawn_is_binomial(fraction: float) -> None:
    """Shards are independent: their standardised counts have mean 0 and variance 1."""
    size = len(MANY) // 10
    draw = draw_of(7, fraction)
    counts = [int(draw.chosen(f"s{i}", MANY[:size]).sum()) for i in range(400)]
    deviates = (np.array(counts) - size * fraction) / math.sqrt(size * fraction * (1 - fraction))
    assert abs(deviates.mean()) < 4 / math.sqrt(400)
    assert abs(deviates.var() - 1) < 4 * math.sqrt(2 / 400)


def test_pairs_survive_with_the_square_at_every_distance() -> None:
    """Neighbours too, which systematic choice never sees and a window always does."""
    fraction = 0.1
    chosen = draw_of(3, fraction).chosen("s", MANY)
    for distance in (1, 2, 64, 1000, 65_536):
        both = int((chosen[distance:] & chosen[:-distance]).sum())
        expected = (len(MANY) - distance) * fraction**2
        assert abs(both - expected) < 4.5 * math.sqrt(expected), distance


def test_shards_and_seeds_choose_apart() -> None:
    draw = draw_of(1, 0.5)
    first = draw.chosen("a", MANY)
    for other in (draw.chosen("b", MANY), draw_of(2, 0.5).chosen("a", MANY)):
        assert abs((first == other).mean() - 0.5) < 0.01


def test_all_or_nothing() -> None:
    assert draw_of(1, 1.0).chosen("s", MANY).all()
    assert not draw_of(1, 0.0).chosen("s", MANY).any()


def test_a_smaller_draw_is_part_of_a_larger_one_and_pieces_do_not_matter() -> None:
    small, large = (draw_of(5, f).chosen("s", MANY) for f in (0.01, 0.02))
    assert not (small & ~large).any()
    pieces = [draw_of(5, 0.01).chosen("s", piece) for piece in np.array_split(MANY, 7)]
    np.testing.assert_array_equal(np.concatenate(pieces), small)


def test_the_last_rank_is_drawn() -> None:
    ranks = Draw(1, -1).ranks("s", MANY[:100])
    last = int(np.sort(ranks)[9])
    assert Draw(1, last).chosen("s", MANY[:100]).sum() == 10
