from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.scaling import extrapolation
from profiler.scaling.bounds import Bounds, law_bounds
from profiler.scaling.deconvolution import deconvolve
from profiler.scaling.extrapolation import (
    Extrapolation,
    extrapolate,
    levelling,
    state_of,
    widened,
    within_bounds,
)
from profiler.scaling.laws import Probes, RandomDocuments, WholeShards
from profiler.scaling.repeats import find_repeats
from profiler.scaling.spectrum import Spectrum, spectrum_from_pairs
from profiler.scaling.truth.drawing import drawn_spectrum
from profiler.scaling.truth.populations import copies, mixed, power_law, repeated_law

LAW = mixed("", [(0.7, copies(1, 1.0)), (0.3, power_law(2.1, 1000, 1.0))], 1.0)


def sample(ratio: float, sampled: float, seed: int = 1) -> tuple[float, Spectrum, RandomDocuments]:
    random = np.random.default_rng(seed)
    whole = LAW.scaled(sampled * ratio).realised(random)
    seen = drawn_spectrum(whole, 1 / ratio, random)
    return whole.retention, seen, RandomDocuments(whole.documents, float(seen.documents))


@cache
def found_at(ratio: float, sampled: float = 1e5) -> tuple[float, Extrapolation]:
    truth, seen, draw = sample(ratio, sampled)
    return truth, extrapolate(seen, draw)


@pytest.mark.parametrize("ratio", [4.0, 16.0, 64.0])
def test_the_interval_holds_the_truth(ratio: float) -> None:
    truth, found = found_at(ratio)
    assert found.outer.low <= found.low <= truth <= found.high <= found.outer.high
    assert found.low <= found.planned <= found.high
    assert found.total == pytest.approx(1e5 * ratio, rel=0.01)


def test_draws_have_the_interval_and_lie_in_the_bounds() -> None:
    _, found = found_at(16.0)
    assert np.quantile(found.draws, (0.05, 0.5, 0.95)) == pytest.approx(
        [found.low, found.planned, found.high]
    )
    assert found.draws.min() >= found.outer.low
    assert found.draws.max() <= found.outer.high


def test_draws_keep_the_order_of_their_laws() -> None:
    _, found = found_at(16.0)
    assert found.posterior is not None
    raw = found.posterior.retention()
    assert (np.diff(found.draws[np.argsort(raw)]) >= -1e-12).all()


def test_states_follow_the_width_of_the_interval() -> None:
    assert found_at(4.0)[1].state == "estimate"
    assert found_at(4.0)[1].point == found_at(4.0)[1].planned
    far = found_at(1024.0)[1]
    assert far.high - far.low > 0.15
    assert far.state == "bounds"
    assert far.point is None


def test_few_pairs_are_bounds_however_narrow() -> None:
    seen = spectrum_from_pairs([(1, 99_000), (2, 12)])
    found = extrapolate(seen, RandomDocuments(1.1e5, float(seen.documents)))
    assert found.high - found.low < 0.1
    assert found.state == "bounds"


@pytest.mark.parametrize(
    ("low", "high", "pairs", "state"),
    [
        (0.5, 0.5999, 20.0, "estimate"),
        (0.5, 0.6001, 20.0, "rough"),
        (0.5, 0.6499, 20.0, "rough"),
        (0.5, 0.6501, 20.0, "bounds"),
        (0.5, 0.55, 19.9, "bounds"),
        (0.5, 0.64, 0.0, "bounds"),
        (0.5, 0.5, 1e9, "estimate"),
        (0.04, 0.0799, 20.0, "estimate"),
        (0.04, 0.0801, 20.0, "rough"),
        (0.04, 0.1601, 20.0, "bounds"),
        (0.0, 0.05, 1e9, "bounds"),
    ],
)
def test_thresholds_of_the_states(low: float, high: float, pairs: float, state: str) -> None:
    assert state_of(low, high, pairs) == state


