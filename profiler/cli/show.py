"""corpuscost show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from profiler.cli.options import RUN_DIRECTORY, json_option

if TYPE_CHECKING:
    from profiler.record.store import Record


@click.command()
@click.argument("run", type=RUN_DIRECTORY)
@json_option
def show(run: Path, as_json: bool) -> None:
    """Show what a run measured, from its record.

    \b
    Example:
      corpuscost show runs/mine
      corpuscost show runs/mine --json | jq .totals
    """
    from profiler.record.store import load

    print_record(load(run), as_json)


def print_record(record: Record, as_json: bool) -> None:
    """A record as tables or as JSON."""
    from profiler.cli.output import print_json, stdout_console
    from profiler.views.document import run_json
    from profiler.views.terminal.run import show_run

    if as_json:
        print_json(run_json(record))
    else:
        show_run(record, stdout_console())
