"""Conversion of documents such as PDF: by one's own converter, by a third party, or a mix."""

from __future__ import annotations

from collections.abc import Sequence

from profiler.money.cleaning import billed_hours, core_price
from profiler.money.converter import ConverterSample, converter_sample
from profiler.money.lines import BudgetLine, Inputs, line, unknown_line
from profiler.money.pages import pages_per_price, tier_terms
from profiler.money.ranges import Number
from profiler.money.terms import Term, computed, product

FORMULA_SOURCE = "ABAKA, LLM Data Cost Breakdown, section 2.4"
OURS = "ours: CPU-hours as measured, billed as those of cleaning"
SECONDS_PER_HOUR = 3600.0
APART = "the text that it gives is not in the volumes of storage and cleaning"


def convert_self_usd(
    pages: Number,
    pages_per_node_day: Number,
    usd_per_node_day: Number,
    complexity: Number,
    integration_usd: Number = 0.0,
) -> Number:
    """One's own converter: (N_pages / R_process) × C_node × (1 + F_complexity) + C_integration.

    ``pages_per_node_day`` R_process in pages per day of one node, ``usd_per_node_day`` C_node;
    ``complexity`` F_complexity in [0, 1]. The source gives R_process in documents per node-day,
    and names N_pages "total number of documents"; only pages over pages per node-day, or documents
    over documents, give node-days. Pages are taken, since the source's prices are per page.
    Source: ABAKA, LLM Data Cost Breakdown, section 2.4 (its heading is lost after 2.3).
    """
    return pages / pages_per_node_day * usd_per_node_day * (1 + complexity) + integration_usd


def convert_third_party_usd(
    tiers: Sequence[tuple[Number, Number]], integration_usd: Number = 0.0
) -> Number:
    """A third party: Σ C_tier_i × N_pages_i + C_integration.

    ``tiers`` hold C_tier_i in USD per page and N_pages_i, the pages that this price holds for.
    Source: ABAKA, LLM Data Cost Breakdown, section 2.4.
    """
    usd = integration_usd
    for usd_per_page, pages in tiers:
        usd = usd + usd_per_page * pages
    return usd


def convert_mix_usd(
    pages: Number, own_share: Number, own_usd_per_page: Number, third_usd_per_page: Number
) -> Number:
    """Both, at a price per page each: N_pages × (s × C_own + (1 - s) × C_third).

    ``own_share`` s is the share of the pages that one's own converter takes. The source says this
    in words only, and its sum does not follow from the prices it gives (see the examples
    convert_14k_low and convert_14k_high). Source: ABAKA, LLM Data Cost Breakdown, sections 2.4 and
    2.6.
    """
    return pages * (own_share * own_usd_per_page + (1 - own_share) * third_usd_per_page)


def converting_cpu_hours(
    pages: Number, pages_per_cpu_second: Number, seconds_per_hour: Number = SECONDS_PER_HOUR
) -> Number:
    """CPU-hours of a converter whose rate was measured: N / (r × 3,600)."""
    return pages / (pages_per_cpu_second * seconds_per_hour)


def conversion_lines(inputs: Inputs) -> list[BudgetLine]:
    """The planned way to convert, and the others as memo lines beside it."""
    plan = inputs.scenario.conversion
    if plan.pages.high == 0:
        note = "no documents to convert planned: conversion.pages = 0"
        return [unknown_line("conversion", "documents to convert", note)]
    pages = inputs.plan("N", "conversion.pages")
    sample = converter_sample(inputs)
    ways = {
        "self-built": _own_lines(inputs, sample, pages, "all pages", plan.method == "self-built"),
        "third-party": [_third_line(inputs, pages, "all pages", plan.method == "third-party")],
        "mix": _mix_lines(inputs, sample, pages, plan.method == "mix"),
    }
    lines = [*ways.pop(plan.method), *_integration_lines(inputs)]
    lines += [each for way in ways.values() for each in way]
    if sample is not None:
        lines.append(_planned_line(inputs, pages, "all pages, own converter, planned rate", False))
    return [*lines, _published_line(inputs, pages)]


