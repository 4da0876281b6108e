"""The page, the figures behind it and the plots, from parts that are run one at a time."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from profiler.scaling.truth import running
from profiler.scaling.truth.plots import Curve, charts, curve_of, goal_curve, svg
from profiler.scaling.truth.tables import Goal, Row, Section
from profiler.scaling.truth.trials import Effort

ROWS = (
    Row("both", 4, 10, 5, rmse=0.3, naive_rmse=12.0, goals=(Goal("rmse", 0.5),)),
    Row("both", 16, 10, 5, rmse=2.5, naive_rmse=20.0, goals=(Goal("rmse", 2.0),)),
)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Parts that return at once; which were run, and with how many draws."""
    ran: list[tuple[str, int]] = []

    def part_run(part: str) -> object:
        def section(effort: Effort) -> Section:
            ran.append((part, effort.draws))
            effort.progress(1, 1, "row")
            return Section(f"Part {part}", "Words.", ROWS, "", ((f"{part} holds", True),))

        return section

    monkeypatch.setattr(running, "part_run", part_run)
    return ran


def run(*arguments: str) -> str:
    found = CliRunner().invoke(running.main, arguments, env={"CORPUSCOST_SHARED": ""})
    assert found.exit_code == 0, found.output
    return found.output


def test_writes_page_figures_and_plots(parts: list[tuple[str, int]], tmp_path: Path) -> None:
    output = run("--only", "random,census", "--draws", "7", "--out", str(tmp_path))
    assert parts == [("random", 7), ("census", 7)]
    page = (tmp_path / "truth.md").read_text(encoding="utf-8")
    assert "| Part random | 2 of 3 | both, 16×: RMSE ≤ 2, found 2.5 |" in page
    assert "**RMSE ≤ 2: MISSED**" in page
    assert "MISSED random: both, 16×" in output
    for name in ("truth-error.svg", "truth-coverage.svg", "truth-width.svg"):
        assert f"({name})" in page
        ElementTree.parse(tmp_path / name)
    held = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert list(held["sections"]) == ["random", "census"]
    assert held["draws"] == 7


def test_a_part_alone_keeps_the_others(parts: list[tuple[str, int]], tmp_path: Path) -> None:
    run("--only", "census", "--out", str(tmp_path))
    run("--only", "random", "--out", str(tmp_path))
    page = (tmp_path / "truth.md").read_text(encoding="utf-8")
    assert page.index("## Part random") < page.index("## Part census")


def test_text_parts_are_left_out_aloud(parts: list[tuple[str, int]], tmp_path: Path) -> None:
    output = run("--only", "shards,end-to-end,census", "--out", str(tmp_path))
    assert [part for part, _ in parts] == ["census"]
    assert "shards: left out, CORPUSCOST_SHARED is not set" in output


def test_an_unknown_part_is_an_error(tmp_path: Path) -> None:
    found = CliRunner().invoke(running.main, ["--only", "randm", "--out", str(tmp_path)])
    assert found.exit_code == 2
    assert "randm: expected random, " in found.output


def test_each_part_has_its_section() -> None:
    for part in running.PARTS:
        if part not in running.OF_TEXT:
            assert callable(running.part_run(part))


def test_curves_come_from_rows() -> None:
    assert curve_of("c", ROWS, "rmse").points == ((4, 0.3), (16, 2.5))
    assert curve_of("c", ROWS, "coverage").points == ()
    assert goal_curve("g", ROWS, "rmse").points == ((4, 0.5), (16, 2.0))


def test_a_point_stands_where_its_value_is() -> None:
    image = ElementTree.fromstring(svg("T", "u", [Curve("c", ((10, 0.0), (1000, 50.0)))], 100))
    dots = [(float(c.get("cx", "")), float(c.get("cy", ""))) for c in image.iter(f"{SVG}circle")]
    (x0, y0), (x1, y1) = dots
    bottom, top = 380 - 46, 34
    assert y0 == pytest.approx(bottom, abs=0.1)
    assert y1 == pytest.approx((bottom + top) / 2, abs=0.1)
    assert x0 == pytest.approx(60, abs=0.1)
    assert x1 == pytest.approx(720 - 220, abs=0.1)


def test_charts_are_small_and_well_formed() -> None:
    for text in charts(ROWS).values():
        ElementTree.fromstring(text)
        assert len(text) < 20_000
