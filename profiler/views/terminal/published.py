"""What is built in, on the terminal: published funnels, throughputs, examples, price books."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from rich.console import Console

from profiler.money.prices import PriceBook, age_days
from profiler.published.check import Checked
from profiler.published.tables import Funnel, PriceRange, Throughput
from profiler.views.figures import ABSENT, percent
from profiler.views.terminal.tables import add, definitions, heading, note, table


def show_funnels(funnels: Sequence[Funnel], console: Console) -> None:
    """One line per published corpus; details by its id."""
    heading(console, "Published funnels")
    grid = table("id", "year", "language", "stages", "kept of input", names=1)
    for funnel in funnels:
        last = funnel.stage[-1].kept_of_input if funnel.stage and funnel.sequential else None
        kept = ABSENT if last is None else percent(last)
        add(grid, funnel.id, str(funnel.year), funnel.lang[:12], str(len(funnel.stage)), kept)
    console.print(grid)
    note(console, "Units differ (docs, bytes, tokens): `corpuscost published ID` tells them.")


def show_funnel(funnel: Funnel, console: Console) -> None:
    """One published corpus, with its stages and source."""
    heading(console, funnel.name)
    pairs = [("input", funnel.input), ("unit", funnel.unit), ("source", funnel.source)]
    pairs += [("confidence", funnel.confidence), ("output", funnel.output), ("note", funnel.note)]
    definitions(console, [(term, text) for term, text in pairs if text])
    grid = table("stage", "kept of previous", "kept of input")
    for stage in funnel.stage:
        add(grid, stage.name, _share(stage.kept_of_previous), _share(stage.kept_of_input))
    console.print(grid)
    if not funnel.sequential:
        note(console, "The rows are alternatives or separate subsets: they do not multiply.")


def show_throughputs(rows: Sequence[Throughput], console: Console) -> None:
    """Published hours per TB; the basis of the TB differs and is named."""
    heading(console, "Published throughputs")
    grid = table("id", "stage", "hours per TB", "unit")
    for row in rows:
        if row.per_tb_low is None or row.per_tb_high is None:
            continue
        low, high = f"{row.per_tb_low:,.0f}", f"{row.per_tb_high:,.0f}"
        add(grid, row.id, row.stage, low if low == high else f"{low}–{high}", row.hours_unit)
    console.print(grid)
    note(console, "Bases of a TB and kinds of core differ: `corpuscost published ID` tells them.")


def show_throughput(row: Throughput, console: Console) -> None:
    """One published throughput, with its basis and source."""
    heading(console, row.what)
    pairs = [("stage", row.stage), ("year", str(row.year)), ("basis", row.input_basis)]
    if row.per_tb_low is not None:
        hours = f"{row.per_tb_low:,.1f} to {row.per_tb_high:,.1f} {row.hours_unit}"
        pairs.append(("hours per TB", hours))
    pairs += [("source", row.source), ("confidence", row.confidence), ("note", row.note)]
    definitions(console, [(term, text) for term, text in pairs if text])


def show_ranges(ranges: Sequence[PriceRange], console: Console) -> None:
    """Published prices of whole jobs."""
    heading(console, "Published prices of whole jobs, USD")
    definitions(
        console,
        [
            (row.id, f"{row.what}: {row.low_usd:,.0f} to {row.high_usd:,.0f}; {row.source}")
            for row in ranges
        ],
    )


def show_check(rows: Sequence[Checked], console: Console) -> None:
    """Worked examples of the published model against what our formulas give."""
    heading(console, "Published examples against our formulas")
    grid = table("example", "kind", "published", "computed", "agrees")
    for row in rows:
        example = row.example
        published, computed = f"{example.expected:,.6g}", f"{row.computed:,.6g}"
        add(grid, example.id, example.kind, published, computed, _verdict(row))
    console.print(grid)
    note(console, "mismatch: the source's own figures do not close; kept as they are, not forced.")


def show_book(book: PriceBook, today: date, console: Console) -> None:
    """Every price of a book with its unit, age and source."""
    heading(console, f"Price book {book.name}")
    definitions(
        console,
        [
            (
                price_id,
                f"{price.usd:,.6g} {price.unit}, as of {price.as_of} "
                f"({age_days(price, today)} days old), {price.confidence}; {price.source}",
            )
            for price_id, price in sorted(book.prices.items())
        ],
    )


def _verdict(row: Checked) -> str:
    if not row.agrees:
        return "NO"
    return "no, as known" if row.example.kind == "mismatch" else "yes"


def _share(share: float | None) -> str:
    return ABSENT if share is None else percent(share)