def _integration_lines(inputs: Inputs) -> list[BudgetLine]:
    """C_integration of both ways, each counted where it is used; pages do not move it."""
    plan = inputs.scenario.conversion
    mixed = plan.method == "mix"
    own = plan.method == "self-built" or (mixed and plan.own_share.high > 0)
    third = plan.method == "third-party" or (mixed and plan.own_share.low < 1)
    return [
        _integration_line(inputs, "own converter, integration", "own", own),
        _integration_line(inputs, "third party, integration", "third_party", third),
    ]


def _integration_line(inputs: Inputs, item: str, whose: str, counted: bool) -> BudgetLine:
    days = inputs.plan("T_integration", f"conversion.{whose}_integration_days")
    usd = computed(
        "C_integration",
        item,
        "USD",
        product,
        "S_eng × T_integration",
        inputs.plan("S_eng", "conversion.engineer_usd_per_day"),
        days,
    )
    note = "C_integration of the published formula, once, whatever the pages"
    return line("conversion", item, counted, usd, days, FORMULA_SOURCE, note=note)


def _mix_lines(
    inputs: Inputs, sample: ConverterSample | None, pages: Term, counted: bool
) -> list[BudgetLine]:
    """A line for each part of a mix that has pages; without two such parts it is no alternative."""
    share = inputs.scenario.conversion.own_share
    if not counted and (share.high == 0 or share.low == 1):
        return []
    own = inputs.plan("s", "conversion.own_share")
    lines = []
    if share.high > 0:
        part = computed(
            "N_own", "pages of one's own converter", "page", product, "N × s", pages, own
        )
        lines += _own_lines(inputs, sample, part, "in a mix", counted)
    if share.low < 1:
        part = computed(
            "N_third", "pages of the third party", "page", _others, "N × (1 - s)", pages, own
        )
        lines.append(_third_line(inputs, part, "in a mix", counted))
    return lines


def _others(pages: Number, own_share: Number) -> Number:
    return pages * (1 - own_share)


def _own_lines(
    inputs: Inputs, sample: ConverterSample | None, pages: Term, which: str, counted: bool
) -> list[BudgetLine]:
    """One's own converter: at the planned rate, or as measured with recognition apart."""
    item = f"{which}, own converter"
    if sample is None:
        return [_planned_line(inputs, pages, item, counted)]
    return [
        _measured_line(inputs, sample, pages, item, counted),
        _recognition_line(inputs, sample, pages, f"{which}, own recognition of scans", counted),
    ]


def _planned_line(inputs: Inputs, pages: Term, item: str, counted: bool) -> BudgetLine:
    rate = inputs.plan("R_process", "conversion.pages_per_node_day")
    n = pages.symbol
    usd = computed(
        "usd",
        item,
        "USD",
        convert_self_usd,
        f"({n} / R_process) × C_node × (1 + F_complexity)",
        pages,
        rate,
        _node_price(inputs),
        inputs.plan("F_complexity", "conversion.complexity"),
    )
    days = computed("D", "days of nodes", "node-day", _ratio, f"{n} / R_process", pages, rate)
    note = f"the rate is planned, not measured: `corpuscost convert` measures one; {APART}"
    return line("conversion", item, counted, usd, days, FORMULA_SOURCE, note=note)


def _ratio(above: Number, below: Number) -> Number:
    return above / below


def _node_price(inputs: Inputs) -> Term:
    return computed(
        "C_node",
        "a day of a node",
        "USD/node-day",
        product,
        "C_GPU × n_GPU × h",
        inputs.price("C_GPU", "conversion.gpu_price"),
        inputs.plan("n_GPU", "conversion.gpus_per_node"),
        inputs.plan("h", "conversion.hours_per_day"),
    )


