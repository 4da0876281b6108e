"""corpuscost compare."""

from __future__ import annotations

from pathlib import Path

import click

from profiler.cli.options import RUN_DIRECTORY, json_option


@click.command()
@click.argument("run_a", type=RUN_DIRECTORY)
@click.argument("run_b", type=RUN_DIRECTORY)
@json_option
def compare(run_a: Path, run_b: Path, as_json: bool) -> None:
    """Compare two runs, stage by stage: retention, CPU, volumes.

    \b
    Example:
      corpuscost compare runs/monday runs/tuesday
    """
    from profiler.cli.output import print_json, stdout_console
    from profiler.record.store import load
    from profiler.views.document import comparison_json
    from profiler.views.terminal.comparison import show_comparison

    a, b = load(run_a), load(run_b)
    if as_json:
        print_json(comparison_json(a, b))
    else:
        show_comparison(a, b, stdout_console())
