"""Storage: capacity bought once, or rented by the month, with its requests and egress."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from profiler.money.lines import BYTES_PER_TB, BudgetLine, Domain, Inputs, line, unknown_line
from profiler.money.prices import Price, Tier
from profiler.money.ranges import Number, plain
from profiler.money.terms import Origin, Term, computed, product
from profiler.scaling.quantity import Quantity

FORMULA_SOURCE = "ABAKA, LLM Data Cost Breakdown, sections 2.5 and 2.6"


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


def requests_usd(
    stored_tb: Number, thousands_per_tb: Number, usd_per_thousand: Number, passes: Number = 1.0
) -> Number:
    """Requests to an object store: V × passes × R × C_request.

    ``thousands_per_tb`` R in thousands of requests per TB, ``usd_per_thousand`` C_request. Ours:
    the published model stores on machines of its own.
    """
    return stored_tb * passes * thousands_per_tb * usd_per_thousand


def egress_usd(moved_tb: Number, usd_per_tb: Number) -> Number:
    """Data that leaves a store: V_moved × C_egress. Ours: the published model has no such term."""
    return moved_tb * usd_per_tb


@dataclass(frozen=True, slots=True)
class _Kept:
    """A volume that is kept: its name, its domain, TB on disk, and the key of its months."""

    name: str
    domain: Domain
    stored_tb: Term
    months_key: str
    basis: str


def storage_lines(inputs: Inputs) -> list[BudgetLine]:
    """All that is kept, bought and rented; the scenario says which is counted."""
    bought = inputs.scenario.storage.method == "bought"
    lines = []
    kept = [each for domain in inputs.domains for each in _kept(inputs, domain)]
    held = [each for each in kept if inputs.scenario.value(each.months_key).high > 0]
    rate = _rented_rate(inputs, held)
    for each in kept:
        if each not in held:
            note = f"not kept: {each.months_key} = 0"
            lines.append(unknown_line("storage", each.name, note, domain=each.domain.name))
            continue
        lines.append(_bought_line(inputs, each, counted=bought))
        lines.append(_rented_line(inputs, each, rate, counted=not bought))
    for domain in inputs.domains:
        mine = [each for each in held if each.domain is domain]
        lines += _store_lines(inputs, domain, mine, counted=not bought)
    return lines


def _kept(inputs: Inputs, domain: Domain) -> list[_Kept]:
    raw = domain.measured(
        "V", "TB of raw shards on disk", domain.forecast.target.stored_bytes / BYTES_PER_TB, "TB"
    )
    texts = (
        ("extracted text", domain.forecast.target.text_bytes, "extracted_months"),
        ("text after the filters", filtered_text_bytes(domain), "filtered_months"),
        ("cleaned text", domain.forecast.clean_text_bytes, "cleaned_months"),
    )
    return [
        _Kept("raw shards", domain, raw, "storage.raw_months", "bytes as the input lies on disk"),
        *(
            _Kept(
                name,
                domain,
                _stored_text(inputs, domain, name, text_bytes),
                f"storage.{months}",
                "bytes of text × bytes on disk for each",
            )
            for name, text_bytes, months in texts
        ),
    ]


def filtered_text_bytes(domain: Domain) -> Quantity:
    """Text that enters the first dedup: what the filters before it leave."""
    for stage in domain.forecast.stages:
        if stage.kind.endswith("-dedup"):
            return stage.bytes_in
    return domain.forecast.clean_text_bytes


def _stored_text(inputs: Inputs, domain: Domain, name: str, text_bytes: Quantity) -> Term:
    text_tb = domain.measured("V_text", f"TB of {name}, UTF-8", text_bytes / BYTES_PER_TB, "TB")
    return computed(
        "V",
        f"TB of {name} on disk",
        "TB",
        product,
        "V_text × c",
        text_tb,
        _stored_per_text_byte(inputs, domain),
    )


def _stored_per_text_byte(inputs: Inputs, domain: Domain) -> Term:
    """As measured on the sample; the scenario's value where it is given or nothing was measured."""
    key = "storage.stored_per_text_byte"
    if domain.stored_per_text_byte is None or key in inputs.scenario.given:
        return inputs.plan("c", key)
    value = Quantity.certain(domain.stored_per_text_byte, inputs.draws)
    where = "kept documents of the sample, as Parquet with zstd"
    return Term("c", "bytes on disk per byte of text", value, "1", Origin("measured", where))


def _bought_line(inputs: Inputs, kept: _Kept, counted: bool) -> BudgetLine:
    copies = inputs.plan("copies", "storage.copies")
    price = inputs.price("C_capacity", "storage.bought_price")
    usd = computed(
        "usd",
        f"{kept.name}, bought",
        "USD",
        capacity_usd,
        "V × C_capacity × copies",
        kept.stored_tb,
        price,
        copies,
    )
    return line(
        "storage",
        f"{kept.name}, bought capacity",
        counted,
        usd,
        computed("V", "TB", "TB", product, "V × copies", kept.stored_tb, copies),
        FORMULA_SOURCE,
        note=f"V: {kept.basis}",
        domain=kept.domain.name,
    )


