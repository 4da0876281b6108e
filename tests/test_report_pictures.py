"""Pictures for the docs: of the asked size, light and dark; what is said without a browser."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
import report_pictures
from chromium_page import chromium

PAGE = """<!DOCTYPE html><style>body { background: #fff; height: 3000px }
@media (prefers-color-scheme: dark) { body { background: #000 } }</style><p>A report"""


def size_of(path: Path) -> tuple[int, int]:
    """Width and height of a PNG."""
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", data[16:24])


def test_without_a_browser_it_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(report_pictures, "chromium", lambda: None)
    with pytest.raises(SystemExit, match="apt-get install chromium"):
        report_pictures.take_pictures(tmp_path / "report.html", tmp_path)


@pytest.mark.skipif(chromium() is None, reason="chromium is not installed")
def test_four_pictures_of_the_top_of_the_page(tmp_path):
    report = tmp_path / "report.html"
    report.write_text(PAGE, encoding="utf-8")
    made = report_pictures.take_pictures(report, tmp_path)
    assert [path.name for path in made] == [
        "report-1280-light.png",
        "report-1280-dark.png",
        "report-390-light.png",
        "report-390-dark.png",
    ]
    assert [size_of(path)[0] for path in made] == [1280, 1280, 390, 390]
    assert len({path.read_bytes() for path in made[:2]}) == 2
