"""corpuscost calibrate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from profiler.cli.options import RUN_DIRECTORY, json_option
from profiler.scaling.volumes import BASES, Basis

if TYPE_CHECKING:
    from profiler.calibration import Calibration, Wishes
    from profiler.record.store import Record


@click.command()
@click.argument("run", type=RUN_DIRECTORY, required=False)
@click.option(
    "--speed",
    is_flag=True,
    help="Score the core of this machine instead, to compare machines by; needs no RUN.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="With --speed: file that keeps the score; core-speed.json in the folder of a RUN.",
)
@click.option(
    "--against",
    type=click.Path(dir_okay=False, path_type=Path),
    help="With --speed: the file of another machine; prints its speed over this one's.",
)
@click.option(
    "--scale", help="Time up to what reaches dedup when the whole has this size: 40GB, 1PB, …"
)
@click.option(
    "--basis",
    type=click.Choice(BASES),
    default="stored",
    show_default=True,
    help="What the bytes of --scale are.",
)
@click.option(
    "--documents",
    type=click.FloatRange(min=2),
    help="Time up to so many documents at every dedup instead, e.g. 4e6.",
)
@click.option(
    "--memory", default="4GB", show_default=True, help="Limit of a dedup's resolve, as profiled."
)
@click.option(
    "--budget-seconds",
    type=click.FloatRange(min=1),
    default=120,
    show_default=True,
    help="No larger size, no further repeat of --speed, is begun beyond this.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the keys.")
@json_option
def calibrate(
    run: Path | None,
    speed: bool,
    out: Path | None,
    against: Path | None,
    scale: str | None,
    basis: Basis,
    documents: float | None,
    memory: str,
    budget_seconds: float,
    seed: int,
    as_json: bool,
) -> None:
    """Time the dedups of a run on synthetic keys at growing sizes, for later estimates.

    Sizes grow by fours from the sample's to the target's, as far as time, free disk and memory
    allow. The run's folder keeps the timings in calibration.json; keys are removed. With --speed
    it scores the core of this machine, for cleaning.target_core_speed of a scenario.

    \b
    Example:
      corpuscost calibrate runs/mine --scale 1TB
      corpuscost calibrate runs/mine --documents 4e6 --budget-seconds 600
      corpuscost calibrate --speed --out rented.json      # on the machine to be rented
      corpuscost calibrate --speed --against rented.json  # on the machine that profiled
    """
    if speed:
        _score(run, out, against, budget_seconds, as_json)
        return
    if out is not None or against is not None:
        raise click.UsageError("--out and --against go with --speed")
    if run is None:
        raise click.UsageError("Missing argument 'RUN'; without one, --speed scores this machine.")
    if scale is not None and documents is not None:
        raise click.UsageError("give --scale or --documents, not both")
    _time_dedups(run, scale, basis, documents, (budget_seconds, memory, seed), as_json)


def _time_dedups(
    run: Path,
    scale: str | None,
    basis: Basis,
    documents: float | None,
    limits: tuple[float, str, int],
    as_json: bool,
) -> None:
    from dataclasses import asdict

    from profiler import calibration
    from profiler.cli.output import print_json, stderr_console, stdout_console
    from profiler.record.store import load
    from profiler.scaling.size import parse_size
    from profiler.views.progress import LiveProgress
    from profiler.views.terminal.calibration import show_calibration

    budget_seconds, memory, seed = limits
    record = load(run)
    wishes = _wishes(record, scale, basis, documents, (budget_seconds, parse_size(memory), seed))
    with LiveProgress(stderr_console()) as progress:
        done: Calibration = calibration.calibrate(record, run, wishes, progress)
    if as_json:
        print_json(asdict(done))
    else:
        show_calibration(done, stdout_console())


def _score(
    run: Path | None, out: Path | None, against: Path | None, budget_seconds: float, as_json: bool
) -> None:
    """Score this machine, keep the score where that is wanted, compare it with another's."""
    from dataclasses import asdict

    from profiler import core_speed
    from profiler.cli.output import print_json, stdout_console, talk
    from profiler.record.store import load
    from profiler.views.terminal.calibration import show_core_ratio, show_core_speed

    if run is not None:
        load(run)  # a folder that is no run is told before a minute of work
        out = out or run / core_speed.CORE_SPEED_FILE
    other = None if against is None else core_speed.load_core_speed(against)
    talk("scoring this machine's core; other work on it lowers the score")
    here = core_speed.score_core(budget_seconds)
    if out is not None:
        core_speed.save_core_speed(here, out)
    ratio = None if other is None else core_speed.core_ratio(other, here)
    if as_json:
        compared = {} if ratio is None else {"against": asdict(ratio)}
        print_json({**asdict(here), **compared})
        return
    console = stdout_console()
    show_core_speed(here, console)
    if ratio is not None:
        show_core_ratio(ratio, str(against), console)


def _wishes(
    record: Record,
    scale: str | None,
    basis: Basis,
    documents: float | None,
    limits: tuple[float, int, int],
) -> Wishes:
    from profiler.calibration import Wishes, dedup_stages, sample_laws, target_retentions

    stages = dedup_stages(record)
    if scale is not None:
        from profiler.scaling.forecast import make_forecast
        from profiler.scaling.size import parse_size

        forecast = make_forecast(record, parse_size(scale), basis)
        at_target = target_retentions(forecast, stages)
        targets = {stage: count for stage, (count, _) in at_target.items()}
        return Wishes(targets, sample_laws(record, at_target), *limits)
    targets = {} if documents is None else dict.fromkeys(stages, documents)
    return Wishes(targets, sample_laws(record, {}), *limits)
