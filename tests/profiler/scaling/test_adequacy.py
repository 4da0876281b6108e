from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.scaling.adequacy import (
    advise,
    advise_cpu,
    advise_retention,
    half_width_with,
    shards_for_half_width,
)
from profiler.scaling.batch_costs import BatchCosts
from profiler.scaling.cputime import fit_cpu_law
from profiler.scaling.quantity import Estimate


def test_halving_takes_four_times_the_shards_when_there_are_many():
    assert shards_for_half_width(0.08, 100, 0.04) == pytest.approx(400, rel=0.03)


def test_few_shards_gain_more_than_the_root():
    # t falls from 2.920 to 2.015: 2.920 / √3 = 1.686, 2.132 / √5 = 0.953, 2.015 / √6 = 0.823
    assert shards_for_half_width(0.30, 3, 0.15) == 6
    assert half_width_with(0.30, 3, 5) == pytest.approx(0.30 * 0.953 / 1.686, rel=2e-3)


@given(
    st.floats(0.02, 5), st.integers(2, 500), st.floats(0.1, 0.95), st.sampled_from(["%", "points"])
)
def test_advice_is_kept_by_the_number_it_names(half_width, shards, part, unit):
    advice = advise(half_width, shards, wanted=half_width * part, unit=unit)
    assert advice.more_shards is not None
    assert advice.more_shards >= 1
    assert advice.half_width_then <= half_width * part * (1 + 1e-9)
    one_less = shards + advice.more_shards - 1
    if one_less > shards:
        assert half_width_with(half_width, shards, one_less) > half_width * part
    assert " 0 more" not in advice.text


def test_the_sentence():
    assert advise(0.08, 8, wanted=0.05).text == "± 8 % now; 10 more shards give ± 4.9 %"
    assert advise(0.5, 2, wanted=0.49).text.startswith("± 50 % now; 1 more shard gives ± ")
    assert "more text of each shard" in advise(0.08, 8, within=0.9).text


def test_where_no_number_is_honest_none_is_given():
    for advice in (
        advise(0.3, 40, clusters="batches"),
        advise(0.3, 1),
        advise(0.005, 8),
        advise(0.3, 8, wanted=1e-6),
    ):
        assert advice.more_shards is None
    assert "at least 3 shards" in advise(0.3, 40, clusters="batches").text
    assert "narrow enough" in advise(0.005, 8).text
    assert "out of reach" in advise(0.3, 8, wanted=1e-6).text
    assert shards_for_half_width(math.inf, 8, 0.1) is None


def test_retention_is_in_points():
    advice = advise_retention(Estimate(0.6, 0.56, 0.64, ""), 10, wanted=0.02)
    assert advice.text.startswith("± 4 points now; ")
    assert advise_retention(Estimate(None, 0.2, 0.9, "", "bounds"), 10) is None


def test_cpu_advice_comes_from_the_law():
    random = np.random.default_rng(1)
    volume = random.uniform(1e6, 8e6, 40)
    places = np.repeat(np.arange(8), 5)
    cpu = volume * 1e-8 * np.exp(random.normal(0, 0.3, 8))[places]
    nowhere = np.zeros(40, np.bool_)
    law = fit_cpu_law(BatchCosts(places, nowhere, nowhere, volume / 5000, volume, cpu))
    advice = advise_cpu(law)
    assert advice.half_width == pytest.approx(0.2, rel=0.5)
    assert advice.more_shards > 8
    assert "batches" not in advice.text
    empty = BatchCosts(places, nowhere, nowhere, 0 * volume, 0 * volume, cpu)
    assert advise_cpu(fit_cpu_law(empty)) is None
