"""A batch, for a terminal: how each domain ended, and what each costs."""

from __future__ import annotations

from rich.console import Console

from profiler.batch import Batch
from profiler.estimation import Estimation
from profiler.views.domains import COLUMNS, EXPLANATION, SHARED, domain_cells, domain_rows
from profiler.views.terminal.tables import add, bullets, heading, note, table


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
    grid = table(*COLUMNS)
    for row in rows:
        add(grid, *domain_cells(row), style="bold" if row is rows[-1] else "")
    console.print(grid)
    note(console, f"{SHARED}: lines that are of no single domain. {EXPLANATION}")
