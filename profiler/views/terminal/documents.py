"""Sampled documents of a run, for a terminal: dropped ones, and those of the largest groups."""

from __future__ import annotations

from itertools import groupby

from rich.console import Console

from profiler.record.store import Record
from profiler.views.duplicates import GROUPS_SHOWN, GroupMember, group_size, groups, role
from profiler.views.funnel import DroppedSample, dropped_samples
from profiler.views.printable import printable
from profiler.views.terminal.tables import LONGEST_NAME, definitions, heading, note, safe

SAMPLES_SHOWN = 2  # documents per reason
SAMPLE_CHARACTERS = 160


def show_dropped(record: Record, console: Console) -> None:
    """Print a few documents of each reason."""
    heading(console, "Documents that were dropped, a few of each reason")
    found = dropped_samples(record, SAMPLES_SHOWN)
    if not found:
        note(console, "No document was dropped.")
    for stage, of_stage in groupby(found, key=lambda one: one.stage):
        for reason, documents in groupby(of_stage, key=lambda one: one.reason):
            console.print(safe(f"{stage}: {reason}", style="bold"))
            definitions(console, [_sample(document) for document in documents])
    note(console, "Drawn by seeded hash among all that the rule dropped; text is clipped.")


def _sample(document: DroppedSample) -> tuple[str, str]:
    text = printable(document.text, SAMPLE_CHARACTERS)
    place = printable(document.url or "", SAMPLE_CHARACTERS)
    return printable(document.id, LONGEST_NAME), f"{place}  {text}" if place else text


def show_groups(record: Record, console: Console) -> None:
    """Print the largest groups of each dedup, with some of their documents."""
    heading(console, "The largest groups of duplicates")
    found = groups(record, GROUPS_SHOWN)
    if not found:
        note(console, "No group is recorded.")
    for group in found:
        stage = printable(group[0].stage, LONGEST_NAME)
        console.print(safe(f"{stage}: {group_size(group[0])}", style="bold"))
        definitions(console, [_member(member) for member in group])
    note(
        console,
        "Size in documents and UTF-8 text is of the whole group; the document that was kept, and "
        "a few of those dropped, drawn by seeded hash. Text is clipped.",
    )


def _member(member: GroupMember) -> tuple[str, str]:
    text = printable(member.text, SAMPLE_CHARACTERS)
    place = printable(member.url or member.id, SAMPLE_CHARACTERS)
    return role(member), f"{place}  {text}"