def _rented_line(inputs: Inputs, kept: _Kept, rate: Term, counted: bool) -> BudgetLine:
    months = inputs.plan("T_retention", kept.months_key)
    copies = inputs.plan("copies", "storage.copies")
    usd = computed(
        "usd",
        f"{kept.name}, rented",
        "USD",
        rented_usd,
        "V × C_storage × T_retention × copies",
        kept.stored_tb,
        rate,
        months,
        copies,
    )
    quantity = computed(
        "V", "TB-months", "TB-month", product, "V × copies × T", kept.stored_tb, copies, months
    )
    return line(
        "storage",
        f"{kept.name}, rented",
        counted,
        usd,
        quantity,
        FORMULA_SOURCE,
        payment="monthly",
        note=f"V: {kept.basis}; the sum over all months",
        domain=kept.domain.name,
        months=months.value.point,
    )


def _rented_rate(inputs: Inputs, held: Sequence[_Kept]) -> Term:
    """C_storage; of a price in tiers the mean at all that is kept: tiers count it together."""
    key = "storage.rented_price"
    price = inputs.prices[key]
    single = inputs.price("C_storage", key)
    if not price.tiers or not held:
        return single
    copies = inputs.plan("copies", "storage.copies").value
    everything = held[0].stored_tb.value * copies
    for each in held[1:]:
        everything = everything + each.stored_tb.value * copies
    return _tier_mean(single, price, everything, "kept in all")


def _tier_mean(single: Term, price: Price, volume_tb: Quantity, what: str) -> Term:
    """The mean of a price in tiers over a volume, as a leaf that names the tiers."""

    def mean(tb: Number) -> Number:
        usd = tiered_usd_per_month(tb, price.tiers)
        return np.where(np.asarray(tb) > 0, usd / np.maximum(tb, 1e-300), price.tiers[0].usd)

    tiers = ", ".join(
        f"{plain(tier.usd)}" + (" above" if tier.up_to_tb is None else f" to {tier.up_to_tb:g} TB")
        for tier in price.tiers
    )
    where = f"{single.origin.where}; mean over its tiers ({tiers}) at {plain(volume_tb.point)} TB"
    return Term(
        single.symbol,
        single.meaning,
        Quantity(float(mean(volume_tb.point)), np.asarray(mean(volume_tb.draws))),
        single.unit,
        Origin("price", f"{where} {what}"),
    )


def _store_lines(
    inputs: Inputs, domain: Domain, held: Sequence[_Kept], counted: bool
) -> list[BudgetLine]:
    """Requests and egress: counted with rented storage, memo lines beside bought capacity."""
    lines = [
        _requests_line(inputs, domain, each, counted, reads=reads)
        for each in held
        for reads in (False, True)
    ]
    return [*lines, _egress_line(inputs, domain, counted)]


def _requests_line(
    inputs: Inputs, domain: Domain, kept: _Kept, counted: bool, *, reads: bool
) -> BudgetLine:
    kind = "read" if reads else "write"
    per_tb = inputs.plan("R", f"storage.{kind}_requests_per_tb")
    factor = inputs.plan(*(("passes", "storage.read_passes") if reads else _COPIES))
    price = inputs.price("C_request", f"storage.{kind}_price")
    usd = computed(
        "usd",
        f"{kind} requests",
        "USD",
        requests_usd,
        f"V × R × C_request × {factor.symbol}",
        kept.stored_tb,
        per_tb,
        price,
        factor,
    )
    count = computed(
        "N",
        "requests",
        "1000requests",
        product,
        f"V × R × {factor.symbol}",
        kept.stored_tb,
        per_tb,
        factor,
    )
    item = f"{kept.name}, {kind} requests"
    return line("storage", item, counted, usd, count, _OF_STORES, domain=domain.name)


def _egress_line(inputs: Inputs, domain: Domain, counted: bool) -> BudgetLine:
    if inputs.scenario.storage.egress_copies.high <= 0:
        note = "not planned: storage.egress_copies = 0"
        return unknown_line("storage", "cleaned text, egress", note, domain=domain.name)
    cleaned = _stored_text(inputs, domain, "cleaned text", domain.forecast.clean_text_bytes)
    moved = computed(
        "V_moved",
        "TB that leave the store",
        "TB-moved",
        product,
        "V × n × m",
        cleaned,
        inputs.plan("n", "storage.egress_copies"),
        inputs.constant("m", "each TB is moved", 1.0, "moved", "by definition"),
    )
    price = inputs.prices["storage.egress_price"]
    rate = inputs.price("C_egress", "storage.egress_price")
    if price.tiers:
        rate = _tier_mean(rate, price, moved.value, "moved")
    usd = computed("usd", "egress", "USD", egress_usd, "V_moved × C_egress", moved, rate)
    return line(
        "storage", "cleaned text, egress", counted, usd, moved, _OF_STORES, domain=domain.name
    )


_COPIES = ("copies", "storage.copies")
_OF_STORES = "ours: object stores charge for requests and for what leaves them"
