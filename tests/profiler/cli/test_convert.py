"""corpuscost convert, on PDFs that the test writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from made_up_pdfs import SCAN, pdf

from pipeline.errors import CorpuscostError
from profiler.cli.main import cli
from profiler.conversion.record import load_conversion

pytest.importorskip("pypdfium2", reason="the extra pdf is not installed")


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("papers")
    for number in range(4):
        (folder / f"p{number}.pdf").write_bytes(pdf(["word " * 50] * (3 + number) + [SCAN]))
    (folder / "evil\x1b[31m[red]name.pdf").write_bytes(b"no PDF")
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["convert", *arguments], catch_exceptions=False)


def test_json_is_the_record_that_is_kept(papers: Path, tmp_path: Path) -> None:
    out = tmp_path / "conversion.json"
    result = run(str(papers), "--out", str(out), "--passes", "2", "--json")
    assert result.exit_code == 0
    data = json.loads(result.stdout)
    record = load_conversion(out)
    assert data == json.loads(out.read_text())
    assert record.totals.pages == 3 + 4 + 5 + 6 + 4
    assert record.faults() == {"damaged": 1}
    assert record.pages_per_cpu_second.low < data["pages_per_cpu_second"]["point"]
    assert record.recognition_share.point == pytest.approx(4 / 22)


def test_tables_say_what_was_not_done(papers: Path, tmp_path: Path) -> None:
    result = run(str(papers), "--out", str(tmp_path / "c.json"), "--passes", "1")
    assert result.exit_code == 0
    for text in (
        "4 converted, 1 not: 1 no PDF, or damaged beyond repair",
        "4 pages, 18.2%",
        "pages per CPU-second",
        "no optical character recognition",
        "p3.pdf",
    ):
        assert text in " ".join(result.stdout.split())
    assert "\x1b" not in result.stdout
    assert "conversion.measured=" in result.stderr


def test_without_pypdfium2_nothing_starts(
    papers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pypdfium2", None)
    with pytest.raises(CorpuscostError, match=r"corpuscost\[pdf\]"):
        run(str(papers), "--out", str(tmp_path / "c.json"))
    assert not (tmp_path / "c.json").exists()


def test_wrong_use_is_told(papers: Path, tmp_path: Path) -> None:
    assert run("--out", "x.json").exit_code == 2
    assert run(str(papers)).exit_code == 2
    assert run(str(papers), "--out", str(tmp_path / "c.json"), "--passes", "0").exit_code == 2
    assert "corpuscost convert papers/" in run("--help").stdout
