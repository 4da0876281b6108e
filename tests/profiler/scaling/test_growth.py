"""Growth within a run: the exponent of known laws, how often its interval holds, and when there is
none."""

from __future__ import annotations

import numpy as np
import pytest
from made_up_text import write_shard

from profiler.measurement import Options, profile
from profiler.scaling.batch_costs import BatchCosts
from profiler.scaling.growth import MIN_BATCHES, exponent

RUNS = 400


def costs(random, power, noise, batches=48, shards=12):
    """Batches of unequal size, whose marginal cost goes as the work done to ``power`` - 1."""
    volume = random.uniform(0.5, 2.0, batches) * 1e6
    docs = np.round(volume / random.uniform(2_000, 6_000, batches))
    amount = 0.5 * volume + 0.5 * docs * volume.sum() / docs.sum()
    done = np.cumsum(amount)
    cpu = np.diff(done**power, prepend=0) * 1e-8 * random.lognormal(0, noise, batches)
    clusters = np.repeat(np.arange(shards), batches // shards)
    none = np.zeros(batches, bool)
    return BatchCosts(clusters, none, none, docs, volume, cpu)


@pytest.mark.parametrize("power", [0.9, 1.0, 1.2, 2.0])
def test_the_exponent_of_a_known_law_is_found(power):
    found, error = exponent(costs(np.random.default_rng(1), power, 0.001))
    assert found == pytest.approx(power, abs=0.06)
    assert error < 0.05


def test_of_linear_runs_the_interval_holds_as_often_as_it_says():
    random = np.random.default_rng(2)
    pairs = [exponent(costs(random, 1.0, 0.2)) for _ in range(RUNS)]
    found, errors = (np.array(each) for each in zip(*pairs, strict=True))
    inside = np.abs(found - 1) <= 1.796 * errors  # 90 % of Student's t, 11 degrees of freedom
    assert abs(found.mean() - 1) < 0.01
    assert 0.86 <= inside.mean() <= 0.96


def test_a_run_that_gets_dearer_is_told_from_a_linear_one():
    found, error = exponent(costs(np.random.default_rng(3), 1.3, 0.1))
    assert found - 3 * error > 1


def test_few_batches_tell_nothing():
    few = costs(np.random.default_rng(4), 1.0, 0.1, batches=MIN_BATCHES - 1, shards=1)
    assert exponent(few) is None


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("growth")
    for number in range(MIN_BATCHES):
        write_shard(folder / "many" / f"{number}.jsonl", 30, seed=number)
    write_shard(folder / "one" / "0.jsonl", 30, seed=1)
    return {
        name: profile([folder / name], folder / f"run-{name}", Options(workers=1)).run
        for name in ("many", "one")
    }


def test_the_record_says_how_cpu_grew(runs):
    grown = {(each.stage, each.phase): each for each in runs["many"].growth}
    stages = [stage.stage for stage in runs["many"].stages]
    assert {stage for stage, phase in grown if phase == "over documents"} == set(stages)
    rules = grown["gopher-quality", "over documents"]
    assert rules.batches == MIN_BATCHES
    assert 0 < rules.exponent < 2
    assert rules.standard_error > 0
    resolve = grown["near-dedup", "resolve"]
    assert resolve.exponent is None
    assert "calibrate" in resolve.reason


def test_a_short_run_says_why_it_cannot_tell(runs):
    assert {each.exponent for each in runs["one"].growth} == {None}
    assert all(each.reason for each in runs["one"].growth)
