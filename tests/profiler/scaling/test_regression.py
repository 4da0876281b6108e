from __future__ import annotations

import numpy as np
import pytest

from profiler.scaling.regression import UNKNOWN_SHARE_VARIANCE, fit_mix

PER_DOCUMENT, PER_BYTE = 2e-5, 1e-8


def batches(shards: int = 6, each: int = 5, spread: float = 0.4, seed: int = 1):
    """Documents, bytes and shard of each batch; the mix differs from batch to batch."""
    random = np.random.default_rng(seed)
    volume = 8e6 * random.uniform(0.3, 1, shards * each)
    docs = np.rint(volume / 5000 * np.exp(random.normal(0, spread, shards * each)))
    return docs, volume, np.repeat(np.arange(shards), each)


def test_a_law_without_noise_is_found():
    docs, volume, shards = batches()
    fit = fit_mix(docs, volume, PER_DOCUMENT * docs + PER_BYTE * volume, shards)
    assert fit.identified
    assert fit.level * fit.share * fit.bytes_per_document == pytest.approx(PER_DOCUMENT)
    assert fit.level * (1 - fit.share) == pytest.approx(PER_BYTE)
    assert fit.level_variance == pytest.approx(0, abs=1e-12)
    assert fit.clusters == 6


def test_the_level_is_the_ratio_of_sums_whatever_the_noise():
    docs, volume, shards = batches()
    cost = PER_BYTE * volume * np.random.default_rng(2).gamma(2, 1, len(volume))
    fit = fit_mix(docs, volume, cost, shards)
    assert fit.level == pytest.approx(cost.sum() / volume.sum())


def test_coefficients_are_not_negative():
    docs, volume, shards = batches()
    falling = PER_BYTE * volume * (1.5 - 0.4 * docs / docs.mean())
    assert fit_mix(docs, volume, np.maximum(falling, 1e-4), shards).share == 0
    steep = PER_DOCUMENT * docs**1.5
    assert fit_mix(docs, volume, steep, shards).share == pytest.approx(1, abs=0.05)


def test_disturbed_batches_do_not_tilt_the_law():
    docs, volume, shards = batches(each=8)
    noise = np.exp(np.random.default_rng(4).normal(0, 0.02, len(docs)))
    cost = (PER_DOCUMENT * docs + PER_BYTE * volume) * noise
    calm = fit_mix(docs, volume, cost, shards)
    disturbed = cost.copy()
    disturbed[np.argsort(docs / volume)[-3:]] *= 3  # those with the most documents per byte
    fit = fit_mix(docs, volume, disturbed, shards)
    assert fit.share == pytest.approx(calm.share, abs=0.05)
    assert fit.level == pytest.approx(disturbed.sum() / volume.sum())


def test_documents_and_bytes_that_move_together_give_a_cost_by_bytes():
    docs, volume, shards = batches(spread=0.0)
    fit = fit_mix(docs, volume, PER_DOCUMENT * docs, shards)
    assert (fit.identified, fit.share) == (False, 0.0)
    assert fit.share_variance == UNKNOWN_SHARE_VARIANCE


def test_three_batches_give_a_cost_by_bytes():
    docs, volume, shards = batches(shards=3, each=1)
    fit = fit_mix(docs, volume, PER_DOCUMENT * docs, shards)
    assert (fit.identified, fit.share, fit.clusters) == (False, 0.0, 3)
    assert fit.level_variance > 0


def test_a_share_that_noise_hides_is_shrunk_and_wide():
    docs, volume, shards = batches(spread=0.05)
    noise = np.exp(np.random.default_rng(3).normal(0, 0.5, len(docs)))
    fit = fit_mix(docs, volume, PER_DOCUMENT * docs * noise, shards)
    assert fit.share < 0.7
    assert fit.share_variance > 0.1


def test_nothing_measured_is_no_law():
    docs, volume, shards = batches()
    assert fit_mix(docs, volume, 0 * volume, shards) is None
    assert fit_mix(0 * docs, 0 * volume, volume, shards) is None


def test_cost_of_a_shard_that_is_of_no_batch_is_in_the_level():
    docs, volume, shards = batches(shards=4)
    cost = PER_BYTE * volume
    docs, volume = np.append(docs, 0), np.append(volume, 0)
    fit = fit_mix(docs, volume, np.append(cost, 0.1), np.append(shards, 3))
    assert fit.level == pytest.approx((cost.sum() + 0.1) / volume.sum())
    assert fit.level_variance > 0


def test_variance_between_and_within_shards_is_told_apart():
    docs, volume, shards = batches(shards=20, each=10)
    random = np.random.default_rng(7)
    between = np.exp(random.normal(0, 0.2, 20))[shards]
    within = np.exp(random.normal(0, 0.2, len(docs)))
    assert fit_mix(docs, volume, PER_BYTE * volume * between, shards).within < 0.1
    assert fit_mix(docs, volume, PER_BYTE * volume * within, shards).within > 0.6


def test_neighbours_that_stay_widen_the_level():
    docs, volume, shards = batches(shards=32)
    scattered, lasting = np.ones(32), np.ones(32)
    scattered[::4] = lasting[:8] = 1.5
    fits = [
        fit_mix(docs, volume, PER_BYTE * volume * busy[shards], shards)
        for busy in (scattered, lasting)
    ]
    assert fits[0].level == pytest.approx(fits[1].level, rel=0.05)
    assert fits[1].level_variance > 2.5 * fits[0].level_variance
