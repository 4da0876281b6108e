"""``corpuscost show RUN``: funnel, reasons, CPU, and where the figures come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from rich.console import Console

from profiler.record.schema import Run
from profiler.record.store import Record
from profiler.views.bands import run_bands
from profiler.views.figures import (
    ABSENT,
    megabytes,
    percent,
    short,
    three_digits,
    whole,
)
from profiler.views.funnel import (
    alone,
    funnel,
    pool_name,
    reasons,
    share,
    spectrum,
)
from profiler.views.parts import WHOLE, Part
from profiler.views.printable import printable
from profiler.views.provenance import input_pairs, ledger_closed, ledger_pairs, method_pairs
from profiler.views.terminal.bands import show_bands
from profiler.views.terminal.cpu import show_cpu
from profiler.views.terminal.documents import show_dropped, show_groups
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
    "cpu": show_cpu,
    "files": _show_files,
    "published": _show_published,
    "ledger": _show_ledger,
    "method": _show_method,
    "warnings": _show_warnings,
    "dropped": show_dropped,
    "groups": show_groups,
}
