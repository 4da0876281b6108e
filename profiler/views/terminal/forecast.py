"""The forecast at the target, for a terminal."""

from __future__ import annotations

from rich.console import Console

from profiler.record.schema import Run
from profiler.scaling.quantity import Estimate
from profiler.scaling.volumes import Forecast
from profiler.views.bands import forecast_bands
from profiler.views.figures import (
    ABSENT,
    BYTES,
    HOURS,
    PERCENT,
    SHORT_COUNTS,
    Scales,
    byte_count,
    figure_of,
    figure_of_quantity,
    outer_of,
)
from profiler.views.outlook import STATE_MEANING, STATE_WORDS, Outlook, outlook
from profiler.views.terminal.bands import show_bands
from profiler.views.terminal.tables import add, bullets, definitions, heading, note, safe, table

PERCENT_DECIMALS = 2  # for the width of the table
INTERVALS = (
    "In parentheses: 90 % interval (5 % and 95 % quantiles), in the unit before it. Two figures "
    "and no point: bounds only, an interval that the sample cannot place a point in."
)


def show_forecast(forecast: Forecast, console: Console, run: Run | None = None) -> None:
    """Print what the whole would keep and burn, stage by stage.

    With ``run``, that of the record, also beside what is published.
    """
    target, view = forecast.target, outlook(forecast)
    title = f"At {byte_count(target.bytes)} {target.basis}: {STATE_WORDS[view.state]}"
    console.print(safe(title, style="bold"))
    definitions(console, _summary(forecast, view))
    _show_volumes(view, console)
    _show_dedup(view, console)
    _show_cpu(view, console)
    if run is not None:
        show_bands(forecast_bands(run, forecast), console)
    if forecast.assumptions:
        heading(console, "Assumptions of the forecast")
        bullets(console, forecast.assumptions)
    if forecast.warnings:
        heading(console, "Warnings of the forecast")
        bullets(console, forecast.warnings)


def _summary(forecast: Forecast, view: Outlook) -> list[tuple[str, str]]:
    target = forecast.target
    tokens = view.clean_tokens
    return [
        (
            "target",
            f"{figure_of_quantity(target.documents, SHORT_COUNTS)} documents, "
            f"{figure_of_quantity(target.text_bytes, BYTES)} of text, "
            f"{figure_of_quantity(target.stored_bytes, BYTES)} stored; {target.conversion}",
        ),
        (
            "documents kept",
            f"{_text(view.clean_docs, SHORT_COUNTS)}, {_text(view.docs_kept, PERCENT)}",
        ),
        ("text kept", f"{_text(view.clean_text_bytes, BYTES)}, {_text(view.bytes_kept, PERCENT)}"),
        ("clean tokens", "not known: no rate" if tokens is None else _text(tokens, SHORT_COUNTS)),
        ("CPU-hours", f"{_text(view.cpu_hours, HOURS)}, of the profiled machine"),
        ("how sure", STATE_MEANING[view.state]),
    ]


def _show_volumes(view: Outlook, console: Console) -> None:
    heading(console, "Stages at the target: what enters, what stays")
    grid = table("stage", "docs in", "text in", "docs kept of docs in", "state")
    for stage in view.deciding:
        add(
            grid,
            stage.stage,
            figure_of(stage.docs_in, SHORT_COUNTS).middle,
            figure_of(stage.bytes_in, BYTES).middle,
            str(figure_of(stage.retention, PERCENT, PERCENT_DECIMALS)),
            STATE_WORDS[stage.retention.state],
        )
    console.print(grid)
    note(console, f"{INTERVALS} Bytes are UTF-8 text.")


def _show_dedup(view: Outlook, console: Console) -> None:
    if not view.dedups:
        return
    heading(console, "What dedup keeps, in documents, bytes and tokens")
    grid = table("stage", "of", "kept", "outer bounds", "state", names=2)
    before = None
    for row in view.dedups:
        add(
            grid,
            "" if row.stage == before else row.stage,
            row.unit,
            str(figure_of(row.kept, PERCENT, PERCENT_DECIMALS)),
            outer_of(row.kept),
            STATE_WORDS[row.kept.state],
        )
        before = row.stage
    console.print(grid)
    note(
        console,
        "Outer bounds hold whatever the law of the duplicates is, as far as the documents are a "
        "random sample; they are known of documents only.",
    )


def _show_cpu(view: Outlook, console: Console) -> None:
    heading(console, "Stages at the target: CPU-hours")
    grid = table("stage", "CPU-hours", "text MB per CPU-second")
    for stage in view.stages:
        rate = stage.mb_per_cpu_second
        add(
            grid,
            stage.stage,
            _text(stage.cpu_hours, HOURS),
            ABSENT if rate is None else _text(rate),
        )
    console.print(grid)
    note(console, "A stage burns CPU on what the stages before it keep at this size.")


def _text(estimate: Estimate, scales: Scales = ()) -> str:
    return str(figure_of(estimate, scales))
