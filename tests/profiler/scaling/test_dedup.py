from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.errors import CorpuscostError
from profiler.scaling.dedup import (
    DedupRetention,
    answer_to_json,
    dedup_retention,
    from_draw,
    what_helps,
    within_sample,
)
from profiler.scaling.extrapolation import ESTIMATE_WIDTH, ROUGH_WIDTH
from profiler.scaling.laws import RandomDocuments
from profiler.scaling.spectrum import Spectrum, spectrum_from_pairs
from profiler.scaling.truth.drawing import drawn_spectrum
from profiler.scaling.truth.populations import Population, copies, mixed, power_law

UNIT = copies(1, 1.0)
LAW = mixed("", [(0.7, UNIT), (0.3, power_law(2.1, 1000, 1.0))], 1.0)


def sample(
    ratio: float, sampled: float = 1e5, law: Population = LAW, seed: int = 1
) -> tuple[Population, Spectrum]:
    random = np.random.default_rng(seed)
    whole = law.scaled(sampled * ratio).realised(random)
    return whole, drawn_spectrum(whole, 1 / ratio, random)


def sound(found: DedupRetention) -> None:
    """What holds of every answer, however odd the spectrum."""
    estimate = found.estimate
    assert estimate.outer_low is not None
    assert estimate.outer_high is not None
    assert 0 <= estimate.outer_low <= estimate.low <= estimate.high <= estimate.outer_high <= 1
    assert estimate.low <= found.planned <= estimate.high
    assert (estimate.point is None) == (estimate.state == "bounds")
    assert estimate.point in (None, found.planned)
    assert np.isfinite(found.draws).all()
    assert ((found.draws >= 0) & (found.draws <= 1)).all()


@pytest.mark.parametrize(("ratio", "state"), [(4.0, "estimate"), (1024.0, "bounds")])
def test_what_is_published_follows_how_far_the_sample_carries(ratio: float, state: str) -> None:
    whole, seen = sample(ratio)
    found = dedup_retention(seen, 1e5, whole.documents)
    sound(found)
    assert found.estimate.state == state
    assert found.estimate.low < whole.retention < found.estimate.high
    assert (found.estimate.outer_low or 0) <= whole.retention <= (found.estimate.outer_high or 0)
    assert found.extrapolation is not None


def test_a_rough_answer_has_a_point_and_a_wide_interval() -> None:
    """Between the ratios that give an estimate and those that give bounds."""
    states = []
    for ratio in (8.0, 24.0, 40.0, 1024.0):
        whole, seen = sample(ratio, law=power_law(2.2, 1e4, 1.0))
        found = dedup_retention(seen, 1e5, whole.documents)
        sound(found)
        states.append(found.estimate.state)
        width = found.estimate.high - found.estimate.low
        assert (width <= ROUGH_WIDTH) or found.estimate.point is None
        assert (width > ESTIMATE_WIDTH) == (found.estimate.state != "estimate")
    assert states[0] == "estimate"
    assert "rough" in states[1:3]
    assert states[3] == "bounds"


spectra = st.lists(
    st.tuples(
        st.one_of(st.integers(1, 6), st.integers(1, 2000)),
        st.one_of(st.integers(1, 5), st.integers(1, 20_000)),
    ),
    min_size=1,
    max_size=6,
).map(spectrum_from_pairs)
ratios = st.one_of(st.floats(0.01, 1.2), st.floats(1.0, 200.0), st.floats(1.0, 1e9))


@settings(max_examples=12, deadline=None)
@given(spectra, ratios)
@example(spectrum_from_pairs([(5000, 1)]), 100.0)
@example(spectrum_from_pairs([(1, 1)]), 1e12)
@example(spectrum_from_pairs([(1, 1)]), 2.0)
@example(spectrum_from_pairs([(2, 1)]), 1e11)
@example(spectrum_from_pairs([(1, 2), (3, 1)]), 1.2)
@example(spectrum_from_pairs([(2, 2500)]), 2e8)
@example(spectrum_from_pairs([(7, 30)]), 1.0002)
@example(spectrum_from_pairs([(1, 5000), (3000, 1)]), 1e8)
@example(spectrum_from_pairs([(1, 10**9), (10**6, 1000)]), 500.0)
@example(spectrum_from_pairs([(1, 10), (2, 5)]), 1.0)
@example(spectrum_from_pairs([(1, 10), (2, 5)]), 0.03)
def test_every_answer_is_sound(seen: Spectrum, ratio: float) -> None:
    with np.errstate(divide="raise", invalid="raise", over="raise"):
        sound(dedup_retention(seen, seen.documents, seen.documents * ratio))


