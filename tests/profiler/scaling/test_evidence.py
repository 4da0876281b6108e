from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from made_up_shards import made_up_tables, scattered_groups

from pipeline.errors import CorpuscostError
from profiler.record.schema import SampledFrom, StageTotals
from profiler.record.store import Record
from profiler.scaling.evidence import (
    ChainLink,
    CountedCopies,
    Evidence,
    chains,
    dedup_answer,
    of_whole_shards,
)
from profiler.scaling.quantity import Estimate
from profiler.scaling.shard_design import exchangeability, shard_counts
from profiler.scaling.spectrum import Spectrum, spectrum_of

Fabricate = Callable[..., Record]
NEAR = ChainLink("near", "near-dedup", "near", None, "near")
SHARDS = 64


def of_kinds(*kinds: str) -> list[StageTotals]:
    counts = {"docs_in": 1, "docs_out": 1, "bytes_in": 1, "bytes_out": 1, "edited_bytes": 0}
    rest: dict[str, Any] = {"tokens_in": None, "tokens_out": None, "cpu_seconds": 0.0}
    rest |= {"phase_cpu_seconds": {}, "peak_rss_bytes": None, "drops": {}}
    return [
        StageTotals(stage=f"s{place}", kind=kind, **counts, **rest)
        for place, kind in enumerate(kinds)
    ]


def test_dedups_with_nothing_between_are_a_chain() -> None:
    links = chains(
        of_kinds(
            "read",
            "rules",
            "exact-dedup",
            "intermediate",
            "near-dedup",
            "near-dedup",
            "quality",
            "near-dedup",
        )
    )
    assert list(links) == ["s2", "s4", "s5", "s7"]
    assert links["s2"] == ChainLink("s2", "exact-dedup", "s2", None, "s2")
    assert links["s4"] == ChainLink("s4", "near-dedup", "s2", "s2", "s4+before")
    assert links["s5"] == ChainLink("s5", "near-dedup", "s2", "s4", "s5+before")
    assert links["s7"] == ChainLink("s7", "near-dedup", "s7", None, "s7")


def test_a_recipe_without_dedup_has_no_chain() -> None:
    assert chains(of_kinds("read", "rules", "quality")) == {}


def test_random_documents_are_extrapolated(fabricate: Fabricate, sample: Any) -> None:
    record, total, truth = sample(fabricate, 16, design="documents")
    found = dedup_answer(record, NEAR, total, Evidence(), 1)
    assert found.estimate.state == "estimate"
    assert found.estimate.low < truth < found.estimate.high
    assert not found.counted
    assert not any("shards" in note for note in found.notes)


def test_shards_that_mix_well_are_random_documents_and_the_test_is_named(
    fabricate: Fabricate, sample: Any
) -> None:
    record, total, truth = sample(fabricate, 16)
    found = dedup_answer(record, NEAR, total, Evidence(), 1)
    assert found.estimate.low < truth < found.estimate.high
    assert found.notes[0].startswith("Whole shards are taken for random documents: of ")
    assert "binomial test, p = " in found.notes[0]
    as_documents = dedup_answer(record, NEAR, total, Evidence(design="documents"), 1)
    assert found.estimate == as_documents.estimate


def test_shards_that_hold_whole_groups_go_in_two_stages(fabricate: Fabricate, sample: Any) -> None:
    """All copies lie in one shard: a quarter of the shards keeps what the whole keeps."""
    record, total, truth = sample(fabricate, 16, together=True)
    found = dedup_answer(record, NEAR, total, Evidence(), 1)
    assert "no random documents" in found.notes[0]
    assert "two stages: within 16 shards" in found.estimate.method
    assert found.estimate.low - 0.01 < truth < found.estimate.high + 0.01
    pooled = dedup_answer(record, NEAR, total, Evidence(design="documents"), 1)
    assert pooled.estimate.high < truth - 0.05


def test_a_few_such_shards_are_bounds_only(fabricate: Fabricate, sample: Any) -> None:
    record, total, truth = sample(fabricate, 5, together=True)
    found = dedup_answer(record, NEAR, total, Evidence(), 1)
    assert (found.estimate.point, found.estimate.state) == (None, "bounds")
    assert found.estimate.low <= truth <= found.estimate.high
    assert "no random documents: of " in found.notes[0]
    assert "What would help" in found.notes[1]


