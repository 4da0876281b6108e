"""Records, forecasts and budgets as plain data for ``--json``."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from profiler.money.budget import Budget
from profiler.money.budget_json import budget_to_json
from profiler.money.cash import cash_flow, cash_to_json
from profiler.money.drivers import drivers, drivers_to_json
from profiler.money.lines import Domain
from profiler.record.schema import Run
from profiler.record.store import Record
from profiler.scaling.forecast_json import forecast_to_json
from profiler.scaling.volumes import Forecast
from profiler.views.bands import bands_json, forecast_bands, run_bands
from profiler.views.differences import setting_differences, stage_pairs
from profiler.views.funnel import alone, cpu, funnel, reasons, spectrum


def run_json(record: Record) -> dict[str, Any]:
    """run.json as it was written, and what views compute from the tables under "views".

    "bands" has retentions and CPU rates beside what is published. Shares are fractions of 1, bytes
    are UTF-8 text. Sampled documents are not in it.
    """
    rows: dict[str, Sequence[Any]] = {
        "funnel": funnel(record.run),
        "cpu": cpu(record.run),
        "reasons": reasons(record),
        "alone": alone(record),
        "spectrum": spectrum(record),
    }
    computed = {name: [dataclasses.asdict(row) for row in found] for name, found in rows.items()}
    bands = _plain(bands_json(run_bands(record.run)))
    return {**_plain(dataclasses.asdict(record.run)), "views": computed, "bands": bands}


def estimate_json(
    forecast: Forecast, budget: Budget, run: Run | None = None, domains: Sequence[Domain] = ()
) -> dict[str, Any]:
    """Target, stages, lines, total, and the assumptions and warnings of both volumes and money.

    With ``run``, that of the record, also "bands": each stage at scale beside what is published.
    With several ``domains`` their forecasts are in "domains", and target and stages are those of
    the first. "drivers" are the inputs that move the total most, "cash" is by month.
    """
    money = budget_to_json(budget)
    bands = {} if run is None else {"bands": _plain(bands_json(forecast_bands(run, forecast)))}
    return {
        **forecast_to_json(forecast),
        **_domains_json(domains),
        **bands,
        **money,
        "drivers": drivers_to_json(drivers(budget)),
        "cash": cash_to_json(cash_flow(budget)),
        "assumptions": [*forecast.assumptions, *money["assumptions"]],
        "warnings": [*forecast.warnings, *money["warnings"]],
    }


def _domains_json(domains: Sequence[Domain]) -> dict[str, Any]:
    if len(domains) < 2:
        return {}
    rows = [
        {"name": each.name, "run": each.run, **forecast_to_json(each.forecast)} for each in domains
    ]
    return {"domains": rows}


def comparison_json(record_a: Record, record_b: Record) -> dict[str, Any]:
    """Two runs: stages paired by name with their rows in A and B, and settings that differ."""
    run_a, run_b = record_a.run, record_b.run
    settings = setting_differences(run_a, run_b)
    return {
        "stages": [_plain(dataclasses.asdict(pair)) for pair in stage_pairs(run_a, run_b)],
        "settings": [{"name": name, "a": a, "b": b} for name, a, b in settings],
    }


def _plain(value: Any) -> Any:
    """Tuples as lists, so that the data equals what JSON reads back."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value
