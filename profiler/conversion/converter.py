"""The converter that is timed: pypdfium2 takes the text out of every page of a PDF.

pypdfium2 is optional (the extra "pdf"). Nothing here recognises characters in images, or layout.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Protocol

from pipeline.errors import CorpuscostError

FaultKind = Literal[
    "encrypted",
    "security",
    "damaged",
    "unreadable",
    "no-pages",
    "bad-pages",
    "crashed",
    "too-slow",
]
FAULTS: dict[FaultKind, str] = {
    "encrypted": "needs a password",
    "security": "a kind of encryption that the converter does not know",
    "damaged": "no PDF, or damaged beyond repair",
    "unreadable": "the file cannot be read",
    "no-pages": "a PDF without a page",
    "bad-pages": "no page of it can be converted",
    "crashed": "the converter died",
    "too-slow": "took longer than allowed",
}
EXTRA = "pip install 'corpuscost[pdf]'"
TAIL_BYTES = 1024  # where a whole PDF has its end mark; readers look no farther (ISO 32000-1, H.3)


class PdfFaultError(Exception):
    """A PDF, or a page of one, that cannot be converted."""

    def __init__(self, kind: FaultKind, detail: str = "") -> None:
        super().__init__(f"{FAULTS[kind]}{f' ({detail})' if detail else ''}")
        self.kind = kind
        self.detail = detail


class Document(Protocol):
    """An open document; ``text`` and ``is_blank`` are of one page, counted from 0."""

    def __len__(self) -> int: ...

    def text(self, page: int) -> str:
        """The text of a page; PdfFaultError when the page is bad."""
        ...

    def is_blank(self, page: int) -> bool:
        """Whether nothing at all is drawn on a page."""
        ...

    def close(self) -> None: ...


class PdfDocument:
    """A PDF, opened by pypdfium2; PdfFaultError when that fails."""

    def __init__(self, path: Path) -> None:
        import pypdfium2

        self._error: type[Exception] = pypdfium2.PdfiumError
        _set_last_error()
        try:
            self._document: Any = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError as error:
            raise _fault(path, error.err_code, str(error)) from error
        except OSError as error:
            raise PdfFaultError("unreadable", error.strerror or str(error)) from error

    def __len__(self) -> int:
        return len(self._document)

    def text(self, page: int) -> str:
        """All text inside the page's box, in the order of the content; "" where there is none."""
        with self._page(page) as opened:
            text_page = opened.get_textpage()
            try:
                return str(text_page.get_text_bounded())
            finally:
                text_page.close()

    def is_blank(self, page: int) -> bool:
        """Whether the page has no text, image, path, shading or form on it."""
        from pypdfium2 import raw

        with self._page(page) as opened:
            return bool(raw.FPDFPage_CountObjects(opened) <= 0)

    def close(self) -> None:
        self._document.close()

    @contextlib.contextmanager
    def _page(self, page: int) -> Iterator[Any]:
        try:
            opened = self._document[page]
            try:
                yield opened
            finally:
                opened.close()
        except self._error as error:
            raise PdfFaultError("bad-pages", str(error)) from error


def require_converter() -> None:
    """CorpuscostError, with what to install, where pypdfium2 is missing."""
    try:
        import pypdfium2  # noqa: F401
    except ImportError as error:
        raise CorpuscostError(
            f"converting PDFs needs pypdfium2, which cannot be imported ({error}); {EXTRA}"
        ) from error


def warm() -> None:
    """Load the library, so that the first file does not pay for it."""
    import pypdfium2

    pypdfium2.PdfDocument.new().close()


def converter_versions() -> dict[str, str]:
    """Versions of pypdfium2 and of the PDFium that it carries."""
    from pypdfium2.version import PDFIUM_INFO, PYPDFIUM_INFO

    return {"pypdfium2": PYPDFIUM_INFO.version, "pdfium": PDFIUM_INFO.version}


def has_end_mark(path: Path) -> bool:
    """Whether ``%%EOF`` is near the end of a file. Without it the file was probably cut off.

    A converter may rebuild such a file and give the pages that are left, without a word.
    """
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - TAIL_BYTES))
        return b"%%EOF" in file.read(TAIL_BYTES)


def _set_last_error() -> None:
    """Leave FPDF_ERR_FILE as PDFium's last error, by opening a file that has no name.

    A document without pages loads, and pypdfium2 then raises with the last error, which would be
    that of an earlier file (seen in pypdfium2 5.15.2).
    """
    from pypdfium2 import raw

    raw.FPDF_LoadDocument(b"", None)


def _fault(path: Path, code: int | None, detail: str) -> PdfFaultError:
    from pypdfium2 import raw

    if code == raw.FPDF_ERR_FILE:
        try:
            path.open("rb").close()
        except OSError as error:
            return PdfFaultError("unreadable", error.strerror or str(error))
        return PdfFaultError("no-pages")
    kinds: dict[int | None, FaultKind] = {
        raw.FPDF_ERR_PASSWORD: "encrypted",
        raw.FPDF_ERR_SECURITY: "security",
        raw.FPDF_ERR_FORMAT: "damaged",
    }
    return PdfFaultError(kinds[code]) if code in kinds else PdfFaultError("damaged", detail)
