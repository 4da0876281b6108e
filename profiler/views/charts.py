"""Charts of horizontal bars as plain data; the template draws them as inline SVG.

Places and widths are percent of the width of the chart, so that a chart fills a phone as well as
a sheet of paper while its text keeps its size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from profiler.record.schema import Run
from profiler.scaling.quantity import Estimate
from profiler.views.costs import CategoryRow
from profiler.views.figures import (
    HOURS,
    MONEY,
    PERCENT,
    byte_count,
    figure_of,
    percent,
    seconds,
    short,
    whole,
)
from profiler.views.funnel import DEDUP_PHASES, CpuRow, SizeRow, cpu, funnel, pool_name, share
from profiler.views.outlook import Outlook
from profiler.views.printable import printable

LONGEST_LABEL = 24
LEAST_WIDTH = 0.4  # percent; what is there must be seen

Roles = tuple[tuple[str, str], ...]
KEPT_DROPPED: Roles = (("kept", "kept"), ("dropped", "dropped by this stage"))
ESTIMATED: Roles = (
    ("cpu", "point"),
    ("money", "point"),
    ("span", "90 % interval"),
    ("point", "90 % interval"),
    ("bounds", "bounds only: no point is known"),
    ("outer", "outer bounds, whatever the law of the duplicates"),
)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a bar; ``role`` says what it means and gives its colour."""

    start: float
    width: float
    role: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a chart: label to the left, value to the right, bar below.

    ``whisker`` is the interval around the end of a bar, ``dot`` the place of a point.
    """

    label: str
    value: str
    segments: tuple[Segment, ...]
    whisker: Segment | None = None
    dot: float | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart. ``text`` says in words what it shows, for those who do not see it; ``caption``
    is printed below it; ``mark`` is the place of a line across all bars."""

    name: str
    title: str
    text: str
    bars: tuple[Bar, ...]
    roles: Roles
    caption: str = ""
    mark: float | None = None

    @property
    def height(self) -> int:
        return len(self.bars) * 44


def funnel_charts(run: Run) -> tuple[Chart, ...]:
    """What each stage keeps and drops of all that entered the first: documents, text bytes, tokens.

    Without tokens where a stage has no count of them.
    """
    rows, totals = funnel(run), run.totals
    docs = [(row.docs_in, row.docs_out, 0) for row in rows]
    size = [(row.bytes_in, row.bytes_out, row.edited_bytes) for row in rows]
    edited = (("edited", "cut out of kept documents"),) if any(s[2] for s in size) else ()
    return (
        _funnel_chart("docs", "Documents", run, docs, totals.docs_in, KEPT_DROPPED),
        _funnel_chart("bytes", "Text bytes", run, size, totals.bytes_in, (*KEPT_DROPPED, *edited)),
        *_token_chart(run),
    )


def cpu_chart(run: Run) -> Chart:
    """CPU-seconds of what grows with the corpus; the phases of a dedup apart.

    What is paid once would hide it: on a machine that compiles for the first time that is nearly
    all of a short run.
    """
    rows = [row for row in cpu(run) if not row.fixed]
    most = max((row.cpu_seconds for row in rows), default=0.0)
    roles = [("cpu", "stage")]
    if any(row.phases for row in rows):
        roles += [(phase, f"{phase} of a dedup") for phase in DEDUP_PHASES]
    spent = sum(row.cpu_seconds for row in rows)
    bars = tuple(_cpu_bar(row, most, spent) for row in rows)
    text = _most_cpu(rows, spent, run.totals.os_cpu_seconds)
    return Chart("cpu", "CPU-seconds by stage", text, bars, tuple(roles), text)


def retention_chart(view: Outlook) -> Chart:
    """Share of documents that each stage keeps at the target, from 0 to 100 %."""
    bars = tuple(
        span_bar(stage.stage, stage.retention, 1.0, str(figure_of(stage.retention, PERCENT)))
        for stage in view.deciding
    )
    text = "; ".join(f"{bar.label} {bar.value}" for bar in bars)
    title = "Documents kept by each stage, 0 to 100 %"
    return Chart("retention", title, text, bars, _estimated_roles(bars))


