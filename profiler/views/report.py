"""What the HTML page says of each run, as plain data for the template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, zip_longest

from profiler.money.budget import Budget
from profiler.money.lines import BudgetLine
from profiler.record.schema import Run
from profiler.record.store import Record
from profiler.scaling.curves import CurvePoint
from profiler.scaling.volumes import Forecast
from profiler.views import figures
from profiler.views.answer import Headline, headlines, sentences
from profiler.views.charts import (
    Chart,
    budget_chart,
    cpu_chart,
    cpu_hours_chart,
    funnel_charts,
    retention_chart,
    spectrum_charts,
)
from profiler.views.costs import ADDING_UP, CategoryRow, categories, line_pairs, price_texts
from profiler.views.curve import CurveChart, CurveRow, curve_chart, curve_rows
from profiler.views.funnel import (
    AloneRow,
    CpuRow,
    DroppedSample,
    FunnelRow,
    ReasonRow,
    alone,
    cpu,
    dropped_samples,
    funnel,
    reasons,
    spectrum,
)
from profiler.views.outlook import STATE_MEANING, Outlook, outlook
from profiler.views.printable import printable, printable_lines
from profiler.views.provenance import (
    Pair,
    input_pairs,
    ledger_closed,
    ledger_pairs,
    method_pairs,
    run_line,
)

SAMPLES_PER_REASON = 3
LONGEST_SAMPLE = 700
LONGEST_ADDRESS = 160

Samples = tuple[tuple[Pair, tuple[DroppedSample, ...]], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the template prints of one run. Parts that a run lacks are None or empty."""

    id: str
    name: str
    title: str
    line: str
    run: Run
    sentences: tuple[str, ...]
    headlines: tuple[Headline, ...]
    sections: tuple[Pair, ...]
    funnel: tuple[FunnelRow, ...]
    funnel_charts: tuple[Chart, ...]
    alone: tuple[AloneRow, ...]
    cpu: tuple[CpuRow, ...]
    cpu_chart: Chart
    target: str
    target_facts: tuple[Pair, ...]
    outlook: Outlook | None
    method_of_stages: tuple[Pair, ...]
    retention_chart: Chart | None
    cpu_hours_chart: Chart | None
    curve_chart: CurveChart | None
    curve_rows: tuple[CurveRow, ...]
    budget: Budget | None
    budget_chart: Chart | None
    categories: tuple[CategoryRow, ...]
    reasons: tuple[ReasonRow, ...]
    samples: Samples
    spectrum_charts: tuple[Chart, ...]
    lists: tuple[tuple[str, tuple[str, ...]], ...]
    input_facts: tuple[Pair, ...]
    ledger_closed: bool | None
    ledger_facts: tuple[Pair, ...]
    method_facts: tuple[Pair, ...]

    def line_facts(self, line: BudgetLine) -> tuple[Pair, ...]:
        """What an opened line of the budget tells."""
        return line_pairs(line)


@dataclass(frozen=True, slots=True)
class Page:
    """The whole page. ``overview`` has a row per figure and a cell per run."""

    title: str
    made_on: str
    origin: str
    reports: tuple[Report, ...]
    overview: tuple[tuple[str, tuple[str, ...]], ...]
    states: dict[str, str]
    adding_up: str


def make_page(
    records: Sequence[tuple[str, Record]],
    forecasts: Sequence[Forecast],
    budgets: Sequence[Budget],
    today: date,
    curves: Sequence[Sequence[CurvePoint]] = (),
) -> Page:
    """What the page says. Raises ValueError when the sequences do not belong together."""
    for kind, given in (("forecasts", forecasts), ("budgets", budgets), ("curves", curves)):
        if given and len(given) != len(records):
            raise ValueError(f"{kind}: expected none or {len(records)}, found {len(given)}")
    joined = list(zip_longest(records, forecasts, budgets, curves))
    reports = tuple(
        _report(f"run-{number}", name, record, forecast, budget, curve or ())
        for number, ((name, record), forecast, budget, curve) in enumerate(joined, 1)
    )
    origin = "one run" if len(reports) == 1 else f"{len(reports)} runs"
    return Page(
        _page_title(reports, forecasts),
        today.isoformat(),
        origin,
        reports,
        _overview(reports),
        STATE_MEANING,
        ADDING_UP,
    )


