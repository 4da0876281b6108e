"""The look of tables and paragraphs in the terminal. Every string becomes Text: no markup acts."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from profiler.views.printable import printable

LONGEST_NAME = 22
LEAST_NAME = 8  # of the first column, however little the numbers leave


def safe(text: str, limit: int | None = None, style: str = "") -> Text:
    """Text that may be hostile."""
    return Text(printable(text, limit), style=style)


def heading(console: Console, title: str) -> None:
    """A heading with a blank line above."""
    console.print()
    console.print(safe(title, style="bold"))


def note(console: Console, text: str) -> None:
    """A paragraph that explains what stands above."""
    console.print(safe(text, style="dim"))


def table(*columns: str, names: int = 1) -> Table:
    """A table whose first ``names`` columns are names and whose others are numbers.

    Names give way when the console is narrow, numbers do not.
    """
    grid = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for place, column in enumerate(columns):
        if place < names:
            least = None if place else LEAST_NAME
            grid.add_column(Text(column), overflow="fold", vertical="bottom", min_width=least)
        else:
            grid.add_column(Text(column), justify="right", no_wrap=True, vertical="bottom")
    return grid


def add(grid: Table, *cells: str, style: str = "") -> None:
    """A row of a table; names are clipped."""
    grid.add_row(
        *(safe(cell, LONGEST_NAME if not n else None) for n, cell in enumerate(cells)), style=style
    )


def bulleted(text: str, limit: int | None = None) -> Table:
    """A name under another one: with a bullet, and further lines of it set in."""
    grid = Table.grid()
    grid.add_column()
    grid.add_column(overflow="fold")
    grid.add_row("· ", safe(text, limit))
    return grid


def definitions(console: Console, pairs: Iterable[tuple[str, str]]) -> None:
    """Terms and what is said of them, in two columns."""
    grid = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
    grid.add_column(style="dim", max_width=LONGEST_NAME, overflow="fold")
    grid.add_column(overflow="fold")
    for term, text in pairs:
        grid.add_row(safe(term), safe(text))
    console.print(grid)


def bullets(console: Console, texts: Iterable[str]) -> None:
    """A list, one paragraph each."""
    grid = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
    grid.add_column()
    grid.add_column(overflow="fold")
    for text in texts:
        grid.add_row("-", safe(text))
    console.print(grid)
