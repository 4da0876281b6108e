"""Formulas of storage on known answers, and the lines that are made from them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.money.lines import Domain, Inputs
from profiler.money.prices import Tier, default_book
from profiler.money.scenario import load_scenario, resolve_prices
from profiler.money.storage import (
    capacity_usd,
    rented_usd,
    storage_lines,
    tiered_usd_per_month,
)
from profiler.scaling.volumes import Forecast

TIERS = (Tier(23.0, 50.0), Tier(22.0, 500.0), Tier(21.0))


def test_rented_is_price_times_volume_times_months() -> None:
    assert rented_usd(100.0, 23.0, 12.0, 2.0) == 23 * 100 * 2 * 12


def test_formulas_take_draws() -> None:
    volumes = np.array([1.0, 2.0])
    np.testing.assert_allclose(capacity_usd(volumes, 99.0, 2.0), [198.0, 396.0])
    np.testing.assert_allclose(rented_usd(volumes, 10.0, volumes), [10.0, 40.0])


@pytest.mark.parametrize(
    ("tb", "usd"),
    [(0, 0), (50, 1_150), (51, 1_172), (500, 11_050), (501, 11_071), (1000, 21_550)],
)
def test_each_tier_prices_its_own_part(tb: float, usd: float) -> None:
    assert tiered_usd_per_month(float(tb), TIERS) == pytest.approx(usd)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_tiered_prices_never_fall_and_lie_between_their_ends(one: float, more: float) -> None:
    less = float(tiered_usd_per_month(one, TIERS))
    sum_usd = float(tiered_usd_per_month(one + more, TIERS))
    assert sum_usd >= less - 1e-6
    assert 21.0 * one - 1e-6 <= less <= 23.0 * one + 1e-6


RENTED = ("rented", "write requests", "read requests")


def test_one_petabyte_in_the_object_store_of_the_book() -> None:
    price = default_book().prices["s3-standard"]
    assert tiered_usd_per_month(1000.0, price.tiers) == pytest.approx(21_550)


def test_bought_is_counted_and_rented_beside_it(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    lines = {line.item: line for line in storage_lines(inputs_of(make_forecast()))}
    bought, rented = lines["raw shards, bought capacity"], lines["raw shards, rented"]
    assert bought.counted
    assert not rented.counted
    assert bought.usd is not None
    assert rented.usd is not None
    assert bought.usd.point == 99_000
    kept_in_all = 1000 + 50 * 0.448
    mean = tiered_usd_per_month(kept_in_all, default_book().prices["s3-standard"].tiers)
    assert rented.unit_price_usd == pytest.approx(mean / kept_in_all)
    assert rented.usd.point == pytest.approx(12 * 1000 * mean / kept_in_all, abs=0.01)
    assert (bought.payment, rented.payment) == ("one-off", "monthly")


def test_method_rented_turns_the_two_round(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    lines = storage_lines(inputs_of(make_forecast(), "storage.method=rented"))
    assert {line.item for line in lines if line.counted} == {
        *(f"{kept}, {what}" for kept in ("raw shards", "cleaned text") for what in RENTED)
    }


def test_tiers_count_all_that_is_kept_together(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    inputs = inputs_of(make_forecast(), "storage.stored_per_text_byte=1")
    rented = [x for x in storage_lines(inputs) if x.item.endswith("rented")]
    usd = sum((x.usd.point or 0) / (x.months or 0) for x in rented if x.usd)
    tiers = default_book().prices["s3-standard"].tiers
    assert usd == pytest.approx(tiered_usd_per_month(1050.0, tiers), abs=0.01)


def test_intermediates_are_kept_when_they_are_planned(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    kept = ["storage.extracted_months=3", "storage.filtered_months=1"]
    lines = {x.item: x for x in storage_lines(inputs_of(make_forecast(), *kept))}
    assert lines["extracted text, rented"].quantity == pytest.approx(3 * 200 * 0.448)
    assert lines["text after the filters, rented"].quantity == pytest.approx(100 * 0.448)


def test_compression_that_the_run_measured_goes_before_the_published_one(
    make_forecast: Callable[..., Forecast],
) -> None:
    forecast = make_forecast()
    for overrides, per_byte in (((), 0.3), (("storage.stored_per_text_byte=0.9",), 0.9)):
        scenario = load_scenario(None, overrides)
        domain = Domain("", forecast, "runs/mine", 0.3)
        inputs = Inputs((domain,), scenario, resolve_prices(scenario, default_book()))
        line = next(x for x in storage_lines(inputs) if x.item == "cleaned text, bought capacity")
        assert line.quantity == pytest.approx(50 * per_byte)


def test_egress_is_priced_in_tiers_where_it_is_planned(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    lines = {x.item: x for x in storage_lines(inputs_of(make_forecast()))}
    assert lines["cleaned text, egress"].usd is None
    assert "not planned" in lines["cleaned text, egress"].note
    planned = inputs_of(
        make_forecast(), "storage.egress_copies=1", "storage.stored_per_text_byte=1"
    )
    egress = next(x for x in storage_lines(planned) if x.item == "cleaned text, egress")
    assert egress.usd is not None
    assert egress.usd.point == pytest.approx(10 * 90 + 40 * 85)


def test_what_is_not_kept_has_no_cost_and_says_so(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    lines = storage_lines(inputs_of(make_forecast(), "storage.raw_months=0"))
    raw = [line for line in lines if line.item.startswith("raw")]
    assert [line.usd for line in raw] == [None]
    assert "not kept" in raw[0].note


def test_copies_multiply(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    forecast = make_forecast()
    one = storage_lines(inputs_of(forecast))[0]
    two = storage_lines(inputs_of(forecast, "storage.copies=2"))[0]
    assert one.usd is not None
    assert two.usd is not None
    assert two.usd.point == 2 * (one.usd.point or 0)
    assert two.quantity == 2000


def test_cleaned_text_carries_the_draws_of_its_volume(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    forecast = make_forecast()
    line = next(x for x in storage_lines(inputs_of(forecast)) if x.item.startswith("cleaned"))
    assert line.draws is not None
    together = np.corrcoef(line.draws, forecast.clean_text_bytes.draws)[0, 1]
    assert together > 0.3
