from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from profiler.scaling.batch_costs import BatchCosts, batch_costs
from profiler.scaling.clusters import clusters_of
from profiler.scaling.cputime import (
    CpuLaw,
    cpu_seconds_per_byte,
    document_cpu_hours,
    fit_cpu_law,
    mb_per_cpu_second,
)
from profiler.scaling.quantity import Quantity
from profiler.scaling.ratio import LONE_CLUSTER_FACTOR

RANKS = (np.arange(1000) + 0.5) / 1000
LEVEL, BYTES_PER_DOCUMENT = 1e-8, 5000.0


def draw(
    random: np.random.Generator,
    shards: int,
    each: int,
    share: float,
    *,
    mix: float = 0.3,
    disturbed: float = 0.0,
) -> BatchCosts:
    """Batches of a law with noise of 10 % by batch and 10 % by shard, both of mean 1."""
    shape = (shards, each)
    volume = 8e6 * random.uniform(0.3, 1, shape)
    mixes = np.exp(random.normal(-(mix**2) / 2, mix, shape))
    amount = volume * (1 - share + share * mixes)
    noise = np.exp(random.normal(-0.005, 0.1, shape) + random.normal(-0.005, 0.1, (shards, 1)))
    noise *= np.where(random.random(shape) < disturbed, 1 + random.exponential(1, shape), 1)
    nowhere = np.zeros(shards * each, np.bool_)
    docs = volume / BYTES_PER_DOCUMENT * mixes
    places = np.repeat(np.arange(shards), each)
    cpu = LEVEL * amount * noise
    return BatchCosts(places, nowhere, nowhere, docs.ravel(), volume.ravel(), cpu.ravel())


def seconds(law: CpuLaw, docs: float, volume: float) -> Quantity:
    count = len(RANKS)
    certain = (Quantity.certain(docs, count), Quantity.certain(volume, count))
    return law.cpu_hours(*certain, RANKS) * 3600.0


def relative_errors(
    draws: int, shards: int, each: int, share: float, target_mix: float, **noise: Any
) -> tuple[np.ndarray, np.ndarray, float]:
    """Errors of the law and of the plain ratio, and how often the interval holds."""
    random = np.random.default_rng([shards, each, int(share * 10)])
    volume = 1e12
    docs = volume / BYTES_PER_DOCUMENT * target_mix
    truth = LEVEL * volume * (1 - share + share * target_mix)
    truth *= 1 + noise.get("disturbed", 0.0)
    errors, plain, held = [], [], 0
    for _ in range(draws):
        costs = draw(random, shards, each, share, **noise)
        figure = seconds(fit_cpu_law(costs), docs, volume)
        low, high = figure.interval()
        held += low <= truth <= high
        errors.append(figure.point / truth - 1)
        plain.append(costs.cpu_seconds.sum() / costs.bytes.sum() * volume / truth - 1)
    return np.array(errors), np.array(plain), held / draws


def rmse(errors: np.ndarray) -> float:
    return float(np.sqrt(np.square(errors).mean()))


@pytest.mark.parametrize(("shards", "each"), [(3, 20), (4, 3), (8, 1), (16, 3), (64, 2)])
@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_intervals_hold_and_the_mix_is_followed(shards, each, share):
    for target_mix in (1.0, 1.6):
        errors, plain, held = relative_errors(120, shards, each, share, target_mix)
        assert 0.81 <= held <= 1.0, target_mix  # 85 % but for the noise of 120 draws
        if share == 0.4 and target_mix != 1:
            assert rmse(errors) < 0.9 * rmse(plain)
        if target_mix == 1:
            assert rmse(errors) < 1.1 * rmse(plain)


def test_coverage_over_all_is_near_ninety_percent():
    held = [
        relative_errors(60, shards, each, 0.3, mix)[2]
        for shards, each in ((3, 5), (6, 3), (12, 10), (32, 2))
        for mix in (0.7, 1.0, 1.4)
    ]
    assert 0.85 <= float(np.mean(held)) <= 0.95


def test_neighbours_that_disturb_are_paid_for_at_scale_as_well():
    errors, _, held = relative_errors(150, 32, 5, 0.3, 1.0, disturbed=0.1)
    assert abs(errors.mean()) < 0.01
    assert held > 0.8


def test_at_the_mix_of_the_sample_the_law_is_the_ratio():
    costs = draw(np.random.default_rng(1), 8, 5, 0.7)
    law = fit_cpu_law(costs)
    assert law.fit is not None
    assert law.fit.share == pytest.approx(0.7, abs=2 * math.sqrt(law.fit.share_variance))
    docs, volume = costs.docs.sum(), costs.bytes.sum()
    assert seconds(law, docs, volume).point == pytest.approx(costs.cpu_seconds.sum())
    assert law.rate.point == pytest.approx(costs.cpu_seconds.sum() / volume)


