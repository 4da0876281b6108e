"""The fixed part of ``make truth``: few seeded draws, with bounds that hold with margin."""

from __future__ import annotations

import pytest

from profiler.scaling.truth import census_rows, class_rows, foreign, random_documents, repeats_rows
from profiler.scaling.truth.class_rows import programme_told
from profiler.scaling.truth.tables import Trial, row_of
from profiler.scaling.truth.trials import Cell, Effort, random_of, run_cells

HERE = Effort(processes=1)


def trials_of(*cells: Cell) -> list[Trial]:
    return [trial for trials in run_cells(cells, HERE) for trial in trials]


@pytest.mark.parametrize(
    ("ratio", "draws", "rmse", "bias", "width"),
    [(4, 6, 0.5, 0.3, 1.8), (16, 6, 2.2, 1.5, 8.0), (64, 6, 7.0, 4.0, 24.0)],
)
def test_random_documents_are_extrapolated_where_the_naive_rule_fails(
    ratio: int, draws: int, rmse: float, bias: float, width: float
) -> None:
    found = trials_of(
        Cell("smooth laws", ratio, 100_000, draws, random_documents.smooth),
        Cell("published spectra", ratio, 100_000, draws, random_documents.published),
    )
    row = row_of("both", ratio, 100_000, found)
    assert row.rmse is not None
    assert row.naive_rmse is not None
    assert row.rmse < rmse < row.naive_rmse / 2
    assert abs(row.bias or 0) < bias
    assert (row.width or 99) < width
    assert (row.coverage or 0) >= 0.75
    assert row.outer_coverage == 1.0
    published = row_of("p", ratio, 100_000, [t for t in found if t.point is not None])
    assert published.draws > 0
    assert (published.rmse or 99) < rmse


def test_far_beyond_the_sample_no_point_is_published() -> None:
    found = trials_of(
        Cell("smooth laws", 10_000, 100_000, 3, random_documents.smooth),
        Cell("published spectra", 10_000, 100_000, 3, random_documents.published),
    )
    assert all(trial.point is None for trial in found)
    assert all(trial.outer_low <= trial.truth <= trial.outer_high for trial in found)


def test_exact_repeats_are_warned_of_and_smooth_laws_rarely() -> None:
    repeated = trials_of(Cell("exactly k copies", 4, 100_000, 10, repeats_rows.repeated))
    smooth = trials_of(Cell("smooth laws", 16, 100_000, 6, random_documents.smooth))
    assert sum(bool(trial.doubt) for trial in repeated) >= 7
    assert sum(bool(trial.doubt) for trial in smooth) <= 1


@pytest.fixture(scope="module")
def left_out() -> dict[tuple[str, int], list[Trial]]:
    cells = [
        Cell(end, ratio, class_rows.SAMPLED, 4, class_rows.left_out, ("large", end))
        for end, ratio in (("cut", 100), ("cut", 1_000), ("tail", 1_000))
    ]
    found = run_cells(cells, HERE)
    return {(c.arguments[1], round(c.ratio)): t for c, t in zip(cells, found, strict=True)}


@pytest.mark.parametrize(
    ("end", "ratio", "rmse", "width"),
    [("cut", 100, 4.5, 12), ("cut", 1_000, 6, 17), ("tail", 1_000, 9, 24)],
)
def test_the_class_foretells_languages_that_were_left_out(
    left_out: dict[tuple[str, int], list[Trial]], end: str, ratio: int, rmse: float, width: float
) -> None:
    trials = left_out[end, ratio]
    row = row_of("class", ratio, class_rows.SAMPLED, [t for t in trials if not t.refused])
    assert row.draws >= 3  # of four: the gate lets the class in
    assert (row.rmse or 99) < rmse
    assert (row.width or 99) < width
    assert (row.coverage or 0) >= 0.5
    assert (row.naive_rmse or 0) > 40


def test_outer_ranges_of_the_sample_alone_are_a_linear_programmes(
    left_out: dict[tuple[str, int], list[Trial]],
) -> None:
    trials = [trial for each in left_out.values() for trial in each]
    assert all(trial.outer_low <= trial.truth <= trial.outer_high for trial in trials)
    told, met = programme_told(trials)
    assert met, told


def test_what_is_plainly_not_of_the_class_is_refused_or_doubted() -> None:
    names = ["2 copies", "geometric 20.0", "half in twenties"]
    cells = [
        Cell(f"foreign: {name}", 100, foreign.SAMPLED, 1, foreign.foreign, (name,))
        for name in names
    ]
    outcomes = [foreign.outcome(trial) for trial in trials_of(*cells)]
    assert "wrong and silent" not in outcomes, dict(zip(names, outcomes, strict=True))


@pytest.mark.parametrize("how", [census_rows.ALONE, census_rows.IN_RUN])
@pytest.mark.parametrize(
    ("family", "place"), [(f, p) for f in census_rows.FAMILIES for p in (0, 7)]
)
def test_a_census_is_within_half_a_point(family: str, place: int, how: str) -> None:
    cell = Cell(f"{family} {place}", 1, 10_000, 50, census_rows.census, (family, str(place), how))
    row = row_of(family, 1, 10_000, trials_of(cell))
    assert (row.rmse or 99) < 0.6  # 0.5 and the noise of 50 draws
    assert abs(row.bias or 0) < 0.25
    assert 0.78 <= (row.coverage or 0) <= 1.0


@pytest.mark.parametrize(
    ("trial", "told"),
    [
        (Trial(0.5, 0.5, 0.5, 0.4, 0.6, 0, 1, 0.9), "right"),
        (Trial(0.5, 0.7, 0.7, 0.6, 0.8, 0, 1, 0.9), "wrong and silent"),
        (Trial(0.5, 0.7, 0.7, 0.6, 0.8, 0, 1, 0.9, doubt="p"), "wrong, flagged"),
        (Trial(0.5, 0.5, 0.5, 0.4, 0.6, 0, 1, 0.9, doubt="p"), "right, flagged"),
        (Trial(0.5, 0.7, 0.7, 0.6, 0.8, 0, 1, 0.9, refused="no"), "refused"),
    ],
)
def test_outcomes(trial: Trial, told: str) -> None:
    assert foreign.outcome(trial) == told


def test_silent_share_has_its_goal() -> None:
    right = Trial(0.5, 0.5, 0.5, 0.4, 0.6, 0, 1, 0.9)
    wrong = Trial(0.5, 0.7, 0.7, 0.6, 0.8, 0, 1, 0.9)
    assert foreign.silent_told([wrong] * 3 + [right] * 17, "here")[1]
    assert not foreign.silent_told([wrong] * 4 + [right] * 16, "here")[1]


@pytest.mark.parametrize("processes", [1, 2])
def test_trials_come_in_order_whatever_the_processes(processes: int) -> None:
    family = ("smooth laws", "3", census_rows.ALONE)
    cells = [
        Cell("a", 4, 10, 12, census_rows.census, family),
        Cell("b", 4, 10, 3, census_rows.census, family),
        Cell("a", 16, 10, 7, census_rows.census, family),
    ]
    told: list[tuple[int, int]] = []
    found = run_cells(
        cells, Effort(processes=processes, progress=lambda done, of, name: told.append((done, of)))
    )
    assert [len(trials) for trials in found] == [12, 3, 7]
    assert told[-1] == (22, 22)
    for cell, trials in zip(cells, found, strict=True):
        alone = [cell.trial(cell, random_of(cell, index)) for index in range(cell.draws)]
        assert trials == alone
    assert len({trial.planned for trials in found for trial in trials}) == 22  # no seed twice
