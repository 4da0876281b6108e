"""corpuscost calibrate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from profiler.cli.options import RUN_DIRECTORY, json_option
from profiler.scaling.volumes import BASES, Basis

if TYPE_CHECKING:
    from profiler.calibration import Wishes
    from profiler.record.store import Record


@click.command()
@click.argument("run", type=RUN_DIRECTORY)
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
    help="No larger size is begun when it would go beyond this.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the keys.")
@json_option
def calibrate(
    run: Path,
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
    allow. The run's folder keeps the timings in calibration.json; keys are removed.

    \b
    Example:
      corpuscost calibrate runs/mine --scale 1TB
      corpuscost calibrate runs/mine --documents 4e6 --budget-seconds 600
    """
    from dataclasses import asdict

    from profiler import calibration
    from profiler.cli.output import print_json, stderr_console, stdout_console
    from profiler.record.store import load
    from profiler.scaling.size import parse_size
    from profiler.views.progress import LiveProgress
    from profiler.views.terminal.calibration import show_calibration

    if scale is not None and documents is not None:
        raise click.UsageError("give --scale or --documents, not both")
    record = load(run)
    wishes = _wishes(record, scale, basis, documents, (budget_seconds, parse_size(memory), seed))
    with LiveProgress(stderr_console()) as progress:
        done = calibration.calibrate(record, run, wishes, progress)
    if as_json:
        print_json(asdict(done))
    else:
        show_calibration(done, stdout_console())


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
