"""corpuscost compare."""

from __future__ import annotations

from pathlib import Path

import click

from profiler.cli.options import json_option

SIDE = click.Path(path_type=Path)


@click.command()
@click.argument("a", type=SIDE)
@click.argument("b", type=SIDE)
@json_option
def compare(a: Path, b: Path, as_json: bool) -> None:
    """Compare two runs stage by stage, or two budgets line by line.

    Of two run folders: retention, CPU, volumes. Of two files that corpuscost estimate --json
    wrote: what each line and the total moved by, and how much of that is volume, rate, price,
    plan or method.

    \b
    Example:
      corpuscost compare runs/monday runs/tuesday
      corpuscost compare spring.json autumn.json
    """
    from pipeline.errors import ConfigError

    if not (_is_budget(a) or _is_budget(b)):
        _compare_runs(a, b, as_json)
        return
    if a.is_dir() or b.is_dir():
        raise ConfigError(
            f"{a}, {b}: one is a file, the other a folder; expected two runs, or two budgets"
        )
    _compare_budgets(a, b, as_json)


def _is_budget(path: Path) -> bool:
    return str(path) == "-" or (path.exists() and not path.is_dir())


def _compare_runs(folder_a: Path, folder_b: Path, as_json: bool) -> None:
    from profiler.cli.output import print_json, stdout_console
    from profiler.record.store import load
    from profiler.views.document import comparison_json
    from profiler.views.terminal.comparison import show_comparison

    a, b = load(folder_a), load(folder_b)
    if as_json:
        print_json(comparison_json(a, b))
    else:
        show_comparison(a, b, stdout_console())


def _compare_budgets(file_a: Path, file_b: Path, as_json: bool) -> None:
    from profiler.cli.explain import budget_in
    from profiler.cli.output import print_json, stdout_console
    from profiler.money.compare import difference, difference_json
    from profiler.views.differences import budget_setting_differences
    from profiler.views.terminal.budget_comparison import show_budget_comparison

    a, b = budget_in(file_a), budget_in(file_b)
    found, settings = difference(a, b), budget_setting_differences(a, b)
    if as_json:
        rows = [{"name": name, "a": old, "b": new} for name, old, new in settings]
        print_json({**difference_json(found), "settings": rows})
    else:
        show_budget_comparison(found, settings, stdout_console())
