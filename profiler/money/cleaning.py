"""Cleaning: engineers per domain, and compute as measured or by the published rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from profiler.money.lines import BYTES_PER_TB, BudgetLine, Domain, Inputs, line
from profiler.money.ranges import Number
from profiler.money.terms import Term, computed, product
from profiler.scaling.quantity import Quantity
from profiler.scaling.volumes import StageForecast

FORMULA_SOURCE = "ABAKA, LLM Data Cost Breakdown, section 2.5"
RULE_BLOCK_TB = 100.0
OURS = "ours: paid core-hours for CPU-hours that work; the published model bills the work alone"


def engineer_usd(usd_per_day: Number, rule_days: Number, debug_days: Number = 0.0) -> Number:
    """Engineers who write and debug the rules: S_eng × (T_rules + T_debug).

    ``usd_per_day`` S_eng in USD per person-day, the times in person-days. (The source attaches
    USD/day to the times; it belongs to S_eng.)
    Source: ABAKA, LLM Data Cost Breakdown, section 2.5.
    """
    return usd_per_day * (rule_days + debug_days)


def stage_usd(
    usd_per_hour: Number,
    volume_tb: Number,
    tb_per_hour: Number,
    distributed: Number,
    communication: Number,
    operations: Number,
) -> Number:
    """Compute of one stage: C_i × (V_data_i / R_i) × (1 + beta_i × (F_comm + F_ops)).

    ``usd_per_hour`` C_i of the unit whose rate is ``tb_per_hour`` R_i; ``volume_tb`` V_data_i what
    reaches the stage; ``distributed`` beta_i is 0 or 1; the overheads are fractions. Cleaning is
    the sum over stages.
    Source: ABAKA, LLM Data Cost Breakdown, section 2.5.
    """
    hours = volume_tb / tb_per_hour
    return compute_usd(usd_per_hour, hours, distributed, communication, operations)


def compute_usd(
    usd_per_core_hour: Number,
    core_hours: Number,
    distributed: Number,
    communication: Number,
    operations: Number,
) -> Number:
    """One stage whose hours are known: C_i × H_i × (1 + beta_i × (F_comm + F_ops)).

    ``core_hours`` H_i stand for V_data_i / R_i of stage_usd; they are billed, see
    billed_core_hours.
    """
    return usd_per_core_hour * core_hours * (1 + distributed * (communication + operations))


def billed_core_hours(
    cpu_hours: Number,
    utilisation: Number,
    passes: Number,
    retries: Number,
    core_speed: Number,
) -> Number:
    """Core-hours that are paid for CPU-hours that work.

    H = H_cpu / utilisation × passes × (1 + retries) / core_speed. ``utilisation`` is the share of
    paid core-time that works, in (0, 1]; ``passes`` runs over the data; ``retries`` work that is
    done again, as a fraction; ``core_speed`` of the paid core over the profiled one. Ours: the
    published model bills the work alone.
    """
    return cpu_hours / utilisation * passes * (1 + retries) / core_speed


def mixed_core_usd(
    usd_on_demand: Number, usd_spot: Number, spot_share: Number, usd_memory: Number = 0.0
) -> Number:
    """Price of a core-hour of a mixed cluster: C_demand × (1 - s) + C_spot × s + C_memory.

    ``spot_share`` s of the core-hours; ``usd_memory`` for memory beyond what a core includes, in
    USD per core-hour. Ours.
    """
    return usd_on_demand * (1 - spot_share) + usd_spot * spot_share + usd_memory


def extra_memory_usd(
    gb_per_core: Number, included_gb_per_core: Number, usd_per_gb_hour: Number
) -> Number:
    """Memory beyond what a core's price includes: max(0, M - M_included) × C_GB. Ours."""
    missing = gb_per_core - included_gb_per_core
    return (missing + np.abs(missing)) / 2 * usd_per_gb_hour


def repeated_share(retries: Number, spot_share: Number, spot_loss: Number) -> Number:
    """Work that is done again, of all work: r + s × l.

    ``spot_loss`` l is what is lost with spot instances, of the work done on them. Ours.
    """
    return retries + spot_share * spot_loss


def rule_usd(
    raw_tb: Number,
    usd_per_100_tb: Number,
    engineer: Number = 0.0,
    block_tb: Number = RULE_BLOCK_TB,
) -> Number:
    """Cleaning by the simple rule: S_eng + (V_data / 100 TB) × C_base, all in USD.

    ``engineer`` S_eng is two weeks of an engineer per domain, ``usd_per_100_tb`` C_base (2,800).
    Source: ABAKA, LLM Data Cost Breakdown, section 2.6. The formula rounds nothing up, though the
    source's own example charges a whole block for several dozen TB.
    """
    return engineer + raw_tb / block_tb * usd_per_100_tb


