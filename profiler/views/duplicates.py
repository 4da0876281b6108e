"""The largest duplicate groups of a record, and the documents that were dropped from groups."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import groupby

from profiler.record.store import Record
from profiler.views.figures import megabytes, whole
from profiler.views.funnel import DEDUP_KINDS, DroppedSample
from profiler.views.printable import printable, printable_lines
from profiler.views.samples import LONGEST_ADDRESS, LONGEST_NAME, LONGEST_SAMPLE, Samples

MOST_SIZES = 3
GROUPS_SHOWN = 5  # of each dedup, to people; exports have all that are recorded


@dataclass(frozen=True, slots=True)
class LargeGroups:
    """Groups of exactly ``size`` documents at one dedup; bytes are UTF-8 text of all of them."""

    stage: str
    size: int
    groups: int
    bytes: int
    kept_bytes: int


def largest_groups(record: Record, most: int = MOST_SIZES) -> tuple[LargeGroups, ...]:
    """The ``most`` largest sizes of groups with copies, for each dedup in the order of the run."""
    sums: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0, 0]))
    columns = ["stage", "size", "groups", "bytes", "kept_bytes"]
    for row in record.tables["spectrum"].select(columns).to_pylist():
        if row["size"] > 1:
            found = sums[row["stage"]][row["size"]]
            for place, name in enumerate(columns[2:]):
                found[place] += row[name]
    return tuple(
        LargeGroups(printable(stage, 40), size, *sums[stage][size])
        for stage in dedup_stages(record)
        for size in sorted(sums.get(stage, {}), reverse=True)[:most]
    )


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A document of one of the largest groups, drawn by seeded hash unless it stays.

    docs, bytes and shards_holding are of the whole group. Strings are hostile.
    """

    stage: str
    part: int
    rank: int
    docs: int
    bytes: int
    shards_holding: int
    stays: bool
    shard: str
    id: str
    url: str | None
    text: str


Group = tuple[GroupMember, ...]
"""The document that stays, then a few of its copies."""


def groups(record: Record, most: int | None = None) -> tuple[Group, ...]:
    """The ``most`` largest groups of each dedup, in the order of the run; all that are recorded."""
    order = {stage: place for place, stage in enumerate(dedup_stages(record))}
    rows = sorted(
        record.tables["groups"].to_pylist(),
        key=lambda row: (
            order.get(row["stage"], len(order)),
            row["stage"],
            -row["docs"],
            row["part"],
            row["rank"],
            row["member"],
        ),
    )
    members = (GroupMember(stays=row.pop("member") == 0, **row) for row in rows)
    every = [tuple(own) for _, own in groupby(members, lambda one: (one.stage, one.part, one.rank))]
    by_stage = groupby(every, lambda group: group[0].stage)
    return tuple(group for _, of_stage in by_stage for group in list(of_stage)[:most])


def group_members(record: Record) -> tuple[GroupMember, ...]:
    """The documents of all groups that are recorded, one after the other."""
    return tuple(member for group in groups(record) for member in group)


def group_size(member: GroupMember) -> str:
    """What is said of a whole group."""
    shards = "1 shard" if member.shards_holding == 1 else f"{whole(member.shards_holding)} shards"
    return f"{whole(member.docs)} documents, {megabytes(member.bytes)} MB, in {shards}"


def role(member: GroupMember) -> str:
    """Whether dedup kept it."""
    return "kept" if member.stays else "dropped"


def sampled_groups(record: Record) -> Samples:
    """The largest groups as a page prints them: clipped and made safe."""
    return tuple(
        (
            (printable(group[0].stage, LONGEST_NAME), group_size(group[0])),
            tuple(_sample(member) for member in group),
        )
        for group in groups(record, GROUPS_SHOWN)
    )


def _sample(member: GroupMember) -> DroppedSample:
    place = f"{role(member)} · {printable(member.shard, LONGEST_NAME)} · "
    return DroppedSample(
        printable(member.stage, LONGEST_NAME),
        role(member),
        place + printable(member.id, LONGEST_ADDRESS),
        None if member.url is None else printable(member.url, LONGEST_ADDRESS),
        printable_lines(member.text, LONGEST_SAMPLE),
    )


def dedup_stages(record: Record) -> tuple[str, ...]:
    """The dedups of a run, in order."""
    return tuple(stage.stage for stage in record.run.stages if stage.kind in DEDUP_KINDS)
