"""Where the command line writes: data and tables to standard output, talk to standard error."""

from __future__ import annotations

import json
import sys
from typing import Any

import click
from rich.console import Console

from profiler.views.printable import printable_lines

_PIPED_WIDTH = 80  # columns when standard output is no terminal


def stdout_console() -> Console:
    """A console for tables; plain and of a fixed width when piped."""
    width = None if sys.stdout.isatty() else _PIPED_WIDTH
    return Console(file=sys.stdout, width=width, highlight=False)


def stderr_console() -> Console:
    """A console for progress and warnings."""
    return Console(file=sys.stderr, highlight=False)


def print_json(data: Any) -> None:
    """One JSON document on standard output; not-a-number is an error, never printed."""
    sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=True, allow_nan=False) + "\n")


def talk(message: str) -> None:
    """A message on standard error; names out of a corpus in it cannot act on the terminal."""
    click.echo(printable_lines(message), err=True)
