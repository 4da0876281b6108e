"""The scenario's section on cleaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from profiler.money.price_units import PerCoreHour, PerGbHour, PerHundredTb, PerVcpuHour
from profiler.money.ranges import Amount, AtLeastOne, Positive, PositiveShare, Share, planned


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaning:
    """Engineers and cluster. Shares and overheads are fractions, not percent.

    ``domains`` is for a plan without a profile per domain; with profiles they are counted.
    """

    method: Literal["measured", "rule"]
    domains: Amount = planned("domain", "domains of the corpus")
    engineer_days_per_domain: Amount = planned("day/domain", "rules and debugging")
    engineer_usd_per_day: Amount = planned("USD/day", "an engineer")
    core_kind: Literal["vCPU", "physical"]
    compute_price: PerVcpuHour
    physical_core_price: PerCoreHour
    spot_share: Share = planned("1", "share of the core-hours on spot instances")
    spot_price: PerVcpuHour
    spot_loss: Share = planned("1", "work lost with spot instances, of the work on them")
    rule_price: PerHundredTb
    cluster_utilisation: PositiveShare = planned("1", "share of the paid core-time that works")
    passes: AtLeastOne = planned("1", "runs over the data")
    retries: Amount = planned("1", "work that is done again, of all work")
    target_core_speed: Positive = planned("1", "speed of a paid core over the profiled vCPU")
    distributed_kinds: tuple[str, ...]
    communication_overhead: Amount = planned("1", "communication of distributed stages")
    operations_overhead: Amount = planned("1", "operations of distributed stages")
    resolve_gb_per_core: Amount = planned("GB/vCPU", "memory that resolving needs per core")
    included_gb_per_core: Amount = planned("GB/vCPU", "memory that the price of a core includes")
    memory_price: PerGbHour
