"""What a budget does not know: categories without a price, and work that no stage measured."""

from __future__ import annotations

from profiler.money.lines import (
    BudgetLine,
    Category,
    Inputs,
    money_line,
    price_source,
    price_text,
    unknown_line,
)
from profiler.money.ranges import Ranged, drawn, plain, through
from profiler.published.tables import hours_per_million_docs, hours_per_tb

UNPRICED: tuple[tuple[Category, str], ...] = (
    ("conversion", "conversion of documents such as PDF"),
    ("screening", "training, labels and inference of a quality model"),
    ("annotation", "data for fine-tuning and preferences"),
    ("training", "compute of model training"),
)
NOT_PRICED = "not priced in this version"
DOCS_PER_UNIT = 1e6
_COMPUTE = "cleaning.compute_price"


def unpriced_lines() -> list[BudgetLine]:
    """A memo line without USD for each category that has no formula yet."""
    return [unknown_line(category, item, NOT_PRICED) for category, item in UNPRICED]


def crawling_out_of_scope_line() -> BudgetLine:
    """The memo line that stands for a crawl that is not planned."""
    note = "not in scope: crawling.in_scope = false"
    return unknown_line("crawling", "crawling", note)


def unmeasured_lines(inputs: Inputs) -> list[BudgetLine]:
    """Memo lines for what a crawl needs and the recipe lacks, with published ranges."""
    kinds = {stage.kind.replace("-", "_") for stage in inputs.forecast.stages}
    lines = []
    if "extract" not in kinds:
        lines.append(_extraction_line(inputs))
    if "lang_id" not in kinds:
        lines.append(_language_line())
    return lines


def _extraction_line(inputs: Inputs) -> BudgetLine:
    hours = hours_per_million_docs("extract")
    item = "HTML extraction"
    if hours is None:
        return unknown_line("cleaning", item, "not measured")
    price = inputs.prices[_COMPUTE]
    millions = inputs.forecast.target.documents / DOCS_PER_UNIT
    rate = drawn(
        Ranged(hours.point, hours.low, hours.high),
        "published.extract",
        inputs.draws,
        inputs.forecast.seed,
    )
    core_hours = millions * rate
    usd = through(lambda h, usd_each: h * usd_each, core_hours, inputs.priced(_COMPUTE))
    return money_line(
        "cleaning",
        item,
        False,
        usd,
        core_hours.point,
        "vCPU-hour",
        "; ".join((*hours.sources, price_source(price))),
        "documents × hours per million documents × C",
        f"{plain(millions.point)} million × {plain(hours.point)} h × {price_text(price)}",
        note=f"not measured; published range {plain(hours.low)} to {plain(hours.high)} core-hours "
        "per million documents, the point is their median",
    )


def _language_line() -> BudgetLine:
    hours = hours_per_tb("lang_id")
    item = "language identification"
    if hours is None:
        return unknown_line("cleaning", item, "not measured")
    note = (
        f"not measured; published range {plain(hours.low)} to {plain(hours.high)} core-hours per "
        "TB of gzipped JSONL or WET, other work included; no USD, since the bases differ"
    )
    return unknown_line("cleaning", item, note, "; ".join(hours.sources))