@pytest.mark.parametrize(("design", "shards"), [("block", 16), ("shards", 1)])
def test_one_block_and_one_shard_are_bounds_only(
    fabricate: Fabricate, sample: Any, design: str, shards: int
) -> None:
    record, total, truth = sample(fabricate, shards, together=True, design=design)
    found = dedup_answer(record, NEAR, total, Evidence(), 1)
    assert (found.estimate.point, found.estimate.state) == (None, "bounds")
    assert found.estimate.low <= truth <= found.estimate.high
    assert found.draws.min() >= found.estimate.low
    assert found.draws.max() <= found.estimate.high
    assert ("one block" if design == "block" else "one shard") in found.notes[0]


def test_the_user_may_say_how_the_sample_was_drawn(fabricate: Fabricate, sample: Any) -> None:
    record, total, _ = sample(fabricate, 16, design="documents")
    block = dedup_answer(record, NEAR, total, Evidence(design="block"), 1)
    assert block.estimate.state == "bounds"
    shards = dedup_answer(record, NEAR, total, Evidence(design="shards"), 1)
    assert shards.notes[0].startswith("Whole shards")
    of_block, total, _ = sample(fabricate, 16, design="block")
    documents = dedup_answer(of_block, NEAR, total, Evidence(design="documents"), 1)
    assert documents.estimate.state == "estimate"


def test_documents_from_a_part_of_the_target_are_random_in_its_shards_only(
    fabricate: Fabricate, sample: Any
) -> None:
    """A half of 16 shards was drawn: of a target twice the sample it is random, of more not."""
    record, total, _ = sample(fabricate, 16, together=True, design="documents")
    source = SampledFrom(0.5, 16, 2 * record.run.stages[0].docs_in, 1, 1)
    record = Record(replace(record.run, sampled=source), record.tables)
    sampled = record.run.stages[0].docs_in
    near = dedup_answer(record, NEAR, 2.0 * sampled, Evidence(), 1)
    assert not any("Whole shards" in note for note in near.notes)
    far = dedup_answer(record, NEAR, total, Evidence(), 1)
    assert any("Whole shards" in note for note in far.notes)


def test_the_whole_that_is_the_sample_is_measured_whatever_its_design(
    fabricate: Fabricate, sample: Any
) -> None:
    record, _, _ = sample(fabricate, 16, together=True, design="block")
    totals = record.run.stages[0]
    found = dedup_answer(record, NEAR, float(totals.docs_in), Evidence(), 1)
    assert found.estimate.point == pytest.approx(totals.docs_out / totals.docs_in)


def test_added_records_have_bounds_only(fabricate: Fabricate, sample: Any) -> None:
    record, total, _ = sample(fabricate, 16, design="documents")
    record = Record(replace(record.run, parts=2), record.tables)
    found = dedup_answer(record, NEAR, total, Evidence(), 1)
    assert (found.estimate.point, found.estimate.state) == (None, "bounds")
    assert "records added up" in found.estimate.method
    assert found.estimate.outer_low == found.estimate.low
    assert found.draws.min() == pytest.approx(found.estimate.low)


def test_a_class_is_for_near_duplicates(fabricate: Fabricate, sample: Any) -> None:
    """The published spectra are of near duplicates: an unknown class is not even looked up else."""
    record, total, _ = sample(fabricate, 16, design="documents")
    other = Evidence(like="common-crawle")
    with pytest.raises(CorpuscostError, match="did you mean 'common-crawl'"):
        dedup_answer(record, NEAR, total, other, 1)
    exact = replace(NEAR, kind="exact-dedup")
    assert dedup_answer(record, exact, total, other, 1).estimate.state == "estimate"


def census(documents_read: float, part: float, kept: Estimate) -> tuple[CountedCopies, float]:
    """10,000 probes of the documents above, with copies counted in a part of the whole."""
    groups, _ = scattered_groups(SHARDS)
    random = np.random.default_rng(2)
    size = np.bincount(groups)[random.choice(groups, 10_000)]
    sizes, probes = np.unique(1 + random.binomial(size - 1, part), return_counts=True)
    copies = Spectrum(sizes, probes)
    return CountedCopies(copies, documents_read, kept, kept, "Counted by a census of 10,000."), 1.0


FULL = Estimate(0.41, 0.405, 0.417, "census, all read")


def test_a_full_census_comes_before_all_else(fabricate: Fabricate, sample: Any) -> None:
    record, total, _ = sample(fabricate, 1, design="block")
    counted, _ = census(total, 1.0, FULL)
    found = dedup_answer(record, NEAR, total, Evidence(census={"near": counted}), 1)
    assert found.counted
    assert found.planned == 0.41
    assert (found.estimate.low, found.estimate.high) == (0.405, 0.417)
    assert (found.estimate.outer_low, found.estimate.outer_high) == (0.405, 0.417)
    assert np.quantile(found.draws, (0.05, 0.5, 0.95)) == pytest.approx([0.405, 0.41, 0.417])
    assert found.notes == ("Counted by a census of 10,000.",)