shares = st.floats(0, 1)


@given(st.lists(shares, min_size=3, max_size=60), shares, shares, st.floats(1, 1e6))
def test_widening_is_monotone_keeps_the_median_and_the_bounds(
    raw: list[float], first: float, second: float, ratio: float
) -> None:
    bounds = Bounds(min(first, second), max(first, second), 2.0)
    odd = raw[: len(raw) - 1 + len(raw) % 2]  # of an even number, none is the median
    draws = np.clip(np.sort(odd), bounds.low, bounds.high)
    found = widened(draws, bounds, ratio)
    assert (np.diff(found) >= -1e-12).all()
    assert np.median(found) == pytest.approx(np.median(draws), abs=1e-9)
    assert found.min() >= bounds.low
    assert found.max() <= bounds.high
    assert np.quantile(found, 0.95) >= np.quantile(draws, 0.95) - 1e-9


@pytest.mark.parametrize(
    ("ratio", "down", "up", "leaning"),
    [
        (1, 0.025, 0.025, 0.0),
        (4, 0.025, 0.025, 0.0),
        (16, 0.033, 0.095, 0.03),
        (64, 0.057, 0.165, 0.06),
        (1024, 0.153, 0.305, 0.06),
        (1e9, 0.5, 0.5, 0.06),
    ],
)
def test_the_ends_move_towards_the_bounds_and_the_lower_gives_back(
    ratio: float, down: float, up: float, leaning: float
) -> None:
    draws = np.linspace(0.4, 0.6, 2001)
    found = widened(draws, Bounds(0.0, 1.0, 2.0), ratio)
    low, high = np.quantile(found, (0.05, 0.95))
    lower, upper = 0.41 - down * 0.41, 0.59 + up * 0.41
    assert high == pytest.approx(upper, abs=1e-3)
    assert low == pytest.approx(lower + leaning * (upper - lower), abs=1e-3)


@pytest.mark.parametrize(
    ("middle", "ratio", "more"),
    [(0.9, 64, 0.0), (0.9, 128, 0.2), (0.9, 256, 0.4), (0.7, 1e4, 0.275), (0.6, 1e4, 0.0)],
)
def test_where_most_is_kept_the_upper_end_goes_farther(
    middle: float, ratio: float, more: float
) -> None:
    draws = np.linspace(middle - 0.05, middle + 0.05, 2001)
    found = widened(draws, Bounds(0.0, 1.0, 2.0), ratio)
    high = middle + 0.045
    share = min(0.5, 0.025 + 0.035 * (np.log2(ratio) - 2))
    assert np.quantile(found, 0.95) == pytest.approx(
        high + (share + (1 - share) * more) * (1 - high), abs=1e-3
    )


@pytest.mark.parametrize(
    ("half", "levelled"), [(0.015, 0.02185), (0.024, 0.024), (0.05, 0.0278), (0.001, 0.002)]
)
def test_levelled_halves_go_to_what_is_usual(half: float, levelled: float) -> None:
    """At 16 times 2.4 points: 0.024^0.8 half^0.2, and at most twice the posterior's own."""
    draws = np.linspace(0.5 - half / 0.9, 0.5 + half / 0.9, 2001)
    found = widened(draws, Bounds(0.0, 1.0, 2.0), 16.0, 1.0)
    assert np.quantile(found, (0.05, 0.95)) == pytest.approx(
        [0.5 - levelled, 0.5 + levelled], abs=2e-4
    )
    half_way = widened(draws, Bounds(0.0, 1.0, 2.0), 16.0, 0.5)
    plain = widened(draws, Bounds(0.0, 1.0, 2.0), 16.0)
    assert np.quantile(half_way, 0.95) == pytest.approx(
        (np.quantile(found, 0.95) + np.quantile(plain, 0.95)) / 2
    )


