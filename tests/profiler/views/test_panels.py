"""Units of the funnel: each with its own chart and only with bands in the same unit."""

from __future__ import annotations

from dataclasses import replace

from profiler.views.bands import run_bands
from profiler.views.panels import funnel_panels, target_bands


def test_each_unit_has_its_chart_and_its_bands(record):
    rows = run_bands(record.run)
    panels = funnel_panels(record.run, rows)
    assert [panel.unit for panel in panels] == ["docs", "bytes", "tokens"]
    assert [panel.chart.name for panel in panels] == [
        "funnel-docs",
        "funnel-bytes",
        "funnel-tokens",
    ]
    for panel in panels:
        compared = [row for row in rows if row.band.unit == panel.unit and row.band.figures]
        assert len(panel.bands) == len(compared)
    assert panels[0].bands


def test_a_unit_that_was_not_counted_has_no_panel(record):
    run = record.run
    stages = tuple(replace(stage, tokens_in=None, tokens_out=None) for stage in run.stages)
    panels = funnel_panels(replace(run, stages=stages), ())
    assert [panel.unit for panel in panels] == ["docs", "bytes"]


def test_the_forecast_is_compared_in_its_own_units(record, forecast):
    found = target_bands(record.run, forecast)
    assert found[0].unit == "documents"
    assert found[-1].unit == "vCPU-hours per TB of text"
    assert all(bands.rows for bands in found)