@pytest.mark.parametrize("part", [0.9, 0.25])
def test_a_partial_census_is_extrapolated(fabricate: Fabricate, sample: Any, part: float) -> None:
    record, total, truth = sample(fabricate, 1, design="block")
    counted, _ = census(part * total, part, FULL)
    found = dedup_answer(record, NEAR, total, Evidence(census={"near": counted}), 1)
    assert found.counted
    assert found.estimate.low < truth < found.estimate.high
    assert f"census of 10,000 documents in {part:.2%} of the whole" in found.estimate.method
    assert found.notes[0].startswith("Counted by a census")
    assert found.estimate.high - found.estimate.low < 0.09


def test_more_reading_narrows_a_census(fabricate: Fabricate, sample: Any) -> None:
    record, total, _ = sample(fabricate, 1, design="block")
    widths = []
    for part in (0.05, 0.3, 0.9):
        counted, _ = census(part * total, part, FULL)
        found = dedup_answer(record, NEAR, total, Evidence(census={"near": counted}), 1).estimate
        widths.append(found.high - found.low)
    assert widths == sorted(widths, reverse=True)


def test_a_census_that_has_read_nothing_says_nothing(fabricate: Fabricate, sample: Any) -> None:
    record, total, _ = sample(fabricate, 16, design="documents")
    counted, _ = census(0.0, 0.0, FULL)
    plain = dedup_answer(record, NEAR, total, Evidence(), 1)
    found = dedup_answer(record, NEAR, total, Evidence(census={"near": counted}), 1)
    assert found.estimate == plain.estimate
    assert not found.counted


def test_a_census_of_another_stage_is_not_taken(fabricate: Fabricate, sample: Any) -> None:
    record, total, _ = sample(fabricate, 16, design="documents")
    counted, _ = census(total, 1.0, FULL)
    assert not dedup_answer(record, NEAR, total, Evidence(census={"exact": counted}), 1).counted


def test_nothing_reached_the_stage(fabricate: Fabricate, sample: Any) -> None:
    record, _, _ = sample(fabricate, 16)
    tables = {name: record.tables[name].slice(0, 0) for name in ("spectrum", "incidence")}
    found = dedup_answer(Record(record.run, {**record.tables, **tables}), NEAR, 1e6, Evidence(), 1)
    assert (found.estimate.low, found.estimate.high) == (0.0, 1.0)


def test_shards_serve_without_a_record(fabricate: Fabricate, sample: Any) -> None:
    record, total, _ = sample(fabricate, 16, together=True)
    seen = spectrum_of(record.tables["spectrum"], "near")
    counts = shard_counts(record.tables["incidence"], "near")
    found = of_whole_shards(seen, counts, total, 1)
    assert found.estimate == dedup_answer(record, NEAR, total, Evidence(), 1).estimate


def test_a_mirror_among_the_shards_is_told_and_forbids_a_point() -> None:
    """Two of eight shards are the same, and pairs lie together as often as the test asks for."""
    documents, copies = 800, 100
    shards = np.repeat(np.arange(8), copies)
    groups = np.arange(documents)
    groups[copies : 2 * copies] = groups[:copies]
    groups[2 * copies : 2 * copies + 28] = np.repeat(groups[2 * copies : 2 * copies + 14], 2)
    tables = made_up_tables("near", groups, shards)
    counts = shard_counts(tables["incidence"], "near")
    assert not exchangeability(counts).rejected
    found = of_whole_shards(spectrum_of(tables["spectrum"], "near"), counts, 8.0 * documents)
    assert (found.estimate.state, found.estimate.point) == ("bounds", None)
    assert "2 of 8 shards share 30% of their groups or more" in found.notes[0]
    assert found.doubt
    alone = made_up_tables("near", np.arange(documents), shards)
    plain = of_whole_shards(
        spectrum_of(alone["spectrum"], "near"),
        shard_counts(alone["incidence"], "near"),
        8.0 * documents,
    )
    assert plain.doubt == ""


def test_the_groups_of_a_chain_are_the_joint_ones(fabricate: Fabricate) -> None:
    """The joint answer is over what entered the first dedup, so it keeps less than the first."""
    record = fabricate()
    links = chains(record.run.stages)
    entered = next(stage for stage in record.run.stages if stage.stage == "exact").docs_in
    first = dedup_answer(record, links["exact"], 4.0 * entered, Evidence(), 1)
    both = dedup_answer(record, links["near"], 4.0 * entered, Evidence(), 1)
    assert spectrum_of(record.tables["spectrum"], links["near"].name).documents == entered
    assert both.planned < first.planned
