"""Formulas of training on published answers, and the lines that are made from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.money.annotation import annotation_lines
from profiler.money.cleaning import cleaning_lines
from profiler.money.lines import Domain, Inputs
from profiler.money.training import (
    achieved_flop_per_hour,
    chinchilla_loss,
    data_share,
    gpu_hours,
    hours_usd,
    kaplan_loss,
    node_hours,
    nodes_usd,
    optimal_tokens,
    programme_share,
    training_flop,
    training_lines,
    training_usd,
)
from profiler.published.programme import compute_multiple, step_ranges
from profiler.scaling.quantity import Quantity
from profiler.scaling.volumes import Forecast

PLANNED = ("training.in_scope=true", "training.parameters=7e9", "training.utilisation=0.5")


def _with_tokens(forecast: Forecast, tokens: float, spread: float = 0.0) -> Forecast:
    draws = forecast.target.stored_bytes.draws.size
    generator = np.random.default_rng(11)
    quantity = Quantity(tokens, tokens * generator.lognormal(0.0, spread, draws))
    return replace(forecast, clean_tokens=quantity)


def test_gpt3_flops() -> None:
    assert training_flop(175e9, 300e9) == pytest.approx(3.15e23, rel=1e-9)


def test_llama2_7b_flops() -> None:
    flop = training_flop(7e9, 2e12)
    assert flop == pytest.approx(8.4e22, rel=1e-9)
    # 184,320 hours of an A100 (312 TFLOP/s) then ran at 40.6 % of its peak
    assert flop / achieved_flop_per_hour(312e12, 1.0) / 184_320 == pytest.approx(0.4057, abs=1e-4)


def test_llama2_7b() -> None:
    assert nodes_usd(184_320, 8, 33) == 760_320
    assert node_hours(184_320, 8) == 23_040


def test_chinchilla_70b() -> None:
    assert optimal_tokens(70e9) == pytest.approx(1.4e12, rel=1e-9)


@pytest.mark.parametrize(("scale", "expected"), [(10.0, 100.0), (2.0, 4.0)])
def test_compute_grows_with_the_square(scale: float, expected: float) -> None:
    assert _flop_ratio(scale) == pytest.approx(expected, rel=1e-9)


def test_chinchilla_quadratic() -> None:
    assert _flop_ratio(10.0) == pytest.approx(100, rel=1e-9)


def test_chinchilla_double() -> None:
    assert _flop_ratio(2.0) == pytest.approx(4, rel=1e-9)


def _flop_ratio(scale: float) -> float:
    small = training_flop(7e9, optimal_tokens(7e9))
    return float(training_flop(7e9 * scale, optimal_tokens(7e9 * scale)) / small)


def test_usd_by_operations_are_those_by_hours() -> None:
    rate = achieved_flop_per_hour(989e12, 0.4)
    flop = training_flop(7e9, 2e12)
    assert training_usd(flop, 3.99, rate) == pytest.approx(hours_usd(gpu_hours(flop, rate), 3.99))
    # 8.4e22 / (989e12 × 0.4 × 3600) = 58,983 hours
    assert gpu_hours(flop, rate) == pytest.approx(58_982, rel=1e-4)


def test_losses_fall_to_their_floor() -> None:
    # constants as published: Hoffmann et al. 2022, section D.2; Kaplan et al. 2020, table 2
    fitted = {
        "floor": 1.69,
        "parameters_factor": 406.4,
        "tokens_factor": 410.7,
        "parameters_power": 0.34,
        "tokens_power": 0.28,
    }
    assert chinchilla_loss(1e30, 1e30, **fitted) == pytest.approx(1.69, abs=1e-4)
    assert chinchilla_loss(1.0, 1.0, **fitted) == pytest.approx(1.69 + 406.4 + 410.7)
    # N = N_c and D = D_c: (1 + 1)^a_D; D without end: (N_c / N)^a_N
    assert kaplan_loss(8.8e13, 5.4e13, 8.8e13, 5.4e13, 0.076, 0.095) == pytest.approx(2**0.095)
    assert kaplan_loss(8.8e10, 1e40, 8.8e13, 5.4e13, 0.076, 0.095) == pytest.approx(1000**0.076)


@given(st.floats(1e6, 1e13), st.floats(1e6, 1e15), st.floats(1.01, 100))
def test_more_tokens_cost_more_and_lose_less(n: float, d: float, factor: float) -> None:
    assert training_flop(n, d * factor) > training_flop(n, d)
    fitted = (1.69, 406.4, 410.7, 0.34, 0.28)
    assert chinchilla_loss(n, d * factor, *fitted) < chinchilla_loss(n, d, *fitted)


@given(st.floats(0, 1e9), st.floats(0.01, 1e9))
def test_shares_of_data_and_training_add_up(data: float, training: float) -> None:
    assert data_share(data, training) + data_share(training, data) == pytest.approx(1) or data == 0


def test_published_bounds_multiply_through_the_steps() -> None:
    rows = {row.id: row for row in step_ranges()}
    assert compute_multiple(rows["sft-compute"]) == (0.01, 0.05)
    assert compute_multiple(rows["rlhf-compute"]) == pytest.approx((0.05, 0.5))
    assert compute_multiple(rows["dpo-compute"]) == pytest.approx((0.025, 0.25))
    with pytest.raises(ValueError, match="lora-70b: in USD"):
        compute_multiple(rows["lora-70b"])


def test_every_published_step_has_a_source() -> None:
    assert [row.id for row in step_ranges() if not row.source.strip()] == []
    assert len({row.id for row in step_ranges()}) == len(step_ranges())


def test_out_of_scope_by_default(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    (line,) = training_lines(inputs_of(make_forecast()))
    assert line.usd is None
    assert not line.counted
    assert line.note == "not in scope: training.in_scope = false"


def test_tokens_are_the_clean_ones(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    forecast = _with_tokens(make_forecast(), 2e12, spread=0.2)
    gpu = training_lines(inputs_of(forecast, *PLANNED))[0]
    hours = 6 * 7e9 * 2e12 / (989e12 * 0.5 * 3600)
    assert gpu.counted
    assert gpu.usd is not None
    assert gpu.draws is not None
    assert gpu.unit == "GPU-hour"
    assert gpu.quantity == pytest.approx(hours)
    assert gpu.usd.point == pytest.approx(hours * 3.99, abs=0.01)
    assert forecast.clean_tokens is not None
    np.testing.assert_allclose(
        gpu.draws, hours * 3.99 * forecast.clean_tokens.draws / 2e12, rtol=1e-9
    )
    assert "the clean tokens of the forecast" in gpu.note
    assert "285.714 tokens per parameter" in gpu.note


def test_unknown_clean_tokens_become_a_multiple_of_the_parameters(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    gpu = training_lines(inputs_of(make_forecast(), *PLANNED))[0]
    assert gpu.quantity == pytest.approx(6 * 7e9 * 140e9 / (989e12 * 0.5 * 3600))
    assert "the clean tokens are unknown, so training.tokens_per_parameter × N" in gpu.note


def test_one_domain_of_unknown_tokens_makes_the_sum_unknown(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    known, unknown = _with_tokens(make_forecast(), 2e12), make_forecast()
    inputs = inputs_of(known, *PLANNED)
    both = replace(inputs, domains=(Domain("web", known), Domain("books", unknown)))
    assert "the clean tokens are unknown" in training_lines(both)[0].note
    twice = replace(inputs, domains=(Domain("web", known), Domain("books", known)))
    one = training_lines(inputs)[0].quantity
    assert one is not None
    assert training_lines(twice)[0].quantity == pytest.approx(2 * one)


def test_given_hours_on_nodes(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    overrides = ("training.method=node", "training.hours_from=given")
    gpu, node = training_lines(inputs_of(make_forecast(), *PLANNED, *overrides))[:2]
    assert node.usd is not None
    assert (gpu.counted, node.counted) == (False, True)
    assert node.unit == "node-hour"
    assert node.quantity == pytest.approx(23_040)
    assert node.usd.point == pytest.approx(23_040 * 55.04)
    assert gpu.usd is not None
    assert gpu.usd.point == pytest.approx(184_320 * 3.99)


def test_one_way_of_paying_is_counted(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    for method in ("gpu", "node"):
        lines = training_lines(inputs_of(make_forecast(), *PLANNED, f"training.method={method}"))
        assert sum(line.counted for line in lines) == 1


def test_steps_around_the_run_are_bounds_without_a_point(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    lines = training_lines(inputs_of(_with_tokens(make_forecast(), 2e12), *PLANNED))
    final, steps = lines[0], {line.item: line for line in lines[2:]}
    assert all(line.usd is None and line.note for line in steps.values())
    assert final.usd is not None
    assert final.usd.point is not None
    sft = steps["compute of supervised fine-tuning"].note
    low, high = final.usd.point * 0.01, final.usd.point * 0.05
    assert f"{low:,.0f} to {high:,.0f} USD" in sft
    lora = steps["LoRA on a model of 70e9 parameters"]
    assert "published range 50 to 500 USD" in lora.note
    assert any("RLVR" in item for item in steps)


def test_share_of_the_data_in_the_programme(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    forecast = _with_tokens(make_forecast(), 2e12, spread=0.2)
    inputs = inputs_of(forecast, *PLANNED, "annotation.in_scope=true")
    prepared = [*cleaning_lines(inputs), *annotation_lines(inputs)]
    training = training_lines(inputs)
    data = sum(x.usd.point or 0 for x in prepared if x.counted and x.usd)
    run = sum(x.usd.point or 0 for x in training if x.counted and x.usd)
    share = programme_share([*prepared, *training])
    assert share is not None
    assert share.point == pytest.approx(data / (data + run))
    assert share.low < data / (data + run) < share.high
    assert programme_share(prepared) is None
    assert programme_share(training) is None


def test_the_tree_ends_in_what_was_given(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    gpu = training_lines(inputs_of(_with_tokens(make_forecast(), 2e12), *PLANNED))[0]
    assert gpu.term is not None
    kinds = {leaf.symbol: leaf.origin.kind for leaf in gpu.term.leaves()}
    assert kinds["N"] == "scenario"
    assert kinds["D"] == "forecast"
    assert kinds["P_gpu"] == "price"
    assert kinds["F_peak"] == "default"
    assert kinds["6"] == "constant"
