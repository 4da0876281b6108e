"""Formulas of screening on known answers, and the lines that are made from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.money.cleaning import cleaning_lines
from profiler.money.lines import BudgetLine, Domain, Inputs
from profiler.money.screening import (
    GPU_ITEM,
    inference_hours,
    inference_usd,
    labels_usd,
    quality_usd,
    rate_from_hours,
    screening_lines,
    screening_warnings,
    training_usd,
)
from profiler.published.tables import throughputs
from profiler.scaling.volumes import Forecast

READ = ("read", "read", 9_000.0)
RULES = ("gopher", "rules", 30_000.0)
MODEL = ("edu", "quality", 20_000.0)
WITH_MODEL = (READ, RULES, MODEL)
CPU = "inference of the recipe's classifier on CPU"
LABELS = "labels by a teacher model"
TRAINING = "training of a neural classifier"


def test_clean_quality() -> None:
    # 4 USD × 24 h + 297 USD + 4 USD × 44 TB / (44 TB / 6,000 h)
    published = quality_usd(4, 24, 297, 4, 44, 44 / 6000)
    assert published == pytest.approx(96 + 297 + 24_000)
    parts = training_usd(4, 24) + 297 + inference_usd(4, 44, 44 / 6000)
    assert published == pytest.approx(parts)


def test_labels_pay_for_tokens_in_and_out() -> None:
    # 450,000 × (1,600 × 0.25 + 130 × 2) / 10^6
    assert labels_usd(450_000, 1600, 0.25, 130, 2.0) == pytest.approx(297)
    assert labels_usd(1e6, 1, 5.0, 0, 9.0) == 5.0


def test_published_hours_make_the_published_cost() -> None:
    # FineWeb-Edu: 6,000 H100-hours for 44 TB at 3.99 USD are 23,940 USD, or 544 USD per TB
    row = next(row for row in throughputs() if row.id == "fineweb-edu-classifier")
    assert row.hours_low is not None
    assert row.input_tb is not None
    rate = rate_from_hours(row.hours_low / row.input_tb)
    assert inference_usd(3.99, row.input_tb, rate) == pytest.approx(23_940)
    assert inference_usd(3.99, 1.0, rate) == pytest.approx(544.09, abs=0.01)


@given(st.floats(0, 1e6), st.floats(1e-3, 1e4))
def test_hours_and_rate_are_one_thing(volume: float, hours_per_tb: float) -> None:
    hours = inference_hours(volume, rate_from_hours(hours_per_tb))
    assert hours == pytest.approx(volume * hours_per_tb)


def test_default_hours_are_those_of_the_published_tables(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    planned = inputs_of(make_forecast()).scenario.screening.gpu_hours_per_tb
    rows = {row.id: row for row in throughputs()}
    edu, zyda = rows["fineweb-edu-classifier"], rows["zyda2-reproduce"]
    tb_per_trillion = 4.56
    assert edu.per_trillion_tokens is not None
    assert zyda.per_trillion_tokens is not None
    assert planned.point == pytest.approx(edu.per_trillion_tokens / tb_per_trillion, rel=0.01)
    assert planned.low == pytest.approx(zyda.per_trillion_tokens / tb_per_trillion, rel=0.01)
    assert planned.high == pytest.approx(edu.per_tb_high, rel=0.01)


def test_the_recipes_classifier_is_not_counted_twice(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    inputs = inputs_of(make_forecast(stages=WITH_MODEL))
    lines = _lines(inputs)
    assert lines[CPU].usd is None
    assert "'compute: edu'" in lines[CPU].note
    assert "20,000 CPU-hours" in lines[CPU].note
    assert any(line.item == "compute: edu" and line.counted for line in cleaning_lines(inputs))
    assert lines[LABELS].counted
    assert not lines[TRAINING].counted
    assert not lines[GPU_ITEM].counted


def test_nothing_is_counted_without_a_quality_stage(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    lines = _lines(inputs_of(make_forecast()))
    assert not any(line.counted for line in lines.values())
    assert lines[CPU].note.startswith("not measured")
    assert lines[GPU_ITEM].usd is not None


def test_gpu_counts_labels_training_and_inference(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    overrides = (
        "screening.method=gpu",
        "screening.labelled_documents=450_000",
        "screening.tokens_in_per_label=1600",
        "screening.tokens_out_per_label=130",
        "screening.training_gpu_hours=24",
        "screening.gpu_hours_per_tb=100",
    )
    forecast = make_forecast(stages=WITH_MODEL)
    lines = _lines(inputs_of(forecast, *overrides))
    volume_tb = forecast.stages[2].bytes_in.point / 1e12
    assert _usd(lines[LABELS]) == pytest.approx(297)
    assert _usd(lines[TRAINING]) == pytest.approx(24 * 3.99)
    assert _usd(lines[GPU_ITEM]) == pytest.approx(volume_tb * 100 * 3.99)
    assert lines[GPU_ITEM].quantity == pytest.approx(volume_tb * 100)
    assert lines[GPU_ITEM].unit == "GPU-hour"
    assert [line.counted for line in lines.values()] == [False, True, True, True]
    assert "the text that reaches stage edu" in lines[GPU_ITEM].note
    assert lines[CPU].note.startswith("replaced by the neural classifier")


def test_without_a_stage_the_gpu_scores_the_cleaned_text(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    overrides = ("screening.method=gpu", "screening.gpu_hours_per_tb=100")
    lines = _lines(inputs_of(make_forecast(clean_tb=50.0), *overrides))
    assert lines[GPU_ITEM].quantity == pytest.approx(5_000)
    assert "the cleaned text" in lines[GPU_ITEM].note


@pytest.mark.parametrize(("hours_per_tb", "exceeds"), [(1e4, True), (1e-3, False)])
def test_it_is_said_when_the_gpu_exceeds_all_cpu_stages(
    hours_per_tb: float,
    exceeds: bool,
    make_forecast: Callable[..., Forecast],
    inputs_of: Callable[..., Inputs],
) -> None:
    override = f"screening.gpu_hours_per_tb={hours_per_tb}"
    inputs = inputs_of(make_forecast(stages=WITH_MODEL), override)
    budget = [*cleaning_lines(inputs), *screening_lines(inputs)]
    note = _lines(inputs)[GPU_ITEM].note
    cpu = sum(_usd(x) for x in budget if x.item.startswith("compute: "))
    assert f"({cpu:,.0f} USD)" in note
    assert ("more than all CPU work" in note) == exceeds
    warnings = screening_warnings(budget)
    assert len(warnings) == int(exceeds)
    assert all("would cost" in each and f"{cpu:,.0f} USD" in each for each in warnings)


def test_each_domain_has_its_inference_and_shares_the_labels(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    web, books = make_forecast(stages=WITH_MODEL), make_forecast(clean_tb=5.0, seed=8)
    inputs = inputs_of(web, "screening.gpu_hours_per_tb=100")
    both = replace(inputs, domains=(Domain("web", web), Domain("books", books)))
    lines = screening_lines(both)
    by_domain = {line.domain: line for line in lines if line.item == GPU_ITEM}
    assert by_domain["books"].quantity == pytest.approx(500)
    assert [line.domain for line in lines if line.item == LABELS] == [""]
    assert [line.domain for line in lines if line.item == TRAINING] == [""]
    notes = {line.domain: line.note for line in lines if line.item == CPU}
    assert "counted once" in notes["web"]
    assert notes["books"].startswith("not measured")
    for name in ("web", "books"):
        cpu = [x for x in cleaning_lines(both) if x.domain == name and "compute: " in x.item]
        assert f"({sum(map(_usd, cpu)):,.0f} USD)" in by_domain[name].note


def test_out_of_scope(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    (line,) = screening_lines(inputs_of(make_forecast(), "screening.in_scope=false"))
    assert line.usd is None
    assert line.note == "not in scope: screening.in_scope = false"


def _lines(inputs: Inputs) -> dict[str, BudgetLine]:
    return {line.item: line for line in screening_lines(inputs)}


def _usd(line: BudgetLine) -> float:
    assert line.usd is not None
    assert line.usd.point is not None
    return line.usd.point