def _measured_line(
    inputs: Inputs, sample: ConverterSample, pages: Term, item: str, counted: bool
) -> BudgetLine:
    rate = sample.rate("r")
    n = pages.symbol
    cpu = computed(
        "H_cpu",
        "CPU-hours of the profiled machine",
        "vCPU-hour",
        converting_cpu_hours,
        f"{n} / (r × s_h)",
        pages,
        rate,
        inputs.constant("s_h", "seconds of an hour", SECONDS_PER_HOUR, "second/hour", "an hour"),
    )
    hours = billed_hours(inputs, cpu)
    usd = computed(
        "usd",
        item,
        "USD",
        product,
        "C × H",
        core_price(inputs),
        hours,
    )
    source = f"{FORMULA_SOURCE}; {OURS}"
    return line(
        "conversion", item, counted, usd, hours, source, note=f"{sample.remarks()}; {APART}"
    )


def _recognition_line(
    inputs: Inputs, sample: ConverterSample, pages: Term, item: str, counted: bool
) -> BudgetLine:
    """Pages without a text layer, which the measured converter leaves, at the planned rate."""
    scanned = computed(
        "N_scan",
        "pages without a text layer",
        "page",
        product,
        f"{pages.symbol} × u",
        pages,
        sample.scanned_share("u"),
    )
    usd = computed(
        "usd",
        item,
        "USD",
        convert_self_usd,
        "(N_scan / R_process) × C_node × (1 + F_complexity)",
        scanned,
        inputs.plan("R_process", "conversion.pages_per_node_day"),
        _node_price(inputs),
        inputs.plan("F_complexity", "conversion.complexity"),
    )
    totals = sample.record.totals
    seen = totals.pages_without_text - totals.blank_pages
    note = (
        f"{seen:,} of {totals.pages:,} pages of the sample have no text layer; "
        "the converter passes over them, and the rate of recognition is planned"
    )
    return line("conversion", item, counted, usd, scanned, FORMULA_SOURCE, note=note)


def _third_line(inputs: Inputs, pages: Term, which: str, counted: bool) -> BudgetLine:
    """A third party's price per 1,000 pages, with its tiers by the pages of a month."""
    item = f"{which}, third party"
    parts = tier_terms(inputs, pages)
    texts = [f"{price.symbol} × {amount.symbol} / P" for price, amount in parts]
    usd = computed(
        "usd",
        item,
        "USD",
        _tiers_usd,
        " + ".join(texts),
        pages_per_price(inputs),
        *(term for part in parts for term in part),
    )
    months = inputs.scenario.conversion.third_party_months
    tiers = f"tiers go by the pages of a month, and pages are sent over {months} month(s); "
    note = f"{tiers if len(parts) > 1 else ''}{APART}"
    return line("conversion", item, counted, usd, pages, FORMULA_SOURCE, note=note)


def _tiers_usd(pages_per_price: Number, *prices_and_pages: Number) -> Number:
    prices, amounts = prices_and_pages[::2], prices_and_pages[1::2]
    tiers = [(usd / pages_per_price, n) for usd, n in zip(prices, amounts, strict=True)]
    return convert_third_party_usd(tiers)


def _published_line(inputs: Inputs, pages: Term) -> BudgetLine:
    """One's own converter at a published price per page, whatever it was reckoned from."""
    item = "all pages, own converter, published price"
    usd = computed(
        "usd",
        item,
        "USD",
        _priced_usd,
        "N × C_own / P",
        pages,
        inputs.price("C_own", "conversion.own_page_price"),
        pages_per_price(inputs),
    )
    note = "what the converter of others took per page"
    return line("conversion", item, False, usd, pages, FORMULA_SOURCE, note=note)


def _priced_usd(pages: Number, usd_per_thousand: Number, pages_per_price: Number) -> Number:
    return pages * usd_per_thousand / pages_per_price
