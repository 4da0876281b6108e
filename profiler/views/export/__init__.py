"""A budget written to a file: JSON, CSV, Parquet, Markdown, HTML. Each a pure function of it."""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path
from typing import Literal

from pipeline.errors import CorpuscostError
from profiler.estimation import Estimation

Kind = Literal["json", "csv", "focus", "parquet", "markdown", "html"]
KINDS: tuple[Kind, ...] = ("json", "csv", "parquet", "markdown")  # the files of a batch
SUFFIXES: dict[Kind, str] = {
    "json": ".json",
    "csv": ".csv",
    "focus": ".csv",
    "parquet": ".parquet",
    "markdown": ".md",
    "html": ".html",
}


def write_budget(
    estimation: Estimation, kind: Kind, today: date, output: Path | None = None
) -> None:
    """Write the budget of an estimation to a file, or to standard output where none is given.

    A file appears whole or not at all. CSV, which is FOCUS too, and Parquet have a row per line
    (``focus.COLUMNS``), HTML is the page without curve and what-if, JSON is described by
    profiler/schemas/budget.schema.json. Raises CorpuscostError for Parquet on a terminal.
    """
    data = budget_bytes(estimation, kind, today)
    if output is not None:
        unfinished = output.with_name(f"{output.name}.tmp")
        unfinished.write_bytes(data)
        os.replace(unfinished, output)
        return
    if kind == "parquet" and sys.stdout.isatty():
        raise CorpuscostError("parquet is no text for a terminal: name a file with --output FILE")
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def budget_bytes(estimation: Estimation, kind: Kind, today: date) -> bytes:
    """The budget of an estimation as the content of a file; text is UTF-8."""
    if kind == "json":
        from profiler.views.export.json import json_text

        return json_text(estimation).encode()
    if kind in ("csv", "focus"):
        from profiler.views.export.csv import csv_text

        return csv_text(estimation.budget).encode()
    if kind == "parquet":
        from profiler.views.export.parquet import parquet_bytes

        return parquet_bytes(estimation.budget)
    if kind == "html":
        from profiler.views.html import estimation_page

        return estimation_page(estimation, today).encode()
    from profiler.views.export.markdown import markdown_text

    return markdown_text(estimation).encode()
