"""``corpuscost show RUN``: funnel, reasons, CPU, and where the figures come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from rich.console import Console
from rich.table import Table

from profiler.record.schema import Run
from profiler.record.store import Record
from profiler.scaling.growth import MIN_BATCHES
from profiler.views.bands import run_bands
from profiler.views.duplicates import GROUPS_SHOWN, GroupMember, group_size, groups, role
from profiler.views.figures import (
    ABSENT,
    megabytes,
    percent,
    seconds,
    short,
    three_digits,
    whole,
    with_error,
)
from profiler.views.funnel import (
    CpuRow,
    DroppedSample,
    alone,
    cpu,
    dropped_samples,
    funnel,
    pool_name,
    reasons,
    share,
    spectrum,
)
from profiler.views.parts import WHOLE, Part
from profiler.views.printable import printable
from profiler.views.provenance import input_pairs, ledger_closed, ledger_pairs, method_pairs
from profiler.views.row_words import in_words
from profiler.views.terminal.bands import show_bands
from profiler.views.terminal.tables import (
    LONGEST_NAME,
    add,
    bullets,
    definitions,
    heading,
    note,
    safe,
    table,
)

REASONS_SHOWN = 4
SAMPLES_SHOWN = 2  # documents per reason
SAMPLE_CHARACTERS = 160


def show_run(record: Record, console: Console, parts: Sequence[Part] = WHOLE) -> None:
    """Print what a person reads of a record: all of it, or the named parts in their order."""
    for part in parts:
        SHOW[part](record, console)


def _show_input(record: Record, console: Console) -> None:
    run = record.run
    console.print(safe(f"Run of recipe {run.recipe.get('name', '?')}: {run.state}", style="bold"))
    definitions(console, input_pairs(run))


def _show_published(record: Record, console: Console) -> None:
    show_bands(run_bands(record.run), console)


def _show_ledger(record: Record, console: Console) -> None:
    heading(console, _ledger_title(record.run))
    definitions(console, ledger_pairs(record))


def _show_method(record: Record, console: Console) -> None:
    heading(console, "How it was measured")
    definitions(console, method_pairs(record.run))


def _show_warnings(record: Record, console: Console) -> None:
    if record.run.warnings:
        heading(console, "Warnings")
        bullets(console, record.run.warnings)


def _show_funnel(record: Record, console: Console) -> None:
    run = record.run
    heading(console, "What survives each stage")
    grid = table(
        "after stage",
        "docs",
        "text MB",
        "tokens",
        "kept\ndocs",
        "kept\nbytes",
        "of pool\ndocs",
        "of pool\nbytes",
    )
    totals = run.totals
    read = (short(totals.docs_in), megabytes(totals.bytes_in), short(totals.tokens_in))
    add(grid, pool_name(run), *read, "", "", "100.0 %", "100.0 %")
    for row in funnel(run):
        add(
            grid,
            row.stage,
            short(row.docs_out),
            megabytes(row.bytes_out),
            short(row.tokens_out),
            percent(row.docs_kept),
            percent(row.bytes_kept),
            percent(row.docs_of_pool),
            percent(row.bytes_of_pool),
        )
    console.print(grid)
    note(
        console,
        "Each row is what leaves a stage; the row above is what enters it. Kept: of what entered "
        "the stage. Pool: all that entered the first. Bytes are UTF-8 text, MB = 1,000,000 bytes.",
    )
    edited = [
        f"{row.stage} cut {megabytes(row.edited_bytes)} MB out of documents that it kept"
        for row in funnel(run)
        if row.edited_bytes
    ]
    if edited:
        note(console, "; ".join(edited) + ".")


def _show_reasons(record: Record, console: Console) -> None:
    rows = reasons(record)
    heading(console, "Why documents were dropped")
    if not rows:
        note(console, "No document was dropped.")
        return
    grid = table("stage", "reason", "docs", "of stage\ninput", "text MB", "alone\ndocs", names=2)
    for stage, group in groupby(rows, key=lambda row: row.stage):
        listed = list(group)
        for place, row in enumerate(listed[:REASONS_SHOWN]):
            add(
                grid,
                "" if place else stage,
                printable(row.reason, 26),
                whole(row.docs),
                percent(row.share),
                ABSENT if row.bytes is None else megabytes(row.bytes),
                percent(row.alone_docs),
            )
        rest = listed[REASONS_SHOWN:]
        if rest:
            docs, part = sum(row.docs for row in rest), sum(row.share or 0 for row in rest)
            add(grid, "", f"{len(rest)} more", whole(docs), percent(part), "", "", style="dim")
    console.print(grid)
    note(
        console,
        "The rule that fired first counts. Alone: documents that the rule hits when it is tried "
        "on every document of a seeded subsample; – where it was not tried.",
    )


def _show_alone(record: Record, console: Console) -> None:
    rows = alone(record)
    if not rows:
        return
    heading(console, "Retention of each filter, in order and alone")
    grid = table(
        "filter",
        "in order\ndocs",
        "in order\nbytes",
        "alone\ndocs",
        "alone\nbytes",
        "tried on\ndocs",
    )
    for row in rows:
        add(
            grid,
            row.stage,
            percent(row.docs_in_order),
            percent(row.bytes_in_order),
            percent(row.docs_alone),
            percent(row.bytes_alone),
            whole(row.docs_seen),
        )
    console.print(grid)
    note(console, "In order: of what reached the filter. Alone: of the subsample as it was read.")


def _show_duplicates(record: Record, console: Console) -> None:
    rows = spectrum(record)
    if not rows:
        return
    heading(console, "Duplicate groups by size")
    grid = table("stage", "copies", "groups", "docs", "text MB", "MB kept", names=2)
    for label, group in groupby(rows, key=lambda row: row.label):
        for place, row in enumerate(group):
            span = str(row.smallest)
            if row.largest > row.smallest:
                span = f"{row.smallest}–{row.largest}"
            add(
                grid,
                "" if place else label,
                span,
                whole(row.groups),
                whole(row.docs),
                megabytes(row.bytes),
                megabytes(row.kept_bytes),
            )
    console.print(grid)
    note(
        console,
        "One document of each group stays. Groups of 1 are documents without a copy. Together: "
        "groups that dedups make in turn, of the documents that entered the first of them.",
    )


def _show_groups(record: Record, console: Console) -> None:
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


def _show_cpu(record: Record, console: Console) -> None:
    run = record.run
    heading(console, "What burns the CPU")
    columns = ("CPU\nseconds", "share\nof CPU", "text MB per\nCPU-second", "peak\nMB")
    grid = table("stage", *columns, "grew with\nexponent")
    rows = cpu(run)
    for row in rows:
        _add_cpu(row, grid)
    console.print(grid)
    note(
        console,
        "Share: of all CPU that the operating system counted. Rows in parentheses belong to no "
        "stage and are never scaled. Peak: memory of one worker. Exponent: CPU over documents "
        f"went as the work done to this power, ± standard error; none below {MIN_BATCHES} batches. "
        "Resolving is of one size here: `corpuscost calibrate` times others.",
    )
    words = in_words(row.stage for row in rows)
    if words:
        note(console, f"Beside the stages: {words}.")


def _add_cpu(row: CpuRow, grid: Table) -> None:
    add(
        grid,
        f"({row.stage})" if row.fixed else row.stage,
        seconds(row.cpu_seconds),
        percent(row.share),
        three_digits(row.mb_per_cpu_second),
        ABSENT if row.peak_rss_bytes is None else megabytes(row.peak_rss_bytes),
        "" if row.exponent is None else with_error(row.exponent, row.exponent_error),
        style="dim" if row.fixed else "",
    )
    for phase, spent in row.phases.items():
        part = share(spent * (row.share or 0), row.cpu_seconds)
        add(grid, f"· {phase}", seconds(spent), percent(part), "", "", "", style="dim")


def _show_files(record: Record, console: Console) -> None:
    files = record.run.intermediate_files
    if not files:
        return
    heading(console, "Files between stages")
    grid = table("file", "of", "pass", "files", "MB", "text MB", "bytes per\ntext byte", names=2)
    for row in files:
        part = share(row.bytes, row.text_bytes)
        add(
            grid,
            row.name,
            printable(row.stage, LONGEST_NAME),
            "" if row.leg is None else str(row.leg + 1),
            whole(row.files),
            megabytes(row.bytes),
            megabytes(row.text_bytes) if row.text_bytes else "",
            ABSENT if part is None else three_digits(part),
        )
    console.print(grid)
    note(
        console,
        "Pass: over the shards, up to a dedup. Text: of the documents that the files stand for. "
        "They were removed when the record was made.",
    )


def _show_dropped(record: Record, console: Console) -> None:
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


def _ledger_title(run: Run) -> str:
    closed = ledger_closed(run)
    if closed is None:
        return "Ledger"
    return "Ledger: closed" if closed else "Ledger: DOES NOT CLOSE"


SHOW: dict[Part, Callable[[Record, Console], None]] = {
    "input": _show_input,
    "funnel": _show_funnel,
    "reasons": _show_reasons,
    "alone": _show_alone,
    "duplicates": _show_duplicates,
    "cpu": _show_cpu,
    "files": _show_files,
    "published": _show_published,
    "ledger": _show_ledger,
    "method": _show_method,
    "warnings": _show_warnings,
    "dropped": _show_dropped,
    "groups": _show_groups,
}
