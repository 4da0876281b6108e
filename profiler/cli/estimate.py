"""corpuscost estimate."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from profiler.cli.options import (
    RUN_DIRECTORY,
    json_option,
    open_plan_options,
    question_options,
)

if TYPE_CHECKING:
    from profiler.estimation import Estimation, Plans, Prospect
    from profiler.inversion import Answers, Question
    from profiler.over_scale import ScalePoint
    from profiler.views.export import Kind

NOT_MET = 3  # exit code: the plan exceeds the budget, or the target is out of reach


@click.command()
@click.argument("run", type=RUN_DIRECTORY, required=False)
@open_plan_options
@question_options
@click.option(
    "--curve",
    is_flag=True,
    help="Also the forecast at sizes from the sample's to 10 PB; takes about a second for each.",
)
@json_option
@click.option(
    "--format",
    "kind",
    type=click.Choice(["json", "csv", "focus", "parquet", "markdown", "html"]),
    help="Print the budget in another format. CSV, which is what `focus` is, and Parquet have "
    "FOCUS column names; HTML is the page of `corpuscost report` without curve and what-if.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File for --format; without it, standard output.",
)
def estimate(
    run: Path | None,
    plans: Plans,
    target_tokens: str | None,
    budget_usd: str | None,
    confidence: float | None,
    curve: bool,
    as_json: bool,
    kind: Kind | None,
    output: Path | None,
) -> None:
    """Scale a run to the whole corpus and price it, with an interval on every figure.

    Without RUN, the runs of the scenario's [[domain]] tables, each at its volume. What --scale,
    --basis and --target-tokens leave open, the scenario's [target] says. A census (corpuscost
    census) and timings (corpuscost calibrate) in a run's folder are used.

    --target-tokens finds the raw volume that ends as so many clean tokens; --budget says whether
    the plan fits and how far the money goes. Exit code 3 when the plan exceeds the budget, or the
    target is out of reach of the source ([target] available).

    \b
    Example:
      corpuscost estimate runs/mine --scale 1PB
      corpuscost estimate runs/mine --scale 300TB --basis warc-gz --set storage.raw_months=6
      corpuscost estimate runs/crawl --scale 1PB --like common-crawl
      corpuscost estimate runs/mine --scale 1PB --design documents --curve
      corpuscost estimate runs/mine --target-tokens 1T
      corpuscost estimate runs/mine --scale 1PB --budget 500000 --confidence 0.9
      corpuscost estimate --scenario plan.toml
      corpuscost estimate runs/mine --scale 1PB --format csv --output budget.csv
    """
    from profiler.cli.output import print_json, stdout_console
    from profiler.inversion import Question
    from profiler.over_scale import scale_to_json
    from profiler.views.estimation import answered_json
    from profiler.views.terminal.inverse import show_answers

    _check_format(kind, output, as_json or curve)
    if curve and run is None:
        raise click.UsageError("--curve is of one run: name a RUN.")
    if confidence is not None and budget_usd is None:
        raise click.UsageError("--confidence is of --budget: give both.")
    plans, question = _asked(plans, target_tokens, budget_usd, confidence)
    if run is not None and question == Question(available=question.available):
        raise click.UsageError(
            "Missing option '--scale' (or [target] scale in --scenario), '--target-tokens' or "
            "'--budget'."
        )
    prospect = _prospect(run, plans)
    answers, estimation = _answered(prospect, question)
    points = _curve(run, plans, estimation) if curve and run is not None else ()
    if kind is not None and estimation is not None:
        _write(estimation, kind, output)
    elif as_json:
        data = answered_json(estimation, answers)
        print_json({**data, "curve": scale_to_json(points)} if points else data)
    else:
        console = stdout_console()
        if answers is not None:
            show_answers(answers, console)
        if estimation is not None:
            _show(estimation, points)
    if answers is not None and not answers.met:
        sys.exit(NOT_MET)


def _check_format(kind: str | None, output: Path | None, other: bool) -> None:
    if output is not None and kind is None:
        raise click.UsageError("--output is of --format: give both.")
    if kind is not None and other:
        raise click.UsageError("--format prints the budget alone: without --json and --curve.")


def _write(estimation: Estimation, kind: Kind, output: Path | None) -> None:
    from profiler.views.export import write_budget

    write_budget(estimation, kind, date.today(), output)


def _asked(
    plans: Plans, target_tokens: str | None, budget_usd: str | None, confidence: float | None
) -> tuple[Plans, Question]:
    """The question, with what the scenario's [target] asks where the options do not."""
    from profiler.inversion import Question
    from profiler.money.scenario import load_scenario
    from profiler.scaling.size import parse_count, parse_size, parse_usd

    wanted = load_scenario(plans.scenario, plans.overrides).wanted
    if target_tokens and plans.scale and plans.scale != wanted.scale:
        raise click.UsageError("--scale and --target-tokens: give one of them.")
    if target_tokens:
        plans = replace(plans, scale="")
    tokens = target_tokens or ("" if plans.scale else wanted.clean_tokens)
    return plans, Question(
        parse_count(tokens) if tokens else None,
        parse_usd(budget_usd) if budget_usd else None,
        confidence,
        parse_size(plans.scale) if plans.scale else None,
        parse_size(wanted.available) if wanted.available else None,
    )


