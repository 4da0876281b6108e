"""What a budget does not know: categories without a price, and work that no stage measured."""

from __future__ import annotations

from profiler.money.lines import BudgetLine, Category, Inputs, line, unknown_line
from profiler.money.ranges import Number, Ranged, drawn, plain
from profiler.money.terms import Origin, Term, computed, product
from profiler.published.tables import hours_per_million_docs, hours_per_tb

DOCS_PER_UNIT = 1e6


def out_of_scope_line(category: Category) -> BudgetLine:
    """The memo line that stands for a category that is not planned."""
    note = f"not in scope: {category}.in_scope = false"
    return unknown_line(category, category, note)


def unmeasured_lines(inputs: Inputs) -> list[BudgetLine]:
    """Memo lines for what a crawl needs and the recipes lack, with published ranges."""
    kinds = {
        stage.kind.replace("-", "_")
        for domain in inputs.domains
        for stage in domain.forecast.stages
    }
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
    millions = computed(
        "N",
        "documents of the target",
        "1e6documents",
        _millions,
        "N_docs / m",
        inputs.over_domains(
            "N_docs",
            "documents of the target",
            "document",
            lambda domain: domain.forecast.target.documents,
        ),
        inputs.constant("m", "a million", DOCS_PER_UNIT, "document/1e6documents", "by definition"),
    )
    rate = Term(
        "h",
        "core-hours per million documents",
        drawn(
            Ranged(hours.point, hours.low, hours.high),
            "published.extract",
            inputs.draws,
            inputs.seed,
        ),
        "vCPU-hour/1e6documents",
        Origin("published", "; ".join(hours.sources)),
    )
    work = computed("H", "core-hours", "vCPU-hour", product, "N × h", millions, rate)
    price = inputs.price("C", "cleaning.compute_price")
    usd = computed("usd", item, "USD", product, "H × C", work, price)
    note = (
        f"not measured; published range {plain(hours.low)} to {plain(hours.high)} core-hours "
        "per million documents, the point is their median"
    )
    return line("cleaning", item, False, usd, work, note=note)


def _millions(documents: Number, documents_per_million: Number) -> Number:
    return documents / documents_per_million


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