def cpu_hours_chart(view: Outlook) -> Chart:
    """CPU-hours of each stage at the target, on one scale."""
    most = max((stage.cpu_hours.high for stage in view.stages), default=0.0)
    bars = tuple(
        amount_bar(
            stage.stage, stage.cpu_hours, most, "cpu", str(figure_of(stage.cpu_hours, HOURS))
        )
        for stage in view.stages
    )
    text = "; ".join(f"{bar.label} {bar.value} CPU-hours" for bar in bars)
    return Chart("cpu-hours", "CPU-hours of each stage", text, bars, _estimated_roles(bars))


def spectrum_charts(rows: Sequence[SizeRow]) -> tuple[Chart, ...]:
    """Documents by the size of their duplicate group, one chart for each dedup stage."""
    return tuple(
        _spectrum_chart(label, tuple(sizes), place)
        for place, (label, sizes) in enumerate(groupby(rows, key=lambda row: row.label))
    )


def budget_chart(total: Estimate, parts: Sequence[CategoryRow]) -> Chart:
    """USD of the total, stacked from its categories, and of each category, on one scale."""
    priced = [(part.category, part.usd) for part in parts if part.usd]
    most = max([total.high, *(usd.high for _, usd in priced)])
    stack = [(name, usd.point or 0.0) for name, usd in priced]
    whisker = None if total.low == total.high else _stretch(total, most, "point")
    bars = (
        Bar("total", f"{figure_of(total, MONEY, 2)} USD", _stacked(stack, most), whisker),
        *(
            amount_bar(name, usd, most, name, f"{figure_of(usd, MONEY, 2)} USD")
            for name, usd in priced
        ),
    )
    text = "; ".join(f"{bar.label} {bar.value}" for bar in bars)
    title = "USD by category, counted lines; the total is stacked from them"
    roles = tuple((name, name) for name, _ in priced)
    return Chart("budget", title, text, bars, (*roles, ("point", "90 % interval")))


def span_bar(label: str, estimate: Estimate, most: float, value: str) -> Bar:
    """A stretch from low to high with a dot at the point, where there is one."""
    point = _point(estimate)
    segments = [_stretch(estimate, most, "bounds" if point is None else "span")]
    if estimate.outer_low is not None and estimate.outer_high is not None:
        wide = replace(estimate, low=estimate.outer_low, high=estimate.outer_high)
        segments.insert(0, _stretch(wide, most, "outer"))
    dot = None if point is None else _percent_of(point, most)
    return Bar(_label(label), value, tuple(segments), dot=dot)


def amount_bar(label: str, estimate: Estimate, most: float, role: str, value: str) -> Bar:
    """A bar up to the point with a whisker; without a point up to low, and on to high as bounds."""
    point = _point(estimate)
    end = estimate.low if point is None else point
    bar = Segment(0.0, max(_percent_of(end, most), LEAST_WIDTH), role)
    if point is None:
        return Bar(_label(label), value, (bar, _stretch(estimate, most, "bounds")))
    known = estimate.low == estimate.high
    whisker = None if known else _stretch(estimate, most, "point")
    return Bar(_label(label), value, (bar,), whisker)


def _point(estimate: Estimate) -> float | None:
    return None if estimate.state == "bounds" else estimate.point


def _stretch(estimate: Estimate, most: float, role: str) -> Segment:
    start, end = _percent_of(estimate.low, most), _percent_of(estimate.high, most)
    return Segment(min(start, 100 - LEAST_WIDTH), max(end - start, LEAST_WIDTH), role)


def _estimated_roles(bars: Sequence[Bar]) -> Roles:
    """The legend of the roles that are drawn; a dot is a point too."""
    drawn = {segment.role for bar in bars for segment in bar.segments}
    if any(bar.whisker for bar in bars):
        drawn.add("point")
    legend = [(role, meaning) for role, meaning in ESTIMATED if role in drawn]
    return (
        (("point", "point"), *legend) if any(bar.dot is not None for bar in bars) else tuple(legend)
    )


