"""A batch, for a terminal: how each domain ended, and what each costs."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from profiler.batch import Batch
from profiler.estimation import Estimation
from profiler.views.domains import COLUMNS, EXPLANATION, SHARED, domain_cells, domain_rows
from profiler.views.terminal.tables import LONGEST_NAME, bullets, heading, note, safe, table


def show_batch(batch: Batch, console: Console) -> None:
    """Print the domains with volumes and costs, warnings, and the domains that failed."""
    if batch.estimation is not None:
        show_domains(batch.estimation, console)
        warnings = batch.estimation.budget.warnings
        if warnings:
            heading(console, "Warnings of the budget")
            bullets(console, warnings)
    if batch.failures:
        heading(console, "Failed: not in the total")
        bullets(console, [f"{failure.domain}: {failure.reason}" for failure in batch.failures])


def show_domains(estimation: Estimation, console: Console) -> None:
    """Print a row per domain, one for what they share, and the total; nothing without domains."""
    rows = domain_rows(estimation)
    if not rows:
        return
    heading(console, "Domains")
    grid = table(*("\n".join(column.rsplit(" ", 1)) for column in COLUMNS))
    for row in rows:
        name, *figures = domain_cells(row)
        style = "bold" if row is rows[-1] else ""
        grid.add_row(
            safe(name, LONGEST_NAME), *(_stacked(figure) for figure in figures), style=style
        )
    console.print(grid)
    note(console, f"{SHARED}: lines that are of no single domain. {EXPLANATION}")


def _stacked(figure: str) -> Text:
    """A figure with its interval below it: five of them have to fit in 80 columns."""
    point, bracket, interval = figure.partition(" (")
    return Text("\n").join([safe(point), safe(f"({interval}")] if bracket else [safe(point)])
