"""Probes weighed by the copies inside their run: weights, variance, and what the record tells."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from profiler.census.estimate import share_estimate
from profiler.census.strata import FEWEST_PROBES, run_strata, strata_of, stratum_documents
from profiler.record.store import load
from profiler.scaling.spectrum import spectrum_from_pairs

HALF_IN_NINETIES = ((1, 0.5), (90, 0.5))  # group size, share of the documents


def test_documents_by_the_size_of_their_group():
    spectrum = spectrum_from_pairs([(1, 70), (2, 10), (3, 2), (4, 1), (5, 1), (9, 1), (100, 1)])
    assert stratum_documents(spectrum) == ((1, 70), (2, 20), (3, 10), (5, 5), (9, 9), (65, 100))
    assert sum(held for _, held in stratum_documents(spectrum)) == spectrum.documents


def test_small_strata_join_their_neighbours():
    copies = np.repeat([1, 2, 3, 9], [500, 30, 5, 5])
    strata = strata_of(copies, ((1, 5000), (2, 300), (3, 60), (9, 40)))
    assert strata is not None
    assert np.bincount(strata.places).tolist() == [500, 40]
    assert strata.shares.tolist() == pytest.approx([5000 / 5400, 400 / 5400])


@pytest.mark.parametrize(
    "documents",
    [(), ((1, 540),), ((1, 500), (2, 40))],
    ids=["not told", "one stratum", "all are probes"],
)
def test_no_strata_where_there_is_nothing_to_know(documents):
    assert strata_of(np.repeat([1, 2], [500, 40]), documents) is None


def test_few_probes_are_one_stratum():
    copies = np.repeat([1, 2], [500, FEWEST_PROBES - 1])
    assert strata_of(copies, ((1, 5000), (2, 300))) is None


def test_the_point_is_the_mean_over_strata():
    """80 of 100 probes are single in the run, 90 % of its documents are."""
    copies = np.repeat([1, 2], [80, 20])
    shares = np.repeat([1.0, 0.5, 0.25], [60, 20, 20])
    strata = strata_of(copies, ((1, 9000), (2, 1000)))
    found = share_estimate(shares, np.ones(100), strata=strata)
    assert found.point == pytest.approx(0.9 * (60 + 10) / 80 + 0.1 * 0.25)
    assert "10,000 documents" in found.method


def test_strata_as_large_as_the_probes_say_change_no_interval():
    """When the run is no larger than its probes, the variance is that of the plain mean."""
    random = np.random.default_rng(5)
    copies = np.repeat([1, 2, 3], [6000, 3000, 1000])
    shares = 1 / (copies + random.integers(0, 9, len(copies)))
    strata = strata_of(copies, ((1, 6001), (2, 3000), (3, 1000)))
    assert strata is not None
    plain = share_estimate(shares, np.ones(len(copies)))
    found = share_estimate(shares, np.ones(len(copies)), strata=replace(strata, documents=10_000))
    assert found.point == pytest.approx(plain.point, abs=1e-4)
    assert found.high - found.low == pytest.approx(plain.high - plain.low, rel=0.01)


def drawn(random: np.random.Generator, documents: int, probes: int, ratio: float):
    """Probes of a run over groups of one and of ninety: their copies, and shares, and strata."""
    sizes, shares = np.array(HALF_IN_NINETIES).T
    size = sizes[random.choice(2, documents, p=shares)].astype(np.int64)
    inside = 1 + random.binomial(size - 1, 1 / ratio)  # of a whole so much larger
    edges = [1, 2, 3, 5, 9]
    held = np.histogram(inside, [*edges, 1000])[0]
    counted = tuple((low, int(n)) for low, n in zip(edges, held, strict=True) if n)
    return 1 / size[:probes], strata_of(inside[:probes], counted)


def test_copies_inside_the_run_halve_the_error_and_the_interval_still_holds():
    truth = 0.5 + 0.5 / 90
    random = np.random.default_rng(7)
    errors, plain, covered, narrower = [], [], [], []
    for _ in range(300):
        shares, strata = drawn(random, 20_000, 2_000, ratio=32)
        found = share_estimate(shares, np.ones(2_000), strata=strata)
        alone = share_estimate(shares, np.ones(2_000))
        errors.append(found.point - truth)
        plain.append(alone.point - truth)
        covered.append(found.low <= truth <= found.high)
        narrower.append((found.high - found.low) / (alone.high - alone.low))
    assert np.std(errors) < 0.65 * np.std(plain)
    assert np.median(narrower) == pytest.approx(np.std(errors) / np.std(plain), abs=0.06)
    assert 0.86 <= np.mean(covered) <= 0.95


def test_the_record_tells_the_strata_that_its_probes_have(whole):
    """Every document of this run is a probe, so that both count the same."""
    record = load(whole)
    stages = [stage for stage in record.run.stages if stage.kind.endswith("-dedup")]
    probes = record.tables["probes"].to_pylist()
    for stage, column in zip(stages, ("exact_copies", "near_group_copies"), strict=True):
        counted = run_strata(record, stage.stage, stages[0].stage)
        edges = [low for low, _ in counted]
        sizes = [row[column] + 1 for row in probes if row[column] is not None]
        places = Counter(np.searchsorted(edges, sizes, side="right").tolist())
        assert [places[i + 1] for i in range(len(edges))] == [held for _, held in counted]
        assert len(counted) > 1


def test_no_strata_across_other_stages(whole):
    record = load(whole)
    (near,) = (stage for stage in record.run.stages if stage.kind == "near-dedup")
    assert run_strata(record, near.stage, near.stage) == ()  # its chain begins earlier
    assert run_strata(record, "quality", "quality") == ()


def test_the_census_of_a_sample_has_strata(part, shards, census):
    """The part is whole shards: its spread is between shards, and strata are told all the same."""
    for stage in census.account.stages:
        assert sum(held for _, held in stage.run_strata) == round(stage.run_documents)