@pytest.mark.parametrize("documents", [1, 2, 6, 20])
def test_tiny_samples_have_sound_answers(documents: int) -> None:
    seen = spectrum_from_pairs([(1, max(0, documents - 2)), (min(2, documents), 1)])
    for total in (documents + 1, 1e12):
        found = dedup_retention(seen, seen.documents, total)
        sound(found)
        assert found.estimate.state == "bounds"


def test_the_same_seed_gives_the_same_answer() -> None:
    _, seen = sample(16.0, 1e4)
    first, again, other = (dedup_retention(seen, 1e4, 1.6e5, seed=seed) for seed in (3, 3, 4))
    assert first.estimate == again.estimate
    assert (first.draws == again.draws).all()
    assert first.estimate != other.estimate


def test_the_whole_that_is_the_sample_is_measured() -> None:
    seen = spectrum_from_pairs([(1, 600), (2, 100), (5, 40)])
    found = dedup_retention(seen, 1000, 1000)
    sound(found)
    assert found.estimate.state == "estimate"
    assert found.estimate.point == 0.74
    assert found.estimate.low < 0.74 < found.estimate.high
    assert "measured" in found.estimate.method


def test_a_part_of_the_sample_is_rarefied() -> None:
    found = within_sample(spectrum_from_pairs([(2, 500)]), 0.5, seed=1)
    assert found.estimate.point == pytest.approx(0.75)  # (1 - 1/4) / (2 × 1/2)
    seen = spectrum_from_pairs([(1, 600), (2, 100), (5, 40)])
    kept = [within_sample(seen, part, 1).planned for part in (1e-6, 0.1, 0.5, 0.9, 1.0)]
    assert kept == sorted(kept, reverse=True)
    assert kept[0] == pytest.approx(1.0, abs=1e-5)


def test_nothing_sampled_is_bounds_from_zero_to_one() -> None:
    nothing = spectrum_from_pairs([])
    for seen, total in ((nothing, 1e9), (spectrum_from_pairs([(1, 9)]), 1e9), (nothing, 0)):
        found = dedup_retention(seen, 0, total)
        sound(found)
        assert (found.estimate.low, found.estimate.high) == (0.0, 1.0)
        assert found.estimate.state == "bounds"


def test_no_pair_is_no_proof_that_there_is_none() -> None:
    found = dedup_retention(spectrum_from_pairs([(1, 1000)]), 1000, 1e6)
    sound(found)
    assert found.estimate.outer_high == 1.0
    assert found.estimate.low < 0.5
    assert "no duplicate was seen" in found.estimate.method
    assert any("census" in note for note in found.notes)


def test_documents_without_a_copy_may_be_left_out() -> None:
    whole, seen = sample(8.0, 2e4)
    without = spectrum_from_pairs(
        [(int(s), int(g)) for s, g in zip(seen.sizes, seen.groups, strict=True) if s > 1]
    )
    told = dedup_retention(seen, seen.documents, whole.documents)
    filled = dedup_retention(without, seen.documents, whole.documents)
    assert told.estimate == filled.estimate
    nothing_but = spectrum_from_pairs([(2, 50)])
    assert dedup_retention(nothing_but, 100, 100).planned == 0.5
    assert dedup_retention(nothing_but, 1000, 1000).planned == 0.95


@pytest.mark.parametrize(("pairs", "sampled"), [([(1, 900), (2, 50)], 1200), ([(2, 600)], 1000)])
def test_a_number_of_documents_that_cannot_be_is_an_error(
    pairs: list[tuple[int, int]], sampled: int
) -> None:
    with pytest.raises(CorpuscostError, match=r"groups hold 1,\d00 documents") as caught:
        dedup_retention(spectrum_from_pairs(pairs), sampled, 1e6)
    assert f"{sampled:,} were sampled" in str(caught.value)
    assert "groups of size 1" in str(caught.value)


@pytest.mark.parametrize("total", [500, 1e6])
def test_an_unknown_class_is_an_error_at_any_ratio(total: float) -> None:
    with pytest.raises(CorpuscostError, match="did you mean 'common-crawl'"):
        dedup_retention(spectrum_from_pairs([(1, 900), (2, 50)]), 1000, total, "comon-crawl")


