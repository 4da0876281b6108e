"""What a forecast takes for granted and what its reader must know, sentence by sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from profiler.record.schema import Input, SampledFrom
from profiler.record.store import Record
from profiler.scaling.caveats import assumptions_of, warnings_of
from profiler.scaling.classes import load_class
from profiler.scaling.clusters import clusters_of
from profiler.scaling.dedup import dedup_retention
from profiler.scaling.evidence import CountedCopies, Evidence
from profiler.scaling.forecast import make_forecast
from profiler.scaling.quantity import Estimate
from profiler.scaling.spectrum import spectrum_from_pairs
from profiler.scaling.truth.drawing import drawn_spectrum
from profiler.scaling.truth.populations import Population
from profiler.scaling.volumes import Forecast, StageForecast

Fabricate = Callable[..., Record]
FAR = 1e13


def said(forecast: Forecast) -> tuple[str, str]:
    return "\n".join(forecast.assumptions), "\n".join(forecast.warnings)


def forecast_of(record: Record, size: float = FAR, **known: object) -> Forecast:
    return make_forecast(record, size, "stored", draws=50, evidence=Evidence(**known))  # type: ignore[arg-type]


def changed(forecast: Forecast, **changes: object) -> list[StageForecast]:
    """The stages with other values in every dedup."""
    return [
        replace(stage, **changes) if stage.kind.endswith("dedup") else stage  # type: ignore[arg-type]
        for stage in forecast.stages
    ]


def in_bounds(record: Record, found: Forecast) -> tuple[str, str]:
    """Assumptions and warnings where no dedup has a point."""
    bounds = Estimate(None, 0.1, 0.7, "dedup", "bounds", 0.0, 0.8)
    stages = changed(found, retention=bounds, chain_retention=bounds, notes=())
    warnings = warnings_of(record, found.target, clusters_of(record), stages)
    return "\n".join(assumptions_of(record, found.target, stages)), "\n".join(warnings)


def test_bounds_are_planned_without_telling_the_value(fabricate: Fabricate) -> None:
    record = fabricate()
    assumptions, warnings = in_bounds(record, forecast_of(record))
    assert assumptions.count("gives bounds only, so no point is printed") == 1
    assert "Stages exact, near: the sample gives bounds only" in assumptions
    assert warnings.count("What would help") == 1
    assert "corpuscost census" in warnings
    assert "--like common-crawl" in warnings
    assert "0.4" not in assumptions  # the middle


def test_random_documents_are_an_assumption_of_dedup(fabricate: Fabricate) -> None:
    assumptions, _ = said(forecast_of(fabricate()))
    assert "takes the sample for random documents of the whole" in assumptions
    assert "Whole shards" not in assumptions


def test_whole_shards_name_the_test_that_was_not_rejected(fabricate: Fabricate) -> None:
    assumptions, warnings = said(forecast_of(fabricate(run={"design": "shards"})))
    assert "whole shards are taken for random documents: of" in assumptions
    assert "binomial test" in assumptions
    assert "whole shards are taken" not in warnings


def test_shards_that_hold_their_own_copies_have_bounds_and_help(fabricate: Fabricate) -> None:
    record = fabricate(run={"design": "shards"}, shards=3, pairs_together=True)
    assumptions, warnings = said(forecast_of(record))
    assert "no random documents" in warnings
    assert "Whole shards are taken" not in assumptions
    assert warnings.count("What would help") == 1


def test_a_design_that_the_user_gives_is_named(fabricate: Fabricate) -> None:
    record = fabricate(run={"design": "shards"})
    assumptions, _ = said(forecast_of(record, design="documents"))
    assert "taken for random documents, as you said; the run says whole shards" in assumptions
    assert "as you said" not in said(forecast_of(record))[0]


def test_one_block_is_warned_of(fabricate: Fabricate) -> None:
    _, warnings = said(forecast_of(fabricate(run={"design": "block"})))
    assert "one block: duplicates elsewhere are unseen" in warnings
    assert "The sample is one block: what filters keep" in warnings


def test_a_note_of_several_stages_stands_once(fabricate: Fabricate) -> None:
    record, found = fabricate(), forecast_of(fabricate())
    stages = changed(found, notes=("About 12% of the documents seem to exist 3 times each.",))
    warnings = warnings_of(record, found.target, clusters_of(record), stages)
    assert sum("exist 3 times" in warning for warning in warnings) == 1
    assert any(w.startswith("Stages exact, near: about 12%") for w in warnings)


def test_a_class_is_an_assumption_and_speaks_for_other_snapshots(fabricate: Fabricate) -> None:
    """The notes are those that the class writes, so that they cannot drift apart."""
    danish = next(m for m in load_class("common-crawl").members if m.name == "dan_Latn").spectrum
    law = Population("dan_Latn", danish.sizes * 1.0, danish.groups * 1.0).scaled(3e7)
    seen = drawn_spectrum(law, 0.01, np.random.default_rng(8))
    answer = dedup_retention(seen, float(seen.documents), law.documents, "common-crawl")
    assert not answer.refused
    record, found = fabricate(), forecast_of(fabricate())
    stages = changed(found, notes=answer.notes)
    assumptions = "\n".join(assumptions_of(record, found.target, stages))
    warnings = "\n".join(warnings_of(record, found.target, clusters_of(record), stages))
    assert "that the whole is like common-crawl is an assumption" in assumptions
    assert "is an assumption" not in warnings
    assert "across snapshots" not in warnings
    assert "across snapshots" in said(found)[1]


def test_a_class_that_is_refused_or_not_needed_is_a_warning(fabricate: Fabricate) -> None:
    seen = spectrum_from_pairs([(1, 92_998), (2, 2_800), (3, 350), (4, 88)])
    near = dedup_retention(seen, 100_000, 4e5, "common-crawl")
    record, found = fabricate(), forecast_of(fabricate())
    stages = changed(found, notes=near.notes)
    warnings = warnings_of(record, found.target, clusters_of(record), stages)
    assert any("times the sample: below" in warning for warning in warnings)
    assert any("across snapshots" in warning for warning in warnings)


def test_a_census_is_an_assumption_and_speaks_for_other_snapshots(fabricate: Fabricate) -> None:
    kept = Estimate(0.4, 0.39, 0.41, "census")
    copies = spectrum_from_pairs([(1, 500), (2, 200), (5, 100)])
    counted = CountedCopies(copies, 1e30, kept, kept, "Counted by a census of 800 documents.")
    found = forecast_of(fabricate(), census={"exact": counted, "near": counted})
    assumptions, warnings = said(found)
    assert "Stages exact, near: counted by a census of 800 documents." in assumptions
    assert "across snapshots" not in warnings
    assert "What would help" not in warnings


def test_resolve_says_how_it_was_timed_and_what_times_it(fabricate: Fabricate) -> None:
    record = fabricate()
    found = forecast_of(record)
    stages = changed(found, resolve_cpu_hours=found.stages[0].cpu_hours)
    text = "\n".join(assumptions_of(record, found.target, stages))
    assert text.count("`corpuscost calibrate RUN`") == 1
    assert "Stages exact, near: CPU of resolve: not timed beyond the sample" in text


def test_a_drawn_sample_has_the_reading_of_its_own_files(fabricate: Fabricate) -> None:
    source = Input("crawl/0.warc.wet.gz", 10**9, None, 3 * 10**9, 10**6, 3 * 10**9)
    drawn = SampledFrom(0.01, 1, 10**6, 3 * 10**9, 10**9, (source,))
    on_the_fly = replace(drawn, inputs=())
    words = "drawn sample's Parquet files"
    assert words in said(forecast_of(fabricate(run={"sampled": drawn})))[1]
    assert words not in said(forecast_of(fabricate(run={"sampled": on_the_fly})))[1]
    assert words not in said(forecast_of(fabricate()))[1]


def test_adequacy_is_advised_on_the_dearest_stage_and_the_widest_filter(
    fabricate: Fabricate,
) -> None:
    record = fabricate(shards=5, docs=60, shard_spread=True)
    _, warnings = said(forecast_of(record))
    found = forecast_of(record)
    dearest = max(found.stages, key=lambda stage: stage.cpu_hours.point)
    assert dearest.advice
    assert f"CPU of {dearest.stage}, the largest part: {dearest.advice}." in warnings
    assert "the least certain filter: ±" in warnings
    assert "points now" in warnings


@pytest.mark.parametrize("shards", [1, 2])
def test_too_few_shards_are_told_once(fabricate: Fabricate, shards: int) -> None:
    _, warnings = said(forecast_of(fabricate(shards=shards)))
    assert warnings.count("Profile at least 3 shards") == 1
    assert "more shards give" not in warnings


def test_a_whole_that_is_the_sample_needs_no_dedup_caveat(fabricate: Fabricate) -> None:
    record = fabricate(docs=800)
    assumptions, warnings = said(forecast_of(record, record.run.totals.stored_bytes * 0.999))
    for words in ("snapshots", "What would help", "more shards"):
        assert words not in warnings
    assert "bounds only" not in assumptions
