"""A budget as plain data, for ``--json``."""

from __future__ import annotations

from typing import Any

from profiler.money.budget import Budget, PriceAge
from profiler.money.lines import BudgetLine
from profiler.money.terms import Term
from profiler.money.training import programme_share
from profiler.scaling.quantity import Estimate


def budget_to_json(budget: Budget) -> dict[str, Any]:
    """The parts of ``estimate --json`` that are about money, as plain data. USD are in cents."""
    share = programme_share(budget.lines)
    return {
        "lines": [_line_to_json(line) for line in budget.lines],
        "data_share_of_programme": None if share is None else _share_to_json(share),
        "total_usd": usd_to_json(budget.total_usd),
        "currency": None if budget.currency is None else _currency_to_json(budget),
        "assumptions": list(budget.assumptions),
        "warnings": list(budget.warnings),
        "prices": [
            {name: getattr(age, name) for name in PriceAge.__slots__} for age in budget.price_ages
        ],
    }


def _line_to_json(each: BudgetLine) -> dict[str, Any]:
    return {
        "category": each.category,
        "item": each.item,
        "domain": each.domain,
        "counted": each.counted,
        "quantity": each.quantity,
        "unit": each.unit,
        "unit_price_usd": each.unit_price_usd,
        "usd": None if each.usd is None else usd_to_json(each.usd),
        "source": each.source,
        "payment": each.payment,
        "months": each.months,
        "formula": each.formula,
        "explanation": each.explanation,
        "note": each.note,
        "term": None if each.term is None else term_to_json(each.term),
    }


def term_to_json(term: Term) -> dict[str, Any]:
    """A term and all that it was made from: the audit trail of a figure."""
    low, high = term.value.interval()
    return {
        "symbol": term.symbol,
        "meaning": term.meaning,
        "point": term.value.point,
        "low": low,
        "high": high,
        "unit": term.unit,
        "origin": {"kind": term.origin.kind, "where": term.origin.where},
        "formula": term.formula,
        "function": term.function,
        "parts": [term_to_json(part) for part in term.parts],
    }


def _share_to_json(share: Estimate) -> dict[str, float | None]:
    return {"point": share.point, "low": share.low, "high": share.high}


def _currency_to_json(budget: Budget) -> dict[str, Any]:
    assert budget.currency is not None
    shown = budget.currency
    total = shown.total(budget)
    return {
        "code": shown.code,
        "per_usd": shown.per_usd.point,
        "source": shown.source,
        "total": {name: round(getattr(total, name) or 0.0, 2) for name in ("point", "low", "high")},
    }


def usd_to_json(usd: Estimate) -> dict[str, float | None]:
    """Dollars in whole cents."""
    return {
        "point": usd.point,
        "low": round(usd.low, 2),
        "high": round(usd.high, 2),
    }
