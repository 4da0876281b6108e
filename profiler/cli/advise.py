"""corpuscost advise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from profiler.cli.options import RUN_DIRECTORY, json_option, open_plan_options

if TYPE_CHECKING:
    from profiler.estimation import Plans
    from profiler.money.advice import Advice, ScaledAdvice
    from profiler.record.store import Record


@click.command()
@click.argument("run", type=RUN_DIRECTORY)
@open_plan_options
@click.option(
    "--write-recipe",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the recipe in the advised order as a TOML file.",
)
@json_option
def advise(run: Path, plans: Plans, write_recipe: Path | None, as_json: bool) -> None:
    """Say which order of the filters would cost less CPU, and how much less.

    From the run's own sample on which all filters were tried without short cut. With --scale also
    the CPU-hours and the USD of the whole that this spares.

    \b
    Example:
      corpuscost advise runs/mine
      corpuscost advise runs/mine --scale 1PB --write-recipe cheaper.toml
      corpuscost profile data/*.parquet --recipe cheaper.toml --out runs/cheaper
    """
    from profiler.cli.output import print_json, stdout_console
    from profiler.money.advice import advice_to_json, advise_order
    from profiler.record.store import load
    from profiler.views.terminal.advice import show_advice

    record = load(run)
    advice = advise_order(record, plans.seed)
    scaled = _scaled(run, record, advice, plans) if plans.scale else None
    if write_recipe is not None:
        _write(record, advice, run, write_recipe)
    if as_json:
        print_json(advice_to_json(advice, scaled))
    else:
        show_advice(advice, scaled, stdout_console())


def _scaled(run: Path, record: Record, advice: Advice, plans: Plans) -> ScaledAdvice:
    from datetime import date

    from profiler.estimation import evidence_beside, prospect
    from profiler.money.advice import ScaledAdvice, advised_forecast, at_scale, spared_usd
    from profiler.scaling.size import parse_size

    found = prospect(record, plans, date.today(), evidence_beside(run, record))
    (domain,) = found.domains_at(float(parse_size(plans.scale)))
    advised = replace(domain, forecast=advised_forecast(advice, domain.forecast))
    present, cheaper = (found.priced((each,)).budget for each in (domain, advised))
    return ScaledAdvice(
        at_scale(advice, domain.forecast), present.total_usd, spared_usd(present, cheaper)
    )


def _write(record: Record, advice: Advice, run: Path, path: Path) -> None:
    from pipeline.recipes.catalog import recorded_recipe
    from pipeline.recipes.writing import recipe_toml
    from profiler.cli.output import talk
    from profiler.money.advice import advised_recipe

    recipe = recorded_recipe(record.run.recipe, f"{run}: recipe")
    comment = (
        f"Recipe {recipe.name!r} in the order that corpuscost advise found for a run of it.\n"
        "Models and labelled sets are named relative to this file."
    )
    path.write_text(recipe_toml(advised_recipe(recipe, advice), comment), encoding="utf-8")
    change = "" if advice.worth else " (the order is that of the run: no other is surely cheaper)"
    talk(f"recipe: {path}{change}")
