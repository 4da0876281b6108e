"""Measures over trials on known answers, and rows that survive being written."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.scaling.truth.tables import (
    Goal,
    Row,
    Section,
    Trial,
    row_of,
    section_from_json,
    section_markdown,
    section_to_json,
    table_markdown,
)

TRIALS = [
    Trial(0.50, 0.53, 0.53, 0.45, 0.55, 0.4, 0.6, naive=0.9),
    Trial(0.50, None, 0.46, 0.42, 0.48, 0.3, 0.9, naive=0.9),
]


def test_measures_of_two_trials() -> None:
    row = row_of("two", 16, 100, TRIALS)
    assert row.rmse == pytest.approx((12.5) ** 0.5)  # errors of 3 and -4 points
    assert row.bias == pytest.approx(-0.5)
    assert row.coverage == 0.5
    assert row.width == pytest.approx(8.0)
    assert row.outer_coverage == 1.0
    assert row.outer_width == pytest.approx(40.0)
    assert row.published == 0.5
    assert row.published_rmse == pytest.approx(3.0)
    assert row.naive_rmse == pytest.approx(40.0)


def test_no_trial_measures_nothing() -> None:
    row = row_of("none", 16, 100, [], (Goal("rmse", 1.0),))
    assert row.draws == 0
    assert row.rmse is None
    assert row.met(row.goals[0]) is None
    assert row.misses == ()
    assert "no trial" in row.notes


def test_goals_hold_both_ways() -> None:
    goals = (Goal("rmse", 3.5), Goal("rmse", 3.6), Goal("coverage", 0.6, at_least=True))
    row = row_of("two", 16, 100, TRIALS, goals)
    assert [row.met(goal) for goal in goals] == [False, True, False]
    assert row.misses == (goals[0], goals[2])
    table = table_markdown([row])
    assert table.count("MISSED") == 2
    assert "**RMSE ≤ 3.5: MISSED**" in table


@pytest.mark.parametrize(("limit", "uninformative"), [(39.0, False), (41.0, True)])
def test_a_row_that_the_naive_rule_passes_is_marked(limit: float, uninformative: bool) -> None:
    row = row_of("two", 16, 100, TRIALS, (Goal("rmse", limit),))
    assert row.uninformative is uninformative
    assert ("uninformative" in table_markdown([row])) is uninformative


def test_no_goal_on_error_no_mark() -> None:
    assert not row_of("two", 16, 100, TRIALS, (Goal("coverage", 0.1, True),)).uninformative


def test_table_leaves_out_what_no_row_measures() -> None:
    table = table_markdown([Row("only", 4, 10, 3, rmse=1.0)])
    head = table.splitlines()[0]
    assert "RMSE" in head
    assert "coverage" not in head
    assert len({line.count("|") for line in table.splitlines()}) == 1


def test_section_shows_its_missed_checks() -> None:
    section = Section("A title", "Some text.", (), "below", (("so many", False), ("few", True)))
    text = section_markdown(section)
    assert text.startswith("## A title\n\nSome text.")
    assert "- **MISSED**: so many\n- met: few" in text
    assert text.endswith("below\n")


FIGURES = st.none() | st.integers(-(10**7), 10**7).map(lambda whole: whole / 1e4)


@given(
    st.text(max_size=20),
    st.integers(1, 10**6),
    FIGURES,
    FIGURES,
    st.lists(st.sampled_from(["rmse", "bias", "width"]), max_size=3),
)
def test_sections_survive_json(
    name: str, ratio: int, rmse: float | None, width: float | None, measures: list[str]
) -> None:
    goals = tuple(Goal(measure, 1.5, measure == "bias") for measure in measures)
    row = Row(name, float(ratio), 10, 5, rmse=rmse, width=width, goals=goals, notes=("a", "b"))
    section = Section("t", "x", (row,), "r", (("c", True),))
    assert section_from_json(json.loads(json.dumps(section_to_json(section)))) == section
