"""Formulas of cleaning on known answers, and the lines that are made from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.money.cleaning import (
    billed_core_hours,
    cleaning_lines,
    compute_usd,
    engineer_usd,
    rule_usd,
    stage_usd,
)
from profiler.money.lines import Inputs
from profiler.scaling.quantity import Quantity
from profiler.scaling.volumes import Forecast

PLAIN = [
    "cleaning.cluster_utilisation=1",
    "cleaning.passes=1",
    "cleaning.retries=0",
    "cleaning.communication_overhead=0.1",
    "cleaning.operations_overhead=0.2",
]


def test_engineers() -> None:
    assert engineer_usd(700.0, 6.0, 4.0) == 7_000


def test_stage_without_and_with_overheads() -> None:
    # 100 TB at 0.5 TB an hour are 200 hours at 2 USD
    assert stage_usd(2.0, 100.0, 0.5, 0.0, 0.1, 0.2) == 400
    assert stage_usd(2.0, 100.0, 0.5, 1.0, 0.1, 0.2) == pytest.approx(520)
    assert compute_usd(2.0, 200.0, 1.0, 0.1, 0.2) == pytest.approx(520)


def test_cleaning_is_the_sum_over_stages() -> None:
    prices, volumes, rates = [0.04, 0.05], [100.0, 40.0], [0.01, 0.002]
    betas = [0.0, 1.0]
    published = sum(
        c * (v / r) * (1 + b * (0.1 + 0.2))
        for c, v, r, b in zip(prices, volumes, rates, betas, strict=True)
    )
    ours = sum(
        float(stage_usd(c, v, r, b, 0.1, 0.2))
        for c, v, r, b in zip(prices, volumes, rates, betas, strict=True)
    )
    assert ours == pytest.approx(published)


def test_rule_adds_the_engineer_and_rounds_nothing_up() -> None:
    assert rule_usd(50.0, 2800.0) == 1_400
    assert rule_usd(100.0, 2800.0, 7_000.0) == 9_800


def test_billed_core_hours_on_a_known_answer() -> None:
    assert billed_core_hours(100.0, 0.5, 2.0, 0.1, 2.0) == pytest.approx(220)


@given(
    st.floats(0, 1e9),
    st.floats(0.01, 1),
    st.floats(1, 10),
    st.floats(0, 5),
    st.floats(0.1, 1),
)
def test_nobody_is_billed_less_than_the_work_on_cores_no_faster(
    hours: float, utilisation: float, passes: float, retries: float, speed: float
) -> None:
    assert billed_core_hours(hours, utilisation, passes, retries, speed) >= hours * (1 - 1e-12)


def test_one_line_per_stage_with_overheads_where_data_is_exchanged(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    lines = {line.item: line for line in cleaning_lines(inputs_of(make_forecast(), *PLAIN))}
    rules, near = lines["compute: gopher"], lines["compute: near"]
    assert rules.usd is not None
    assert near.usd is not None
    assert rules.usd.point == pytest.approx(30_000 * 0.0425)
    assert near.usd.point == pytest.approx(90_000 * 0.0425 * 1.3)
    assert near.unit_price_usd == pytest.approx(0.0425)
    assert near.quantity == pytest.approx(90_000 * 1.3)
    assert rules.draws is not None
    np.testing.assert_allclose(
        rules.draws, make_forecast().stages[1].cpu_hours.draws * 0.0425, rtol=1e-12
    )


def test_factors_of_the_bill_are_applied_and_shown(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    overrides = [
        "cleaning.cluster_utilisation=0.5",
        "cleaning.passes=2",
        "cleaning.retries=0.1",
        "cleaning.target_core_speed=2",
    ]
    lines = cleaning_lines(inputs_of(make_forecast(), *overrides))
    rules = next(line for line in lines if line.item == "compute: gopher")
    assert rules.usd is not None
    assert rules.usd.point == pytest.approx(30_000 / 0.5 * 2 * 1.1 / 2 * 0.0425)
    assert rules.term is not None
    hours = next(part for part in rules.term.parts if part.symbol == "H")
    assert hours.substituted() == "30,000 vCPU-hour / 0.5 × 2 × (1 + 0.1) / 2"
    assert hours.value.point == pytest.approx(66_000)
    assert rules.explanation.endswith(f"{rules.usd.point:,.2f} USD")


def test_engineers_are_counted_once_per_domain(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    overrides = ["cleaning.domains=3", "cleaning.engineer_usd_per_day=500"]
    for method in ("measured", "rule"):
        lines = cleaning_lines(inputs_of(make_forecast(), *overrides, f"cleaning.method={method}"))
        engineers = lines[0]
        assert engineers.counted
        assert engineers.usd is not None
        assert engineers.usd.point == 3 * 10 * 500


def test_rule_and_measured_compute_are_never_both_counted(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    for method in ("measured", "rule"):
        lines = cleaning_lines(inputs_of(make_forecast(), f"cleaning.method={method}"))
        rule = next(line for line in lines if line.item == "compute by the published rule")
        stages = [line for line in lines if line.item.startswith("compute:")]
        assert rule.counted == (method == "rule")
        assert {line.counted for line in stages} == {method == "measured"}
        assert rule.usd is not None
        assert rule.usd.point == 28_000


def test_fixed_cpu_hours_have_a_line_of_their_own(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    forecast = make_forecast(fixed_cpu_hours=100.0)
    lines = cleaning_lines(inputs_of(forecast, *PLAIN))
    fixed = next(line for line in lines if "fixed" in line.item)
    assert fixed.usd is not None
    assert fixed.usd.point == pytest.approx(100 * 0.0425)
    assert not any("fixed" in line.item for line in cleaning_lines(inputs_of(make_forecast())))


def test_resolving_pays_for_memory_beyond_what_a_core_includes(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    forecast = make_forecast()
    near = replace(forecast.stages[2], resolve_cpu_hours=Quantity.certain(40_000.0, 400))
    forecast = replace(forecast, stages=(*forecast.stages[:2], near))
    memory = ["cleaning.resolve_gb_per_core=10", "cleaning.included_gb_per_core=2"]
    lines = {x.item: x for x in cleaning_lines(inputs_of(forecast, *PLAIN, *memory))}
    rest, resolve = lines["compute: near"], lines["compute: near, resolve"]
    assert rest.quantity == pytest.approx(50_000 * 1.3)
    assert rest.unit_price_usd == pytest.approx(0.0425)
    assert resolve.quantity == pytest.approx(40_000 * 1.3)
    assert resolve.unit_price_usd == pytest.approx(0.0425 + 8 * 0.004237)
    enough = {
        x.item: x
        for x in cleaning_lines(
            inputs_of(forecast, *PLAIN, memory[1], "cleaning.resolve_gb_per_core=1")
        )
    }
    assert enough["compute: near, resolve"].unit_price_usd == pytest.approx(0.0425)


def test_spot_instances_are_cheaper_and_lose_work(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    spot = ["cleaning.spot_share=0.5", "cleaning.spot_loss=0.2"]
    rules = next(
        x for x in cleaning_lines(inputs_of(make_forecast(), *PLAIN, *spot)) if "gopher" in x.item
    )
    assert rules.quantity == pytest.approx(30_000 * 1.1)
    assert rules.unit_price_usd == pytest.approx((0.0425 + 0.0163) / 2)


def test_physical_cores_have_a_price_of_their_own(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    physical = ["cleaning.core_kind=physical", "cleaning.target_core_speed=1.5"]
    rules = next(
        x
        for x in cleaning_lines(inputs_of(make_forecast(), *PLAIN, *physical))
        if "gopher" in x.item
    )
    assert rules.unit == "core-hour"
    assert rules.quantity == pytest.approx(20_000)
    assert rules.unit_price_usd == pytest.approx(0.0472)
