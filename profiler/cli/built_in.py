"""corpuscost recipes, prices and published: what is built in, and show one."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from pipeline.errors import CorpuscostError
from profiler.cli.options import json_option

if TYPE_CHECKING:
    from datetime import date

    from profiler.money.prices import PriceBook


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
      corpuscost prices --json
    """
    from datetime import date

    from profiler.cli.output import print_json, stdout_console
    from profiler.money.prices import built_in_books, load_book
    from profiler.views.terminal.published import show_book
    from profiler.views.terminal.tables import definitions

    today = date.today()
    found = [load_book(name) for name in (built_in_books() if book is None else [book])]
    if as_json:
        books = [_book_data(each, today) for each in found]
        print_json(books if book is None else books[0])
    elif book is None:
        rows = [
            (each.name, f"{len(each.prices.keys() | each.foreign)} prices: {each.description}")
            for each in found
        ]
        definitions(stdout_console(), rows)
    else:
        show_book(found[0], today, stdout_console())


@click.command()
@click.argument("name", required=False, metavar="[ID]")
@click.option("--check", is_flag=True, help="Published examples against our formulas.")
@json_option
def published(name: str | None, check: bool, as_json: bool) -> None:
    """Published funnels, throughputs and prices that a run can be held against.

    ID is that of a row, or the name of a table: funnels, throughputs, crawls, and of the published
    cost model formulas, examples, ranges, programme (steps around pre-training) and issues (what
    does not fit in it).

    \b
    Example:
      corpuscost published
      corpuscost published dclm-baseline
      corpuscost published formulas
      corpuscost published --check
    """
    from profiler.cli.output import print_json, stdout_console
    from profiler.published.catalog import TABLES, all_rows, find
    from profiler.published.check import check as check_examples
    from profiler.views.terminal import cost_model
    from profiler.views.terminal import published as view

    console = stdout_console()
    if check:
        checked = check_examples()
        if as_json:
            print_json([asdict(each) for each in checked])
        else:
            cost_model.show_check(checked, console)
        off = [each.example.id for each in checked if not each.agrees]
        if off:
            raise CorpuscostError(f"published examples that our formulas do not give: {off}")
        return
    found = all_rows() if name is None else find(name)
    if as_json:
        print_json([{"table": table, **asdict(row)} for table, row in found])
    elif name is None or name in TABLES:
        for table in TABLES if name is None else [name]:
            view.show_table(table, console)
    else:
        for _, row in found:
            view.show_row(row, console)


def _book_data(book: PriceBook, today: date) -> dict[str, Any]:
    """A book as JSON, with the age of each price."""
    from profiler.money.prices import age_days

    prices = {
        key: {**asdict(price), "age_days": age_days(price, today)}
        for key, price in book.prices.items()
    }
    return {**asdict(book), "prices": prices}