def _prospect(run: Path | None, plans: Plans) -> Prospect:
    from profiler.cli.output import talk
    from profiler.estimation import domain_prospect, evidence_beside, prospect
    from profiler.money.prices import default_book
    from profiler.money.scenario import load_scenario
    from profiler.record.store import load

    scenario = load_scenario(plans.scenario, plans.overrides)
    if run is None and plans.scenario is None:
        raise click.UsageError("Missing argument 'RUN' (or a --scenario with [[domain]] tables).")
    if run is None:
        return domain_prospect(scenario, default_book(*plans.prices), plans, date.today())
    if scenario.domains:
        talk(f"note: the estimate is of {run} alone, not of the domains of {plans.scenario}")
    record = load(run)
    return prospect(record, plans, date.today(), evidence_beside(run, record), run.name)


def _answered(prospect: Prospect, question: Question) -> tuple[Answers | None, Estimation | None]:
    """The answers, where something is asked, and the estimate; progress on standard error."""
    from profiler.cli.output import stderr_console
    from profiler.inversion import answer
    from profiler.views.figures import byte_count

    with stderr_console().status("forecast") as status:

        def told(size: float) -> None:
            status.update(f"forecast at {byte_count(size)}")

        answers = answer(prospect, question, told)
    asked = question.clean_tokens is not None or question.budget_usd is not None
    return (answers if asked else None), answers.estimation


def _curve(run: Path, plans: Plans, estimation: Estimation | None) -> tuple[ScalePoint, ...]:
    from profiler.cli.curve import curve_of
    from profiler.estimation import evidence_beside
    from profiler.scaling.curves import POINTS

    if estimation is None:
        return ()
    record = estimation.records[0]
    at = replace(plans, scale=str(round(estimation.forecast.target.bytes)))
    evidence = evidence_beside(run, record)
    return curve_of(record, at, evidence, date.today(), POINTS, "curve over scale")


def _show(estimation: Estimation, points: tuple[ScalePoint, ...]) -> None:
    from profiler.cli.output import stdout_console
    from profiler.views.answer import sentences
    from profiler.views.terminal.budget import show_budget
    from profiler.views.terminal.curve import show_curve
    from profiler.views.terminal.estimation import show_estimation
    from profiler.views.terminal.forecast import show_forecast
    from profiler.views.terminal.tables import bullets

    console = stdout_console()
    if any(domain.name for domain in estimation.domains):
        show_estimation(estimation, console)
        return
    run = estimation.records[0].run
    bullets(console, sentences(run, estimation.forecast, estimation.budget))
    show_forecast(estimation.forecast, console, run)
    if points:
        show_curve(points, console)
    show_budget(estimation.budget, console)
