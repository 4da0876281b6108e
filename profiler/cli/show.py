"""corpuscost show."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from profiler.cli.options import RUN_DIRECTORY, json_option
from profiler.views.parts import PARTS, TABLES, WHOLE, Part, TablePart

if TYPE_CHECKING:
    from profiler.record.store import Record


@click.command()
@click.argument("run", type=RUN_DIRECTORY)
@click.option(
    "--part",
    "parts",
    multiple=True,
    type=click.Choice(PARTS),
    help="Show this part alone; may be repeated. `dropped` and `groups` (sampled documents) are "
    "shown only so; `groups` follow `duplicates`.",
)
@click.option(
    "--format",
    "kind",
    type=click.Choice(["csv", "markdown", "html"]),
    help=f"Print tables in another format: {', '.join(TABLES)}; csv takes one --part. html is a "
    "page of the whole run.",
)
@json_option
def show(run: Path, parts: tuple[Part, ...], kind: str | None, as_json: bool) -> None:
    """Show what a run measured, from its record.

    \b
    Example:
      corpuscost show runs/mine
      corpuscost show runs/mine --part cpu --part reasons
      corpuscost show runs/mine --part funnel --format csv > funnel.csv
      corpuscost show runs/mine --format html > mine.html
      corpuscost show runs/mine --json | jq .totals
    """
    from profiler.record.store import load

    if as_json and (parts or kind):
        raise click.UsageError("--json prints the whole record: without --part and --format.")
    if kind == "html" and parts:
        raise click.UsageError("--format html is a page of the whole run: without --part.")
    tables = () if kind == "html" else _tables(parts, kind)
    record = load(run)
    if kind == "html":
        _write_page(record, run.name or "run")
    elif kind is not None:
        _write(record, tables, kind)
    elif parts:
        _show(record, _with_groups(parts))
    else:
        print_record(record, as_json)


def print_record(record: Record, as_json: bool) -> None:
    """A record as tables or as JSON."""
    from profiler.cli.output import print_json
    from profiler.views.document import run_json

    if as_json:
        print_json(run_json(record))
    else:
        _show(record, WHOLE)


def _show(record: Record, parts: Sequence[Part]) -> None:
    from profiler.cli.output import stdout_console
    from profiler.views.terminal.run import show_run

    show_run(record, stdout_console(), parts)


def _with_groups(parts: Sequence[Part]) -> list[Part]:
    """Who asks for duplicates sees the largest groups below them."""
    if "groups" in parts:
        return list(parts)
    followed: dict[Part, tuple[Part, ...]] = {"duplicates": ("duplicates", "groups")}
    return [each for part in parts for each in followed.get(part, (part,))]


def _tables(parts: Sequence[Part], kind: str | None) -> Sequence[TablePart]:
    """The parts that are tables; click.UsageError where --format cannot write what is asked."""
    if kind is None:
        return []
    if kind == "csv" and len(parts) != 1:
        raise click.UsageError("--format csv is of one table: name it with one --part.")
    asked = parts or tuple(part for part in TABLES if part in WHOLE)
    found = [part for part in TABLES if part in asked]
    if len(found) < len(set(asked)):
        raise click.UsageError(f"--format is of the parts that are tables: {', '.join(TABLES)}.")
    return found


def _write_page(record: Record, name: str) -> None:
    from datetime import date

    from profiler.views.html import html_report

    sys.stdout.write(html_report([(name, record)], [], [], date.today()))


def _write(record: Record, tables: Sequence[TablePart], kind: str) -> None:
    from profiler.views.export.run import run_csv, run_markdown

    text = run_csv(record, tables[0]) if kind == "csv" else run_markdown(record, tables)
    sys.stdout.write(text)
