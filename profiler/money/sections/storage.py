"""The scenario's section on storage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from profiler.money.price_units import PerTb, PerTbMonth, PerTbMoved, PerThousandRequests
from profiler.money.ranges import Amount, AtLeastOne, Positive, planned


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """What is kept and for how long. Months are calendar months, copies multiply the volume.

    Requests and egress are those of an object store: they are counted where storage is rented.
    """

    method: Literal["bought", "rented"]
    bought_price: PerTb
    rented_price: PerTbMonth
    raw_months: Amount = planned("month", "how long the raw shards are kept")
    extracted_months: Amount = planned("month", "how long the extracted text is kept")
    filtered_months: Amount = planned("month", "how long the text after the filters is kept")
    cleaned_months: Amount = planned("month", "how long the cleaned text is kept")
    copies: AtLeastOne = planned("1", "copies of one's own")
    stored_per_text_byte: Positive = planned("1", "bytes on disk per byte of text that is kept")
    write_requests_per_tb: Amount = planned("1000requests/TB", "writes per TB that is stored")
    write_price: PerThousandRequests
    read_requests_per_tb: Amount = planned("1000requests/TB", "reads per TB that is read")
    read_passes: Amount = planned("1", "times that all that is stored is read")
    read_price: PerThousandRequests
    egress_copies: Amount = planned("1", "times that the cleaned text leaves the store")
    egress_price: PerTbMoved
