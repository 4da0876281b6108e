"""corpuscost report."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from profiler.cli.options import RUN_DIRECTORY, open_plan_options

if TYPE_CHECKING:
    from profiler.estimation import Plans


CURVE_POINTS = 13
WHAT_IF_SIZES = 25


@click.command()
@click.argument("runs", nargs=-1, type=RUN_DIRECTORY, metavar="[RUN]...")
@open_plan_options
@click.option(
    "--html",
    "html_path",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write: one page that needs no network.",
)
@click.option(
    "--no-curve", is_flag=True, help="Without the chart over scale: faster by some seconds."
)
@click.option(
    "--no-what-if",
    is_flag=True,
    help="Without the slider and the fields that recompute the cost: faster by ten seconds or so.",
)
def report(
    runs: tuple[Path, ...], plans: Plans, html_path: Path, no_curve: bool, no_what_if: bool
) -> None:
    """Write one self-contained HTML page: what survives, what it costs, how sure that is.

    With several runs, --scale is the size of each of them, and there is no what-if. Without RUN,
    the runs of the scenario's [[domain]] tables, each at its volume, and one budget over all. A
    census and timings in a run's folder are used.

    \b
    Example:
      corpuscost report runs/mine --scale 1PB --html report.html
      corpuscost report --scenario plan.toml --html plan.html
    """
    if runs and not plans.scale:
        raise click.UsageError("Missing option '--scale' (or [target] scale in --scenario).")
    page = _of_runs(runs, plans, no_curve, no_what_if) if runs else _of_plan(plans)
    html_path.write_text(page, encoding="utf-8")
    click.echo(f"{html_path}: {len(page.encode()) / 1e3:,.0f} kB")


def _of_plan(plans: Plans) -> str:
    """The page of the domains of a scenario."""
    from profiler.estimation import estimate_domains
    from profiler.money.prices import default_book
    from profiler.money.scenario import load_scenario
    from profiler.views.html import estimation_page

    if plans.scenario is None:
        raise click.UsageError("Missing argument 'RUN' (or a --scenario with [[domain]] tables).")
    scenario, today = load_scenario(plans.scenario, plans.overrides), date.today()
    estimation = estimate_domains(scenario, default_book(*plans.prices), plans, today)
    return estimation_page(estimation, today)


def _of_runs(runs: tuple[Path, ...], plans: Plans, no_curve: bool, no_what_if: bool) -> str:
    from profiler.cli.curve import curve_of
    from profiler.cli.whatif import what_if_of
    from profiler.estimation import estimate, evidence_beside
    from profiler.record.store import load
    from profiler.views.html import html_report

    today = date.today()
    records = [(run.name or str(run), load(run)) for run in runs]
    evidences = [
        evidence_beside(run, record) for run, (_, record) in zip(runs, records, strict=True)
    ]
    paired = list(zip(records, evidences, strict=True))
    estimations = [
        estimate(record, plans, today, evidence, name) for (name, record), evidence in paired
    ]
    what_if, curves = None, []
    if len(runs) == 1 and not no_what_if:
        record, evidence = records[0][1], evidences[0]
        what_if, curve = what_if_of(record, plans, evidence, today, WHAT_IF_SIZES, "what if")
        curves = [] if no_curve else [curve]
    elif not no_curve:
        curves = [
            curve_of(record, plans, evidence, today, CURVE_POINTS, f"curve of {name}")
            for (name, record), evidence in paired
        ]
    return html_report(
        records,
        [estimation.forecast for estimation in estimations],
        [estimation.budget for estimation in estimations],
        today,
        curves,
        what_if,
    )
