"""What one conversion takes, by a clock and a document that the test makes up."""

from __future__ import annotations

from pathlib import Path

import pytest

from profiler.conversion.converter import PdfFaultError
from profiler.conversion.timing import FileTiming, time_file


class Clock:
    """CPU-seconds that pass only when somebody works."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class MadeUpDocument:
    """Pages as (text, blank, seconds); text None is a page that fails."""

    def __init__(
        self,
        clock: Clock,
        pages: list[tuple[str | None, bool, float]],
        opening: float = 2.0,
        closing: float = 0.5,
    ) -> None:
        self.clock, self.pages, self.closing = clock, pages, closing
        self.closed = 0
        clock.now += opening

    def __len__(self) -> int:
        return len(self.pages)

    def text(self, page: int) -> str:
        text, _, seconds = self.pages[page]
        self.clock.now += seconds
        if text is None:
            raise PdfFaultError("bad-pages", f"page {page}")
        return text

    def is_blank(self, page: int) -> bool:
        self.clock.now += 100.0  # must not be timed
        return self.pages[page][1]

    def close(self) -> None:
        self.closed += 1
        self.clock.now += self.closing


def timed(*pages: tuple[str | None, bool, float]) -> FileTiming:
    clock = Clock()
    clock.now = 1000.0
    return time_file(Path("x"), lambda _: MadeUpDocument(clock, list(pages)), clock)


def test_cpu_is_opening_pages_and_closing() -> None:
    timing = timed(("abc", False, 1.0), ("de", False, 3.0))
    assert timing.page_cpu_seconds == pytest.approx((1.0, 3.0))
    assert timing.open_cpu_seconds == pytest.approx(2.5)
    assert timing.cpu_seconds == pytest.approx(6.5)
    assert (timing.pages, timing.characters) == (2, 5)


def test_pages_without_text_are_counted_and_looking_at_them_is_not_timed() -> None:
    timing = timed(("text", False, 1.0), (" \r\n", False, 1.0), ("", True, 1.0))
    assert (timing.pages_without_text, timing.blank_pages) == (2, 1)
    assert timing.cpu_seconds == pytest.approx(5.5)


def test_a_bad_page_counts_as_failed_but_its_time_counts() -> None:
    timing = timed(("text", False, 1.0), (None, False, 4.0))
    assert (timing.pages, timing.pages_failed) == (1, 1)
    assert timing.failed_cpu_seconds == pytest.approx(4.0)
    assert timing.cpu_seconds == pytest.approx(7.5)


def test_no_page_and_only_bad_pages_are_told_apart() -> None:
    with pytest.raises(PdfFaultError) as found:
        timed()
    assert found.value.kind == "no-pages"
    with pytest.raises(PdfFaultError, match="page 0") as found:
        timed((None, False, 1.0), (None, False, 1.0))
    assert found.value.kind == "bad-pages"


def test_the_document_is_closed_whatever_happens() -> None:
    clock = Clock()
    document = MadeUpDocument(clock, [("a", False, 1.0)])

    def fail(page: int) -> str:
        raise KeyError(page)

    document.text = fail  # type: ignore[method-assign]
    with pytest.raises(KeyError):
        time_file(Path("x"), lambda _: document, clock)
    assert document.closed == 1
