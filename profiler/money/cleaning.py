"""Cleaning: engineers per domain, and compute as measured or by the published rule."""

from __future__ import annotations

from profiler.money.lines import (
    BYTES_PER_TB,
    BudgetLine,
    Inputs,
    money_line,
    price_source,
    price_text,
)
from profiler.money.ranges import Number, plain, through
from profiler.scaling.quantity import Quantity
from profiler.scaling.volumes import StageForecast

FORMULA_SOURCE = "ABAKA, LLM Data Cost Breakdown, section 2.5"
RULE_BLOCK_TB = 100.0


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


def rule_usd(raw_tb: Number, usd_per_100_tb: Number, engineer: Number = 0.0) -> Number:
    """Cleaning by the simple rule: S_eng + (V_data / 100 TB) × C_base, all in USD.

    ``engineer`` S_eng is two weeks of an engineer per domain, ``usd_per_100_tb`` C_base (2,800).
    Source: ABAKA, LLM Data Cost Breakdown, section 2.6. The formula rounds nothing up, though the
    source's own example charges a whole block for several dozen TB.
    """
    return engineer + raw_tb / RULE_BLOCK_TB * usd_per_100_tb


def cleaning_lines(inputs: Inputs) -> list[BudgetLine]:
    """Engineers, compute of each stage, and the rule beside it (or the other way round)."""
    measured = inputs.scenario.cleaning.method == "measured"
    stages = [_stage_line(inputs, stage, measured) for stage in inputs.forecast.stages]
    rest = _remainder_lines(inputs, measured)
    return [_engineer_line(inputs), *stages, *rest, _rule_line(inputs, not measured)]


def _engineer_line(inputs: Inputs) -> BudgetLine:
    rate = inputs.planned("cleaning.engineer_usd_per_day")
    domains = inputs.planned("cleaning.domains")
    days = inputs.planned("cleaning.engineer_days_per_domain") * domains
    return money_line(
        "cleaning",
        "engineers: rules and debugging",
        True,
        through(engineer_usd, rate, days),
        days.point,
        "day",
        FORMULA_SOURCE,
        "S_eng × (T_rules + T_debug) × domains",
        f"{plain(rate.point)} USD/day × {plain(days.point)} days for {plain(domains.point)} "
        "domain(s)",
        note="counted under both methods: the published rule has it too",
    )


def _stage_line(inputs: Inputs, stage: StageForecast, counted: bool) -> BudgetLine:
    distributed = stage.kind in inputs.scenario.cleaning.distributed_kinds
    name = f"compute: {stage.stage}"
    return _compute_line(inputs, name, stage.cpu_hours, distributed, counted, stage.method)


def _remainder_lines(inputs: Inputs, counted: bool) -> list[BudgetLine]:
    """CPU-hours of the forecast that are in none of its stages, such as start-up."""
    total = inputs.forecast.cpu_hours
    parts = [stage.cpu_hours for stage in inputs.forecast.stages]
    point = total.point - sum(part.point for part in parts)
    if point <= 1e-9 * total.point:
        return []
    draws = total.draws - sum((part.draws for part in parts), start=0.0 * total.draws)
    rest = Quantity(point, draws)
    name = "compute: start-up and other fixed phases"
    return [_compute_line(inputs, name, rest, False, counted, "measured, not scaled")]


def _compute_line(
    inputs: Inputs,
    item: str,
    cpu_hours: Quantity,
    distributed: bool,
    counted: bool,
    method: str,
) -> BudgetLine:
    price = inputs.prices["cleaning.compute_price"]
    names = ("cluster_utilisation", "passes", "retries", "target_core_speed")
    utilisation, passes, retries, speed = (inputs.planned(f"cleaning.{name}") for name in names)
    communication = inputs.planned("cleaning.communication_overhead")
    operations = inputs.planned("cleaning.operations_overhead")
    hours = through(billed_core_hours, cpu_hours, utilisation, passes, retries, speed)
    beta = Quantity.certain(float(distributed), inputs.draws)
    usd = through(
        compute_usd, inputs.priced("cleaning.compute_price"), hours, beta, communication, operations
    )
    return money_line(
        "cleaning",
        item,
        counted,
        usd,
        usd.point / price.usd if price.usd else hours.point,
        "vCPU-hour",
        price_source(price),
        "H_cpu / utilisation × passes × (1 + retries) / speed × C × (1 + beta × (F_comm + F_ops))",
        f"{plain(cpu_hours.point)} h / {plain(utilisation.point)} × {plain(passes.point)} × "
        f"(1 + {plain(retries.point)}) / {plain(speed.point)} × {price_text(price)} × "
        f"(1 + {plain(beta.point)} × ({plain(communication.point)} + {plain(operations.point)}))",
        note=f"quantity: billed core-hours with the overheads; CPU-hours: {method}",
    )


def _rule_line(inputs: Inputs, counted: bool) -> BudgetLine:
    price = inputs.prices["cleaning.rule_price"]
    raw_tb = inputs.forecast.target.stored_bytes / BYTES_PER_TB
    return money_line(
        "cleaning",
        "compute by the published rule",
        counted,
        through(rule_usd, raw_tb, inputs.priced("cleaning.rule_price")),
        raw_tb.point / RULE_BLOCK_TB,
        "100TB",
        price_source(price),
        "V_data / 100 TB × C_base",
        f"{plain(raw_tb.point)} TB / {plain(RULE_BLOCK_TB)} TB × {price_text(price)}",
        note="V_data taken as bytes as the input lies on disk: the source does not state its basis",
    )
