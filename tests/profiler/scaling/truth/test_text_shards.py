"""Whole shards of real text: a small fixed part of ``make truth``."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_up_shards import made_up_tables

from profiler.scaling.shard_design import shard_counts
from profiler.scaling.truth.tables import Trial
from profiler.scaling.truth.text_shards import (
    contiguous_shards,
    counts_of,
    placed,
    row_of_trials,
    shard_cells,
    sign_told,
    text_groups,
)
from profiler.scaling.truth.trials import Cell, random_of

DRAWS = 4


@pytest.fixture
def shared() -> Path:
    folder = os.environ.get("CORPUSCOST_SHARED")
    if not folder:
        pytest.skip("CORPUSCOST_SHARED is not set")
    return Path(folder)


def test_counts_of_known_groups():
    groups = np.array([0, 0, 1, 1, 2, 3, 3, 3, 0, 4])
    shards = np.array([0, 0, 0, 1, 1, 1, 2, 3, 2, 3])
    counts, seen = counts_of(placed(groups, shards, 4), np.array([0, 1, 2]))
    # group 0: shards 0, 0, 2; group 1: 0, 1; group 2: 1; group 3: 1, 2 (and 3, not drawn)
    assert dict(zip(seen.sizes, seen.groups, strict=True)) == {1: 1, 2: 2, 3: 1}
    assert dict(zip(counts.holders.sizes, counts.holders.groups, strict=True)) == {1: 1, 2: 3}
    assert counts.documents.tolist() == [3, 3, 2]
    assert counts.groups.tolist() == [2, 3, 2]
    assert (counts.pairs, counts.pairs_inside) == (2, 0)
    assert counts.held.tolist() == [[0, 2, 0], [1, 2, 0], [0, 2, 0]]


def test_counts_are_those_that_a_run_records():
    """Drawn shards of a whole, against incidence as the record has it."""
    random = np.random.default_rng(8)
    groups = np.unique(random.zipf(1.5, 3000) % 400, return_inverse=True)[1]
    shards = random.integers(0, 60, len(groups))
    chosen = np.sort(random.choice(60, 30, replace=False))
    counts, seen = counts_of(placed(groups, shards, 60), chosen)
    mine = np.isin(shards, chosen)
    incidence = made_up_tables("near", groups[mine], np.searchsorted(chosen, shards[mine]))
    told = shard_counts(incidence["incidence"], "near")
    for name in ("documents", "groups", "held"):
        assert np.array_equal(getattr(counts, name), getattr(told, name))
    assert np.array_equal(counts.holders.groups, told.holders.groups)
    assert (counts.pairs, counts.pairs_inside) == (told.pairs, told.pairs_inside)
    assert seen.documents == mine.sum()


def test_shards_are_equal_runs():
    assert contiguous_shards(7, 3).tolist() == [0, 0, 0, 1, 1, 2, 2]


def test_units_of_text(tmp_path):
    long = "a line of more than forty bytes, so that it counts"
    text = f"{long}\nshort\n\n  {long} \n \t\nshort"
    pq.write_table(pa.table({"text": [text, long]}), tmp_path / "one.parquet")
    assert text_groups([tmp_path / "one.parquet"], "line").tolist() == [0, 0, 0]
    assert text_groups([tmp_path / "one.parquet"], "paragraph").tolist() == [0, 1, 2, 1]


def test_a_sign_of_error_is_seen():
    cell = Cell("made up", 16, 100, 40, lambda *_: None, ("", "all", "line", "source", "answer"))

    def off(by: float) -> list[Trial]:
        errors = by + 0.01 * np.random.default_rng(4).standard_normal(40)
        return [Trial(0.8, 0.8 + e, 0.8 + e, 0.7, 0.9, 0.5, 1.0, 0.95) for e in errors]

    assert sign_told(16, [cell], [off(0.0)])[1]
    assert not sign_told(16, [cell], [off(0.03)])[1]
    assert row_of_trials(cell, off(0.0)).misses == ()


def test_intervals_hold_on_whole_shards_of_real_text(shared):
    cells = [
        cell
        for cell in shard_cells(shared, DRAWS, ratios=(4, 16), files=("each",))
        if cell.arguments[3:] == ("source", "answer")
    ]
    assert len(cells) == 4
    trials = {
        (cell.arguments[2], cell.ratio): [
            cell.trial(cell, random_of(cell, index)) for index in range(DRAWS)
        ]
        for cell in cells
    }
    everything = [trial for found in trials.values() for trial in found]
    assert np.mean([trial.covered for trial in everything]) >= 0.75
    assert all(trial.outer_low <= trial.truth <= trial.outer_high for trial in everything)
    for ratio, bound in ((4, 0.02), (16, 0.06)):
        mine = trials["line", ratio] + trials["paragraph", ratio]
        assert abs(np.mean([t.planned - t.truth for t in mine])) < bound
        assert min(t.naive - t.truth for t in mine) > 0
