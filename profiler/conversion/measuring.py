"""Measuring a conversion: find the PDFs, convert each several times, and make the record."""

from __future__ import annotations

import datetime
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Protocol

from pipeline.errors import CorpuscostError
from profiler.conversion.converter import (
    FAULTS,
    PdfFaultError,
    converter_versions,
    has_end_mark,
)
from profiler.conversion.rates import rate_estimate, share_estimate
from profiler.conversion.record import (
    CONVERSION_VERSION,
    ConversionRecord,
    ConvertedFile,
    conversion_totals,
)
from profiler.conversion.timing import FileTiming
from profiler.machine import describe_machine, describe_versions

CONVERTER = "pypdfium2: the text of every page, inside the page's box, in the order of its content"
LIMITS = (
    "no optical character recognition: pages without a text layer give no text and cost little "
    "here; they are counted, and have to be priced apart",
    "no layout, tables, formulas or reading order: a converter that gives these takes far longer",
    "one process on one core; reading the files is in it only as far as it takes CPU",
)
UNSTEADY = 0.1  # of the CPU-seconds, between passes
LEAST_SECONDS = 1.0  # of CPU in a pass: below, what else the machine does shows


@dataclass(frozen=True, slots=True)
class Pdf:
    """A file to convert; ``name`` is relative to what the user gave."""

    name: str
    path: Path


class Timer(Protocol):
    """Times the conversion of a file, or raises PdfFaultError."""

    def time(self, path: Path) -> FileTiming: ...


class ConversionProgress(Protocol):
    """Is told of the work."""

    def begin(self, files: int, passes: int) -> None: ...

    def converted(self, pages: int) -> None: ...


class SilentConversion:
    """Progress that nobody watches."""

    def begin(self, files: int, passes: int) -> None:
        pass

    def converted(self, pages: int) -> None:
        pass


def find_pdfs(inputs: Sequence[Path]) -> list[Pdf]:
    """Files as they are given, and every *.pdf below folders; each once, in order of their names.

    Raises CorpuscostError when there is none, or an input does not exist.
    """
    found: dict[Path, Pdf] = {}
    for given in inputs:
        if not given.exists():
            raise CorpuscostError(f"{given}: no such file or folder")
        for pdf in _below(given) if given.is_dir() else [Pdf(given.name, given)]:
            found.setdefault(pdf.path.resolve(), pdf)
    if not found:
        names = ", ".join(str(given) for given in inputs)
        raise CorpuscostError(f"{names}: no file that ends in .pdf; name files or another folder")
    return sorted(found.values(), key=lambda pdf: os.fsencode(pdf.name))


def measure_conversion(
    pdfs: Sequence[Pdf],
    timer: Timer,
    passes: int = 3,
    progress: ConversionProgress | None = None,
) -> ConversionRecord:
    """Convert every PDF ``passes`` times, all files in each pass, and make the record.

    A file that fails is not tried again. Raises CorpuscostError when no file can be converted.
    """
    progress = progress or SilentConversion()
    progress.begin(len(pdfs), passes)
    tallies = [_Tally(pdf) for pdf in pdfs]
    for _ in range(passes):
        for tally in tallies:
            progress.converted(tally.convert(timer))
    files = tuple(tally.file() for tally in tallies)
    done = [tally for tally in tallies if tally.fault is None]
    if not done:
        raise CorpuscostError(f"no file could be converted: {_reasons(files)}")
    pages = done[0].page_cpu_seconds() if len(done) == 1 else ()
    return ConversionRecord(
        CONVERSION_VERSION,
        datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        dict(describe_machine()),
        describe_versions() | converter_versions(),
        CONVERTER,
        files,
        pages,
        conversion_totals(files),
        rate_estimate(files, pages),
        share_estimate(files, pages),
        (*LIMITS, *_remarks(files)),
    )


@dataclass
class _Tally:
    """One file over all passes."""

    pdf: Pdf
    timings: list[FileTiming] = field(default_factory=list)
    fault: PdfFaultError | None = None
    end_mark: bool = True

    def convert(self, timer: Timer) -> int:
        """Time the file once more, unless it has failed; the pages that were converted."""
        if self.fault is not None:
            return 0
        try:
            if not stat.S_ISREG(self.pdf.path.stat().st_mode):
                raise PdfFaultError("unreadable", "not a regular file")
            self.timings.append(timer.time(self.pdf.path))
            self.end_mark = has_end_mark(self.pdf.path)
        except PdfFaultError as fault:
            self.fault = fault
            return 0
        except OSError as error:
            self.fault = PdfFaultError("unreadable", error.strerror or str(error))
            return 0
        return self.timings[-1].pages

    def file(self) -> ConvertedFile:
        size = _bytes(self.pdf.path)
        if self.fault is not None:
            kind, detail = self.fault.kind, self.fault.detail
            return ConvertedFile(self.pdf.name, size, fault=kind, detail=detail)
        last = self.timings[-1]
        seconds = tuple(timing.cpu_seconds for timing in self.timings)
        return ConvertedFile(
            self.pdf.name,
            size,
            last.pages,
            last.pages_failed,
            last.pages_without_text,
            last.blank_pages,
            last.characters,
            median(seconds),
            seconds,
            self.end_mark,
        )

    def page_cpu_seconds(self) -> tuple[float, ...]:
        """Of each page the median over passes."""
        passes = [timing.page_cpu_seconds for timing in self.timings]
        return tuple(median(page) for page in zip(*passes, strict=False))


def _below(folder: Path) -> Iterator[Pdf]:
    for place, _, names in os.walk(folder, onerror=_refuse):
        for name in names:
            path = Path(place) / name
            if path.suffix.lower() == ".pdf":
                yield Pdf(str(Path(folder.resolve().name) / path.relative_to(folder)), path)


def _refuse(error: OSError) -> None:
    raise CorpuscostError(f"{error.filename}: the folder cannot be read ({error.strerror})")


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _reasons(files: Sequence[ConvertedFile]) -> str:
    kinds = [file.fault for file in files if file.fault is not None]
    return ", ".join(f"{kinds.count(kind)} {FAULTS[kind]}" for kind in FAULTS if kind in kinds)


def _remarks(files: Sequence[ConvertedFile]) -> list[str]:
    """What was seen in this sample that its figures do not say."""
    done = [file for file in files if file.fault is None]
    remarks = []
    cut = sum(not file.end_mark for file in done)
    if cut:
        remarks.append(
            f"{cut} of the converted files lack the end mark %%EOF: probably cut off, with pages "
            "missing that nobody can count"
        )
    sums = [sum(seconds) for seconds in zip(*(file.passes for file in done), strict=True)]
    if median(sums) < LEAST_SECONDS:
        remarks.append(
            f"short: a pass took {median(sums):.3g} CPU-seconds, and another measurement will "
            "differ; convert more pages"
        )
    if len(sums) > 1 and max(sums) > (1 + UNSTEADY) * min(sums):
        remarks.append(
            f"unsteady: the passes took {min(sums):.3g} to {max(sums):.3g} CPU-seconds; nothing "
            "else should run beside"
        )
    return remarks