def _report(
    identifier: str,
    name: str,
    record: Record,
    forecast: Forecast | None,
    budget: Budget | None,
    curve: Sequence[CurvePoint],
) -> Report:
    run = record.run
    view = None if forecast is None else outlook(forecast)
    parts = () if budget is None else categories(budget)
    rows = spectrum(record)
    return Report(
        id=identifier,
        name=printable(name, 60),
        title=f"Run {printable(name, 60)}",
        line=run_line(run),
        run=run,
        sentences=sentences(run, forecast, budget),
        headlines=headlines(run, forecast, budget),
        sections=_sections(view, budget, bool(rows)),
        funnel=funnel(run),
        funnel_charts=funnel_charts(run),
        alone=alone(record),
        cpu=cpu(run),
        cpu_chart=cpu_chart(run),
        target="" if forecast is None else _target(forecast),
        target_facts=() if forecast is None else _target_facts(forecast),
        outlook=view,
        method_of_stages=() if view is None else _methods(view),
        retention_chart=None if view is None else retention_chart(view),
        cpu_hours_chart=None if view is None else cpu_hours_chart(view),
        curve_chart=curve_chart(curve),
        curve_rows=curve_rows(curve),
        budget=budget,
        budget_chart=None if budget is None else budget_chart(budget.total_usd, parts),
        categories=parts,
        reasons=reasons(record),
        samples=_samples(record),
        spectrum_charts=spectrum_charts(rows),
        lists=_lists(run, forecast, budget),
        input_facts=input_pairs(run),
        ledger_closed=ledger_closed(run),
        ledger_facts=ledger_pairs(record),
        method_facts=method_pairs(run),
    )


def _sections(view: Outlook | None, budget: Budget | None, duplicates: bool) -> tuple[Pair, ...]:
    named = (
        (True, "funnel", "What survives"),
        (True, "cpu", "CPU"),
        (view is not None, "forecast", "At the target"),
        (budget is not None, "budget", "What it costs"),
        (True, "drops", "Why documents were dropped"),
        (duplicates, "duplicates", "Duplicates"),
        (True, "assumptions", "Assumptions and prices"),
        (True, "provenance", "Input, ledger, machine"),
    )
    return tuple((anchor, label) for there, anchor, label in named if there)


def _samples(record: Record) -> Samples:
    clipped = (
        DroppedSample(
            printable(sample.stage, 60),
            printable(sample.reason, 60),
            printable(sample.id, LONGEST_ADDRESS),
            None if sample.url is None else printable(sample.url, LONGEST_ADDRESS),
            printable_lines(sample.text, LONGEST_SAMPLE),
        )
        for sample in dropped_samples(record, SAMPLES_PER_REASON)
    )
    grouped = groupby(clipped, key=lambda sample: (sample.stage, sample.reason))
    return tuple((key, tuple(group)) for key, group in grouped)


def _target(forecast: Forecast) -> str:
    return f"{figures.byte_count(forecast.target.bytes)} ({forecast.target.basis} bytes)"


def _target_facts(forecast: Forecast) -> tuple[Pair, ...]:
    target = forecast.target
    return (
        ("documents", str(figures.figure_of_quantity(target.documents, figures.COUNTS))),
        ("text", str(figures.figure_of_quantity(target.text_bytes, figures.BYTES))),
        ("stored", str(figures.figure_of_quantity(target.stored_bytes, figures.BYTES))),
        ("times the sample", f"{figures.known(target.ratio)}, in text bytes"),
        ("conversion", printable(target.conversion)),
    )


def _methods(view: Outlook) -> tuple[Pair, ...]:
    return tuple(
        (
            printable(stage.stage),
            printable(
                " ".join((f"kept: {stage.retention.method}. CPU: {stage.method}.", *stage.notes))
            ),
        )
        for stage in view.stages
    )


def _lists(
    run: Run, forecast: Forecast | None, budget: Budget | None
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    named = (
        ("Warnings of the run", run.warnings),
        ("Warnings of the forecast", forecast.warnings if forecast else ()),
        ("Warnings of the budget", budget.warnings if budget else ()),
        ("Assumptions of the forecast", forecast.assumptions if forecast else ()),
        ("Assumptions of the budget", budget.assumptions if budget else ()),
        ("Prices and their age", price_texts(budget) if budget else ()),
    )
    return tuple((title, tuple(texts)) for title, texts in named if texts)


def _page_title(reports: Sequence[Report], forecasts: Sequence[Forecast]) -> str:
    sizes = {_target(forecast) for forecast in forecasts}
    subject = reports[0].name if len(reports) == 1 else f"{len(reports)} runs"
    if len(sizes) == 1:
        return f"Preparing {sizes.pop()} like {subject}"
    return f"What a corpus keeps and costs: {subject}"


def _cell(line: Headline) -> str:
    return f"{line.value} ({line.interval})" if line.interval else line.value


def _overview(reports: Sequence[Report]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """A row for each headline figure and a cell for each run; – where a run lacks it."""
    found = [{line.name: _cell(line) for line in r.headlines} for r in reports]
    names = dict.fromkeys(name for values in found for name in values)
    rows = [("run", tuple(report.line for report in reports))]
    rows += [(name, tuple(values.get(name, figures.ABSENT) for values in found)) for name in names]
    return tuple(rows)