def cleaning_lines(inputs: Inputs) -> list[BudgetLine]:
    """Engineers, compute of each stage, and the rule beside it (or the other way round)."""
    measured = inputs.scenario.cleaning.method == "measured"
    lines = [_engineer_line(inputs)]
    for domain in inputs.domains:
        for stage in domain.forecast.stages:
            lines += _stage_lines(inputs, domain, stage, measured)
        lines += _remainder_lines(inputs, domain, measured)
    return [*lines, *(_rule_line(inputs, domain, not measured) for domain in inputs.domains)]


def _engineer_line(inputs: Inputs) -> BudgetLine:
    domains = inputs.plan("n", "cleaning.domains")
    if inputs.domains[0].name:
        count = float(len(inputs.domains))
        domains = inputs.constant("n", "domains", count, "domain", "domains of the scenario")
    days = inputs.plan("T", "cleaning.engineer_days_per_domain")
    usd = computed(
        "usd",
        "engineers",
        "USD",
        _engineers_usd,
        "S_eng × T × n",
        inputs.plan("S_eng", "cleaning.engineer_usd_per_day"),
        days,
        domains,
    )
    worked = computed("D", "days of engineers", "day", product, "T × n", days, domains)
    note = "T = T_rules + T_debug; counted under both methods: the published rule has it too"
    item = "engineers: rules and debugging"
    return line("cleaning", item, True, usd, worked, FORMULA_SOURCE, note=note)


def _engineers_usd(usd_per_day: Number, days_per_domain: Number, domains: Number) -> Number:
    return engineer_usd(usd_per_day, days_per_domain * domains)


def _stage_lines(
    inputs: Inputs, domain: Domain, stage: StageForecast, counted: bool
) -> list[BudgetLine]:
    """One line; of a dedup two, since resolving needs memory that the other phases do not.

    A classifier that screening replaces by a neural one is a memo line.
    """
    screening = inputs.scenario.screening
    replaced = screening.in_scope and screening.method == "gpu" and stage.kind == "quality"
    counted = counted and not replaced
    distributed = stage.kind in inputs.scenario.cleaning.distributed_kinds
    item = f"compute: {stage.stage}"
    resolve = stage.resolve_cpu_hours
    if resolve is None or resolve.point <= 0:
        hours = _stage_hours(domain, stage, stage.cpu_hours, f"stage {stage.stage}")
        return [_compute_line(inputs, domain, item, hours, distributed, counted)]
    rest = Quantity(
        max(stage.cpu_hours.point - resolve.point, 0.0),
        np.maximum(stage.cpu_hours.draws - resolve.draws, 0.0),
    )
    place = f"stage {stage.stage}"
    over = _stage_hours(domain, stage, rest, f"{place}, over documents")
    keys = _stage_hours(domain, stage, resolve, f"{place}, resolving all keys")
    memory = _resolve_memory(inputs)
    return [
        _compute_line(inputs, domain, item, over, distributed, counted),
        _compute_line(inputs, domain, f"{item}, resolve", keys, distributed, counted, memory),
    ]


def _stage_hours(domain: Domain, stage: StageForecast, hours: Quantity, place: str) -> Term:
    """CPU-hours as the volume that reaches the stage times its hours per TB.

    A comparison tells by that whether the volume moved or the rate. The rate of what goes over
    all keys at once holds at this volume only.
    """
    volume = stage.bytes_in / BYTES_PER_TB
    if volume.point <= 0 or not (volume.draws > 0).all():
        return _cpu_hours(domain, hours, place, stage.method)
    rate = Quantity(hours.point / volume.point, hours.draws / volume.draws)
    return computed(
        "H_cpu",
        f"CPU-hours, {place}",
        "vCPU-hour",
        product,
        "V × h",
        domain.measured("V", f"TB of text that reach stage {stage.stage}", volume, "TB"),
        domain.measured("h", f"CPU-hours per TB, {place}", rate, "vCPU-hour/TB", stage.method),
    )


def _cpu_hours(domain: Domain, hours: Quantity, place: str, method: str) -> Term:
    return domain.measured("H_cpu", f"CPU-hours, {place}", hours, "vCPU-hour", method)


def _resolve_memory(inputs: Inputs) -> Term:
    """What the memory of resolving costs per core-hour, beyond what a core includes."""
    return computed(
        "C_memory",
        "memory of resolving",
        "USD/vCPU-hour",
        extra_memory_usd,
        "max(0, M - M_included) × C_GB",
        inputs.plan("M", "cleaning.resolve_gb_per_core"),
        inputs.plan("M_included", "cleaning.included_gb_per_core"),
        inputs.price("C_GB", "cleaning.memory_price"),
    )


def _remainder_lines(inputs: Inputs, domain: Domain, counted: bool) -> list[BudgetLine]:
    """CPU-hours of the forecast that are in none of its stages, such as start-up."""
    everything = domain.forecast.cpu_hours
    parts = [stage.cpu_hours for stage in domain.forecast.stages]
    point = everything.point - sum(part.point for part in parts)
    if point <= 1e-9 * everything.point:
        return []
    draws = everything.draws - sum((part.draws for part in parts), start=0.0 * everything.draws)
    hours = _cpu_hours(
        domain, Quantity(point, draws), "start-up and other phases", "measured, not scaled"
    )
    item = "compute: start-up and other fixed phases"
    return [_compute_line(inputs, domain, item, hours, False, counted)]


