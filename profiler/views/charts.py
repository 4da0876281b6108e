"""The charts of horizontal bars: funnel, CPU, retention, duplicates, money."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from profiler.record.schema import Run
from profiler.scaling.quantity import Estimate
from profiler.views.bars import (
    LONGEST_LABEL,
    Bar,
    Chart,
    Roles,
    Segment,
    amount_bar,
    label_of,
    span_bar,
    stacked,
    stretch,
)
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

KEPT_DROPPED: Roles = (("kept", "kept"), ("dropped", "dropped by this stage"))
ESTIMATED: Roles = (
    ("cpu", "point"),
    ("money", "point"),
    ("span", "90 % interval"),
    ("point", "90 % interval"),
    ("bounds", "bounds only: no point is known"),
    ("outer", "outer bounds, whatever the law of the duplicates"),
)


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
    whisker = None if total.low == total.high else stretch(total, most, "point")
    bars = (
        Bar("total", f"{figure_of(total, MONEY, 2)} USD", stacked(stack, most), whisker),
        *(
            amount_bar(name, usd, most, name, f"{figure_of(usd, MONEY, 2)} USD")
            for name, usd in priced
        ),
    )
    text = "; ".join(f"{bar.label} {bar.value}" for bar in bars)
    title = "USD by category, counted lines; the total is stacked from them"
    roles = tuple((name, name) for name, _ in priced)
    return Chart("budget", title, text, bars, (*roles, ("point", "90 % interval")))


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
        bars.append(Bar(label_of(row.stage), value, stacked(parts, pool)))
    end = volumes[-1][1] if volumes else pool
    verb = "drawn" if run.sampled is not None else "read"
    text = f"Of {written(pool)} that were {verb}, {percent(share(end, pool))} survive all stages."
    return Chart(f"funnel-{name}", title, text, tuple(bars), roles, text)


def _cpu_bar(row: CpuRow, most: float, spent: float) -> Bar:
    value = f"{seconds(row.cpu_seconds)} s · {percent(share(row.cpu_seconds, spent))}"
    known_parts = sum(row.phases.values())
    parts = [*row.phases.items(), ("cpu", max(row.cpu_seconds - known_parts, 0.0))]
    return Bar(label_of(row.stage), value, stacked(parts, most))


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
            stacked((("kept", row.groups), ("dropped", row.docs - row.groups)), most),
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
