"""What converting one document takes: CPU-seconds of opening it and of each page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from profiler.conversion.converter import Document, PdfFaultError

Clock = Callable[[], float]
Opener = Callable[[Path], Document]


@dataclass(frozen=True, slots=True)
class FileTiming:
    """One conversion of one file. ``page_cpu_seconds`` are of the pages that were converted.

    ``pages_without_text`` gave no character but white space; ``blank_pages`` among them have
    nothing on them at all, so that no text is missing there.
    """

    open_cpu_seconds: float
    page_cpu_seconds: tuple[float, ...]
    pages_failed: int
    failed_cpu_seconds: float
    pages_without_text: int
    blank_pages: int
    characters: int

    @property
    def pages(self) -> int:
        return len(self.page_cpu_seconds)

    @property
    def cpu_seconds(self) -> float:
        """Of opening and closing, of every page, and of the pages that failed."""
        return self.open_cpu_seconds + sum(self.page_cpu_seconds) + self.failed_cpu_seconds


def time_file(path: Path, open_document: Opener, clock: Clock) -> FileTiming:
    """Convert a file; ``clock`` gives CPU-seconds of this process.

    Looking whether a page is blank is not timed: converting does not need it.
    Raises PdfFaultError for a file that cannot be opened, has no page, or no page that converts.
    """
    started = clock()
    document = open_document(path)
    opening = clock() - started
    try:
        pages = _Pages()
        for page in range(len(document)):
            pages.convert(document, page, clock)
    finally:
        closing_from = clock()
        document.close()
    opening += clock() - closing_from
    return pages.timing(opening)


class _Pages:
    """Tallies the pages of one document."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.failed = self.without_text = self.blank = self.characters = 0
        self.failed_seconds = 0.0
        self.fault = ""

    def convert(self, document: Document, page: int, clock: Clock) -> None:
        started = clock()
        try:
            text = document.text(page)
        except PdfFaultError as fault:
            self.failed += 1
            self.failed_seconds += clock() - started
            self.fault = self.fault or fault.detail
            return
        self.seconds.append(clock() - started)
        self.characters += len(text)
        if text.strip():
            return
        self.without_text += 1
        self.blank += document.is_blank(page)

    def timing(self, opening: float) -> FileTiming:
        if not self.seconds:
            if self.failed:
                raise PdfFaultError("bad-pages", self.fault)
            raise PdfFaultError("no-pages")
        return FileTiming(
            opening,
            tuple(self.seconds),
            self.failed,
            self.failed_seconds,
            self.without_text,
            self.blank,
            self.characters,
        )