def test_levelled_draws_stay_in_the_bounds() -> None:
    found = widened(np.linspace(0.5, 0.52, 201), Bounds(0.5, 0.521, 2.0), 64.0, 1.0)
    assert found.min() >= 0.5
    assert found.max() <= 0.521
    assert (np.diff(found) >= 0).all()


@pytest.mark.parametrize(
    ("ratio", "sampled", "share"),
    [
        (4.2, 1e5, 0.0),
        (60.0**0.5, 1e5, 0.5),
        (12.0, 1e5, 1.0),
        (72.0, 1e5, 1.0),
        (144.0, 1e5, 0.0),
        (16.0, 6e4, 0.0),
        (16.0, 4e5, 0.0),
        (16.0, 2e5, 1.0),
        (60.0**0.5, 2e5 * 2**0.5, 0.25),
    ],
)
def test_intervals_are_levelled_where_that_was_set(
    ratio: float, sampled: float, share: float
) -> None:
    assert levelling(RandomDocuments(ratio * sampled, sampled)) == pytest.approx(share)
    assert levelling(WholeShards(1600, 100, 1e5)) == 0.0
    assert levelling(Probes(16e5, 1e5, 1e5)) == 0.0


def test_a_whole_little_larger_than_the_sample_is_nearly_known() -> None:
    truth, seen, draw = sample(1.05, 1e5)
    found = extrapolate(seen, draw)
    assert found.low < truth < found.high
    assert found.high - found.low < 0.01
    assert found.outer.high - found.outer.low < 0.04


@pytest.mark.parametrize("part", [0.25, 0.9, 0.99])
def test_a_census_of_most_of_the_whole_is_not_biased(part: float) -> None:
    """Groups too large for the copies that were counted are ruled out by not being seen."""
    random = np.random.default_rng(1)
    held = np.minimum(1 + random.pareto(1.8, 12_000).astype(int), 200)
    documents, truth = np.repeat(held, held), 12_000 / held.sum()
    draw = Probes(float(held.sum()), part * held.sum(), 10_000.0)
    errors, covered = [], 0
    for seed in range(5):
        mine = np.random.default_rng(seed)
        times = 1 + mine.binomial(mine.choice(documents, 10_000) - 1, part)
        found = extrapolate(Spectrum(*np.unique(times, return_counts=True)), draw, seed)
        errors.append(found.planned - truth)
        covered += found.low <= truth <= found.high
    assert abs(np.mean(errors)) < 0.008
    assert covered >= 4


def test_laws_against_their_bounds_leave_the_bounds() -> None:
    """Everything in three copies: many smooth laws keep more than any law that fits."""
    for seed in range(3):
        random = np.random.default_rng(seed)
        whole = copies(3, 1e6).realised(random)
        seen = drawn_spectrum(whole, 1 / 10, random)
        draw = RandomDocuments(whole.documents, float(seen.documents))
        bounds, kept = law_bounds(seen, draw), deconvolve(seen, draw, seed).retention()
        assert np.mean((kept < bounds.low) | (kept > bounds.high)) > 0.1
        found = within_bounds(kept, bounds)
        low, high = np.quantile(found, (0.05, 0.95))
        assert high - low > 0.85 * (bounds.high - bounds.low) > 0
        assert low < whole.retention < high
        assert (np.diff(found[np.argsort(kept)]) >= -1e-12).all()


