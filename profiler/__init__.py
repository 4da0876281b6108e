"""corpuscost as a library: ``profile`` shards, ``load`` a record, ``estimate`` the whole."""

from __future__ import annotations

import importlib
from typing import Any

_FACE = {
    "profile": "profiler.measurement",
    "Options": "profiler.measurement",
    "draw_sample": "profiler.sampling",
    "load": "profiler.record.store",
    "Record": "profiler.record.store",
    "take_census": "profiler.census.taking",
    "load_census": "profiler.census.store",
    "calibrate": "profiler.calibration",
    "estimate": "profiler.estimation",
    "evidence_beside": "profiler.estimation",
    "Estimation": "profiler.estimation",
    "Plans": "profiler.estimation",
    "forecast_curve": "profiler.scaling.curves",
    "dedup_retention": "profiler.scaling.dedup",
    "spectrum_from_pairs": "profiler.scaling.spectrum",
}
__all__ = sorted(_FACE)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    """Import on first use, so that ``import profiler`` costs nothing."""
    if name not in _FACE:
        raise AttributeError(f"module 'profiler' has no attribute {name!r}")
    return getattr(importlib.import_module(_FACE[name]), name)
