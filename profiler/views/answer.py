"""The answer in a few sentences, as a person would say it, and the headline figures."""

from __future__ import annotations

from dataclasses import dataclass

from profiler.money.budget import Budget
from profiler.money.drivers import drivers
from profiler.record.schema import Run
from profiler.scaling.quantity import Estimate
from profiler.scaling.volumes import Forecast
from profiler.views.costs import dominant, unknown_items
from profiler.views.figures import (
    BYTES,
    COUNTS,
    HOURS,
    MONEY,
    MONEY_WORDS,
    PERCENT,
    Figure,
    Scales,
    byte_count,
    figure,
    figure_of,
    known,
    percent,
    seconds,
    significant,
    whole,
)
from profiler.views.funnel import cpu, share
from profiler.views.outlook import STATE_MEANING, Outlook, StageOutlook, outlook
from profiler.views.printable import printable
from profiler.views.row_words import row_words
from profiler.views.unitcosts import (
    CORES,
    paid_core_hours,
    usd_per_billion_tokens,
    usd_per_raw_tb,
    wall_text,
)

LONGEST_INPUT = 80
WIDE = 100.0  # high over low, from where on one unit does not serve both


@dataclass(frozen=True, slots=True)
class Headline:
    """A figure with its name, its basis, and its interval, which may be empty."""

    name: str
    value: str
    basis: str
    interval: str = ""

    @property
    def aside(self) -> str:
        """What stands below the figure."""
        parts = (self.basis, self.interval and f"90 % interval {self.interval}")
        return "; ".join(part for part in parts if part)


def sentences(run: Run, forecast: Forecast | None, budget: Budget | None) -> tuple[str, ...]:
    """What survives, what it costs and what dominates, and how sure that is."""
    if forecast is None:
        return _of_the_run(run)
    view = outlook(forecast)
    return (
        _survival(forecast, view),
        *(() if budget is None else (_cost(budget, view),)),
        _work(view),
        _certainty(view),
        *(() if budget is None else _missing(budget)),
    )


def spoken(run: Run, forecast: Forecast | None, budget: Budget | None) -> tuple[str, ...]:
    """The same in three sentences: what survives, what it costs and takes, and how sure that is."""
    if forecast is None:
        return _of_the_run(run)
    view = outlook(forecast)
    work = _work(view) if budget is None else _cost_and_work(budget, view)
    return (_survival(forecast, view), work, _doubt(view, budget))


def not_counted(budget: Budget | None) -> str:
    """What is not in the total, in a sentence, or ""."""
    return "" if budget is None else " ".join(_missing(budget))


def headlines(run: Run, forecast: Forecast | None, budget: Budget | None) -> tuple[Headline, ...]:
    """Headline figures: of the target where there is a forecast, else of the run."""
    if forecast is None:
        return _run_headlines(run)
    view = outlook(forecast)
    shown = [
        ("clean text", figure_of(view.clean_text_bytes, BYTES), "UTF-8 text after all stages"),
        ("documents kept", figure_of(view.docs_kept, PERCENT), "of all documents at the target"),
        ("CPU-hours", figure_of(view.cpu_hours, HOURS), "of cores like the profiled ones"),
    ]
    if view.clean_tokens is not None:
        shown.insert(1, ("clean tokens", figure_of(view.clean_tokens, COUNTS), "after all stages"))
    if budget is not None:
        shown = [*_money(forecast, budget, view), *shown]
    found = [_headline(name, text, basis) for name, text, basis in shown]
    return (*found, *_paid_work(budget, view))


def _money(forecast: Forecast, budget: Budget, view: Outlook) -> list[tuple[str, Figure, str]]:
    total = figure_of(budget.total_usd, MONEY_WORDS, 2)
    raw = usd_per_raw_tb(budget, forecast.target.stored_bytes)
    shown = [
        ("total, USD", total, "all counted lines"),
        ("USD per TB raw", figure_of(raw, MONEY, 2), "of the corpus as it lies on disk"),
    ]
    if forecast.clean_tokens is not None:
        clean = usd_per_billion_tokens(budget, forecast.clean_tokens, view.state)
        basis = "the total over the clean tokens"
        shown.append(("USD per billion clean tokens", _wide(clean), basis))
    return shown


def _wide(estimate: Estimate) -> Figure:
    """Money whose bounds may lie powers of ten apart: each end then in its own unit and digits."""
    if estimate.point is not None or estimate.high < WIDE * estimate.low:
        return figure_of(estimate, MONEY, 2)
    low, high = (known(significant(end, 2), MONEY) for end in (estimate.low, estimate.high))
    return Figure(None, low, high, "")


def _paid_work(budget: Budget | None, view: Outlook) -> tuple[Headline, ...]:
    """Core-hours that are paid, and how long they take on some numbers of cores."""
    paid = None if budget is None else paid_core_hours(budget.lines)
    if paid is None:
        return ()
    hours = paid.estimate("lines of cleaning", view.cpu_hours.state)
    text = figure_of(hours, HOURS)
    few, some, many = CORES
    others = "; ".join(f"{wall_text(hours, n)} on {n:,}" for n in (few, many))
    return (
        _headline("core-hours paid", text, "with utilisation, reruns and overheads"),
        Headline(
            f"wall time on {some:,} cores", wall_text(hours, some), f"if work divides; {others}"
        ),
    )


def said(estimate: Estimate, scales: Scales, most_decimals: int = 9) -> str:
    """A figure inside a sentence; bounds read "between … and …", or "at most …"."""
    text = figure_of(estimate, scales, most_decimals)
    if text.point is not None or text.low == text.high:
        return str(text)
    high = f"{text.high} {text.unit}".strip()
    return f"between {text.low} and {high}" if text.low.strip("0.") else f"at most {high}"