def billed_hours(inputs: Inputs, cpu_hours: Term) -> Term:
    """Core-hours that are paid for CPU-hours that work, in the kind of core of the scenario."""
    cleaning = inputs.scenario.cleaning
    speed = inputs.plan("speed", "cleaning.target_core_speed")
    unit = "vCPU-hour"
    if cleaning.core_kind == "physical":
        unit = "core-hour"
        speed = replace(speed, unit="vCPU/core")
    again = computed(
        "r",
        "work that is done again",
        "1",
        repeated_share,
        "retries + s × l",
        inputs.plan("retries", "cleaning.retries"),
        inputs.plan("s", "cleaning.spot_share"),
        inputs.plan("l", "cleaning.spot_loss"),
    )
    return computed(
        "H",
        "core-hours that are paid",
        unit,
        billed_core_hours,
        "H_cpu / utilisation × passes × (1 + r) / speed",
        cpu_hours,
        inputs.plan("utilisation", "cleaning.cluster_utilisation"),
        inputs.plan("passes", "cleaning.passes"),
        again,
        speed,
    )


def core_price(inputs: Inputs, memory: Term | None = None) -> Term:
    """The price of an hour of a core, of the kind and mix that the scenario plans."""
    if inputs.scenario.cleaning.core_kind == "physical":
        return inputs.price("C", "cleaning.physical_core_price")
    parts = [
        inputs.price("C_demand", "cleaning.compute_price"),
        inputs.price("C_spot", "cleaning.spot_price"),
        inputs.plan("s", "cleaning.spot_share"),
    ]
    formula = "C_demand × (1 - s) + C_spot × s"
    if memory is not None:
        parts.append(memory)
        formula += " + C_memory"
    return computed("C", "an hour of a core", "USD/vCPU-hour", mixed_core_usd, formula, *parts)


def _compute_line(
    inputs: Inputs,
    domain: Domain,
    item: str,
    cpu_hours: Term,
    distributed: bool,
    counted: bool,
    memory: Term | None = None,
) -> BudgetLine:
    hours = billed_hours(inputs, cpu_hours)
    beta = "1 for stages that exchange data between nodes (cleaning.distributed_kinds)"
    overheads = (
        inputs.constant("beta", "whether it is distributed", float(distributed), "1", beta),
        inputs.plan("F_comm", "cleaning.communication_overhead"),
        inputs.plan("F_ops", "cleaning.operations_overhead"),
    )
    factor = "(1 + beta × (F_comm + F_ops))"
    price = core_price(inputs, memory)
    *_, measured = (leaf.origin.where for leaf in cpu_hours.leaves())
    usd = computed("usd", item, "USD", compute_usd, f"C × H × {factor}", price, hours, *overheads)
    paid = computed(
        "H", "core-hours with overheads", hours.unit, paid_hours, f"H × {factor}", hours, *overheads
    )
    return line(
        "cleaning",
        item,
        counted,
        usd,
        paid,
        f"{FORMULA_SOURCE}; {OURS}",
        note=f"quantity: billed core-hours with the overheads; CPU-hours: {measured}",
        domain=domain.name,
    )


def paid_hours(
    core_hours: Number, distributed: Number, communication: Number, operations: Number
) -> Number:
    """Core-hours that are billed with the overheads of distributed stages, as in compute_usd."""
    return core_hours * (1 + distributed * (communication + operations))


def _rule_line(inputs: Inputs, domain: Domain, counted: bool) -> BudgetLine:
    raw = domain.measured(
        "V_data",
        "TB of raw data as it lies on disk",
        domain.forecast.target.stored_bytes / BYTES_PER_TB,
        "TB",
    )
    block = inputs.constant(
        "block", "TB that the price is for", RULE_BLOCK_TB, "TB/100TB", "unit of the price"
    )
    usd = computed(
        "usd",
        "compute by the published rule",
        "USD",
        _rule_of_compute_usd,
        "V_data / block × C_base",
        raw,
        inputs.price("C_base", "cleaning.rule_price"),
        block,
    )
    blocks = computed("n", "blocks of 100 TB", "100TB", _blocks, "V_data / block", raw, block)
    return line(
        "cleaning",
        "compute by the published rule",
        counted,
        usd,
        blocks,
        FORMULA_SOURCE,
        note="V_data taken as bytes as the input lies on disk: the source does not state its basis",
        domain=domain.name,
    )


def _rule_of_compute_usd(raw_tb: Number, usd_per_100_tb: Number, block_tb: Number) -> Number:
    """rule_usd without its engineer, who has a line of his own."""
    return raw_tb / block_tb * usd_per_100_tb


def _blocks(raw_tb: Number, block_tb: Number) -> Number:
    return raw_tb / block_tb
