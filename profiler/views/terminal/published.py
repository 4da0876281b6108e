"""What is built in, on the terminal: published tables and their rows, and price books."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from rich.console import Console
from rich.table import Table

from profiler.money.currencies import ForeignPrice, Rate
from profiler.money.prices import Price, PriceBook, Tier, age_days
from profiler.money.ranges import plain
from profiler.published.catalog import TABLES, Row
from profiler.published.model import Example, Formula, Issue, PriceRange
from profiler.published.programme import StepRange
from profiler.published.tables import Crawl, Funnel, Throughput
from profiler.views.figures import ABSENT, percent
from profiler.views.terminal import cost_model
from profiler.views.terminal.tables import add, definitions, heading, note, safe, table


def show_table(name: str, console: Console) -> None:
    """A published table, by its name."""
    _TABLE_VIEWS[name](TABLES[name](), console)


def show_row(row: Row, console: Console) -> None:
    """A row of a published table, with its source."""
    _ROW_VIEWS[type(row)](row, console)


def show_funnels(funnels: Sequence[Funnel], console: Console) -> None:
    """One line per published corpus; details by its id."""
    heading(console, "Published funnels")
    grid = table("id", "year", "language", "stages", "kept of input", names=1)
    for funnel in funnels:
        last = funnel.stage[-1].kept_of_input if funnel.stage and funnel.sequential else None
        kept = ABSENT if last is None else percent(last)
        cells = (str(funnel.year), funnel.lang[:12], str(len(funnel.stage)), kept)
        _add_id(grid, funnel.id, *cells)
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
    definitions(console, [(stage.name, stage.note) for stage in funnel.stage if stage.note])
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
        _add_id(grid, row.id, row.stage, low if low == high else f"{low}–{high}", row.hours_unit)
    console.print(grid)
    others = ", ".join(row.id for row in rows if row.per_tb_low is None)
    note(console, f"Not per TB: {others}.")
    note(console, "Bases of a TB and kinds of core differ: `corpuscost published ID` tells them.")


def show_throughput(row: Throughput, console: Console) -> None:
    """One published throughput, with its basis and source."""
    heading(console, row.what)
    pairs = [("stage", row.stage), ("year", str(row.year)), ("basis", row.input_basis)]
    if row.per_tb_low is not None:
        hours = f"{row.per_tb_low:,.1f} to {row.per_tb_high:,.1f} {row.hours_unit}"
        pairs.append(("hours per TB", hours))
    if row.hours_low is not None and row.hours_high is not None:
        low, high = plain(row.hours_low), plain(row.hours_high)
        hours = low if low == high else f"{low} to {high}"
        pairs.append(("hours in all", f"{hours} {row.hours_unit}"))
    figures = {
        "hours per trillion tokens": row.per_trillion_tokens,
        "USD in all": row.published_usd,
        "USD per million pages": row.usd_per_million_pages,
        "USD per TB": row.usd_per_tb,
    }
    pairs += [(term, plain(value)) for term, value in figures.items() if value is not None]
    pairs += [("source", row.source), ("confidence", row.confidence), ("note", row.note)]
    definitions(console, [(term, text) for term, text in pairs if text])


def show_crawls(rows: Sequence[Crawl], console: Console) -> None:
    """Sizes of crawls of Common Crawl."""
    heading(console, "Published sizes of Common Crawl crawls")
    grid = table("id", "pages", "uncompressed TiB", "kB per page", "WARC.gz TiB", "WET.gz TiB")
    for row in rows:
        sizes = (row.uncompressed_tib, row.kb_per_page_uncompressed)
        stored = (row.warc_gz_tib, row.wet_gz_tib)
        cells = [ABSENT if size is None else plain(size) for size in (*sizes, *stored)]
        _add_id(grid, row.id, f"{row.pages:,.0f}", *cells)
    console.print(grid)


def show_crawl(row: Crawl, console: Console) -> None:
    """One crawl of Common Crawl, with its source."""
    heading(console, row.id)
    figures = {
        "pages": row.pages,
        "uncompressed TiB": row.uncompressed_tib,
        "kB per page": row.kb_per_page_uncompressed,
        "WARC.gz TiB": row.warc_gz_tib,
        "WAT.gz TiB": row.wat_gz_tib,
        "WET.gz TiB": row.wet_gz_tib,
    }
    pairs = [(term, plain(value)) for term, value in figures.items() if value is not None]
    definitions(console, [*pairs, ("source", row.source), ("confidence", row.confidence)])


def show_book(book: PriceBook, today: date, console: Console) -> None:
    """Every price of a book with its unit, range, tiers, age and source."""
    heading(console, f"Price book {book.name}")
    if book.description:
        note(console, book.description)
    rows = {price_id: _price(price, today) for price_id, price in book.prices.items()}
    rows |= {key: _foreign(row) for key, row in book.foreign.items() if key not in rows}
    definitions(console, sorted(rows.items()))
    definitions(console, [(f"1 {code}", _rate(rate)) for code, rate in book.rates.items()])
    for text in book.notes:
        note(console, text)


def _add_id(grid: Table, *cells: str) -> None:
    """A row whose id is not clipped: it is what one asks for."""
    grid.add_row(*(safe(cell) for cell in cells))


def _price(price: Price, today: date) -> str:
    parts = [f"{price.usd:,.6g} {price.unit}"]
    if price.low is not None and price.high is not None:
        parts.append(f"{price.low:,.6g} to {price.high:,.6g}")
    if price.tiers:
        parts.append("by tier " + ", ".join(_tier(tier) for tier in price.tiers))
    if price.reckoned is not None:
        parts.append(f"reckoned as {price.reckoned:,.6g} {price.reckoned_in}")
    parts.append(f"as of {price.as_of} ({age_days(price, today)} days old)")
    parts += [text for text in (price.region, price.confidence) if text]
    return "; ".join([", ".join(parts), *(t for t in (price.note, price.source) if t)])


def _tier(tier: Tier) -> str:
    if tier.up_to_tb is not None:
        return f"{tier.usd:,.6g} up to {plain(tier.up_to_tb)} TB"
    if tier.up_to_pages is not None:
        return f"{tier.usd:,.6g} up to {plain(tier.up_to_pages)} pages"
    return f"{tier.usd:,.6g} above"


def _foreign(row: ForeignPrice) -> str:
    given = f"{row.amount:,.6g} {row.unit}, not known in USD: needs [currency.{row.currency}]"
    parts = [given, f"as of {row.as_of}", *(t for t in (row.region, row.confidence) if t)]
    return "; ".join([", ".join(parts), *(t for t in (row.note, row.source) if t)])


def _rate(rate: Rate) -> str:
    parts = [f"{rate.usd:,.6g} USD as of {rate.as_of}, {rate.confidence}", rate.note, rate.source]
    return "; ".join(part for part in parts if part)


def _share(share: float | None) -> str:
    return ABSENT if share is None else percent(share)


_TABLE_VIEWS: Mapping[str, Callable[[Any, Console], None]] = {
    "funnels": show_funnels,
    "throughputs": show_throughputs,
    "crawls": show_crawls,
    "formulas": cost_model.show_formulas,
    "examples": cost_model.show_examples,
    "ranges": cost_model.show_ranges,
    "programme": cost_model.show_steps,
    "issues": cost_model.show_issues,
}
_ROW_VIEWS: Mapping[type, Callable[[Any, Console], None]] = {
    Funnel: show_funnel,
    Throughput: show_throughput,
    Crawl: show_crawl,
    Formula: cost_model.show_formula,
    Example: cost_model.show_example,
    PriceRange: cost_model.show_range,
    StepRange: cost_model.show_range,
    Issue: cost_model.show_issue,
}
