"""The scenario's section on the conversion of documents such as PDF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from profiler.money.price_units import PerGpuHour, PerThousandPages
from profiler.money.ranges import Amount, Positive, Share, planned


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """Documents to turn into text, by a converter of one's own, by a third party, or both.

    ``measured`` is the path of a record of ``corpuscost convert``, relative to the scenario's
    file; with "" the rate of one's own converter is the planned one. A day of a node is a calendar
    day, of which ``hours_per_day`` are paid; days of integration are working days of one person.
    Months are those over which a third party is sent pages: its tiers go by the pages of a month.
    """

    pages: Amount = planned("page", "pages to convert")
    method: Literal["self-built", "third-party", "mix"]
    own_share: Share = planned("1", "share of the pages for one's own converter, in a mix")
    measured: str
    pages_per_node_day: Positive = planned("page/node-day", "pages that a node converts in a day")
    gpu_price: PerGpuHour
    gpus_per_node: Positive = planned("GPU/node", "GPUs of a node")
    hours_per_day: Positive = planned("hour/day", "hours of a day that a node is paid for")
    complexity: Share = planned("1", "surcharge for complex documents")
    engineer_usd_per_day: Amount = planned("USD/day", "an engineer who integrates a converter")
    own_integration_days: Amount = planned("day", "setting up one's own converter")
    own_page_price: PerThousandPages
    third_party_price: PerThousandPages
    third_party_months: Positive = planned("month", "months over which pages are sent")
    third_party_integration_days: Amount = planned("day", "connecting the third party")