def _token_chart(run: Run) -> tuple[Chart, ...]:
    """Tokens that a stage takes away, whether it drops documents or cuts text out of them."""
    pool = run.totals.tokens_in
    volumes = [
        (row.tokens_in, row.tokens_out, 0.0)
        for row in funnel(run)
        if row.tokens_in is not None and row.tokens_out is not None
    ]
    if not pool or len(volumes) < len(funnel(run)):
        return ()
    roles = (("kept", "kept"), ("dropped", "dropped or cut out by this stage"))
    return (_funnel_chart("tokens", "Tokens", run, volumes, pool, roles),)


def _funnel_chart(
    name: str,
    title: str,
    run: Run,
    volumes: Sequence[tuple[float, float, float]],
    pool: float,
    roles: Roles,
) -> Chart:
    def written(volume: float) -> str:
        return byte_count(volume) if name == "bytes" else short(volume)

    rows, pool_is = funnel(run), pool_name(run)
    bars = [Bar(pool_is, f"{written(pool)} · 100 %", (Segment(0, 100, "kept"),))]
    for row, (received, left, cut) in zip(rows, volumes, strict=True):
        parts = (("kept", left), ("edited", cut), ("dropped", received - left - cut))
        value = f"{written(left)} · {percent(share(left, pool))}"
        bars.append(Bar(_label(row.stage), value, _stacked(parts, pool)))
    end = volumes[-1][1] if volumes else pool
    verb = "drawn" if run.sampled is not None else "read"
    text = f"Of {written(pool)} that were {verb}, {percent(share(end, pool))} survive all stages."
    return Chart(f"funnel-{name}", title, text, tuple(bars), roles, text)


def _cpu_bar(row: CpuRow, most: float, spent: float) -> Bar:
    value = f"{seconds(row.cpu_seconds)} s · {percent(share(row.cpu_seconds, spent))}"
    known_parts = sum(row.phases.values())
    parts = [*row.phases.items(), ("cpu", max(row.cpu_seconds - known_parts, 0.0))]
    return Bar(_label(row.stage), value, _stacked(parts, most))


def _most_cpu(rows: Sequence[CpuRow], spent: float, everything: float) -> str:
    if not rows:
        return "No stage used CPU."
    top = max(rows, key=lambda row: row.cpu_seconds)
    text = (
        f"Of what grows with the corpus, {seconds(spent)} CPU-seconds, "
        f"{printable(top.stage, LONGEST_LABEL)} takes most: "
        f"{percent(share(top.cpu_seconds, spent))}."
    )
    once = max(everything - spent, 0.0)
    if not once:
        return text
    return (
        f"{text} Not in the chart: {seconds(once)} CPU-seconds, {percent(share(once, everything))} "
        "of this run, that are paid once (starting, compiling, our own notes) and never scaled."
    )


def _spectrum_chart(stage: str, rows: tuple[SizeRow, ...], place: int) -> Chart:
    most = max((row.docs for row in rows), default=0)
    bars = tuple(
        Bar(
            _span(row),
            f"{whole(row.docs)} docs, {whole(row.groups)} group{'' if row.groups == 1 else 's'}",
            _stacked((("kept", row.groups), ("dropped", row.docs - row.groups)), most),
        )
        for row in rows
    )
    copies = sum(row.docs - row.groups for row in rows)
    docs = sum(row.docs for row in rows)
    text = f"{whole(copies)} of {whole(docs)} documents are further copies of another one."
    roles = (("kept", "first of its group, kept"), ("dropped", "further copies"))
    title = f"{printable(stage, 40)}: documents by number of copies"
    return Chart(f"spectrum-{place}", title, text, bars, roles, text)


def _span(row: SizeRow) -> str:
    if row.largest == 1:
        return "1 (no copy)"
    return str(row.smallest) if row.smallest == row.largest else f"{row.smallest}–{row.largest}"


def _stacked(parts: Sequence[tuple[str, float]], most: float) -> tuple[Segment, ...]:
    segments, start = [], 0.0
    for role, amount in parts:
        if amount <= 0:
            continue
        width = max(_percent_of(amount, most), LEAST_WIDTH)
        start = min(start, 100 - width)
        segments.append(Segment(start, width, role))
        start += width
    return tuple(segments)


def _percent_of(value: float, most: float) -> float:
    return 0.0 if most <= 0 else round(min(max(value / most, 0.0), 1.0) * 100, 3)


def _label(text: str) -> str:
    return printable(text, LONGEST_LABEL)
