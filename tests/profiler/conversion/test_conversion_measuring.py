"""Finding PDFs, converting them several times, and the record that comes of it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from made_up_pdfs import BLANK, SCAN, pdf, truncated

from pipeline.errors import CorpuscostError, RunError
from profiler.conversion.converter import PdfFaultError
from profiler.conversion.measuring import Pdf, find_pdfs, measure_conversion
from profiler.conversion.rates import conversion_rates
from profiler.conversion.record import load_conversion, save_conversion
from profiler.conversion.timing import FileTiming
from profiler.conversion.worker import Worker

pytest.importorskip("pypdfium2", reason="the extra pdf is not installed")


class MadeUpTimer:
    """Gives each call the next of the timings of its file."""

    def __init__(self, **timings: list[FileTiming | PdfFaultError]) -> None:
        self.timings = timings
        self.calls: list[str] = []

    def time(self, path: Path) -> FileTiming:
        self.calls.append(path.stem)
        timing = self.timings[path.stem].pop(0)
        if isinstance(timing, PdfFaultError):
            raise timing
        return timing


class Watcher:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[int, ...]] = []

    def begin(self, files: int, passes: int) -> None:
        self.told.append((files, passes))

    def converted(self, pages: int) -> None:
        self.told.append((pages,))


def timing(*pages: float, opening: float = 0.0) -> FileTiming:
    return FileTiming(opening, pages, 0, 0.0, 0, 0, 10 * len(pages))


def made(folder: Path, *names: str) -> list[Pdf]:
    for name in names:
        (folder / f"{name}.pdf").write_bytes(pdf([name]))
    return find_pdfs([folder])


def test_folders_are_searched_and_nothing_comes_twice(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    for name in ("b.pdf", "deep/er/A.PDF", "notes.txt", "deep/x.pdf.part"):
        (tmp_path / name).write_bytes(b"x")
    found = find_pdfs([tmp_path, tmp_path / "b.pdf", tmp_path / "notes.txt"])
    root = tmp_path.name
    assert [each.name for each in found] == ["notes.txt", f"{root}/b.pdf", f"{root}/deep/er/A.PDF"]


def test_nothing_to_convert_is_told(tmp_path: Path) -> None:
    with pytest.raises(CorpuscostError, match=r"no file that ends in \.pdf"):
        find_pdfs([tmp_path])
    with pytest.raises(CorpuscostError, match="no such file"):
        find_pdfs([tmp_path / "missing"])


def test_every_pass_goes_over_all_files_and_the_median_counts(tmp_path: Path) -> None:
    timer = MadeUpTimer(
        a=[timing(5.0), timing(1.0), timing(2.0)],
        b=[timing(1.0, 1.0), timing(2.0, 1.0), timing(3.0, 2.0)],
    )
    watcher = Watcher()
    record = measure_conversion(made(tmp_path, "a", "b"), timer, 3, watcher)
    assert timer.calls == ["a", "b"] * 3
    assert [file.cpu_seconds for file in record.files] == [2.0, 3.0]
    assert record.files[1].passes == (2.0, 3.0, 5.0)
    assert record.totals.cpu_seconds == 5.0
    assert record.pages_per_cpu_second.point == pytest.approx(3 / 5)
    assert record.page_cpu_seconds == ()
    assert watcher.told == [(2, 3), *[(1,), (2,)] * 3]


def test_passes_that_differ_are_remarked(tmp_path: Path) -> None:
    steady = measure_conversion(made(tmp_path, "a"), MadeUpTimer(a=[timing(1.0)] * 2), 2)
    assert not any("unsteady" in note for note in steady.notes)
    timer = MadeUpTimer(a=[timing(1.0), timing(1.5)])
    shaky = measure_conversion(made(tmp_path, "a"), timer, 2)
    assert any("unsteady: the passes took 1 to 1.5" in note for note in shaky.notes)


def test_a_short_measurement_is_remarked(tmp_path: Path) -> None:
    for seconds, told in ((0.5, True), (1.5, False)):
        record = measure_conversion(made(tmp_path, "a"), MadeUpTimer(a=[timing(seconds)]), 1)
        assert any(note.startswith("short: a pass took") for note in record.notes) == told


def test_a_fault_is_not_tried_again_and_has_no_seconds(tmp_path: Path) -> None:
    timer = MadeUpTimer(a=[timing(1.0)] * 3, b=[PdfFaultError("encrypted", "why")])
    record = measure_conversion(made(tmp_path, "a", "b"), timer, 3)
    bad = record.files[1]
    assert (bad.fault, bad.detail, bad.cpu_seconds, bad.pages) == ("encrypted", "why", None, 0)
    assert timer.calls.count("b") == 1
    assert record.faults() == {"encrypted": 1}
    assert (record.totals.files, record.totals.files_failed) == (2, 1)


def test_only_faults_make_no_record(tmp_path: Path) -> None:
    timer = MadeUpTimer(a=[PdfFaultError("damaged")], b=[PdfFaultError("no-pages")])
    with pytest.raises(CorpuscostError, match=r"1 no PDF, or damaged.*1 a PDF without a page"):
        measure_conversion(made(tmp_path, "a", "b"), timer, 1)


def test_pages_of_a_lone_file_are_kept(tmp_path: Path) -> None:
    timer = MadeUpTimer(a=[timing(1.0, 4.0), timing(2.0, 5.0), timing(3.0, 9.0)])
    assert measure_conversion(made(tmp_path, "a"), timer, 3).page_cpu_seconds == (2.0, 5.0)


def test_hostile_files_are_counted_by_kind(tmp_path: Path) -> None:
    whole = pdf([f"page number {n}" for n in range(40)])
    files = {
        "good.pdf": whole,
        "cut.pdf": truncated(whole, 0.6),
        "unmarked.pdf": whole.removesuffix(b"%%EOF\n"),
        "random.pdf": os.urandom(5000),
        "locked.pdf": pdf(["secret"], encrypted=True),
        "empty.pdf": b"",
        "none.pdf": pdf([]),
        "scans.pdf": pdf([SCAN, SCAN, BLANK, "and text"]),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    os.mkfifo(tmp_path / "pipe.pdf")
    with Worker(30) as worker:
        record = measure_conversion(find_pdfs([tmp_path]), worker, 2)
    rows = {Path(file.path).name: file for file in record.files}
    assert (rows["good.pdf"].pages, rows["good.pdf"].end_mark) == (40, True)
    assert rows["good.pdf"].characters > 40 * len("page number")
    assert rows["random.pdf"].fault == rows["empty.pdf"].fault == "damaged"
    assert rows["locked.pdf"].fault == "encrypted"
    assert rows["none.pdf"].fault == "no-pages"
    assert (rows["pipe.pdf"].fault, rows["pipe.pdf"].detail) == ("unreadable", "not a regular file")
    scans = rows["scans.pdf"]
    assert (scans.pages_without_text, scans.blank_pages, scans.pages_for_recognition) == (3, 1, 2)
    assert rows["cut.pdf"].fault == "damaged"
    assert (rows["unmarked.pdf"].pages, rows["unmarked.pdf"].end_mark) == (40, False)
    assert any("1 of the converted files lack the end mark" in note for note in record.notes)
    assert record.totals.files_failed == sum(file.fault is not None for file in record.files)
    assert record.totals.pages == sum(file.pages for file in record.files)


def test_a_record_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    timer = MadeUpTimer(a=[timing(1.0, 2.0)], b=[PdfFaultError("crashed", "Killed")])
    record = measure_conversion(made(tmp_path, "a", "b"), timer, 1)
    path = tmp_path / "out" / "conversion.json"
    save_conversion(record, path)
    assert load_conversion(path) == record
    first, second = (conversion_rates(load_conversion(path), 50, 4) for _ in range(2))
    assert first.pages_per_cpu_second.draws == pytest.approx(second.pages_per_cpu_second.draws)
    data = json.loads(path.read_text())
    assert data["schema_version"] == 1
    assert {"processor", "vcpus"} <= data["machine"].keys()
    assert {"pypdfium2", "pdfium", "python"} <= data["versions"].keys()
    assert any("no optical character recognition" in note for note in data["notes"])


def test_a_name_that_is_no_utf8_survives(tmp_path: Path) -> None:
    name = os.fsdecode(b"bad-\xff-name.pdf")
    (tmp_path / name).write_bytes(pdf(["text"]))
    timer = MadeUpTimer()
    timer.timings[Path(name).stem] = [timing(1.0)]
    record = measure_conversion(find_pdfs([tmp_path]), timer, 1)
    save_conversion(record, tmp_path / "c.json")
    assert load_conversion(tmp_path / "c.json").files[0].path.endswith(name)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "not a conversion record"),
        ("[]", "not a conversion record"),
        ('{"schema_version": 99}', "schema_version 99, this program reads 1"),
        ('{"schema_version": 1, "files": 3}', "not a conversion record"),
    ],
)
def test_a_damaged_record_is_told(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "conversion.json"
    path.write_text(text)
    with pytest.raises(RunError, match=told):
        load_conversion(path)


def test_a_missing_record_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no such file; make it with `corpuscost convert`"):
        load_conversion(tmp_path / "conversion.json")
