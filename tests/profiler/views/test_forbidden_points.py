"""No view prints a point that the state of a figure forbids, even one that was sneaked in."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from profiler.money.budget import Budget
from profiler.over_scale import ScalePoint
from profiler.record.store import Record
from profiler.scaling.curves import CurvePoint, DedupPoint
from profiler.scaling.quantity import Estimate, Quantity
from profiler.scaling.volumes import Forecast, StageForecast
from profiler.views.amount_curves import COST_OVER_SCALE, amount_charts
from profiler.views.answer import sentences
from profiler.views.curve import curve_chart, curve_rows
from profiler.views.document import estimate_json
from profiler.views.figures import SHORT_COUNTS, figure_of_quantity
from profiler.views.html import html_report
from profiler.views.outlook import outlook
from profiler.views.terminal.curve import show_curve
from profiler.views.terminal.forecast import show_forecast

PLANNED = 0.43717  # what volumes are planned with: nobody may read it
WRITTEN = re.compile(r"(?<![\d.,])(43[.,]7\d*|44) ?%|0[.,]437|0\.44(?!\d)")


def bounds(low: float, high: float) -> Estimate:
    """Bounds with a point that should not be there."""
    return Estimate(PLANNED, low, high, "linear programme", "bounds", low / 2, min(1.0, high * 1.1))


def planned(stage: StageForecast, came: tuple[Quantity, Quantity]) -> StageForecast:
    """The stage in state "bounds", keeping ``PLANNED`` of the volumes that enter it."""
    share = Quantity(PLANNED, np.linspace(0.1, 0.9, len(came[0].draws)))
    return replace(
        stage,
        docs_in=came[0],
        bytes_in=came[1],
        docs_out=came[0] * share,
        bytes_out=came[1] * share,
        retention=bounds(0.14, 0.86),
        bytes_retention=bounds(0.21, 0.93),
        tokens_retention=bounds(0.22, 0.92),
        chain_retention=bounds(0.06, 0.71),
        notes=("The sample alone gives bounds only. What would help: a census.",),
    )


@pytest.fixture
def forbidden(forecast: Forecast) -> Forecast:
    gopher, exact, near = forecast.stages
    exact = planned(exact, (gopher.docs_out, gopher.bytes_out))
    near = planned(near, (exact.docs_out, exact.bytes_out))
    return replace(
        forecast,
        stages=(gopher, exact, near),
        clean_docs=near.docs_out,
        clean_text_bytes=near.bytes_out,
        clean_tokens=near.bytes_out / 4,
    )


@pytest.fixture
def curve(forbidden: Forecast) -> tuple[ScalePoint, ...]:
    dedups = (DedupPoint("near-dedup", "exact-dedup", bounds(0.14, 0.86), bounds(0.06, 0.71)),)
    share = bounds(0.05, 0.9)
    usd = Estimate(1e6, 8e5, 2e6, "", "estimate")
    return tuple(
        ScalePoint(
            CurvePoint(
                size, size / 1e6, share, share, share, dedups, forbidden.cpu_hours, "bounds"
            ),
            usd,
        )
        for size in (1e9, 1e12, 1e15)
    )


def on_terminal(forecast: Forecast, curve: tuple[ScalePoint, ...], width: int) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    show_forecast(forecast, console)
    show_curve(curve, console)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def shares(data: Any) -> Iterator[dict[str, Any]]:
    """Every estimate of a JSON document."""
    if isinstance(data, dict):
        if "state" in data and "low" in data:
            yield data
        for part in data.values():
            yield from shares(part)
    if isinstance(data, list):
        for part in data:
            yield from shares(part)


def test_the_pattern_finds_what_it_looks_for(forbidden: Forecast) -> None:
    for text in ("44 %", "43.7 %", "0.437", "keeps 43.72 %", "with 0.44"):
        assert WRITTEN.search(text)
    for text in ("144 %", "43–44.5 bn", "0.1437"):
        assert not WRITTEN.search(text)


@pytest.mark.parametrize("width", [80, 100])
def test_the_terminal(forbidden: Forecast, curve: tuple[ScalePoint, ...], width: int) -> None:
    text = on_terminal(forbidden, curve, width)
    assert not WRITTEN.search(text)
    assert "10–90 %" in text or "14–86 %" in text
    assert text.count("bounds only") > 5
    assert "7–95 %" in text  # outer bounds, outwards
    for stage in forbidden.stages[1:]:
        sneaked = str(figure_of_quantity(stage.docs_out, SHORT_COUNTS))
        assert "(" in sneaked
        assert sneaked not in text
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width


def test_the_page(
    record: Record, forbidden: Forecast, budget: Budget, curve: tuple[ScalePoint, ...]
) -> None:
    page = html_report([("mine", record)], [forbidden], [budget], date(2026, 11, 24), [curve])
    text = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    found = WRITTEN.search(text)
    assert not found, text[max(0, found.start() - 200) : found.end() + 50]
    assert "What dedup keeps as the corpus grows" in page
    assert "exact + near together" in page
    assert "bounds only" in page


def test_the_answer_in_words(record: Record, forbidden: Forecast, budget: Budget) -> None:
    assert not WRITTEN.search("\n".join(sentences(record.run, forbidden, budget)))


def test_the_json(forbidden: Forecast, budget: Budget) -> None:
    data = json.loads(json.dumps(estimate_json(forbidden, budget), allow_nan=False))
    found = list(shares(data["stages"]))
    assert len([each for each in found if each["state"] == "bounds"]) >= 8
    assert all((each["point"] is None) == (each["state"] == "bounds") for each in found)
    flags = [(stage["planned"], stage["planned_out"]) for stage in data["stages"]]
    assert flags == [(False, False), (False, True), (True, True)]
    assert data["clean"]["planned"]


def test_the_curve(curve: tuple[ScalePoint, ...]) -> None:
    chart = curve_chart([point.forecast for point in curve])
    assert chart is not None
    assert chart.dots == ()
    assert [area.role for area in chart.areas] == ["outer", "bounds"]
    assert chart.mark == 0.0
    assert all(row.cpu_hours.point is None for row in curve_rows(curve))
    hours, cost = amount_charts(curve)
    assert hours.dots == ()
    assert [area.role for area in hours.areas] == ["bounds"]
    assert len(cost.dots) == 3  # money is planned between the bounds, and says so
    assert ("bounds", COST_OVER_SCALE.bounds) in cost.roles


def test_what_is_left_of_a_chain_may_be_surer_than_its_parts(forbidden: Forecast) -> None:
    """A class speaks for exact and near together; the exact dedup alone stays in bounds."""
    gopher, exact, near = forbidden.stages
    sure = Estimate(0.3, 0.28, 0.33, "reference class", "rough", 0.1, 0.7)
    view = outlook(replace(forbidden, stages=(gopher, exact, replace(near, chain_retention=sure))))
    _, exact_view, near_view = view.stages
    assert exact_view.docs_out.point is None
    assert near_view.docs_in.point is None
    assert near_view.cpu_hours.point is None
    assert near_view.docs_out.point is not None
    assert view.state == "rough"
    assert view.clean_docs.point is not None
