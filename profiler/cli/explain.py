"""corpuscost explain."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from profiler.cli.options import json_option

if TYPE_CHECKING:
    from profiler.money.explain import Footing
    from profiler.money.written import WrittenBudget

BUDGET_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("budget", type=BUDGET_FILE)
@click.argument("line", required=False)
@json_option
def explain(budget: Path, line: str | None, as_json: bool) -> None:
    """Where each dollar of a budget comes from: formula, values, sources.

    BUDGET is a file that corpuscost estimate --json wrote, or - for standard input. LINE is a
    line's number, its item, its domain or a part of its title; "total" adds up the counted lines.
    Without LINE the lines are listed with their numbers.

    \b
    Example:
      corpuscost estimate runs/mine --scale 1PB --json > budget.json
      corpuscost explain budget.json
      corpuscost explain budget.json "IP pool"
      corpuscost explain budget.json total
    """
    from profiler.cli.output import print_json, stdout_console
    from profiler.money.explain import (
        TOTAL,
        explained,
        explanation_json,
        find_line,
        lines_json,
    )
    from profiler.views.terminal.explain import show_explanation, show_lines

    written = budget_in(budget)
    if line is None and as_json:
        print_json(lines_json(written))
        return
    if line is None:
        show_lines(written, stdout_console())
        return
    if line.strip().casefold() == TOTAL:
        _explain_total(written, str(budget), as_json)
        return
    explanation = explained(written, find_line(written, line, str(budget)))
    if as_json:
        print_json(explanation_json(explanation))
    else:
        show_explanation(explanation, stdout_console())


def _explain_total(written: WrittenBudget, where: str, as_json: bool) -> None:
    from pipeline.errors import ConfigError
    from profiler.cli.output import print_json, stdout_console
    from profiler.money.explain import footing, footing_json
    from profiler.views.terminal.explain import show_footing

    footed: Footing = footing(written)
    if as_json:
        print_json(footing_json(footed))
    else:
        show_footing(footed, stdout_console())
    if not footed.closes:
        raise ConfigError(f"{where}: {footed.verdict}; make it anew")


def budget_in(path: Path) -> WrittenBudget:
    """The budget in a file, or on standard input for "-".

    Raises ConfigError when there is none, or the file is something else.
    """
    import sys

    from pipeline.errors import ConfigError
    from profiler.money.written import HOW_TO_MAKE, read_budget

    if str(path) == "-":
        data, where = sys.stdin.buffer.read(), "standard input"
    elif path.is_dir() or not path.exists():
        found = "a folder" if path.is_dir() else "no such file"
        raise ConfigError(f"{path}: {found}; expected a budget, made by {HOW_TO_MAKE}")
    else:
        data, where = path.read_bytes(), str(path)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{where}: not UTF-8 text ({error}); make it anew") from None
    return read_budget(text, where)
