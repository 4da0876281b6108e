"""Options that several commands share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from profiler.record.schema import Design
from profiler.scaling.volumes import BASES, Basis

if TYPE_CHECKING:
    from pipeline.reading.shard import ColumnNames
    from profiler.estimation import Plans

F = TypeVar("F", bound=Callable[..., Any])

RUN_DIRECTORY = click.Path(file_okay=False, path_type=Path)


def plan_options(command: F) -> Callable[..., None]:
    """What the user plans and assumes, as ``plans``; a scale is required."""

    @functools.wraps(command)
    def with_scale(plans: Plans, **others: Any) -> None:
        if not plans.scale:
            raise click.UsageError("Missing option '--scale' (or [target] scale in --scenario).")
        command(plans=plans, **others)

    return open_plan_options(with_scale)


def open_plan_options(command: Callable[..., None]) -> Callable[..., None]:
    """What the user plans and assumes (--scale, --basis, --like, …), as ``plans``.

    What the options leave open the scenario's [target] says; the scale may stay open.
    """

    @functools.wraps(command)
    def with_plans(
        scale: str | None,
        basis: Basis | None,
        like: str | None,
        design: Design | None,
        scenario: Path | None,
        overrides: tuple[str, ...],
        prices: tuple[str, ...],
        seed: int,
        **others: Any,
    ) -> None:
        from profiler.estimation import Plans
        from profiler.money.scenario import load_scenario

        wanted = load_scenario(scenario, overrides).wanted
        scale, basis = scale or wanted.scale, basis or wanted.basis
        plans = Plans(scale, basis, scenario, overrides, prices, seed, like, design)
        command(plans=plans, **others)

    wrapped: Callable[..., None] = with_plans
    options = [
        click.option("--scale", help="Size of the whole: 40MB, 1PB, 1PiB, …"),
        click.option(
            "--basis",
            type=click.Choice(BASES),
            help="What the bytes of --scale are: as the input lies on disk (stored, the default), "
            "UTF-8 text, …",
        ),
        click.option(
            "--like",
            metavar="CLASS",
            help="Assume that duplicates are spread as in a reference class: common-crawl.",
        ),
        click.option(
            "--design",
            type=click.Choice(["documents", "shards", "block"]),
            help="Take the sample for random documents, whole shards or one block.",
        ),
        click.option(
            "--scenario",
            type=click.Path(dir_okay=False, path_type=Path),
            help="TOML file with what you plan; extends the default scenario.",
        ),
        click.option(
            "--set",
            "overrides",
            multiple=True,
            metavar="KEY=VALUE",
            help="Set one value of the scenario, e.g. storage.raw_months=6. May be repeated.",
        ),
        click.option(
            "--prices",
            multiple=True,
            metavar="BOOK",
            help="Price book, built in or a TOML file, over the default ones. May be repeated.",
        ),
        click.option("--seed", type=int, default=1, show_default=True, help="Seed of the draws."),
    ]
    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped


def question_options(command: Callable[..., None]) -> Callable[..., None]:
    """--target-tokens, --budget and --confidence."""
    options = [
        click.option(
            "--target-tokens",
            metavar="COUNT",
            help="Find the raw volume that ends as so many clean tokens: 1T, 500B, 15e12.",
        ),
        click.option(
            "--budget",
            "budget_usd",
            metavar="USD",
            help="Does the plan fit, and how far does the money go? 500000, 2.5M. Exit code 3 "
            "when it does not fit.",
        ),
        click.option(
            "--confidence",
            type=click.FloatRange(0, 1, min_open=True, max_open=True),
            help="Hold the budget at this quantile of the total, e.g. 0.9; default: the point.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def column_names(given: tuple[str, ...]) -> ColumnNames:
    """What --columns FIELD=NAME says; click.BadParameter for a field that there is not."""
    from dataclasses import fields

    from pipeline.reading.shard import ColumnNames

    names = dict(each.partition("=")[::2] for each in given)
    known = [field.name for field in fields(ColumnNames)]
    wrong = [name for name, column in names.items() if name not in known or not column]
    if wrong:
        raise click.BadParameter(
            f"{', '.join(wrong)}: expected FIELD=NAME with FIELD one of {', '.join(known)}",
            param_hint="--columns",
        )
    return ColumnNames(**names)


def json_option(command: F) -> F:
    """--json: data instead of tables on standard output."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)
