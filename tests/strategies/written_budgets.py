"""Budgets as `estimate --json` writes them, made by hand: few lines, and any values in them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from profiler.money.written import WrittenBudget, read_budget

Json = dict[str, Any]


def leaf(
    symbol: str, point: float, unit: str = "1", kind: str = "default", where: str = ""
) -> Json:
    """A value that nothing was computed for; its range is a tenth to both sides."""
    return {
        "symbol": symbol,
        "meaning": f"meaning of {symbol}",
        "point": point,
        "low": point * 0.9,
        "high": point * 1.1,
        "unit": unit,
        "origin": {"kind": kind, "where": where or f"where {symbol} is from"},
        "formula": "",
        "function": "",
        "parts": [],
    }


def made(symbol: str, point: float, unit: str, function: str, text: str, *parts: Json) -> Json:
    """A value that was computed from ``parts``."""
    return {
        **leaf(symbol, point, unit, "computed", text),
        "formula": text,
        "function": function,
        "parts": list(parts),
    }


def capacity(tb: float, usd_per_tb: float, copies: float = 1.0, kind: str = "default") -> Json:
    """V × C × n: a volume, a price and a planned value."""
    return made(
        "usd",
        tb * copies * usd_per_tb,
        "USD",
        "storage.capacity_usd",
        "V × C × n",
        leaf("V", tb, "TB", "forecast"),
        leaf("C", usd_per_tb, "USD/TB", "price", "disks (book, 2024-09): a list"),
        leaf("n", copies, "1", kind, "storage.copies"),
    )


def line(item: str, term: Json | None, counted: bool = True, **others: Any) -> Json:
    """A line; without a term it is memo and has no USD."""
    usd = None
    if term is not None:
        usd = {"point": round(term["point"], 2), "low": term["low"], "high": term["high"]}
    return {
        "category": "storage",
        "item": item,
        "domain": "",
        "counted": counted and term is not None,
        "quantity": None if term is None else 1.0,
        "unit": "" if term is None else "TB",
        "unit_price_usd": None,
        "usd": usd,
        "source": "a book of prices",
        "payment": "one-off",
        "months": None,
        "formula": "",
        "explanation": "",
        "note": "" if term is not None else "not priced: nobody sells it",
        "term": term,
        **others,
    }


def document(lines: Sequence[Json], **others: Any) -> Json:
    """A whole file; the total is the sum of what is counted."""
    total = round(sum(each["usd"]["point"] for each in lines if each["counted"]), 2)
    return {
        "lines": list(lines),
        "total_usd": {"point": total, "low": total, "high": total},
        "target": {"bytes": 1e15, "basis": "stored"},
        "assumptions": ["taxes are not included"],
        "prices": [],
        **others,
    }


def budget(*lines: Json, **others: Any) -> WrittenBudget:
    """The same, read back."""
    return read(document(lines, **others))


def read(data: Mapping[str, Any]) -> WrittenBudget:
    return read_budget(json.dumps(data), "budget.json")
