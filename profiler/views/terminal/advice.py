"""``corpuscost advise RUN``."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from profiler.money.advice import RULE, Advice, BlockAdvice, Load, ScaledAdvice
from profiler.views.figures import (
    HOURS,
    MONEY,
    PERCENT,
    figure,
    figure_of,
    figure_of_quantity,
    megabytes,
    percent,
    seconds,
    whole,
)
from profiler.views.terminal.tables import add, bullets, heading, note, safe, table


def show_advice(advice: Advice, scaled: ScaledAdvice | None, console: Console) -> None:
    """Print each block in its own order and in the cheapest, and what that spares."""
    console.print(safe(f"Stage order of recipe {advice.recipe}", style="bold"))
    told = [_sentence(block, advice.run_cpu_seconds) for block in advice.blocks]
    bullets(console, [*told, *_none(advice)])
    for block in advice.blocks:
        _show_block(block, console)
    if scaled is not None:
        _show_scaled(scaled, console)
    if advice.unmeasured:
        heading(console, "Not weighed")
        bullets(console, advice.unmeasured)
    note(
        console,
        f"{RULE} CPU-seconds are of the profiled run, warming up left out; the stages of the run "
        f"cost {seconds(advice.run_cpu_seconds)} s in all. In parentheses: 90 % interval.",
    )


def _none(advice: Advice) -> list[str]:
    if advice.blocks or advice.unmeasured:
        return []
    return ["The recipe has no two filters that could change places."]


def _sentence(block: BlockAdvice, run_cpu_seconds: float) -> str:
    names = ", ".join(load.stage for load in block.present)
    order = ", ".join(load.stage for load in block.cheapest)
    spared = figure_of(block.saving, PERCENT)
    if block.worth:
        spent = block.cpu_seconds - sum(load.cpu_seconds for load in block.cheapest)
        part = percent(spent / run_cpu_seconds if run_cpu_seconds > 0 else None)
        return (
            f"{names}: run them as {order}. That spares {spared} of their CPU, {part} of what all "
            "stages cost."
        )
    if [load.stage for load in block.cheapest] == [load.stage for load in block.present]:
        return f"{names}: no order is cheaper than this one."
    return (
        f"{names}: no order is better than this one by more than its interval. The cheapest would "
        f"be {order}: {spared} less."
    )


def _show_block(block: BlockAdvice, console: Console) -> None:
    _show_loads("In the order of the run", block.present, console)
    if block.cheapest != block.present:
        _show_loads("In the cheapest order, predicted", block.cheapest, console)
        total = figure_of(block.cheapest_cpu_seconds)
        note(console, f"{total} CPU-seconds in all; {block.saving.method}.")


def _show_loads(title: str, loads: Sequence[Load], console: Console) -> None:
    heading(console, title)
    grid = table("stage", "docs in", "text MB in", "CPU s")
    for load in loads:
        add(
            grid,
            load.stage,
            whole(load.docs),
            megabytes(load.bytes),
            seconds(load.cpu_seconds),
        )
    add(grid, "together", "", "", seconds(sum(load.cpu_seconds for load in loads)), style="bold")
    console.print(grid)


def _show_scaled(scaled: ScaledAdvice, console: Console) -> None:
    heading(console, "CPU-hours at the target")
    grid = table("filters", "in this order", "spared by the cheapest")
    for block in scaled.blocks:
        low, high = block.spared_cpu_hours.interval()
        spared = figure(block.spared_cpu_hours.point, min(low, high), max(low, high), HOURS)
        hours = figure_of_quantity(block.cpu_hours, HOURS)
        grid.add_row(safe(", ".join(block.filters)), safe(str(hours)), safe(str(spared)))
    console.print(grid)
    spared = figure_of(scaled.spared_usd, MONEY, 2)
    total = figure_of(scaled.total_usd, MONEY, 2)
    note(
        console,
        f"The advised order spares {spared} USD of a budget of {total} USD (corpuscost estimate "
        "has its lines).",
    )
