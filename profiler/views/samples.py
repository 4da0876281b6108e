"""Sampled documents that were dropped, clipped and made safe, by stage and reason."""

from __future__ import annotations

from collections.abc import Collection
from itertools import groupby

from profiler.record.store import Record
from profiler.views.funnel import DroppedSample, dropped_samples
from profiler.views.printable import printable, printable_lines
from profiler.views.provenance import Pair

SAMPLES_PER_REASON = 3
LONGEST_SAMPLE = 700
LONGEST_ADDRESS = 160
LONGEST_NAME = 60

Samples = tuple[tuple[Pair, tuple[DroppedSample, ...]], ...]
"""Documents of each (stage, reason), in the order of the stages."""


def samples(record: Record) -> Samples:
    """A few documents of each reason."""
    clipped = (
        DroppedSample(
            printable(sample.stage, LONGEST_NAME),
            printable(sample.reason, LONGEST_NAME),
            printable(sample.id, LONGEST_ADDRESS),
            None if sample.url is None else printable(sample.url, LONGEST_ADDRESS),
            printable_lines(sample.text, LONGEST_SAMPLE),
        )
        for sample in dropped_samples(record, SAMPLES_PER_REASON)
    )
    grouped = groupby(clipped, key=lambda sample: (sample.stage, sample.reason))
    return tuple((key, tuple(group)) for key, group in grouped)


def parted(found: Samples, stages: Collection[str]) -> tuple[Samples, Samples]:
    """Samples of other stages, and those of ``stages``."""
    names = {printable(stage, LONGEST_NAME) for stage in stages}
    others = tuple(group for group in found if group[0][0] not in names)
    return others, tuple(group for group in found if group[0][0] in names)
