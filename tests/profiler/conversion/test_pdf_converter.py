"""The converter on PDFs whose text is known, and on broken ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_up_pdfs import BLANK, SCAN, pdf, truncated

from pipeline.errors import CorpuscostError
from profiler.conversion.converter import (
    PdfDocument,
    PdfFaultError,
    converter_versions,
    has_end_mark,
    require_converter,
)

pytest.importorskip("pypdfium2", reason="the extra pdf is not installed")


def written(folder: Path, data: bytes) -> Path:
    path = folder / "document.pdf"
    path.write_bytes(data)
    return path


def fault_of(folder: Path, data: bytes) -> str:
    with pytest.raises(PdfFaultError) as found:
        PdfDocument(written(folder, data))
    return found.value.kind


def test_text_of_every_page_in_order(tmp_path: Path) -> None:
    document = PdfDocument(written(tmp_path, pdf(["Hello world\nsecond line", "Another page"])))
    assert len(document) == 2
    assert document.text(0).split() == ["Hello", "world", "second", "line"]
    assert document.text(1).strip() == "Another page"
    document.close()


def test_a_scan_is_not_blank_and_neither_has_text(tmp_path: Path) -> None:
    document = PdfDocument(written(tmp_path, pdf([SCAN, BLANK, "text"])))
    assert [document.text(page).strip() for page in range(3)] == ["", "", "text"]
    assert [document.is_blank(page) for page in range(3)] == [False, True, False]
    document.close()


def test_a_password_is_told_from_damage(tmp_path: Path) -> None:
    assert fault_of(tmp_path, pdf(["secret"], encrypted=True)) == "encrypted"
    assert fault_of(tmp_path, b"no PDF at all, whatever its name says") == "damaged"
    assert fault_of(tmp_path, b"") == "damaged"
    assert fault_of(tmp_path, bytes(range(256)) * 64) == "damaged"


def test_a_fault_is_not_that_of_the_file_before(tmp_path: Path) -> None:
    for _ in range(2):
        assert fault_of(tmp_path, pdf([])) == "no-pages"
        assert fault_of(tmp_path, pdf(["secret"], encrypted=True)) == "encrypted"
        assert fault_of(tmp_path, pdf([])) == "no-pages"
        assert fault_of(tmp_path, b"%PDF-1.4") == "damaged"


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(PdfFaultError, match="cannot be read") as found:
        PdfDocument(tmp_path / "nothing.pdf")
    assert found.value.kind == "unreadable"


def test_a_bad_page_is_a_fault_of_the_page(tmp_path: Path) -> None:
    document = PdfDocument(written(tmp_path, pdf(["one"])))
    with pytest.raises(PdfFaultError) as found:
        document.text(7)
    assert found.value.kind == "bad-pages"
    assert document.text(0).strip() == "one"
    document.close()


def test_a_file_that_was_cut_off_lacks_its_end_mark(tmp_path: Path) -> None:
    whole = pdf(["page"] * 20)
    assert has_end_mark(written(tmp_path, whole))
    assert not has_end_mark(written(tmp_path, truncated(whole)))
    assert not has_end_mark(written(tmp_path, b""))


def test_versions_are_those_of_what_is_installed() -> None:
    import pypdfium2

    versions = converter_versions()
    assert versions["pypdfium2"] == pypdfium2.PYPDFIUM_INFO.version
    assert versions["pdfium"][0].isdigit()


def test_without_pypdfium2_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pypdfium2", None)
    with pytest.raises(CorpuscostError, match=r"pip install 'corpuscost\[pdf\]'"):
        require_converter()
