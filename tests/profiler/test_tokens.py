"""Tokens from bytes: known rates, unknown scripts, and the share that may be unknown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.scripts import SCRIPTS
from profiler.tokens import MOST_UNKNOWN_SHARE, TokenRates, measured_rates, published_rates

RATES = TokenRates({"latin": 4.0, "han": 3.0}, "test")


def test_known_scripts_add_up():
    assert RATES.tokens({"latin": 400, "han": 300}) == 200


def test_an_unknown_script_makes_the_sum_unknown():
    assert RATES.tokens({"latin": 400, "thai": 100}) is None
    assert RATES.tokens({"thai": 1}) is None


def test_a_trace_of_an_unknown_script_counts_at_the_known_rate():
    assert RATES.tokens({"latin": 9960, "thai": 40}) == pytest.approx(2500)


def test_no_bytes_are_no_tokens():
    assert RATES.tokens({}) == 0
    assert RATES.tokens({"thai": 0}) == 0


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_known_exactly_when_little_is_unknown(known, unknown):
    tokens = RATES.tokens({"latin": known, "thai": unknown})
    assert (tokens is None) == (known < (1 - MOST_UNKNOWN_SHARE) * (known + unknown))


def test_published_rates_have_sources_and_are_of_scripts_that_we_tell_apart():
    rates = published_rates()
    assert set(rates.bytes_per_token) <= set(SCRIPTS)
    assert rates.bytes_per_token["latin"] == 4.56
    assert "OLMo 3" in rates.method


def test_measured_rates():
    rates = measured_rates({"latin": (25, 100), "han": (0, 0)}, "tokenizer.json")
    assert rates.bytes_per_token == {"latin": 4.0}
    assert "100 bytes" in rates.method