def _missing(budget: Budget) -> tuple[str, ...]:
    items = unknown_items(budget)
    return (f"Not in the total: {', '.join(items)}.",) if items else ()


def _headline(name: str, text: Figure, basis: str) -> Headline:
    if text.point is None:
        return Headline(name, text.middle, f"{basis}; bounds, no point is known")
    return Headline(name, text.middle, basis, "" if text.low == text.high else text.interval)


def _of_the_run(run: Run) -> tuple[str, ...]:
    totals = run.totals
    rows = [row for row in cpu(run) if not row.fixed]
    top = max(rows, key=lambda row: row.cpu_seconds, default=None)
    kept = (
        f"Of {whole(totals.docs_in)} documents with {byte_count(totals.bytes_in)} of text, "
        f"{percent(share(totals.docs_out, totals.docs_in))} of the documents and "
        f"{percent(share(totals.bytes_out, totals.bytes_in))} of the text bytes survive."
    )
    burnt = f"That took {seconds(totals.os_cpu_seconds)} CPU-seconds"
    burnt += f"; of the stages {top.stage} took most, {percent(top.share)}." if top else "."
    return (kept, burnt, "These are counts of this run; nothing was scaled up.")


def _run_headlines(run: Run) -> tuple[Headline, ...]:
    totals = run.totals
    speed = share(totals.bytes_in / 1e6, totals.os_cpu_seconds)
    docs, size = share(totals.docs_out, totals.docs_in), share(totals.bytes_out, totals.bytes_in)
    pace = "" if speed is None else f"{speed:,.1f} MB of text per CPU-second"
    return (
        Headline("documents kept", percent(docs), f"{whole(totals.docs_out)} of the run"),
        Headline("text bytes kept", percent(size), f"{byte_count(totals.bytes_out)} of the run"),
        Headline("CPU-seconds", seconds(totals.os_cpu_seconds), pace),
    )


def _survival(forecast: Forecast, view: Outlook) -> str:
    target = forecast.target
    text = (
        f"Of {byte_count(target.bytes)} ({target.basis} bytes), "
        f"{said(view.docs_kept, PERCENT)} of the documents and "
        f"{said(view.bytes_kept, PERCENT)} of the text bytes survive: "
        f"{said(view.clean_text_bytes, BYTES)} of clean text"
    )
    if view.clean_tokens is None:
        return f"{text}."
    return f"{text}, which is {said(view.clean_tokens, COUNTS)} tokens."


def _cost(budget: Budget, view: Outlook) -> str:
    text = f"Preparing it costs {said(budget.total_usd, MONEY_WORDS, 2)} USD"
    top = dominant(budget)
    if top is not None:
        text += f"; the largest part is {top.category} with {percent(top.part)} of that"
    if view.state == "bounds":
        text += ". The point is a plan: it takes a value between the bounds of what survives"
    return f"{text}."


def _work(view: Outlook) -> str:
    text = f"Cleaning takes {said(view.cpu_hours, HOURS)} CPU-hours"
    if not view.stages:
        return f"{text}."
    top = _heaviest(view)
    return f"{text}; {_called(top.stage)} takes the largest part, {said(top.cpu_hours, HOURS)}."


def _cost_and_work(budget: Budget, view: Outlook) -> str:
    text = f"Preparing it costs {said(budget.total_usd, MONEY_WORDS, 2)} USD"
    top = dominant(budget)
    if top is not None:
        text += f", {percent(top.part)} of that for {top.category},"
    text += f" and takes {said(view.cpu_hours, HOURS)} CPU-hours"
    if view.stages:
        text += f", the largest part for {_called(_heaviest(view).stage)}"
    return f"{text}."


def _heaviest(view: Outlook) -> StageOutlook:
    return max(view.stages, key=lambda stage: stage.cpu_hours.high)


def _called(stage: str) -> str:
    """A stage of the recipe by its name, another row with what it is."""
    words = row_words(stage)
    return f"{stage} ({words})" if words else stage


def _doubt(view: Outlook, budget: Budget | None) -> str:
    """How sure it is: what carries no point or a rough one, and what moves the total most."""
    names = [stage.stage for stage in view.stages if stage.answer == view.state]
    weak = f"{', '.join(names)} {'leaves' if len(names) == 1 else 'leave'}"
    text = {
        "estimate": "The sample supports a point and a 90 % interval for all of it",
        "rough": f"The sample supports only a rough point for what {weak}",
        "bounds": f"The sample gives only bounds for what {weak}, no single value",
    }[view.state]
    moving = () if budget is None else drivers(budget)
    if not moving or moving[0].swing_usd <= 0:
        return f"{text}."
    low, high = sorted((moving[0].usd_at_low, moving[0].usd_at_high))
    between = figure(None, low, high, MONEY_WORDS, 2).interval
    words = printable(moving[0].words, LONGEST_INPUT)
    name = f"the price of {words}" if moving[0].kind == "price" else words
    plan = ", which plans with a value between them," if view.state == "bounds" else ""
    return f"{text}; the total{plan} hangs most on {name}, which moves it over {between} USD."


def _certainty(view: Outlook) -> str:
    weak = [stage.stage for stage in view.stages if stage.answer == view.state]
    text = f"How sure: state “{view.state}”. {STATE_MEANING[view.state]}"
    if view.state != "estimate":
        text += f" This holds for {', '.join(weak)}, and for what comes after."
    return text
