"""The budget as JSON, with the whole tree behind each figure; budget.schema.json describes it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import profiler
from profiler.estimation import Estimation
from profiler.money.budget_json import budget_to_json
from profiler.money.cash import cash_flow, cash_to_json
from profiler.money.drivers import drivers, drivers_to_json
from profiler.money.lines import Domain
from profiler.record.store import Record
from profiler.scaling.forecast_json import forecast_to_json
from profiler.views.bands import bands_json, forecast_bands
from profiler.views.document import estimate_json

SCHEMA = Path(profiler.__file__).parent / "schemas" / "budget.schema.json"


def json_text(estimation: Estimation) -> str:
    """One JSON document; not-a-number is an error, never written."""
    data = estimation_json(estimation)
    return json.dumps(data, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def estimation_json(estimation: Estimation) -> dict[str, Any]:
    """Forecasts and budget as plain data.

    Of one corpus as ``estimate --json``; of several domains with the forecast of each under
    "domains", and assumptions and warnings after the name of their domain.
    """
    domains, budget = estimation.domains, estimation.budget
    records: tuple[Record | None, ...] = estimation.records or (None,) * len(domains)
    if len(domains) == 1 and not domains[0].name:
        run = None if records[0] is None else records[0].run
        return estimate_json(domains[0].forecast, budget, run)
    money = budget_to_json(budget)
    assumptions = _named((each.name, each.forecast.assumptions) for each in domains)
    warnings = _named((each.name, each.forecast.warnings) for each in domains)
    return {
        "domains": [_domain_to_json(*pair) for pair in zip(domains, records, strict=True)],
        **money,
        "drivers": drivers_to_json(drivers(budget)),
        "cash": cash_to_json(cash_flow(budget)),
        "assumptions": [*assumptions, *money["assumptions"]],
        "warnings": [*warnings, *money["warnings"]],
    }


def budget_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of what ``json_text`` writes and ``estimate --json`` prints."""
    data: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return data


def _domain_to_json(domain: Domain, record: Record | None) -> dict[str, Any]:
    forecast = domain.forecast
    bands = {} if record is None else {"bands": bands_json(forecast_bands(record.run, forecast))}
    return {
        "name": domain.name,
        "run": domain.run,
        **forecast_to_json(forecast),
        **bands,
        "assumptions": list(forecast.assumptions),
        "warnings": list(forecast.warnings),
    }


def _named(texts: Iterable[tuple[str, Iterable[str]]]) -> list[str]:
    return [f"{name}: {text}" for name, found in texts for text in found]
