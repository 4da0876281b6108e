"""Storage: capacity bought once, or rented by the month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from profiler.money.lines import (
    BYTES_PER_TB,
    BudgetLine,
    Inputs,
    money_line,
    price_source,
    price_text,
    unknown_line,
)
from profiler.money.prices import Price, Tier
from profiler.money.ranges import Number, plain, through
from profiler.scaling.quantity import Quantity


def capacity_usd(stored_tb: Number, usd_per_tb: Number, copies: Number = 1.0) -> Number:
    """Capacity that is bought once: V × copies × C_capacity.

    ``stored_tb`` V in TB of 10**12 bytes, ``usd_per_tb`` C_capacity. Whether redundancy is in it
    is a matter of the price: 85 USD/TB without, 99 with redundancy, network and security.
    Source: ABAKA, LLM Data Cost Breakdown, section 2.6.
    """
    return stored_tb * copies * usd_per_tb


def rented_usd(
    stored_tb: Number, usd_per_tb_month: Number, months: Number, copies: Number = 1.0
) -> Number:
    """Storage that is rented: C_storage × V_data × T_retention, for each copy.

    ``stored_tb`` V_data in TB, ``usd_per_tb_month`` C_storage, ``months`` T_retention.
    Source: ABAKA, LLM Data Cost Breakdown, section 2.5 (per TB and month; its section 2.6 prices
    capacity once, see capacity_usd).
    """
    return usd_per_tb_month * stored_tb * copies * months


def tiered_usd_per_month(stored_tb: Number, tiers: Sequence[Tier]) -> Number:
    """One month of storage under a price list in tiers: Σ (part of V in tier i) × C_i.

    ``stored_tb`` V in TB. Each tier prices only the part of the volume that lies in it.
    """
    usd: Number = 0.0 * stored_tb
    start_tb = 0.0
    for tier in tiers:
        end_tb = np.inf if tier.up_to_tb is None else tier.up_to_tb
        usd = usd + np.clip(stored_tb - start_tb, 0.0, end_tb - start_tb) * tier.usd
        start_tb = end_tb
    return usd


@dataclass(frozen=True, slots=True)
class _Kept:
    """A volume that is kept: its name, TB on disk, and the scenario key of its months."""

    name: str
    stored_tb: Quantity
    months_key: str
    basis: str


def storage_lines(inputs: Inputs) -> list[BudgetLine]:
    """Raw and cleaned data, bought and rented; the scenario says which is counted."""
    bought = inputs.scenario.storage.method == "bought"
    lines = []
    for kept in _kept(inputs):
        if inputs.scenario.value(kept.months_key).high == 0:
            lines.append(unknown_line("storage", kept.name, f"not kept: {kept.months_key} = 0"))
            continue
        lines.append(_bought_line(inputs, kept, counted=bought))
        lines.append(_rented_line(inputs, kept, counted=not bought))
    return lines


def _kept(inputs: Inputs) -> list[_Kept]:
    forecast = inputs.forecast
    per_text_byte = inputs.planned("storage.cleaned_stored_per_text_byte")
    return [
        _Kept(
            "raw shards",
            forecast.target.stored_bytes / BYTES_PER_TB,
            "storage.raw_months",
            "bytes as the input lies on disk",
        ),
        _Kept(
            "cleaned text",
            forecast.clean_text_bytes * per_text_byte / BYTES_PER_TB,
            "storage.cleaned_months",
            "bytes of cleaned text x storage.cleaned_stored_per_text_byte",
        ),
    ]


def _bought_line(inputs: Inputs, kept: _Kept, counted: bool) -> BudgetLine:
    price = inputs.prices["storage.bought_price"]
    copies = inputs.planned("storage.copies")
    usd = through(capacity_usd, kept.stored_tb, inputs.priced("storage.bought_price"), copies)
    return money_line(
        "storage",
        f"{kept.name}, bought capacity",
        counted,
        usd,
        kept.stored_tb.point * copies.point,
        "TB",
        price_source(price),
        "V × copies × C_capacity",
        f"{plain(kept.stored_tb.point)} TB × {plain(copies.point)} × {price_text(price)}",
        note=f"V: {kept.basis}",
    )


def _rented_line(inputs: Inputs, kept: _Kept, counted: bool) -> BudgetLine:
    price = inputs.prices["storage.rented_price"]
    months, copies = inputs.planned(kept.months_key), inputs.planned("storage.copies")
    usd = _rent(inputs, price, kept.stored_tb, months, copies)
    tb_months = kept.stored_tb.point * copies.point * months.point
    rate = usd.point / tb_months if price.tiers and tb_months else price.usd
    tiers = "; the price is the mean over its tiers, which count per line" if price.tiers else ""
    return money_line(
        "storage",
        f"{kept.name}, rented",
        counted,
        usd,
        tb_months,
        "TB-month",
        price_source(price),
        "V × copies × T_retention × C_storage",
        f"{plain(kept.stored_tb.point)} TB × {plain(copies.point)} × {plain(months.point)} months"
        f" × {plain(rate)} {price.unit}",
        payment="monthly",
        note=f"V: {kept.basis}; the sum over all months{tiers}",
    )


def _rent(
    inputs: Inputs, price: Price, stored_tb: Quantity, months: Quantity, copies: Quantity
) -> Quantity:
    if not price.tiers:
        rate = inputs.priced("storage.rented_price")
        return through(rented_usd, stored_tb, rate, months, copies)
    return through(
        lambda tb, term, n: tiered_usd_per_month(tb * n, price.tiers) * term,
        stored_tb,
        months,
        copies,
    )