def test_near_the_sample_no_class_is_needed() -> None:
    whole, seen = sample(16.0, 2e4)
    alone = dedup_retention(seen, 2e4, whole.documents)
    found = dedup_retention(seen, 2e4, whole.documents, "common-crawl")
    assert found.estimate == alone.estimate
    assert "below 30 times the sample alone is better" in found.notes[0]
    assert "class" not in found.estimate.method


def test_a_class_that_fits_narrows_and_is_told_as_an_assumption() -> None:
    """A law of the class: half singles and a steep tail with as many pairs, at 300 times."""
    from profiler.scaling.classes import load_class

    member = next(m for m in load_class("common-crawl").members if m.name == "dan_Latn")
    law = Population("dan", member.spectrum.sizes * 1.0, member.spectrum.groups * 1.0)
    whole, seen = sample(300.0, 3e5, law)
    alone = dedup_retention(seen, 3e5, whole.documents)
    found = dedup_retention(seen, 3e5, whole.documents, "common-crawl")
    sound(found)
    assert not found.refused
    assert found.estimate.high - found.estimate.low < alone.estimate.high - alone.estimate.low
    assert "reference class common-crawl, assumed" in found.estimate.method
    assert "is an assumption" in found.notes[0]
    assert "ODC-By" in found.notes[0]
    assert "fineweb-2" in found.notes[0]
    assert found.estimate.outer_low == alone.estimate.outer_low
    assert found.estimate.outer_high == alone.estimate.outer_high


def test_a_class_that_does_not_fit_is_refused_and_the_sample_speaks() -> None:
    whole, seen = sample(100.0, 3e5, mixed("", [(0.5, UNIT), (0.5, copies(200, 1.0))], 1.0))
    alone = dedup_retention(seen, 3e5, whole.documents)
    found = dedup_retention(seen, 3e5, whole.documents, "common-crawl")
    sound(found)
    assert found.refused
    assert found.estimate == alone.estimate
    assert found.notes[0].startswith("Not taken for common-crawl: ")
    assert found.refused in found.notes[0]
    assert answer_to_json(found)["refused"] == found.refused


def test_repeats_are_told_and_make_an_estimate_rough() -> None:
    law = mixed("", [(0.6, UNIT), (0.4, copies(30, 1.0))], 1.0)
    whole, seen = sample(4.0, law=law)
    found = from_draw(seen, RandomDocuments(whole.documents, float(seen.documents)))
    assert found.estimate.state == "rough"
    assert "times each (mirrors, re-uploads" in found.notes[0]
    assert found.estimate.high - found.estimate.low < 0.1
    _, smooth = sample(4.0)
    assert from_draw(smooth, RandomDocuments(4e5, float(smooth.documents))).notes == ()


@pytest.mark.parametrize(("times", "state"), [(50, "bounds"), (300, "rough")])
def test_no_point_where_most_copies_of_a_repeated_document_were_not_seen(
    times: int, state: str
) -> None:
    """In 64 times the sample: of 50 copies most groups show one or none, of 300 nearly five."""
    rest = mixed("", [(0.9, UNIT), (0.1, power_law(2.0, 300, 1.0))], 1.0)
    law = mixed("", [(0.6, rest), (0.4, copies(times, 1.0))], 1.0)
    whole, seen = sample(64.0, law=law)
    found = from_draw(seen, RandomDocuments(whole.documents, float(seen.documents)))
    assert found.extrapolation is not None
    assert found.extrapolation.repeats is not None
    assert found.extrapolation.repeats.times == pytest.approx(times, rel=0.1)
    assert found.estimate.state == state
    assert (found.estimate.point is None) == (state == "bounds")
    assert found.estimate.low <= whole.retention <= found.estimate.high


def test_draws_are_given_at_ranks() -> None:
    _, seen = sample(16.0, 1e4)
    found = dedup_retention(seen, 1e4, 1.6e5)
    at = found.draws_at(np.array([0.05, 0.5, 0.95]))
    assert at == pytest.approx([found.estimate.low, found.planned, found.estimate.high])


def test_what_helps_names_a_sample_that_carries() -> None:
    assert "a sample 64 times as large" in what_helps(1024.0)
    assert "more documents" in what_helps(4.0)
    assert "corpuscost census" in what_helps(4.0)


def test_json_has_the_keys_of_the_interface() -> None:
    _, seen = sample(16.0, 1e4)
    data = answer_to_json(dedup_retention(seen, 1e4, 1.6e5))
    assert list(data["retention"]) == ["point", "low", "high", "outer_low", "outer_high", "method"]
    assert data["state"] in ("estimate", "rough", "bounds")
    assert isinstance(data["notes"], list)