def test_the_same_run_is_predicted_stage_by_stage(fabricate):
    record = fabricate(shards=8, batches=4)
    clusters = clusters_of(record)
    for costs in batch_costs(record.tables["batches"], clusters).values():
        law = fit_cpu_law(costs, clusters.kind)
        again = seconds(law, costs.docs.sum(), costs.bytes.sum()).point + law.set_aside_cpu_seconds
        assert again == pytest.approx(costs.cpu_seconds.sum(), rel=1e-6)


def test_quantiles_of_the_draws_are_the_interval():
    law = fit_cpu_law(draw(np.random.default_rng(2), 8, 5, 0.3))
    docs, volume = 1e9 / BYTES_PER_DOCUMENT * 2, 1e9
    low, high = seconds(law, docs, volume).interval()
    point = law.seconds_per_document * docs + law.seconds_per_byte * volume
    mix = 2 * law.fit.bytes_per_document / BYTES_PER_DOCUMENT
    width = float(law.half_width(np.array([mix]))[0])
    assert (low, high) == pytest.approx(
        (point * math.exp(-width), point * math.exp(width)), rel=2e-3
    )


def test_draws_follow_the_ranks_and_the_volumes():
    law = fit_cpu_law(draw(np.random.default_rng(3), 8, 5, 0.5))
    volume = Quantity(1e9, np.linspace(5e8, 2e9, 1000))
    hours = law.cpu_hours(volume * (1 / BYTES_PER_DOCUMENT), volume, RANKS)
    assert (np.diff(hours.draws) > 0).all()
    same = law.cpu_hours(volume * (1 / BYTES_PER_DOCUMENT), volume, np.full(1000, 0.5))
    assert same.draws == pytest.approx(volume.draws * same.point / volume.point)


def test_another_mix_is_less_certain():
    law = fit_cpu_law(draw(np.random.default_rng(4), 8, 5, 0.3))
    widths = law.half_width(np.array([1.0, 3.0, 10.0]))
    assert (np.diff(widths) > 0).all()
    assert fit_cpu_law(draw(np.random.default_rng(4), 8, 5, 0.3, mix=0.0)).half_width(
        np.array([2.0])
    ) == pytest.approx(math.log(2), rel=0.3)  # nothing known of the share: a factor of the mix


def test_one_cluster_is_rough():
    law = fit_cpu_law(draw(np.random.default_rng(5), 1, 5, 0.3))
    assert law.state == "rough"
    assert "factor 1.5" in law.method
    assert law.rate.high == pytest.approx(law.rate.point * LONE_CLUSTER_FACTOR)


def test_a_stage_that_nothing_reached_costs_nothing():
    costs = draw(np.random.default_rng(6), 3, 3, 0.3)
    empty = BatchCosts(
        costs.clusters, costs.first, costs.cold, 0 * costs.docs, 0 * costs.bytes, costs.cpu_seconds
    )
    law = fit_cpu_law(empty)
    assert law.state == "bounds"
    assert law.rate.point is None
    assert seconds(law, 1e6, 1e9).draws.max() == 0
    assert mb_per_cpu_second(law.rate) is None


def test_the_method_names_what_was_fitted():
    assert "per document" in fit_cpu_law(draw(np.random.default_rng(7), 8, 5, 0.5)).method
    flat = fit_cpu_law(draw(np.random.default_rng(7), 8, 5, 0.5, mix=0.0), "batches").method
    assert "per byte" in flat
    assert "batches" in flat


def test_rate_and_speed():
    rate = cpu_seconds_per_byte(np.array([1.0, 2.0, 3.3]), np.array([10**8, 2 * 10**8, 3 * 10**8]))
    assert rate.point == pytest.approx(6.3 / 6e8)
    speed = mb_per_cpu_second(rate)
    assert speed is not None
    assert speed.point == pytest.approx(600 / 6.3)
    assert speed.low == pytest.approx(1e-6 / rate.high)
    assert speed.high == pytest.approx(1e-6 / rate.low)


def test_a_stage_without_cpu_has_no_speed():
    rate = cpu_seconds_per_byte(np.zeros(3), np.full(3, 10))
    assert mb_per_cpu_second(rate) is None
    assert document_cpu_hours(rate, Quantity.certain(1e12, 1000), RANKS).draws.max() == 0


def test_hours_are_rate_times_volume():
    rate = cpu_seconds_per_byte(np.array([1.0, 1.1, 0.9]), np.full(3, 10**6))
    hours = document_cpu_hours(rate, Quantity.certain(3.6e9, 1000), RANKS)
    assert hours.point == pytest.approx(1.0)
    assert hours.interval() == pytest.approx((rate.low * 1e6, rate.high * 1e6), rel=1e-3)
