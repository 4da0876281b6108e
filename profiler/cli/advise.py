"""corpuscost advise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from profiler.cli.options import RUN_DIRECTORY, json_option
from profiler.scaling.volumes import BASES, Basis

if TYPE_CHECKING:
    from profiler.money.advice import Advice, ScaledAdvice
    from profiler.record.store import Record


@click.command()
@click.argument("run", type=RUN_DIRECTORY)
@click.option("--scale", help="Also CPU-hours at this size of the whole: 40MB, 1PB, 1PiB, …")
@click.option(
    "--basis",
    type=click.Choice(BASES),
    default="stored",
    show_default=True,
    help="What the bytes of --scale are.",
)
@click.option(
    "--write-recipe",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the recipe in the advised order as a TOML file.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the draws.")
@json_option
def advise(
    run: Path, scale: str | None, basis: Basis, write_recipe: Path | None, seed: int, as_json: bool
) -> None:
    """Say which order of the filters would cost less CPU, and how much less.

    From the run's own sample on which all filters were tried without short cut.

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
    advice = advise_order(record, seed)
    scaled = _scaled(run, record, advice, scale, basis, seed) if scale else ()
    if write_recipe is not None:
        _write(record, advice, run, write_recipe)
    if as_json:
        print_json(advice_to_json(advice, scaled))
    else:
        show_advice(advice, scaled, stdout_console())


def _scaled(
    run: Path, record: Record, advice: Advice, scale: str, basis: Basis, seed: int
) -> tuple[ScaledAdvice, ...]:
    from profiler.estimation import evidence_beside
    from profiler.money.advice import at_scale
    from profiler.scaling.forecast import make_forecast
    from profiler.scaling.size import parse_size

    evidence = evidence_beside(run, record)
    return at_scale(
        advice, make_forecast(record, parse_size(scale), basis, seed, evidence=evidence)
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
