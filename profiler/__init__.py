"""corpuscost as a library: ``profile`` shards, ``load`` a record, ``estimate`` the whole."""

from __future__ import annotations

import importlib
from typing import Any

_FACE = {
    "profile": "profiler.measurement",
    "Options": "profiler.measurement",
    "estimate": "profiler.estimation",
    "Estimation": "profiler.estimation",
    "Plans": "profiler.estimation",
    "load": "profiler.record.store",
    "Record": "profiler.record.store",
}
__all__ = sorted(_FACE)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    """Import on first use, so that ``import profiler`` costs nothing."""
    if name not in _FACE:
        raise AttributeError(f"module 'profiler' has no attribute {name!r}")
    return getattr(importlib.import_module(_FACE[name]), name)
