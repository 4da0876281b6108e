"""The machine and the software that a run was measured on."""

from __future__ import annotations

import os
import platform
import re
import unicodedata
from importlib import metadata
from pathlib import Path

DISTRIBUTIONS = (
    "corpuscost",
    "numba",
    "numpy",
    "pyarrow",
    "duckdb",
    "datasketch",
    "fasttext-community",
    "fastwarc",
    "zstandard",
)
HUGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")


def describe_machine() -> dict[str, str | int | None]:
    """Processor, cores that this process may use (vCPU), memory and system.

    ``huge_pages``: whether the kernel gives memory in them: "always", "madvise" (to whom asks, as
    workers do) or "never", which costs a batch up to a third more CPU; None where it does not say.
    """
    return {
        "processor": _processor(),
        "vcpus": len(os.sched_getaffinity(0)),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "system": f"{platform.system()} {platform.release()}",
        "architecture": platform.machine(),
        "huge_pages": _huge_pages(),
    }


def describe_versions() -> dict[str, str]:
    """Versions of Python, Unicode data and the packages that the work depends on."""
    versions = {"python": platform.python_version(), "unicode": unicodedata.unidata_version}
    for name in DISTRIBUTIONS:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "not installed as a distribution"
    return versions


def _huge_pages() -> str | None:
    try:
        found = re.search(r"\[(\w+)\]", HUGE_PAGES.read_text(encoding="utf-8"))
    except OSError:
        return None
    return found.group(1) if found else None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    for line in lines:
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown"
