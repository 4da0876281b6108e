"""corpuscost batch."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from profiler.cli.options import json_option

if TYPE_CHECKING:
    from profiler.batch import Batch


@click.command()
@click.argument("plan", type=click.Path(dir_okay=False, path_type=Path), metavar="PLAN.toml")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the budget [default: PLAN-budget beside the plan].",
)
@click.option("--workers", type=click.IntRange(1), help="Worker processes [default: all vCPUs].")
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Set one value of the scenario, e.g. storage.raw_months=6. May be repeated.",
)
@click.option(
    "--prices",
    multiple=True,
    metavar="BOOK",
    help="Price book, built in or a TOML file, over the default ones. May be repeated.",
)
@json_option
def batch(
    plan: Path,
    out: Path | None,
    workers: int | None,
    overrides: tuple[str, ...],
    prices: tuple[str, ...],
    as_json: bool,
) -> None:
    """Profile every [[domain]] of a plan, then write one budget over all of them.

    PLAN.toml is a scenario whose domains name their shards. A domain that is on record already is
    not profiled again, and a stopped batch goes on where it was. Where a domain fails, the others
    go on; its lines are unknown, and the exit code is 1. The folder gets budget.json, budget.csv,
    budget.parquet and budget.md; the tables have FOCUS column names, no claim of conformance.

    \b
    Example:
      corpuscost batch plan.toml
      corpuscost batch plan.toml --out budgets/may --set storage.raw_months=6

    \b
    A domain in plan.toml:
      [[domain]]
      name = "web"
      run = "runs/web"
      shards = ["crawl/*.jsonl.gz"]
      scale = "800TB"
    """
    from profiler.batch import load_plan, run_batch
    from profiler.cli.output import stderr_console, talk
    from profiler.views.batch_progress import BatchLines

    loaded = load_plan(plan, overrides, prices, workers)
    try:
        done = run_batch(loaded, BatchLines(stderr_console()), date.today())
    except KeyboardInterrupt:
        click.echo("stopped; the same command goes on from here", err=True)
        raise
    folder = out or plan.with_name(f"{plan.stem}-budget")
    written = _write(done, folder)
    _print(done, written, as_json)
    for path in written:
        talk(f"budget: {path}")
    if done.failures:
        failed = f"{len(done.failures)} of {len(done.ended)} domains failed"
        talk(f"{failed}; mend them, and the same command goes on")
        sys.exit(1)


def _write(done: Batch, folder: Path) -> list[Path]:
    from profiler.views.export import KINDS, SUFFIXES, write_budget

    if done.estimation is None:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    paths = {kind: folder / f"budget{SUFFIXES[kind]}" for kind in KINDS}
    for kind, path in paths.items():
        write_budget(done.estimation, kind, date.today(), path)
    return list(paths.values())


def _print(done: Batch, written: list[Path], as_json: bool) -> None:
    from profiler.cli.output import print_json, stdout_console
    from profiler.views.export.json import estimation_json
    from profiler.views.terminal.batch import show_batch

    if as_json:
        ended: dict[str, Any] = {
            "ended": done.ended,
            "failed": {failure.domain: failure.reason for failure in done.failures},
            "files": [str(path) for path in written],
        }
        print_json(ended | (estimation_json(done.estimation) if done.estimation else {}))
        return
    show_batch(done, stdout_console())
