"""corpuscost recipes, prices and published: what is built in, and show one."""

from __future__ import annotations

from dataclasses import asdict

import click

from pipeline.config import did_you_mean
from pipeline.errors import CorpuscostError
from profiler.cli.options import json_option


@click.command()
@click.argument("name", required=False)
@json_option
def recipes(name: str | None, as_json: bool) -> None:
    """List the built-in recipes, or print one as TOML to start your own from.

    \b
    Example:
      corpuscost recipes
      corpuscost recipes web-en > mine.toml
    """
    from pipeline.recipes.catalog import built_in, load_recipe, recipe_text
    from profiler.cli.output import print_json, stdout_console
    from profiler.views.terminal.tables import definitions

    if name is None and as_json:
        print_json(built_in())
    elif name is None:
        definitions(stdout_console(), sorted(built_in().items()))
    elif as_json:
        print_json(load_recipe(name).to_dict())
    else:
        click.echo(recipe_text(name), nl=False)


@click.command()
@click.argument("book", required=False)
@json_option
def prices(book: str | None, as_json: bool) -> None:
    """List the price books, or print one: unit, age and source of every price.

    \b
    Example:
      corpuscost prices
      corpuscost prices aws-us-east-1
    """
    from datetime import date

    from profiler.cli.output import print_json, stdout_console
    from profiler.money.prices import built_in_books, load_book
    from profiler.views.terminal.published import show_book
    from profiler.views.terminal.tables import definitions

    if book is None:
        counts = {name: f"{len(load_book(name).prices)} prices" for name in built_in_books()}
        if as_json:
            print_json(sorted(counts))
        else:
            definitions(stdout_console(), sorted(counts.items()))
        return
    found = load_book(book)
    if as_json:
        print_json({price_id: asdict(price) for price_id, price in found.prices.items()})
    else:
        show_book(found, date.today(), stdout_console())


@click.command()
@click.argument("row_id", required=False, metavar="[ID]")
@click.option("--check", is_flag=True, help="Published examples against our formulas.")
@json_option
def published(row_id: str | None, check: bool, as_json: bool) -> None:
    """Published funnels, throughputs and prices that a run can be held against.

    \b
    Example:
      corpuscost published
      corpuscost published dclm-baseline
      corpuscost published --check
    """
    from profiler.cli.output import print_json, stdout_console
    from profiler.published import tables
    from profiler.published.check import check as check_examples
    from profiler.views.terminal import published as view

    console = stdout_console()
    if check:
        checked = check_examples()
        if as_json:
            print_json([asdict(each) for each in checked])
        else:
            view.show_check(checked, console)
        return
    funnels, throughputs = tables.funnels(), tables.throughputs()
    if row_id is None and as_json:
        rows = [asdict(funnel) for funnel in funnels]
        rows += [asdict(throughput) for throughput in throughputs]
        print_json(rows + [asdict(price_range) for price_range in tables.price_ranges()])
        return
    if row_id is None:
        view.show_funnels(funnels, console)
        view.show_throughputs(throughputs, console)
        view.show_ranges(tables.price_ranges(), console)
        return
    known: dict[str, tables.Funnel | tables.Throughput] = {row.id: row for row in funnels}
    known |= {row.id: row for row in throughputs}
    if row_id not in known:
        raise CorpuscostError(f"published row {row_id!r}: {did_you_mean(row_id, list(known))}")
    found = known[row_id]
    if as_json:
        print_json(asdict(found))
    elif isinstance(found, tables.Funnel):
        view.show_funnel(found, console)
    else:
        view.show_throughput(found, console)
