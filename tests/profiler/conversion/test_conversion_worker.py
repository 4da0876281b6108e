"""The child process: what it times, and how a file that kills or holds it is told."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from made_up_pdfs import SCAN, pdf

from profiler.conversion.converter import PdfFaultError
from profiler.conversion.worker import Worker

pytest.importorskip("pypdfium2", reason="the extra pdf is not installed")


class HostileDocument:
    """Does what the name of its file says."""

    def __init__(self, path: Path) -> None:
        if path.name == "kill":
            os.kill(os.getpid(), 9)
        if path.name == "exit":
            os._exit(3)
        if path.name == "hang":
            time.sleep(60)
        if path.name == "memory":
            raise MemoryError

    def __len__(self) -> int:
        return 2

    def text(self, page: int) -> str:
        return "text"

    def is_blank(self, page: int) -> bool:
        return False

    def close(self) -> None:
        pass


def fault(worker: Worker, name: str) -> PdfFaultError:
    with pytest.raises(PdfFaultError) as found:
        worker.time(Path(name))
    return found.value


def test_a_file_takes_only_itself_down() -> None:
    with Worker(seconds_per_file=20, open_document=HostileDocument) as worker:
        killed, ended = fault(worker, "kill"), fault(worker, "exit")
        assert (killed.kind, killed.detail) == ("crashed", "Killed")
        assert (ended.kind, ended.detail) == ("crashed", "exit code 3")
        assert fault(worker, "memory").detail == "out of memory"
        assert worker.time(Path("good")).pages == 2


def test_a_file_that_holds_the_converter_is_given_up() -> None:
    with Worker(seconds_per_file=0.2, open_document=HostileDocument) as worker:
        slow = fault(worker, "hang")
        assert (slow.kind, slow.detail) == ("too-slow", "more than 0.2 s")
        assert worker.time(Path("good")).pages == 2


def test_a_real_pdf_takes_cpu_time(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(["word " * 100] * 30 + [SCAN]))
    with Worker(seconds_per_file=60) as worker:
        timing = worker.time(path)
        assert (timing.pages, timing.pages_without_text, timing.blank_pages) == (31, 1, 0)
        assert 0 < timing.cpu_seconds < 10
        assert all(seconds > 0 for seconds in timing.page_cpu_seconds)
        path.write_bytes(pdf(["secret"], encrypted=True))
        with pytest.raises(PdfFaultError, match="password"):
            worker.time(path)
