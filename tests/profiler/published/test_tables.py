"""Published tables: every row is whole, sourced, and agrees with itself."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

from profiler.published.tables import (
    Funnel,
    crawls,
    funnels,
    hours_per_million_docs,
    hours_per_tb,
    throughputs,
)


def test_there_are_rows() -> None:
    assert len(funnels()) == 32
    assert len(throughputs()) == 42
    assert len(crawls()) == 13


def test_ids_are_unique() -> None:
    for table in (funnels(), throughputs(), crawls()):
        ids = [row.id for row in table]
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("funnel", funnels(), ids=lambda funnel: funnel.id)
def test_fractions_are_fractions_and_multiply_out(funnel: Funnel) -> None:
    before = 1.0
    for stage in funnel.stage:
        for share in (stage.kept_of_previous, stage.kept_of_input, stage.bytes_kept_of_previous):
            assert share is None or 0 < share <= 1
        if not funnel.sequential or stage.kept_of_input is None or stage.unit:
            continue
        if stage.kept_of_previous is not None:
            expected = before * stage.kept_of_previous
            assert stage.kept_of_input == pytest.approx(expected, rel=0.015)
        before = stage.kept_of_input


def test_hours_per_tb_follow_from_hours_and_volume() -> None:
    for row in throughputs():
        if row.input_tb is None or row.hours_low is None or row.hours_high is None:
            continue
        assert row.input_basis, row.id
        assert row.per_tb_low == pytest.approx(row.hours_low / row.input_tb, rel=0.01), row.id
        assert row.per_tb_high == pytest.approx(row.hours_high / row.input_tb, rel=0.01), row.id


def test_hours_per_document_follow_from_the_pages_of_the_crawl() -> None:
    row = next(row for row in throughputs() if row.id == "nemo-cpu-extract")
    crawl = next(crawl for crawl in crawls() if crawl.id == "CC-MAIN-2020-50")
    assert row.hours_low is not None
    assert row.per_million_docs_low == pytest.approx(row.hours_low / crawl.pages * 1e6, rel=0.001)


def test_ranges_span_their_rows_and_leave_outliers_out() -> None:
    extraction = hours_per_million_docs("extract")
    assert extraction is not None
    assert (extraction.low, extraction.high) == (6.5, 39.24)
    assert extraction.low < extraction.point < extraction.high
    language = hours_per_tb("lang_id")
    assert language is not None
    assert language.high < 1770  # the CCNet paper's own figure is marked as an outlier
    assert hours_per_tb("no-such-kind") is None


def test_figures_agree_with_the_shared_facts() -> None:
    folder = os.environ.get("CORPUSCOST_SHARED")
    if not folder:
        pytest.skip("CORPUSCOST_SHARED is not set: no shared facts to compare with")
    facts = Path(folder) / "facts"
    costs = {row["id"]: row for row in _rows(facts / "costs.toml", "cost")}
    assert {row.id for row in throughputs()} == set(costs)
    for row in throughputs():
        for name in ("hours_low", "hours_high", "per_trillion_tokens"):
            ours, theirs = getattr(row, name), costs[row.id].get(name)
            assert (ours is None) == (theirs is None), (row.id, name)
            assert ours is None or ours == pytest.approx(theirs, rel=1e-6), (row.id, name)
    theirs_by_id = {row["id"]: row for row in _rows(facts / "funnels.toml", "funnel")}
    unchecked = {key for key, row in theirs_by_id.items() if row["confidence"].startswith("mem")}
    assert {funnel.id for funnel in funnels()} == set(theirs_by_id) - unchecked
    assert unchecked == {"wudao", "culturax"}
    for funnel in funnels():
        stages = theirs_by_id[funnel.id]["stage"]
        kept = [stage.kept_of_previous for stage in funnel.stage]
        assert kept == [stage.get("kept_of_previous") for stage in stages], funnel.id
        assert funnel.confidence == theirs_by_id[funnel.id]["confidence"]


def _rows(path: Path, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))[table]
    return rows
