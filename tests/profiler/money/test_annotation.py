"""Formulas of annotation on published answers, and the lines that are made from them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.money.annotation import (
    annotation_lines,
    comparisons_usd,
    creation_usd,
    entries_usd,
    instruction_usd,
    pairs,
    pairwise_usd,
    ranking_usd,
    review_usd,
    rlhf_usd,
    rules_usd,
    saving,
    scores_usd,
)
from profiler.money.lines import BudgetLine, Inputs
from profiler.published.model import price_ranges
from profiler.scaling.volumes import Forecast

IN_SCOPE = "annotation.in_scope=true"
INSTRUCTIONS = ("hours", "entries")
PREFERENCES = ("pairs", "scores", "ranking", "comparisons")


def test_sft_cpt() -> None:
    assert entries_usd(2000, 6) == 12_000


def test_imo_annotation() -> None:
    assert instruction_usd(1000, 1, 20, 0, 1, 20) == 20_000


def test_imo_total() -> None:
    # "including other expenses" is the published 28,000: 8,000 of it is our residual
    assert instruction_usd(1000, 1, 20, 0, 1, 20) + 8_000 == 28_000


def test_imo_rlhf_low() -> None:
    # 1,000 pairs: 1,000 prompts with two answers each
    assert pairwise_usd(1000, 2, 6, 20) == pytest.approx(3333.3333, rel=1e-6)


def test_imo_rlhf_high() -> None:
    assert pairwise_usd(1000, 2, 4, 20) == 5_000


def test_pairs_4() -> None:
    assert pairs(4) == 6
    assert pairwise_usd(1, 4, 1, 1) == 6


def test_rlaif_saving_low() -> None:
    assert saving(1, 0.01) == 100


def test_rlaif_saving_high() -> None:
    assert saving(5, 0.01) == 500


def test_gemini_vs_2017() -> None:
    # training compute of Gemini Ultra over that of the Transformer of 2017, as published
    assert saving(192e6, 670) == pytest.approx(287_000, rel=0.002)


def test_rules_are_shares_of_three_people() -> None:
    # 10 days × (0.5 × 700 + 0.25 × 600 + 1 × 200)
    assert rules_usd(10, 0.5, 700, 0.25, 600, 1, 200) == 7_000


def test_review_of_a_share() -> None:
    assert review_usd(1000, 0.2, 10, 30) == 600
    assert instruction_usd(1000, 2, 20, 0.2, 10, 30) == creation_usd(1000, 2, 20) + 600


def test_rlhf_is_generation_ranking_and_review() -> None:
    assert ranking_usd(1000, 2, 4, 20) == 10_000
    assert rlhf_usd(8, 4, 1000, 2, 4, 20, 600) == 32 + 10_000 + 600


def test_scores_are_linear_in_the_answers_and_pairs_are_not() -> None:
    assert scores_usd(100, 8, 10, 20) == 2 * scores_usd(100, 4, 10, 20)
    assert pairwise_usd(100, 8, 10, 20) == pytest.approx(28 / 6 * pairwise_usd(100, 4, 10, 20))
    assert comparisons_usd(100, 4, 3) == 1_800


@given(st.integers(1, 200))
def test_pairs_are_counted_as_by_hand(responses: int) -> None:
    by_hand = sum(1 for a in range(responses) for b in range(a))
    assert pairs(responses) == by_hand


@given(st.floats(0, 1e7), st.integers(1, 20), st.floats(0.1, 100), st.floats(0, 500))
def test_judging_twice_costs_twice(n: float, k: int, speed: float, wage: float) -> None:
    once = pairwise_usd(n, k, speed, wage)
    assert pairwise_usd(n, k, speed, wage, 2.0) == pytest.approx(2 * once)
    assert scores_usd(n, k, speed, wage, 3.0) == pytest.approx(3 * scores_usd(n, k, speed, wage))


def test_out_of_scope_by_default(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    (line,) = annotation_lines(inputs_of(make_forecast()))
    assert line.usd is None
    assert line.note == "not in scope: annotation.in_scope = false"


@pytest.mark.parametrize("instructions", INSTRUCTIONS)
@pytest.mark.parametrize("preferences", PREFERENCES)
def test_one_way_of_each_is_counted(
    instructions: str,
    preferences: str,
    make_forecast: Callable[..., Forecast],
    inputs_of: Callable[..., Inputs],
) -> None:
    lines = _lines(
        inputs_of(
            make_forecast(),
            IN_SCOPE,
            f"annotation.instruction_method={instructions}",
            f"annotation.preference_method={preferences}",
        )
    )
    written = [x for x in lines.values() if x.item.startswith("SFT instructions") and x.counted]
    judged = [x for x in lines.values() if "preferences" in x.item and x.counted]
    assert len(written) == 1
    assert len(judged) == 1
    assert lines["SFT review"].counted == (instructions == "hours")
    assert not lines["RLAIF preferences, price per pair"].counted


def test_lines_give_what_the_formulas_give(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    overrides = (
        IN_SCOPE,
        "annotation.entries=1000",
        "annotation.entries_per_hour=1",
        "annotation.review_share=0.2",
        "annotation.reviews_per_hour=10",
        "annotation.prompts=1000",
        "annotation.responses=4",
        "annotation.pairs_per_hour=5",
        "annotation.judges_per_pair=2",
        "annotation.scores_per_hour=10",
        "annotation.rankings_per_hour=2",
        "annotation.rankings_per_prompt=3",
        "annotation.generation_gpu_hours=8",
    )
    lines = _lines(inputs_of(make_forecast(), *overrides))
    assert _usd(lines["SFT instructions by hours"]) == 20_000
    assert _usd(lines["SFT review"]) == 400
    assert _usd(lines["SFT instructions per entry"]) == 6_000
    assert _usd(lines["RLHF generation of answers"]) == pytest.approx(8 * 3.99)
    assert _usd(lines["RLHF preferences, pairs by hours"]) == 1000 * 6 * 2 / 5 * 20
    assert _usd(lines["RLHF preferences, scores by hours"]) == 1000 * 4 / 10 * 20
    assert _usd(lines["RLHF preferences, rankings by hours"]) == 1000 * 3 / 2 * 20
    assert _usd(lines["RLHF preferences, price per pair"]) == 1000 * 6 * 2 * 3
    assert _usd(lines["RLAIF preferences, price per pair"]) == pytest.approx(120)
    assert _usd(lines["RLHF review"]) == 400
    assert lines["RLHF preferences, pairs by hours"].quantity == 12_000
    assert lines["RLHF preferences, pairs by hours"].unit == "pair"
    assert "6 pairs per prompt" in lines["RLHF preferences, pairs by hours"].note
    assert "300 times less" in lines["RLAIF preferences, price per pair"].note


def test_a_range_of_the_plan_becomes_an_interval(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    lines = _lines(inputs_of(make_forecast(), IN_SCOPE, "annotation.prompts=1000"))
    line = lines["RLHF preferences, pairs by hours"]
    assert line.draws is not None
    assert 1000 * 6 / 6 * 20 <= np.min(line.draws) < np.max(line.draws) <= 1000 * 6 / 4 * 20


def test_published_totals_are_bounds_without_a_point(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    found = {row.id: row for row in price_ranges()}
    lines = _lines(inputs_of(make_forecast(), IN_SCOPE))
    for name in ("sft-domain", "rlhf-domain"):
        line = lines[found[name].what]
        assert line.usd is None
        assert f"{found[name].low_usd:,.0f} to {found[name].high_usd:,.0f} USD" in line.note


def test_wages_are_prices_with_their_book(
    make_forecast: Callable[..., Forecast], inputs_of: Callable[..., Inputs]
) -> None:
    line = _lines(inputs_of(make_forecast(), IN_SCOPE))["SFT instructions by hours"]
    assert "annotator-abaka (abaka-2024, 2024-09)" in line.source
    assert "20 USD/hour" in line.explanation


def _lines(inputs: Inputs) -> dict[str, BudgetLine]:
    return {line.item: line for line in annotation_lines(inputs)}


def _usd(line: BudgetLine) -> float:
    assert line.usd is not None
    assert line.usd.point is not None
    return line.usd.point
