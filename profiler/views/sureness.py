"""What makes the total unsure: inputs as rows and as a tornado chart, and what would narrow it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from profiler.money.budget import Budget
from profiler.money.drivers import Driver, drivers
from profiler.money.terms import OriginKind
from profiler.record.store import Record
from profiler.scaling.adequacy import advise_retention
from profiler.scaling.clusters import clusters_of
from profiler.scaling.volumes import Forecast
from profiler.views.bars import LEAST_WIDTH, Bar, Chart, Segment
from profiler.views.figures import (
    ABSENT,
    MONEY,
    SHORT_COUNTS,
    figure,
    known,
    percent,
    rounded,
    significant,
)
from profiler.views.outlook import outlook
from profiler.views.printable import printable

MOST_DRIVERS = 10
LONGEST_NAME = 38  # beside the figure, on a phone
SHORTER = (
    ("CPU-hours per TB, stage ", "CPU per TB, "),
    (", resolving all keys", ", resolve"),
    (", over documents", ""),
    ("TB of text that reach stage ", "text that reaches "),
)
"""Words of the forecast that a chart has no room for; the table below it has them."""
BOUNDS_ADVICE = "bounds only: more shards alone do not mend that, a census does (corpuscost census)"
REMEDIES: dict[OriginKind, str] = {
    "price": "a quote of your own (--prices FILE)",
    "default": "your own plan in place of the default (--set, or a scenario)",
    "scenario": "a narrower range in your scenario",
    "forecast": "more of the corpus, see below",
    "measured": "more of the corpus, see below",
    "published": "your own measurement",
}
SOURCES: dict[OriginKind, str] = {
    "price": "prices",
    "default": "planned values",
    "scenario": "planned values",
    "forecast": "the sample",
    "measured": "the sample",
    "published": "published figures",
}


@dataclass(frozen=True, slots=True)
class DriverRow:
    """An input with its 90 % range, the total at both ends, and what would narrow it.

    ``key`` is what a plan or a price book calls it, "" where that says nothing more.
    """

    name: str
    key: str
    low: str
    high: str
    usd_at_low: str
    usd_at_high: str
    remedy: str


@dataclass(frozen=True, slots=True)
class NarrowingRow:
    """What more shards would do for a stage: to its CPU, and to what it keeps of the documents."""

    stage: str
    cpu: str
    kept: str


@dataclass(frozen=True, slots=True)
class Sureness:
    """The inputs that move the total most, first the strongest; ``sentence`` says whose they are.

    ``chart`` is None where no input is uncertain.
    """

    chart: Chart | None
    rows: tuple[DriverRow, ...]
    sentence: str
    left_out: int


def sureness(budget: Budget) -> Sureness:
    """What drives the uncertainty of a total."""
    moving = [driver for driver in drivers(budget) if driver.swing_usd > 0]
    shown = moving[:MOST_DRIVERS]
    total = budget.total_usd.point
    chart = None if total is None or not shown else tornado_chart(total, shown)
    rows = tuple(_row(driver) for driver in shown)
    return Sureness(chart, rows, _sentence(moving), len(moving) - len(shown))


def narrowing(record: Record, forecast: Forecast) -> tuple[NarrowingRow, ...]:
    """How many more shards would halve the interval of each stage, as the forecast advises.

    Empty where the record has no rows by shard.
    """
    if not record.tables["batches"].num_rows:
        return ()
    clusters = clusters_of(record)
    deciding = {stage.stage for stage in outlook(forecast).deciding}
    rows = []
    for stage in forecast.stages:
        advice = advise_retention(stage.retention, clusters.shards, clusters.kind)
        kept = ABSENT if stage.stage not in deciding else BOUNDS_ADVICE
        if advice is not None and stage.stage in deciding:
            kept = advice.text
        rows.append(NarrowingRow(printable(stage.stage, 40), _first(stage.advice) or ABSENT, kept))
    return tuple(rows)


def _first(advice: str) -> str:
    """Advice without its aside, which is the same for most stages and is said once."""
    return printable(advice.partition(" (")[0])


def tornado_chart(total: float, found: Sequence[Driver]) -> Chart:
    """The total with each input at its low and at its high end, one bar each; a line at the point.

    The scale is from the least to the most of these totals, and does not begin at 0.
    """
    ends = [end for driver in found for end in (driver.usd_at_low, driver.usd_at_high)]
    least, most = min(total, *ends), max(total, *ends)
    bars = tuple(_bar(driver, total, least, most) for driver in found)
    strongest = found[0]
    text = (
        f"“{printable(strongest.words, 80)}” moves the total most: it is {_span(strongest)} USD "
        f"between the ends of its range. The line is the total, {_usd(total)} USD; the scale goes "
        f"from {_usd(least)} to {_usd(most)} USD."
    )
    roles = (("low", "with the input at its low end"), ("high", "with it at its high end"))
    title = "How many USD one input moves the total, from its low to its high end"
    return Chart("drivers", title, text, bars, roles, text, _place(total, least, most))


def _bar(driver: Driver, total: float, least: float, most: float) -> Bar:
    middle = _place(total, least, most)
    segments = []
    for role, end in (("low", driver.usd_at_low), ("high", driver.usd_at_high)):
        place = _place(end, least, most)
        start = min(place, middle)
        width = max(abs(place - middle), LEAST_WIDTH)
        segments.append(Segment(min(start, 100 - LEAST_WIDTH), width, role))
    return Bar(_label(driver), _usd(driver.swing_usd), tuple(segments))


def _label(driver: Driver) -> str:
    words = driver.words
    for long, short in SHORTER:
        words = words.replace(long, short)
    return printable(words, LONGEST_NAME)


def _usd(amount: float) -> str:
    return known(significant(amount, 3), MONEY)


def _place(value: float, least: float, most: float) -> float:
    return 50.0 if most <= least else round(100 * (value - least) / (most - least), 3)


def _span(driver: Driver) -> str:
    low, high = sorted((driver.usd_at_low, driver.usd_at_high))
    return figure(None, low, high, MONEY, 2).interval


def _row(driver: Driver) -> DriverRow:
    low, high = (known(end, SHORT_COUNTS, digits=3) for end in (driver.low, driver.high))
    unit = "" if driver.unit == "1" else f" {printable(driver.unit)}"
    return DriverRow(
        printable(driver.words, 120),
        "" if driver.name == driver.words else printable(driver.name, 120),
        low,
        f"{high}{unit}",
        rounded(driver.usd_at_low, 0),
        rounded(driver.usd_at_high, 0),
        REMEDIES.get(driver.kind, ABSENT),
    )


def _sentence(moving: Sequence[Driver]) -> str:
    """Shares of the sum of squared swings: what independent inputs add to a variance."""
    everything = math.fsum(driver.swing_usd**2 for driver in moving)
    if not everything:
        return "No input of the total has a range."
    parts: dict[str, float] = {}
    for driver in moving:
        source = SOURCES.get(driver.kind, "other inputs")
        parts[source] = parts.get(source, 0.0) + driver.swing_usd**2
    ordered = sorted(parts.items(), key=lambda part: -part[1])
    told = ", ".join(f"{name} {percent(square / everything)}" for name, square in ordered)
    return f"Of the spread of the total (by squared swings, each input alone) come from: {told}."