def test_documents_repeated_so_often_are_extrapolated_as_such(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At 16 times, beside the same with smooth laws in their place."""

    def errors(with_peaks: bool) -> tuple[float, float]:
        if not with_peaks:
            monkeypatch.setattr(extrapolation, "find_repeats", lambda seen, draw: None)
        found = [extrapolate(seen, draw) for _, seen, draw in shown]
        off = [each.planned - truth for each, (truth, _, _) in zip(found, shown, strict=True)]
        held = [each.low <= t <= each.high for each, (t, _, _) in zip(found, shown, strict=True)]
        return float(np.sqrt(np.mean(np.square(off)))), float(np.mean(held))

    shown = []
    for seed in range(20):
        random = np.random.default_rng([seed, 2])
        whole = repeated_law(8e5, random).realised(random)
        seen = drawn_spectrum(whole, 1 / 16, random)
        draw = RandomDocuments(whole.documents, float(seen.documents))
        if find_repeats(seen, draw) is not None:
            shown.append((whole.retention, seen, draw))
    assert len(shown) >= 10
    (error, held), (smooth_error, smooth_held) = errors(True), errors(False)
    assert error < 0.65 * smooth_error
    assert held > smooth_held + 0.2


def test_draws_and_laws_of_repeats_belong_together() -> None:
    """Draw i is of law i, or of what widening made of it: their orders agree."""
    random = np.random.default_rng(3)
    law = mixed("", [(0.6, copies(1, 1.0)), (0.4, copies(30, 1.0))], 4e5)
    whole = law.realised(random)
    seen = drawn_spectrum(whole, 1 / 4, random)
    found = extrapolate(seen, RandomDocuments(whole.documents, float(seen.documents)))
    assert found.posterior is not None
    assert found.posterior.shares.sum(axis=1) == pytest.approx(1.0)
    kept = found.posterior.retention()
    assert (np.diff(found.draws[np.argsort(kept)]) >= -1e-12).all()
    part = found.posterior.retention(1 / 4)
    assert np.median(part) == pytest.approx(seen.distinct / seen.documents, abs=0.01)


@pytest.mark.parametrize(
    ("ratio", "pairs", "more"),
    [
        (1024.0, 0.0, 0.0),
        (1e4, 50.0, 0.9),
        (1e4, 0.0, 0.9),
        (1e4, 500.0, 0.0),
        (1e4, np.sqrt(50 * 500), 0.45),
        (1e6, 500.0, 0.9),
        (1e6, 5000.0, 0.0),
        (3200.0, 50.0, 0.45),
    ],
)
def test_far_away_few_pairs_say_nothing_of_the_upper_end(
    ratio: float, pairs: float, more: float
) -> None:
    draws = np.linspace(0.2, 0.4, 2001)
    found = widened(draws, Bounds(0.0, 1.0, 2.0), ratio, pairs=pairs)
    share = min(0.5, 0.025 + 0.035 * (np.log2(ratio) - 2))
    assert np.quantile(found, 0.95) == pytest.approx(
        0.39 + (share + (1 - share) * more) * 0.61, abs=2e-3
    )


def test_the_upper_end_goes_a_part_of_the_way_in_any_case() -> None:
    draws = np.linspace(0.2, 0.4, 2001)
    found = widened(draws, Bounds(0.0, 1.0, 2.0), 256.0, least_up=0.5)
    assert np.quantile(found, 0.95) == pytest.approx(0.39 + 0.5 * 0.61, abs=2e-3)
    assert np.array_equal(
        widened(draws, Bounds(0.0, 1.0, 2.0), 1e6, least_up=0.1),
        widened(draws, Bounds(0.0, 1.0, 2.0), 1e6),
    )


def test_beside_a_peak_that_was_hardly_seen_the_upper_end_goes_half_of_its_way() -> None:
    rest = mixed("", [(0.9, copies(1, 1.0)), (0.1, power_law(2.0, 300, 1.0))], 1.0)
    whole = mixed("", [(0.5, rest), (0.5, copies(150, 1.0))], 2.56e7)
    random = np.random.default_rng([0, 150])
    realised = whole.realised(random)
    seen = drawn_spectrum(realised, 1 / 256, random)
    found = extrapolate(seen, RandomDocuments(realised.documents, float(seen.documents)))
    assert found.repeats is not None
    assert found.repeats.times < 256
    assert found.posterior is not None
    high = np.quantile(found.posterior.retention(), 0.95)
    assert found.high >= high + 0.49 * (found.outer.high - high)
