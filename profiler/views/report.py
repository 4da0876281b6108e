"""What the HTML page says of each run, as plain data for the template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from profiler.estimation import Estimation
from profiler.money.budget import Budget
from profiler.over_scale import ScalePoint
from profiler.published.bands import CPU_UNIT
from profiler.record.schema import Run
from profiler.record.store import Record
from profiler.scaling.volumes import Forecast
from profiler.views import figures
from profiler.views.account import Account, account
from profiler.views.amount_curves import amount_charts
from profiler.views.answer import Headline, headlines, not_counted, spoken
from profiler.views.band_cells import BandCells, band_cells
from profiler.views.bands import run_bands
from profiler.views.bars import Chart
from profiler.views.charts import (
    cpu_chart,
    cpu_hours_chart,
    retention_chart,
    spectrum_charts,
)
from profiler.views.costs import ADDING_UP
from profiler.views.curve import CurveChart, CurveRow, curve_chart, curve_rows
from profiler.views.duplicates import LargeGroups, dedup_stages, largest_groups, sampled_groups
from profiler.views.funnel import (
    AloneRow,
    CpuRow,
    FunnelRow,
    ReasonRow,
    alone,
    cpu,
    funnel,
    reasons,
    spectrum,
)
from profiler.views.outlook import STATE_MEANING, Outlook, outlook
from profiler.views.panels import FunnelPanel, TargetBands, funnel_panels, target_bands
from profiler.views.printable import printable
from profiler.views.provenance import (
    Pair,
    input_pairs,
    ledger_closed,
    ledger_pairs,
    method_pairs,
    run_line,
)
from profiler.views.samples import Samples, parted, samples
from profiler.views.sureness import NarrowingRow, narrowing
from profiler.views.together import measured_rows
from profiler.views.whole import Whole, whole

MOST_TREES = 3  # budgets of one page whose lines open down to the leaves: the page stays small


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the template prints of one run. Parts that a run lacks are None or empty."""

    id: str
    name: str
    title: str
    line: str
    run: Run
    sentences: tuple[str, ...]
    not_counted: str
    headlines: tuple[Headline, ...]
    sections: tuple[Pair, ...]
    funnel: tuple[FunnelRow, ...]
    panels: tuple[FunnelPanel, ...]
    alone: tuple[AloneRow, ...]
    cpu: tuple[CpuRow, ...]
    cpu_chart: Chart
    cpu_bands: tuple[BandCells, ...]
    target: str
    target_facts: tuple[Pair, ...]
    outlook: Outlook | None
    method_of_stages: tuple[Pair, ...]
    retention_chart: Chart | None
    cpu_hours_chart: Chart | None
    curve_chart: CurveChart | None
    amount_charts: tuple[CurveChart, ...]
    curve_rows: tuple[CurveRow, ...]
    target_bands: tuple[TargetBands, ...]
    account: Account | None
    narrowing: tuple[NarrowingRow, ...]
    reasons: tuple[ReasonRow, ...]
    samples: Samples
    spectrum_charts: tuple[Chart, ...]
    largest_groups: tuple[LargeGroups, ...]
    groups: Samples
    copies: Samples
    lists: tuple[tuple[str, tuple[str, ...]], ...]
    input_facts: tuple[Pair, ...]
    ledger_closed: bool | None
    ledger_facts: tuple[Pair, ...]
    method_facts: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The whole page. ``overview`` has a row per figure and a cell per run.

    ``measured`` has a cell more, for all runs together.
    """

    title: str
    made_on: str
    origin: str
    reports: tuple[Report, ...]
    whole: Whole | None
    overview: tuple[tuple[str, tuple[str, ...]], ...]
    measured: tuple[tuple[str, tuple[str, ...]], ...]
    states: dict[str, str]
    adding_up: str


def make_page(
    records: Sequence[tuple[str, Record]],
    forecasts: Sequence[Forecast],
    budgets: Sequence[Budget],
    today: date,
    curves: Sequence[Sequence[ScalePoint]] = (),
    plan: Estimation | None = None,
) -> Page:
    """What the page says; ``plan`` is the estimation of the domains that the records are of.

    Raises ValueError when the sequences do not belong together.
    """
    for kind, given in (("forecasts", forecasts), ("budgets", budgets), ("curves", curves)):
        if given and len(given) != len(records):
            raise ValueError(f"{kind}: expected none or {len(records)}, found {len(given)}")
    joined = list(zip_longest(records, forecasts, budgets, curves))
    kind = "Run" if plan is None else "Domain"
    trees = len(budgets) <= MOST_TREES
    reports = tuple(
        _report(f"run-{number}", (kind, name), record, forecast, budget, curve or (), trees)
        for number, ((name, record), forecast, budget, curve) in enumerate(joined, 1)
    )
    origin = "one run" if len(reports) == 1 else f"{len(reports)} runs"
    return Page(
        _page_title(reports, forecasts, plan),
        today.isoformat(),
        origin,
        reports,
        None if plan is None else whole(plan),
        _overview(reports),
        measured_rows([report.run for report in reports]),
        STATE_MEANING,
        ADDING_UP,
    )


def _report(
    identifier: str,
    called: Pair,
    record: Record,
    forecast: Forecast | None,
    budget: Budget | None,
    curve: Sequence[ScalePoint],
    trees: bool,
) -> Report:
    run, (kind, name) = record.run, called
    view = None if forecast is None else outlook(forecast)
    rows = spectrum(record)
    dropped, copies = parted(samples(record), dedup_stages(record) if rows else ())
    beside = run_bands(run)
    return Report(
        id=identifier,
        name=printable(name, 60),
        title=kind if name.casefold() == kind.casefold() else f"{kind} {printable(name, 60)}",
        line=run_line(run),
        run=run,
        sentences=spoken(run, forecast, budget),
        not_counted=not_counted(budget),
        headlines=headlines(run, forecast, budget),
        sections=_sections(view, budget, bool(rows)),
        funnel=funnel(run),
        panels=funnel_panels(run, beside),
        alone=alone(record),
        cpu=cpu(run),
        cpu_chart=cpu_chart(run),
        cpu_bands=band_cells(beside, CPU_UNIT),
        target="" if forecast is None else _target(forecast),
        target_facts=() if forecast is None else _target_facts(forecast),
        outlook=view,
        method_of_stages=() if view is None else _methods(view),
        retention_chart=None if view is None else retention_chart(view),
        cpu_hours_chart=None if view is None else cpu_hours_chart(view),
        curve_chart=curve_chart([point.forecast for point in curve]),
        amount_charts=amount_charts(curve),
        curve_rows=curve_rows(curve),
        target_bands=() if forecast is None else target_bands(run, forecast),
        account=None if budget is None else account(budget, trees),
        narrowing=() if forecast is None else narrowing(record, forecast),
        reasons=reasons(record),
        samples=dropped,
        spectrum_charts=spectrum_charts(rows),
        largest_groups=largest_groups(record),
        groups=sampled_groups(record),
        copies=copies,
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
        (budget is not None, "sureness", "How sure the total is"),
        (True, "drops", "Why documents were dropped"),
        (duplicates, "duplicates", "Duplicates"),
        (True, "assumptions", "Assumptions and prices"),
        (True, "provenance", "Input, ledger, machine"),
    )
    return tuple((anchor, label) for there, anchor, label in named if there)


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
    )
    return tuple((title, tuple(texts)) for title, texts in named if texts)


def _page_title(
    reports: Sequence[Report], forecasts: Sequence[Forecast], plan: Estimation | None
) -> str:
    if plan is not None:
        total = sum(domain.forecast.target.stored_bytes.point for domain in plan.domains)
        return f"Preparing {len(reports)} domains, {figures.byte_count(total)} as stored"
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
