"""corpuscost scenario."""

from __future__ import annotations

from pathlib import Path

import click

from profiler.cli.options import json_option

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def scenario() -> None:
    """Write a scenario to fill in, or check one.

    \b
    Example:
      corpuscost scenario init plan.toml
      corpuscost scenario check plan.toml
      corpuscost estimate --scenario plan.toml
    """


@scenario.command()
@click.argument("file", type=FILE, required=False)
def init(file: Path | None) -> None:
    """Write the default scenario to FILE, all of it commented out; print it without FILE.

    \b
    Example:
      corpuscost scenario init plan.toml
    """
    from pipeline.errors import ConfigError
    from profiler.cli.output import talk
    from profiler.money.template import scenario_template

    if file is None:
        click.echo(scenario_template(), nl=False)
        return
    if file.exists():
        raise ConfigError(f"{file}: exists already; name another file, or move it away")
    file.write_text(scenario_template(), encoding="utf-8")
    talk(f"wrote {file}; next: fill it in, then corpuscost scenario check {file}")


@scenario.command()
@click.argument("file", type=FILE)
@click.option(
    "--prices",
    multiple=True,
    metavar="BOOK",
    help="Price book, built in or a TOML file, over the default ones. May be repeated.",
)
@json_option
def check(file: Path, prices: tuple[str, ...], as_json: bool) -> None:
    """Report all faults of a scenario: keys, units, prices, volumes, runs. Exit code 1 for any.

    \b
    Example:
      corpuscost scenario check plan.toml --prices own-prices.toml
    """
    from profiler.cli.output import print_json, stdout_console
    from profiler.estimation import checked_scenario
    from profiler.money.prices import default_book
    from profiler.views.scenario import scenario_json
    from profiler.views.terminal.scenario import show_scenario

    found = checked_scenario(file, default_book(*prices))
    if as_json:
        print_json(scenario_json(found))
    else:
        show_scenario(found, stdout_console())
