"""The funnel of a run in each unit, and its forecast, beside what is published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from profiler.published.bands import CPU_UNIT, RETENTION_UNITS
from profiler.record.schema import Run
from profiler.scaling.volumes import Forecast
from profiler.views.band_cells import BandCells, band_cells
from profiler.views.bands import BandRow, forecast_bands
from profiler.views.bars import Chart
from profiler.views.charts import funnel_charts

UNIT_NAMES = {"docs": "documents", "bytes": "text bytes", "tokens": "tokens"}


@dataclass(frozen=True, slots=True)
class FunnelPanel:
    """The funnel in one unit, and what others kept at the same kinds of stages."""

    unit: str
    label: str
    chart: Chart
    bands: tuple[BandCells, ...]


@dataclass(frozen=True, slots=True)
class TargetBands:
    """What the whole would keep or burn beside what is published, in one unit."""

    unit: str
    rows: tuple[BandCells, ...]


def funnel_panels(run: Run, beside: Sequence[BandRow]) -> tuple[FunnelPanel, ...]:
    """One for each unit that was counted; the charts come in the order of the units."""
    charts = zip(RETENTION_UNITS, funnel_charts(run), strict=False)
    return tuple(
        FunnelPanel(unit, UNIT_NAMES[unit], chart, band_cells(beside, unit))
        for unit, chart in charts
    )


def target_bands(run: Run, forecast: Forecast) -> tuple[TargetBands, ...]:
    """The forecast beside its bands: a table for each unit that something is published in."""
    rows = forecast_bands(run, forecast)
    found = [(unit, band_cells(rows, unit)) for unit in (*RETENTION_UNITS, CPU_UNIT)]
    return tuple(TargetBands(UNIT_NAMES.get(unit, unit), cells) for unit, cells in found if cells)
