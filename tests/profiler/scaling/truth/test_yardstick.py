from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from profiler.scaling.spectrum import spectrum_from_pairs
from profiler.scaling.truth import class_rows
from profiler.scaling.truth.drawing import drawn_spectrum
from profiler.scaling.truth.populations import copies, mixed
from profiler.scaling.truth.tables import Trial
from profiler.scaling.truth.trials import Cell, random_of
from profiler.scaling.truth.wholes import languages, population_of
from profiler.scaling.truth.yardstick import expected, features, foretold

CELL = Cell("any name", 1_000, 1_000_000, 3, class_rows.left_out, ("large", "cut"))


def test_what_exact_copies_show_by_hand() -> None:
    """Half in triplets, sampled at a tenth: each shows 3 q² (1 - q) pairs and q³ triples."""
    law = mixed("", [(0.5, copies(1, 1.0)), (0.5, copies(3, 1.0))], 6e6)
    pairs, triples, kept = expected(law, 1.0, 10.0, 6e5)
    assert pairs == pytest.approx(1e6 * 3 * 0.01 * 0.9)
    assert triples == pytest.approx(1e6 * 0.001)
    assert kept == pytest.approx((3e6 + 1e6) / 6e6)


def test_a_thinned_law_is_the_law_of_its_documents() -> None:
    """Triplets of which half is there: 7 of 8 are met, with 1.5 documents each on average."""
    pairs, triples, kept = expected(copies(3, 3e6), 0.5, 5.0, 3e5)
    assert kept == pytest.approx((7 / 8) / 1.5)
    assert pairs == pytest.approx(1e6 * 3 * 0.01 * 0.9)  # as a tenth of the whole law
    assert triples == pytest.approx(1e6 * 0.001)


def test_expected_counts_are_what_samples_show() -> None:
    law = population_of(languages(1e8)[0]).scaled(1e8)
    seen = drawn_spectrum(law.realised(np.random.default_rng(1)), 0.01, np.random.default_rng(2))
    pairs, triples, kept = expected(law, 1.0, 100.0, float(seen.documents))
    assert seen.groups_of(2) == pytest.approx(pairs, rel=0.02)
    assert seen.groups_of(3) == pytest.approx(triples, rel=0.05)
    assert kept == pytest.approx(law.retention)


def test_features_of_a_law_move_with_its_depth_only_in_the_pairs() -> None:
    """Squared pairs and triples over documents fall alike: what is left is the law's shape."""
    law = population_of(languages(1e8)[0])
    shown = np.array([expected(law, depth, 1e5, 1e9)[:2] for depth in (1.0, 0.5)])
    whole, half = features(shown)
    assert whole[0] - half[0] == pytest.approx(np.log(2), abs=0.01)
    assert whole[1] == pytest.approx(half[1], abs=0.05)


def test_more_pairs_foretell_less_retention() -> None:
    few, many = (
        foretold(spectrum_from_pairs([(1, 10**6 - 2 * p), (2, p), (3, t)]), "", 1_000.0)
        for p, t in ((4_000, 36), (10_000, 230))
    )
    assert 0.15 < many < few - 0.05 < 0.5


def test_the_language_itself_is_left_out() -> None:
    """An outlier is foretold worse once it is not among those fitted to."""
    law = population_of(next(m for m in languages() if m.name == "lat_Latn")).scaled(1e9)
    seen = drawn_spectrum(law.realised(np.random.default_rng(1)), 1e-3, np.random.default_rng(2))
    with_it, without = (foretold(seen, name, 1_000.0) for name in ("", "lat_Latn"))
    assert abs(with_it - law.retention) < 0.02 < abs(without - law.retention)


def test_the_yardstick_meets_the_whole_that_the_trial_meets() -> None:
    error = class_rows.yardstick_error(CELL, 1)
    trial = CELL.trial(CELL, random_of(CELL, 1))
    random = random_of(CELL, 1)
    whole = class_rows.chosen(CELL, random).realised(random)
    assert whole.name == trial.what
    assert whole.retention == trial.truth
    assert abs(error) < 0.2
    assert error == class_rows.yardstick_error(CELL, 1)


def test_the_yardstick_is_told_for_large_languages_as_cut_only() -> None:
    other = Cell("tail", 100, 1_000_000, 2, class_rows.left_out, ("large", "tail"))
    errors = [class_rows.yardstick_error(CELL, index) for index in range(CELL.draws)]
    same = [trial(planned=0.4 + 2 * error) for error in errors]
    told = class_rows.yardstick_told([CELL, other], [same, [trial(), trial()]])
    assert re.search(r"an RMSE of \d+\.\d\d at 1,000×\.", told)
    assert "(correlation 1.00)" in told


def trial(planned: float = 0.5, refused: str = "") -> Trial:
    return Trial(0.4, None, planned, 0.3, 0.6, 0.1, 0.9, 1.0, refused)


def test_errors_go_together_or_not_over_what_the_gate_takes() -> None:
    trials = [trial(0.5), trial(0.3), trial(0.45), trial(0.9, "no")]
    assert class_rows.error_correlation(trials, [0.01, -0.01, 0.005, -5]) == pytest.approx(1)
    assert class_rows.error_correlation(trials, [-0.01, 0.01, -0.005, 5]) == pytest.approx(-1)


def test_the_rows_of_fewer_languages_are_told() -> None:
    """German, off by 10 points, has a billion documents; Danish, right, half of that."""
    wrong = replace(trial(0.5), what="deu_Latn", truth=0.4)
    right = replace(trial(0.5), what="dan_Latn", truth=0.5)
    told = class_rows.narrower_told([class_rows.unscaled(1_000, 3)], [[wrong, right, right]])
    assert "10.00 at 1,000× with a factor of 1 (1 draws, languages: 1)" in told
    assert "5.77 at 1,000× with a factor of 2 (3 draws, languages: 2)" in told
    assert told.count("with a factor of") == len(class_rows.NARROWER)


@pytest.mark.parametrize("ratio", class_rows.OWN_RATIOS)
def test_middle_languages_at_their_own_size(ratio: int) -> None:
    cell = class_rows.own_size(ratio, 3)
    whole = class_rows.chosen(cell, random_of(cell, 0))
    assert whole.documents == pytest.approx(class_rows.OWN_DOCUMENTS)
    member = next(m for m in languages() if m.name == whole.name)
    assert 1e7 <= member.spectrum.documents < 1e8


@pytest.mark.parametrize("ratio", class_rows.UNSCALED_RATIOS)
def test_languages_about_as_large_or_a_part_of_larger_ones(ratio: int) -> None:
    cell = class_rows.unscaled(ratio, 40)
    nominal = ratio * class_rows.SAMPLED
    parts = 0
    for index in range(cell.draws):
        whole = class_rows.chosen(cell, random_of(cell, index))
        published = next(m for m in languages() if m.name == whole.name).spectrum
        if published.documents > nominal * 3.2:
            parts += 1
            assert whole.documents == pytest.approx(nominal, rel=1e-3)
        else:
            assert published.documents > nominal / 3.2
            assert whole.documents == pytest.approx(published.documents)
    assert 0 < parts < cell.draws


def test_a_random_billion_documents_of_a_larger_language() -> None:
    """Fewer copies of each are there, so more is kept than of all of it."""
    cell = class_rows.thinned(3)
    for index in range(cell.draws):
        whole = class_rows.chosen(cell, random_of(cell, index))
        member = next(m for m in languages(1e9) if m.name == whole.name)
        assert whole.documents == pytest.approx(1e9, rel=1e-3)
        assert whole.retention > population_of(member).retention + 0.1
