"""corpuscost report."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from profiler.cli.options import RUN_DIRECTORY, plan_options

if TYPE_CHECKING:
    from profiler.estimation import Plans


CURVE_POINTS = 13


@click.command()
@click.argument("runs", nargs=-1, required=True, type=RUN_DIRECTORY, metavar="RUN...")
@plan_options
@click.option(
    "--html",
    "html_path",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write: one page that needs no network.",
)
@click.option(
    "--no-curve", is_flag=True, help="Without the chart over scale: faster by about 15 seconds."
)
def report(runs: tuple[Path, ...], plans: Plans, html_path: Path, no_curve: bool) -> None:
    """Write one self-contained HTML page: what survives, what it costs, how sure that is.

    With several runs, --scale is the size of each of them. A census and timings in a run's folder
    are used.

    \b
    Example:
      corpuscost report runs/mine --scale 1PB --html report.html
    """
    from profiler.cli.curve import curve_of
    from profiler.estimation import estimate, evidence_beside
    from profiler.record.store import load
    from profiler.views.html import html_report

    today = date.today()
    records = [(run.name or str(run), load(run)) for run in runs]
    evidences = [
        evidence_beside(run, record) for run, (_, record) in zip(runs, records, strict=True)
    ]
    paired = list(zip(records, evidences, strict=True))
    estimations = [estimate(record, plans, today, evidence) for (_, record), evidence in paired]
    curves = [
        curve_of(record, plans, evidence, CURVE_POINTS, f"curve of {name}")
        for (name, record), evidence in paired
        if not no_curve
    ]
    page = html_report(
        records,
        [estimation.forecast for estimation in estimations],
        [estimation.budget for estimation in estimations],
        today,
        curves,
    )
    html_path.write_text(page, encoding="utf-8")
    click.echo(f"{html_path}: {len(page.encode()) / 1e3:,.0f} kB")
