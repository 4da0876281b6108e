"""Measured figures beside their bands: verdicts, causes, the sample or the forecast at scale."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from profiler.published.bands import CPU_UNIT, Band, PublishedFigure
from profiler.record.schema import Input
from profiler.scaling.quantity import Estimate
from profiler.views.bands import (
    BandRow,
    bands_json,
    forecast_bands,
    judge,
    run_bands,
    text_ratios,
)
from profiler.views.document import estimate_json, run_json
from profiler.views.terminal import show_forecast, show_run
from profiler.views.terminal.bands import TITLE, show_bands


def band_of(*ends: float) -> Band:
    figures = tuple(PublishedFigure(f"row-{end}", "", end, end, "a source") for end in ends)
    return Band("heuristic", "docs", figures)


def row_of(rows, stage, unit):
    return next(row for row in rows if (row.label, row.band.unit) == (stage, unit))


def printed(show, *arguments) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=80)
    show(arguments[0], console, *arguments[1:])
    return stream.getvalue()


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.5, 0.5, ("within", None)),
        (0.4, 0.6, ("within", None)),
        (0.61, 0.7, ("unusual", "above")),
        (0.1, 0.39, ("unusual", "below")),
        (0.3, 0.5, ("partly outside", None)),
        (0.3, 0.9, ("partly outside", None)),
    ],
)
def test_a_verdict_needs_the_whole_interval(low, high, expected):
    assert judge(Estimate(None, low, high, ""), band_of(0.4, 0.6)) == expected


def test_one_figure_is_no_band_and_none_is_no_comparison():
    far = Estimate(0.9, 0.9, 0.9, "")
    assert judge(far, band_of(0.1)) == ("one figure", None)
    assert judge(far, band_of()) == ("not compared", None)


def test_a_run_is_the_sample_and_its_units_stay_apart(record):
    rows = run_bands(record.run)
    assert {row.scope for row in rows} == {"sample"}
    docs, size = row_of(rows, "near-dedup", "docs"), row_of(rows, "near-dedup", "bytes")
    assert docs.measured.point == pytest.approx(5000 / 5800)
    assert size.measured.point == pytest.approx(24 / 27)
    assert docs.band.kind == size.band.kind == "fuzzy_dedup"
    assert not {f.id for f in docs.band.figures} & {f.id for f in size.band.figures}
    assert {row.label for row in rows} >= {"all before dedup", "whole recipe"}
    assert row_of(rows, "all before dedup", "docs").measured.point == pytest.approx(0.62)
    assert row_of(rows, "whole recipe", "bytes").measured.point == pytest.approx(0.6)


def test_cpu_is_in_hours_per_tb_of_the_text_that_reached_the_stage(record):
    row = row_of(run_bands(record.run), "near-dedup", CPU_UNIT)
    assert row.measured.point == pytest.approx(2.0 / 3600 / 27e-6)
    assert row.verdict == "unusual"
    assert row.side == "below"
    assert "reserved cores" in row.cause


def test_a_forecast_compares_dedup_at_scale_and_not_as_the_sample_was(record, forecast_in):
    forecast = forecast_in("estimate")
    at_scale = row_of(forecast_bands(record.run, forecast), "near-dedup", "docs")
    assert at_scale.scope == "at scale"
    assert at_scale.measured.point == 0.70
    stage = replace(
        forecast.stages[2],
        retention=Estimate(0.995, 0.994, 0.996, "m"),
        tokens_retention=Estimate(0.99, 0.98, 0.999, "m"),
    )
    rows = forecast_bands(record.run, replace(forecast, stages=(*forecast.stages[:2], stage)))
    unusual = row_of(rows, "near-dedup", "docs")
    assert (unusual.verdict, unusual.side) == ("unusual", "above")
    assert "across snapshots" in unusual.cause
    assert row_of(rows, "near-dedup", "tokens").scope == "at scale"
    assert row_of(rows, "gopher-quality", "tokens").scope == "sample"


def test_no_point_is_told_of_a_dedup_that_has_bounds_only(record, forecast):
    rows = forecast_bands(record.run, forecast)
    for stage in ("exact-dedup", "near-dedup", "whole recipe"):
        assert row_of(rows, stage, "docs").measured.state == "bounds"
        assert row_of(rows, stage, "docs").measured.point is None
    assert row_of(rows, "near-dedup", CPU_UNIT).measured.point is None
    assert row_of(rows, "gopher-quality", CPU_UNIT).measured.point == pytest.approx(
        12_000 / 2300, rel=0.01
    )


def test_the_stage_of_rules_goes_by_what_its_rules_measure(record_with):
    stage = {
        "name": "gopher-quality",
        "rules": {"hosts": {"measure": "blocked_host", "enabled": True}},
    }
    recipe = {"name": "mine", "stages": [stage]}
    rows = run_bands(record_with(recipe=recipe).run)
    assert row_of(rows, "gopher-quality", "docs").band.kind == "url_filter"


def test_filters_of_one_kind_are_held_together_against_what_others_kept_with_theirs(
    record_with, record, forecast_in
):
    first = record.run.stages[0]
    second = replace(
        first, stage="surface", docs_in=6_200, docs_out=3_100, bytes_in=30_000_000,
        bytes_out=20_000_000, tokens_in=7.5e6, tokens_out=5e6, cpu_seconds=0.25,
    )  # fmt: skip
    run = record_with(stages=(first, second, *record.run.stages[1:])).run
    rows = run_bands(run)
    together = row_of(rows, "gopher-quality +1", "docs")
    assert together.stages == ("gopher-quality", "surface")
    assert together.measured.point == pytest.approx(0.31)
    cpu = row_of(rows, "gopher-quality +1", CPU_UNIT)
    assert cpu.measured.point == pytest.approx(1.5 / 3600 / 40e-6)
    assert "surface" not in {row.label for row in rows}

    forecast = forecast_in("estimate")
    planned = replace(forecast.stages[0], stage="surface", bytes_retention=Estimate(1, 1, 1, ""))
    at_scale = forecast_bands(
        run, replace(forecast, stages=(forecast.stages[0], planned, *forecast.stages[1:]))
    )
    kept = row_of(at_scale, "gopher-quality +1", "docs").measured
    assert kept.point == pytest.approx(0.62**2)
    assert kept.low < kept.point < kept.high
    assert row_of(at_scale, "gopher-quality +1", "tokens").measured.point == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("path", "basis", "known"),
    [
        ("a.jsonl.gz", "text", True),
        ("a.jsonl.gz", "jsonl-gz", True),
        ("a.parquet", "jsonl-gz", False),
        ("a.jsonl.gz", "warc-gz", True),  # by a published ratio
        ("a.jsonl.gz", "wet", False),
        ("a.jsonl.gz", "stored", False),
        ("a.jsonl.gz", "html", False),
    ],
)
def test_a_basis_converts_by_the_run_or_by_a_published_ratio_or_not_at_all(
    record_with, path, basis, known
):
    shard = Input(path, 1000, None, 3000, 10, 2500)
    found = text_ratios(record_with(inputs=(shard,)).run)(basis)
    assert (found is not None) == known
    if basis == "jsonl-gz" and found is not None:
        assert found.measured
        assert found.text_per_byte.point == pytest.approx(2.5)
    if basis == "warc-gz":
        assert not found.measured
        assert "published" in found.explanation


def test_a_run_without_text_is_compared_with_nothing_that_must_be_converted(record_with):
    run = record_with(inputs=(Input("a.jsonl.gz", 0, None, 0, 0, 0),)).run
    assert text_ratios(run)("jsonl-gz") is None
    assert run_bands(run)


def test_a_stage_that_received_nothing_has_no_row(record_with, record):
    empty = replace(
        record.run.stages[0], docs_in=0, docs_out=0, bytes_in=0, bytes_out=0,
        tokens_in=0.0, tokens_out=0.0,
    )  # fmt: skip
    rows = run_bands(record_with(stages=(empty,)).run)
    assert "gopher-quality" not in {row.label for row in rows}
    assert run_bands(record_with(stages=()).run) == ()


def test_json_has_the_figures_with_their_sources(record, forecast, budget):
    of_run = run_json(record)["bands"]
    of_whole = estimate_json(forecast, budget, record.run)["bands"]
    assert "bands" not in estimate_json(forecast, budget)
    for rows in (of_run, of_whole):
        assert json.loads(json.dumps(rows, allow_nan=False)) == rows
        for row in rows:
            assert {"label", "kind", "unit", "scope", "measured", "published", "verdict"} <= set(
                row
            )
            assert all(figure["source"] for figure in row["published"]["figures"])
            assert (row["likely_cause"] is not None) == (row["verdict"] == "unusual")
    near = next(row for row in of_run if (row["label"], row["unit"]) == ("near-dedup", "docs"))
    ends = (near["published"]["low"], near["published"]["high"])
    assert ends[0] < near["measured"]["point"] < ends[1]
    assert near["verdict"] == "within"
    assert bands_json(()) == []


def test_the_terminal_shows_measured_beside_published(record):
    text = printed(show_run, record)
    part = text[text.index(TITLE) :]
    line = next(line for line in part.splitlines() if line.startswith("near-dedup"))
    assert line.split()[:4] == ["near-dedup", "docs", "86.2", "%"]
    assert "within" in line
    assert "UNUSUAL" in part
    assert "near-dedup (CPU) is below the band. Likely: " in " ".join(part.split())
    assert "Measured on the sample" in part
    assert "wanjuan-cc" in part
    assert max(cell_len(line) for line in text.splitlines()) <= 80


def test_the_terminal_of_a_forecast_says_at_scale(record, forecast):
    text = printed(show_forecast, forecast, record.run)
    part = text[text.index(TITLE) :]
    assert "63–75 %" in part
    assert "forecast at scale" in part
    assert TITLE not in printed(show_forecast, forecast)
    assert max(cell_len(line) for line in text.splitlines()) <= 80


def test_the_stages_of_our_recipes_stay_whole_beside_the_widest_figures():
    surest = Estimate(0.99998, 0.9998, 0.99999, "", "estimate")
    names = ("gopher-quality +2", "gopher-repetition", "all before dedup", "near-dedup")
    rows = [
        BandRow(name, (name,), "at scale", surest, band_of(0.0982, 0.993), "partly outside")
        for name in names
    ]
    text = printed(lambda shown, console: show_bands(shown, console), rows)
    found = [line[: len(name)] for name in names for line in text.splitlines() if name in line]
    assert found == list(names)
    assert "9.82–99.3 %" in text
    assert max(cell_len(line) for line in text.splitlines()) <= 80


def test_nothing_is_printed_where_nothing_compares():
    stream = io.StringIO()
    show_bands((), Console(file=stream))
    assert stream.getvalue() == ""


def test_hostile_stages_do_not_act(hostile_plan):
    record, forecast, _ = hostile_plan
    text = printed(show_run, record) + printed(show_forecast, forecast, record.run)
    assert "\x1b" not in text
    assert "\u202e" not in text
