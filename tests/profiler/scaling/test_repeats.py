from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from profiler.scaling.deconvolution import Posterior, deconvolve
from profiler.scaling.laws import RandomDocuments, WholeShards
from profiler.scaling.repeats import Repeats, candidate_widths, find_repeats, with_repeats
from profiler.scaling.spectrum import Spectrum, spectrum_from_pairs
from profiler.scaling.truth.drawing import drawn_spectrum
from profiler.scaling.truth.populations import (
    Population,
    copies,
    geometric,
    lognormal,
    mixed,
    power_law,
)

UNIT = copies(1, 1.0)
SMOOTH = {
    "power": power_law(2.2, 1e4, 1.0),
    "singles and power": mixed("", [(0.6, UNIT), (0.4, power_law(2.0, 1000, 1.0))], 1.0),
    "singles and log-normal": mixed("", [(0.5, UNIT), (0.5, lognormal(1, 1, 1e4, 1.0))], 1.0),
    "geometric": geometric(4, 1.0),
}


def searched(law: Population, ratio: float, seed: int = 1, sampled: float = 1e5) -> Repeats | None:
    random = np.random.default_rng([seed, 7])
    whole = law.scaled(sampled * ratio).realised(random)
    seen = drawn_spectrum(whole, 1 / ratio, random)
    return find_repeats(seen, RandomDocuments(whole.documents, float(seen.documents)))


@pytest.mark.parametrize(
    ("times", "ratio"), [(12, 4.0), (30, 4.0), (90, 4.0), (30, 16.0), (200, 16.0)]
)
@pytest.mark.parametrize("share", [0.15, 0.5])
def test_documents_that_exist_so_often_are_found(times: int, ratio: float, share: float) -> None:
    rest = mixed("", [(0.9, UNIT), (0.1, power_law(2.0, 300, 1.0))], 1.0)
    found = searched(mixed("", [(1 - share, rest), (share, copies(times, 1.0))], 1.0), ratio)
    assert found is not None
    assert found.times == pytest.approx(times, rel=0.07)
    assert found.share == pytest.approx(share, rel=0.15)
    assert found.gain > 6


@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_laws_raise_no_alarm(name: str) -> None:
    assert [searched(SMOOTH[name], ratio) for ratio in (4.0, 16.0, 64.0)] == [None] * 3


def test_a_peak_too_thin_to_be_seen_is_not_claimed() -> None:
    law = mixed("", [(0.8, UNIT), (0.2, copies(3, 1.0))], 1.0)
    assert searched(law, 1024.0) is None


def test_nothing_repeated_in_the_sample_is_no_sign() -> None:
    draw = RandomDocuments(1e4, 1e3)
    assert find_repeats(spectrum_from_pairs([]), draw) is None
    assert find_repeats(spectrum_from_pairs([(1, 1000)]), draw) is None


def test_one_copy_in_every_shard_is_found() -> None:
    """Half of what shards hold is in all of the 64 shards, of which 16 were drawn."""
    seen = Spectrum(np.array([1, 2, 16]), np.array([8000, 30, 500]))
    found = find_repeats(seen, WholeShards(64, 16, float(seen.documents)))
    assert found is not None
    assert found.times == pytest.approx(64, rel=0.2)
    assert found.share == pytest.approx(0.5, abs=0.1)


def test_a_plain_peak_is_never_missed() -> None:
    """Whatever the draw: the climb to the peak does not end at a law without one."""
    law = mixed("", [(0.6, UNIT), (0.4, copies(30, 1.0))], 1.0)
    found = [searched(law, ratio, seed) for ratio in (4.0, 16.0) for seed in range(6)]
    assert all(each is not None and 29 <= each.times <= 31 for each in found)


def test_laws_are_drawn_with_a_peak_where_the_counts_show_one() -> None:
    law = mixed("", [(0.6, UNIT), (0.4, copies(30, 1.0))], 1.0)
    smooth, repeats = behind(law, 16.0)
    found = with_repeats(smooth, repeats, 1)
    atoms = found.shares[:, smooth.grid.bins :]
    sizes = found.grid.sizes[len(smooth.grid.sizes) :]
    assert found.shares.shape == (len(smooth.shares), found.grid.bins)
    assert found.shares.sum(axis=1) == pytest.approx(1.0)
    assert set(sizes) <= {29.0, 30.0, 31.0}
    assert atoms.sum(axis=1).mean() == pytest.approx(0.4, abs=0.02)
    assert atoms.sum(axis=1).min() > 0.2
    assert ((atoms > 0).sum(axis=1) == 1).all()
    assert np.array_equal(found.shares, with_repeats(smooth, repeats, 1).shares)
    assert not np.array_equal(found.shares, with_repeats(smooth, repeats, 2).shares)


def test_a_peak_that_explains_little_leaves_most_laws_smooth() -> None:
    """As likely beside a smooth law as its evidence makes it, not more."""
    smooth, repeats = behind(mixed("", [(0.6, UNIT), (0.4, copies(30, 1.0))], 1.0), 16.0)
    height = repeats.smooth.height
    doubtful = tuple(replace(peak, height=height - 5) for peak in repeats.peaks)
    found = with_repeats(smooth, replace(repeats, peaks=doubtful), 1)
    assert np.mean(found.shares[:, : smooth.grid.bins].sum(axis=1) > 1 - 1e-9) > 0.9


def test_a_k_stands_for_its_part_of_the_logarithmic_scale() -> None:
    _, repeats = behind(mixed("", [(0.6, UNIT), (0.4, copies(30, 1.0))], 1.0), 16.0)
    peaks = [replace(repeats.peaks[0], times=times) for times in (2, 4, 16, 32)]
    assert candidate_widths(peaks) == pytest.approx([0.125, 0.375, 0.375, 0.125])


def behind(law: Population, ratio: float) -> tuple[Posterior, Repeats]:
    """Smooth laws that fit a sample of a whole with this law, and the peak that is found there."""
    random = np.random.default_rng(7)
    whole = law.scaled(1e5 * ratio).realised(random)
    seen = drawn_spectrum(whole, 1 / ratio, random)
    draw = RandomDocuments(whole.documents, float(seen.documents))
    repeats = find_repeats(seen, draw)
    assert repeats is not None
    return deconvolve(seen, draw, 1), repeats
