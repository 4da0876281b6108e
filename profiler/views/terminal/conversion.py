"""A conversion on the terminal: its progress, what it measured, and what it leaves out."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from profiler.conversion.converter import FAULTS
from profiler.conversion.record import ConversionRecord, ConvertedFile
from profiler.scaling.quantity import Estimate
from profiler.views.figures import ABSENT
from profiler.views.terminal.tables import add, bullets, definitions, heading, note, safe, table

MOST_ROWS = 15


class ConversionBar:
    """Draws the progress of a conversion; nothing at all when the console is no terminal."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("converting"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("files"),
            TextColumn("{task.fields[pages]}"),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            console=console,
            disable=not console.is_terminal,
        )
        self._pages = 0
        self._task = self._progress.add_task("converting", total=None, pages="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def begin(self, files: int, passes: int) -> None:
        """So many files, each so many times."""
        self._progress.update(self._task, total=files * passes)

    def converted(self, pages: int) -> None:
        """One file is behind us, in one pass."""
        self._pages += pages
        self._progress.update(self._task, advance=1, pages=f"{self._pages:,} pages")


def show_conversion(record: ConversionRecord, console: Console) -> None:
    """The rate, the files that took longest, those that failed, and the limits."""
    heading(console, "Converting PDFs to text")
    definitions(console, _figures(record))
    _show_slowest(record, console)
    _show_failed(record, console)
    heading(console, "What this does not say")
    bullets(console, record.notes)


def _figures(record: ConversionRecord) -> list[tuple[str, str]]:
    totals, rate = record.totals, record.pages_per_cpu_second
    scans = totals.pages_without_text - totals.blank_pages
    return [
        ("files", f"{totals.files - totals.files_failed:,} converted, {_failures(record)}"),
        ("pages", f"{totals.pages:,}, {totals.pages_failed:,} more could not be converted"),
        ("no text layer", f"{scans:,} pages, {_share(record.recognition_share)} of all"),
        ("blank", f"{totals.blank_pages:,} pages with nothing on them"),
        ("text", f"{totals.characters:,} characters from {totals.bytes / 1e6:,.1f} MB of PDF"),
        ("CPU", f"{totals.cpu_seconds:,.3g} s, the median of {_passes(record)} pass(es) per file"),
        ("pages per CPU-second", f"{_interval(rate)}; {rate.method}"),
    ]


def _failures(record: ConversionRecord) -> str:
    kinds = [f"{count:,} {FAULTS[kind]}" for kind, count in record.faults().items()]
    return f"{record.totals.files_failed:,} not" + (f": {', '.join(kinds)}" if kinds else "")


def _passes(record: ConversionRecord) -> int:
    return max((len(file.passes) for file in record.converted), default=0)


def _interval(rate: Estimate) -> str:
    if rate.point is None:
        return ABSENT
    return f"{rate.point:,.4g} ({rate.low:,.4g} to {rate.high:,.4g})"


def _share(share: Estimate) -> str:
    point = ABSENT if share.point is None else f"{share.point:.1%}"
    return f"{point} ({share.low:.1%} to {share.high:.1%})"


def _show_slowest(record: ConversionRecord, console: Console) -> None:
    slowest = sorted(record.converted, key=lambda file: -(file.cpu_seconds or 0.0))[:MOST_ROWS]
    grid = table("file", "pages", "no text", "failed", "kB", "characters", "CPU s", "ms/page")
    for file in slowest:
        add(grid, *_cells(file))
    console.print()
    console.print(grid)
    if len(record.converted) > MOST_ROWS:
        note(console, f"The {MOST_ROWS} files that took longest; the record has all.")


def _cells(file: ConvertedFile) -> list[str]:
    seconds = file.cpu_seconds or 0.0
    return [
        file.path if file.end_mark else f"{file.path} (cut off?)",
        f"{file.pages:,}",
        f"{file.pages_for_recognition:,}",
        f"{file.pages_failed:,}",
        f"{file.bytes / 1e3:,.0f}",
        f"{file.characters:,}",
        f"{seconds:,.3f}",
        f"{1e3 * seconds / file.pages:,.2f}",
    ]


def _show_failed(record: ConversionRecord, console: Console) -> None:
    failed = [file for file in record.files if file.fault is not None]
    if not failed:
        return
    heading(console, "Not converted")
    definitions(
        console,
        [
            (file.path, f"{FAULTS[file.fault]}{f' ({file.detail})' if file.detail else ''}")
            for file in failed[:MOST_ROWS]
            if file.fault is not None
        ],
    )
    if len(failed) > MOST_ROWS:
        console.print(safe(f"and {len(failed) - MOST_ROWS:,} more, in the record", style="dim"))
