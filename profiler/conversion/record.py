"""The record of a conversion: what was converted, what that took, and what it leaves out."""

from __future__ import annotations

import dataclasses
import json
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cattrs

from pipeline.errors import RunError
from profiler.conversion.converter import FAULTS, FaultKind
from profiler.scaling.quantity import Estimate

CONVERSION_VERSION = 1
_AGAIN = "run `corpuscost convert` again"


@dataclass(frozen=True, slots=True)
class ConvertedFile:
    """One file. With a ``fault`` there are no pages and no CPU-seconds: none were measured.

    ``cpu_seconds`` is the median of ``passes``. ``pages`` were converted, ``pages_failed`` were
    not. ``pages_without_text`` of the converted ones gave nothing but white space; of these
    ``blank_pages`` have nothing on them. ``end_mark`` false: the file was probably cut off.
    """

    path: str
    bytes: int
    pages: int = 0
    pages_failed: int = 0
    pages_without_text: int = 0
    blank_pages: int = 0
    characters: int = 0
    cpu_seconds: float | None = None
    passes: tuple[float, ...] = ()
    end_mark: bool = True
    fault: FaultKind | None = None
    detail: str = ""

    @property
    def pages_for_recognition(self) -> int:
        """Pages that have something on them but no text layer: scans, mostly."""
        return self.pages_without_text - self.blank_pages


@dataclass(frozen=True, slots=True)
class ConversionTotals:
    """Sums over the files that were converted, and how many were not."""

    files: int
    files_failed: int
    bytes: int
    pages: int
    pages_failed: int
    pages_without_text: int
    blank_pages: int
    characters: int
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class ConversionRecord:
    """conversion.json. ``page_cpu_seconds`` are kept of a lone file only, for its interval.

    ``pages_per_cpu_second`` is of one core. ``recognition_share`` is the share of the converted
    pages that need optical recognition, which the converter does not do.
    """

    schema_version: int
    created_at: str
    machine: dict[str, Any]
    versions: dict[str, str]
    converter: str
    files: tuple[ConvertedFile, ...]
    page_cpu_seconds: tuple[float, ...]
    totals: ConversionTotals
    pages_per_cpu_second: Estimate
    recognition_share: Estimate
    notes: tuple[str, ...]

    @property
    def converted(self) -> tuple[ConvertedFile, ...]:
        return tuple(file for file in self.files if file.fault is None)

    def faults(self) -> dict[FaultKind, int]:
        """Files that could not be converted, by kind, in the order of FAULTS."""
        counts = Counter(file.fault for file in self.files)
        return {kind: counts[kind] for kind in FAULTS if counts[kind]}


def conversion_totals(files: tuple[ConvertedFile, ...]) -> ConversionTotals:
    """Sums over files."""
    done = [file for file in files if file.fault is None]
    return ConversionTotals(
        files=len(files),
        files_failed=len(files) - len(done),
        bytes=sum(file.bytes for file in done),
        pages=sum(file.pages for file in done),
        pages_failed=sum(file.pages_failed for file in done),
        pages_without_text=sum(file.pages_without_text for file in done),
        blank_pages=sum(file.blank_pages for file in done),
        characters=sum(file.characters for file in done),
        cpu_seconds=sum(file.cpu_seconds or 0.0 for file in done),
    )


def conversion_json(record: ConversionRecord) -> dict[str, Any]:
    """The record as plain data."""
    return dataclasses.asdict(record)


def save_conversion(record: ConversionRecord, path: Path) -> None:
    """Write the record in one step; names of files keep bytes that are no UTF-8."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.tmp")
    text = json.dumps(conversion_json(record), indent=2, allow_nan=False)
    unfinished.write_text(text + "\n", encoding="ascii")
    os.replace(unfinished, path)


def load_conversion(path: Path) -> ConversionRecord:
    """Read a record; RunError says what is missing, damaged or of another version."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        version = data["schema_version"]
        if version == CONVERSION_VERSION:
            return cattrs.structure(data, ConversionRecord)
    except FileNotFoundError as error:
        raise RunError(f"{path}: no such file; make it with `corpuscost convert`") from error
    except OSError as error:
        raise RunError(f"{path}: cannot be read ({error.strerror})") from error
    except Exception as error:
        raise RunError(f"{path}: not a conversion record ({error!r}); {_AGAIN}") from error
    raise RunError(
        f"{path}: schema_version {version!r}, this program reads {CONVERSION_VERSION}; {_AGAIN}"
    )
