"""Forecasts as plain data, for ``--json``."""

from __future__ import annotations

from typing import Any

from profiler.scaling.quantity import Estimate, Quantity
from profiler.scaling.volumes import Forecast, StageForecast, volume_states


def forecast_to_json(forecast: Forecast) -> dict[str, Any]:
    """The "target" and "stages" parts of ``estimate --json``, and the end of the line.

    docs_in, docs_out, bytes_in and bytes_out are points; their 90 % intervals stand beside them
    in "intervals". After a stage in state "bounds" these points are planning values: "planned"
    says so of what enters a stage, "planned_out" of what leaves it.
    """
    target = forecast.target
    states = volume_states(forecast.stages)
    stages = [
        _stage_to_json(stage, before == "bounds", after == "bounds")
        for stage, (before, after) in zip(forecast.stages, states, strict=True)
    ]
    tokens = forecast.clean_tokens
    return {
        "target": {
            "bytes": target.bytes,
            "basis": target.basis,
            "stored_bytes": quantity_to_json(target.stored_bytes),
            "text_bytes": quantity_to_json(target.text_bytes),
            "documents": quantity_to_json(target.documents),
            "ratio": target.ratio,
            "conversion": target.conversion,
        },
        "stages": stages,
        "clean": {
            "docs": quantity_to_json(forecast.clean_docs),
            "bytes": quantity_to_json(forecast.clean_text_bytes),
            "tokens": None if tokens is None else quantity_to_json(tokens),
            "planned": forecast.state == "bounds",
        },
        "cpu_hours": quantity_to_json(forecast.cpu_hours),
        "state": forecast.state,
        "seed": forecast.seed,
    }


def _stage_to_json(stage: StageForecast, planned: bool, planned_out: bool) -> dict[str, Any]:
    volumes = {
        "docs_in": stage.docs_in,
        "docs_out": stage.docs_out,
        "bytes_in": stage.bytes_in,
        "bytes_out": stage.bytes_out,
    }
    speed = stage.mb_per_cpu_second
    return {
        "stage": stage.stage,
        "kind": stage.kind,
        **{name: quantity.point for name, quantity in volumes.items()},
        "intervals": {name: list(quantity.interval()) for name, quantity in volumes.items()},
        "planned": planned,
        "planned_out": planned_out,
        "retention": estimate_to_json(stage.retention),
        "bytes_retention": _maybe_to_json(stage.bytes_retention),
        "tokens_retention": _maybe_to_json(stage.tokens_retention),
        "chain_retention": _maybe_to_json(stage.chain_retention),
        "notes": list(stage.notes),
        "advice": stage.advice,
        "cpu_hours": quantity_to_json(stage.cpu_hours),
        "mb_per_cpu_second": None if speed is None else estimate_to_json(speed),
        "method": stage.method,
    }


def quantity_to_json(quantity: Quantity) -> dict[str, float]:
    low, high = quantity.interval()
    return {"point": quantity.point, "low": low, "high": high}


def estimate_to_json(estimate: Estimate) -> dict[str, Any]:
    outer = {"outer_low": estimate.outer_low, "outer_high": estimate.outer_high}
    return {
        "point": None if estimate.state == "bounds" else estimate.point,
        "low": estimate.low,
        "high": estimate.high,
        "method": estimate.method,
        "state": estimate.state,
        **{name: value for name, value in outer.items() if value is not None},
    }


def _maybe_to_json(estimate: Estimate | None) -> dict[str, Any] | None:
    return None if estimate is None else estimate_to_json(estimate)
