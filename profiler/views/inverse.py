"""The answers to the inverse questions, in sentences, as rows and as plain data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from profiler.inversion import Answers, BudgetAnswer, TokensAnswer
from profiler.money.inverse import Fit, Reach
from profiler.scaling.quantity import Estimate
from profiler.views.figures import (
    BYTES,
    COUNTS,
    HOURS,
    MONEY,
    Scales,
    byte_count,
    figure,
    known,
    percent,
    usd,
)

NEEDS: tuple[tuple[str, str, Scales, int], ...] = (
    ("documents", "documents to crawl or fetch", COUNTS, 9),
    ("stored_bytes", "raw corpus to store", BYTES, 9),
    ("text_bytes", "text to clean", BYTES, 9),
    ("clean_text_bytes", "clean text to keep", BYTES, 9),
    ("cpu_hours", "CPU-hours of cleaning", HOURS, 9),
    ("usd", "USD in all", MONEY, 2),
)
JUMP = 0.01  # of the tokens wanted: what the draws of the forecast alone leave open is less
PLANNING = (
    "The sample gives bounds only: the points are planning values, and the interval is what is "
    "known."
)


@dataclass(frozen=True, slots=True)
class NeedRow:
    """What the target takes: a point, and its interval over the volumes that may be needed."""

    name: str
    point: str
    interval: str


def answer_sentences(answers: Answers) -> tuple[str, ...]:
    """The answers as a person would say them."""
    tokens = () if answers.tokens is None else _of_tokens(answers.tokens)
    return (*tokens, *(() if answers.budget is None else _of_budget(answers.budget)))


def need_rows(answer: TokensAnswer) -> tuple[NeedRow, ...]:
    """What must be crawled, stored and cleaned, and what it costs; empty when out of reach."""
    rows = []
    for name, told, scales, decimals in NEEDS:
        if name in answer.needs:
            point, interval = _apart(answer.needs[name], scales, decimals)
            rows.append(NeedRow(told, point, interval))
    return tuple(rows)


def answers_to_json(answers: Answers) -> dict[str, Any]:
    """The "inverse" of ``estimate --json``; null for what was not asked, and for no upper end."""
    tokens, budget = answers.tokens, answers.budget
    return {
        "target_tokens": None if tokens is None else _tokens_to_json(tokens),
        "budget": None if budget is None else _budget_to_json(budget),
        "met": answers.met,
    }


def _of_tokens(answer: TokensAnswer) -> tuple[str, ...]:
    wanted = f"{known(answer.wanted, COUNTS)} clean tokens"
    yields = _said(answer.yields, COUNTS)
    planned = (PLANNING,) if answer.state == "bounds" else ()
    if answer.raw is None:
        reached = f"yield at most {yields} clean tokens, {wanted} are wanted"
        if answer.limit_is_available:
            text = f"Out of reach: all {_size(answer.limit, answer.basis)} {reached}."
        else:
            text = f"Out of reach: even {_size(answer.limit, answer.basis)} {reached}."
        return (text, *planned)
    first = (
        f"To end with {wanted}, {_said(answer.raw, BYTES)} of raw corpus ({answer.basis} bytes) "
        f"must be crawled, stored and cleaned; that costs {_said(answer.needs['usd'], MONEY, 2)} "
        "USD."
    )
    held = f"{byte_count(answer.raw.point or 0.0)} of it yield {yields} clean tokens."
    return (first, held, *_jump(answer), *planned, *_unreached(answer))


def _jump(answer: TokensAnswer) -> tuple[str, ...]:
    point = answer.yields.point or 0.0
    if abs(point - answer.wanted) <= JUMP * answer.wanted:
        return ()
    return (
        "No volume has just that as its point: the points of the forecast jump over it here, and "
        "this is the first size beyond.",
    )


def _unreached(answer: TokensAnswer) -> tuple[str, ...]:
    if not answer.unreached:
        return ()
    all_of_it = f"all {byte_count(answer.limit)} that are available do"
    if not answer.limit_is_available:
        all_of_it = f"even {byte_count(answer.limit)} does"
    open_end = answer.raw is not None and math.isinf(answer.raw.high)
    return (
        f"In {percent(answer.unreached)} of the draws {all_of_it} not yield the tokens"
        f"{': the interval has no upper end' if open_end else ''}.",
    )


def _of_budget(answer: BudgetAnswer) -> tuple[str, ...]:
    plan = () if answer.plan is None else (_of_plan(answer.plan, answer.confidence),)
    far = () if answer.reach is None else (_of_reach(answer, answer.reach),)
    shown = answer.reach is not None and answer.reach.size is not None
    planned = (PLANNING,) if shown and answer.state == "bounds" else ()
    return (*plan, *far, *planned)


def _of_plan(plan: Fit, confidence: float | None) -> str:
    budget = f"the budget of {usd(plan.budget_usd)} USD"
    costs = f"The plan costs {usd(plan.spend_usd)} USD {_held_at(confidence)}"
    if plan.fits:
        return f"{costs}: it is within {budget}, {usd(-plan.over_usd)} USD are left."
    return f"{costs}: it exceeds {budget} by {usd(plan.over_usd)} USD."


def _of_reach(answer: BudgetAnswer, far: Reach) -> str:
    money = f"{usd(answer.budget_usd)} USD {_held_at(answer.confidence)}"
    least = f"{usd(far.least_usd)} USD are paid whatever the volume is"
    if far.size is None:
        return f"{money} pay for no volume at all: {least}."
    ends = f"{_told(answer.clean_text_bytes, BYTES)} of clean text"
    if answer.clean_tokens is not None:
        ends += f", {_told(answer.clean_tokens, COUNTS)} tokens"
    size = _size(far.size, answer.basis)
    if far.covers_all and answer.limit_is_available:
        costs = f"which costs {usd(far.spend_usd)} USD and ends as {ends}"
        return f"{money} pay for all that is available, {size}, {costs}; {least}."
    if far.covers_all:
        return f"{money} pay for more than {size}; {least}."
    return f"{money} go as far as {size}, which end as {ends}; {least}."


def _held_at(confidence: float | None) -> str:
    if confidence is None:
        return "(by its point)"
    return f"(in {100 * confidence:g} % of the draws no more)"


def _size(size: float, basis: str) -> str:
    return f"{byte_count(size)} ({basis} bytes)"


def _told(estimate: Estimate | None, scales: Scales) -> str:
    return "an unknown amount" if estimate is None else _said(estimate, scales)


def _said(estimate: Estimate, scales: Scales, most_decimals: int = 9) -> str:
    """Point and interval; the point of bounds is shown as the planning value that it is."""
    point, interval = _apart(estimate, scales, most_decimals)
    return f"{point} ({interval})" if interval else point


def _apart(estimate: Estimate, scales: Scales, most_decimals: int) -> tuple[str, str]:
    """A point with its unit and its interval in the same unit, "" when there is no width."""
    if math.isinf(estimate.low):
        return known(estimate.point or 0.0, scales), "no end known"
    if math.isinf(estimate.high):
        upper = max(estimate.point or 0.0, estimate.low)
        text = figure(estimate.point, estimate.low, upper, scales, most_decimals)
        return text.middle, f"{text.low} {text.unit}".strip() + " or more, no upper end"
    text = figure(estimate.point, estimate.low, estimate.high, scales, most_decimals)
    return text.middle, "" if text.low == text.high else f"{text.low}–{text.high}"


def _tokens_to_json(answer: TokensAnswer) -> dict[str, Any]:
    return {
        "wanted": answer.wanted,
        "in_reach": answer.raw is not None,
        "basis": answer.basis,
        "raw_bytes": None if answer.raw is None else _estimate_to_json(answer.raw),
        "yields": _estimate_to_json(answer.yields),
        "needs": {name: _estimate_to_json(need) for name, need in answer.needs.items()},
        "unreached_share": answer.unreached,
        "limit_bytes": answer.limit,
        "limit_is_available": answer.limit_is_available,
        "state": answer.state,
        "planned": answer.state == "bounds",
    }


def _budget_to_json(answer: BudgetAnswer) -> dict[str, Any]:
    plan, far = answer.plan, answer.reach
    tokens, text = answer.clean_tokens, answer.clean_text_bytes
    return {
        "budget_usd": answer.budget_usd,
        "confidence": answer.confidence,
        "plan": None
        if plan is None
        else {"spend_usd": plan.spend_usd, "fits": plan.fits, "over_usd": plan.over_usd},
        "reach": None
        if far is None
        else {
            "bytes": far.size,
            "basis": answer.basis,
            "spend_usd": far.spend_usd,
            "least_usd": far.least_usd,
            "covers_all": far.covers_all,
            "clean_tokens": None if tokens is None else _estimate_to_json(tokens),
            "clean_text_bytes": None if text is None else _estimate_to_json(text),
            "state": answer.state,
            "planned": answer.state == "bounds",
        },
        "limit_bytes": answer.limit,
        "limit_is_available": answer.limit_is_available,
    }


def _estimate_to_json(estimate: Estimate) -> dict[str, Any]:
    ends = {"low": estimate.low, "high": estimate.high}
    return {
        "point": estimate.point,
        **{name: None if math.isinf(end) else end for name, end in ends.items()},
        "method": estimate.method,
    }
