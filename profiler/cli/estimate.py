"""corpuscost estimate."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from profiler.cli.options import RUN_DIRECTORY, json_option, plan_options

if TYPE_CHECKING:
    from profiler.estimation import Plans


@click.command()
@click.argument("run", type=RUN_DIRECTORY)
@plan_options
@click.option(
    "--curve",
    is_flag=True,
    help="Also the forecast at sizes from the sample's to 10 PB; takes about a second for each.",
)
@json_option
def estimate(run: Path, plans: Plans, curve: bool, as_json: bool) -> None:
    """Scale a run to the whole corpus and price it, with an interval on every figure.

    A census (corpuscost census) and timings (corpuscost calibrate) in the run's folder are used.

    \b
    Example:
      corpuscost estimate runs/mine --scale 1PB
      corpuscost estimate runs/mine --scale 300TB --basis warc-gz --set storage.raw_months=6
      corpuscost estimate runs/crawl --scale 1PB --like common-crawl
      corpuscost estimate runs/mine --scale 1PB --design documents --curve
    """
    from profiler.cli.curve import curve_of
    from profiler.cli.output import print_json, stdout_console
    from profiler.estimation import estimate as estimate_record
    from profiler.estimation import evidence_beside
    from profiler.record.store import load
    from profiler.scaling.curves import POINTS, curve_to_json
    from profiler.views.answer import sentences
    from profiler.views.document import estimate_json
    from profiler.views.terminal.budget import show_budget
    from profiler.views.terminal.curve import show_curve
    from profiler.views.terminal.forecast import show_forecast
    from profiler.views.terminal.tables import bullets

    record = load(run)
    evidence = evidence_beside(run, record)
    estimation = estimate_record(record, plans, date.today(), evidence)
    points = curve_of(record, plans, evidence, POINTS, "curve over scale") if curve else ()
    if as_json:
        data = estimate_json(estimation.forecast, estimation.budget, record.run)
        print_json({**data, "curve": curve_to_json(points)} if curve else data)
        return
    console = stdout_console()
    bullets(console, sentences(record.run, estimation.forecast, estimation.budget))
    show_forecast(estimation.forecast, console, record.run)
    if curve:
        show_curve(points, console)
    show_budget(estimation.budget, console)
