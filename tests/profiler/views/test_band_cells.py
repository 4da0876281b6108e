"""Figures beside their bands, as texts: units apart, verdicts with their side, causes once."""

from __future__ import annotations

from profiler.published.bands import Band, PublishedFigure
from profiler.scaling.quantity import Estimate
from profiler.views.band_cells import band_cells, likely_causes
from profiler.views.bands import BandRow

KEPT = Estimate(0.5, 0.5, 0.5, "counted in the run")


def published(low: float, high: float, source: str = "paper") -> PublishedFigure:
    return PublishedFigure("id", "what", low, high, source)


def row(label: str, unit: str, *figures: PublishedFigure, measured=KEPT, **others) -> BandRow:
    stages = others.pop("stages", (label,))
    verdict = others.pop("verdict", "within")
    band = Band("rules", unit, figures)
    return BandRow(label, stages, "sample", measured, band, verdict, **others)


def test_a_row_in_its_own_unit_alone():
    rows = (
        row("a", "docs", published(0.4, 0.6), published(0.1, 0.2, "other")),
        row("a", "bytes", published(0.4, 0.6)),
        row("b", "docs"),
    )
    (found,) = band_cells(rows, "docs")
    assert (found.label, found.measured, found.published) == ("a", "50.0 %", "10–60 %")
    assert found.count == "2 rows of 2 sources"
    assert band_cells(rows, "tokens") == ()


def test_an_interval_is_shown_and_stages_in_turn_are_named():
    wide = Estimate(0.5, 0.41, 0.62, "joint draws")
    (found,) = band_cells(
        [row("a +1", "docs", published(0.4, 0.4), measured=wide, stages=("a", "b"))], "docs"
    )
    assert found.stages == "a, b"
    assert found.measured == "50 % (41–62)"
    assert (found.published, found.count) == ("40 %", "1 row")


def test_a_cause_is_said_once_for_all_that_it_is_of():
    cells = band_cells(
        [
            row("a", "docs", published(0.1, 0.2), verdict="unusual", side="above", cause="clean"),
            row("b", "docs", published(0.1, 0.2), verdict="unusual", side="above", cause="clean"),
            row("c", "docs", published(0.1, 0.9)),
        ],
        "docs",
    )
    assert likely_causes(cells) == (("a (unusual, above), b (unusual, above)", "clean"),)
