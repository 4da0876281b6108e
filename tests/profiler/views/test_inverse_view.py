"""Answers to the inverse questions as sentences, rows and JSON: bounds, jumps, no upper end."""

from __future__ import annotations

import io
import json
import math
from dataclasses import replace

import pytest
from rich.console import Console

from profiler.inversion import Answers, BudgetAnswer, TokensAnswer
from profiler.money.inverse import Fit, Reach
from profiler.scaling.quantity import Estimate
from profiler.views.inverse import PLANNING, answer_sentences, answers_to_json, need_rows
from profiler.views.terminal.inverse import show_answers


def estimate(point, low, high):
    return Estimate(point, low, high, "by hand")


TOKENS = TokensAnswer(
    wanted=1e12,
    basis="stored",
    raw=estimate(4.1e15, 3.0e15, 6.2e15),
    yields=estimate(1e12, 0.7e12, 1.4e12),
    needs={"documents": estimate(2e12, 1.5e12, 3e12), "usd": estimate(1e6, 8e5, 2e6)},
    unreached=0.0,
    limit=1e16,
    limit_is_available=True,
    state="estimate",
)
BUDGET = BudgetAnswer(
    budget_usd=5e5,
    confidence=0.9,
    basis="stored",
    plan=Fit(5e5, 6e5),
    reach=Reach(3e14, 499_990.0, 200_000.0, False),
    limit=1e16,
    limit_is_available=True,
    clean_tokens=estimate(1e12, 9e11, 1.2e12),
    clean_text_bytes=estimate(4e12, 3.5e12, 5e12),
)


def said(tokens=None, budget=None):
    return " ".join(answer_sentences(Answers(tokens, budget, None)))


def test_a_target_in_reach():
    text = said(TOKENS)
    assert "To end with 1 trillion clean tokens, 4.1 PB (3.0–6.2) of raw corpus" in text
    assert "costs 1.0 M (0.8–2.0) USD" in text
    assert "jump" not in text
    assert PLANNING not in text


def test_bounds_are_called_planning_values():
    assert PLANNING in said(replace(TOKENS, state="bounds"))


def test_a_jump_over_the_target_is_told():
    assert "jump over it" in said(replace(TOKENS, yields=estimate(1.3e12, 1e12, 2e12)))


def test_no_upper_end():
    open_ended = replace(
        TOKENS,
        raw=estimate(4.1e15, 3e15, math.inf),
        needs={"usd": estimate(1e6, 8e5, math.inf)},
        unreached=0.12,
    )
    text = said(open_ended)
    assert "or more, no upper end" in text
    assert "In 12.0 % of the draws all 10 PB that are available do not yield the tokens" in text
    assert need_rows(open_ended)[0].interval.endswith("no upper end")
    data = answers_to_json(Answers(open_ended, None, None))
    assert data["target_tokens"]["raw_bytes"]["high"] is None
    assert json.dumps(data, allow_nan=False)


def test_draws_that_are_all_out_of_reach_have_no_interval():
    none = replace(TOKENS, raw=estimate(4.1e15, math.inf, math.inf), unreached=0.97)
    assert "no end known" in said(none)


@pytest.mark.parametrize(("available", "word"), [(True, "all"), (False, "even")])
def test_out_of_reach(available, word):
    yields = estimate(6e11, 4e11, 9e11)
    answer = replace(TOKENS, raw=None, yields=yields, needs={}, limit_is_available=available)
    text = said(answer)
    assert f"Out of reach: {word} 10 PB (stored bytes) yield at most 600 billion" in text
    assert "(400–900) clean tokens, 1 trillion clean tokens are wanted" in text
    assert need_rows(answer) == ()
    assert not Answers(answer, None, None).met


def test_a_plan_beside_its_budget():
    text = said(budget=BUDGET)
    assert "600,000 USD (in 90 % of the draws no more)" in text
    assert "exceeds the budget of 500,000 USD by 100,000 USD" in text
    assert "go as far as 300 TB (stored bytes), which end as 4.0 TB (3.5–5.0) of clean" in text
    assert "200,000 USD are paid whatever the volume is" in text
    fits = replace(BUDGET, plan=Fit(5e5, 4e5), confidence=None)
    assert "(by its point): it is within the budget of 500,000 USD, 100,000" in said(budget=fits)


def test_money_for_nothing_and_for_everything():
    nothing = replace(BUDGET, plan=None, reach=Reach(None, 6e5, 6e5, False), clean_tokens=None)
    assert "pay for no volume at all: 600,000 USD" in said(budget=nothing)
    assert not nothing.fits
    everything = replace(BUDGET, plan=None, reach=Reach(1e16, 4e5, 2e5, True))
    assert "pay for all that is available, 10 PB" in said(budget=everything)
    more = replace(everything, limit_is_available=False)
    assert "pay for more than 10 PB" in said(budget=more)


def test_the_terminal_shows_sentences_and_needs():
    console = Console(file=io.StringIO(), width=100)
    show_answers(Answers(TOKENS, BUDGET, None), console)
    text = console.file.getvalue()
    assert "documents to crawl or fetch" in text
    assert "exceeds the budget" in text
