"""The way to dedup: which stages are on it, and which filters run before hits are known."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.recipes.catalog import load_recipe
from pipeline.recipes.recipe import NearDedup, Quality, Recipe, Rule, StageSpec
from profiler.census.route import build_route, counted_dedups, early_filters, specs_on_route
from profiler.record.schema import StageTotals

RULE = {"few": Rule("words", below=5)}


def recipe_of(*stages: StageSpec) -> Recipe:
    return Recipe("test", "", stages)


def totals(stage: str, cpu_seconds: float, bytes_in: int, bytes_out: int) -> StageTotals:
    phases = {"sketch": cpu_seconds, "resolve": 50.0}
    return StageTotals(
        stage, "", 10, 10, bytes_in, bytes_out, 0, None, None, cpu_seconds, phases, None, {}
    )


def test_the_route_of_a_built_in_recipe_ends_at_near_dedup():
    recipe = load_recipe("web-en")
    names = [spec.name for spec in specs_on_route(recipe)]
    assert names[-2:] == ["exact-dedup", "near-dedup"]
    assert "quality" not in names
    assert [spec.kind for spec in counted_dedups(recipe)] == ["exact-dedup", "near-dedup"]


def test_a_second_dedup_of_a_kind_does_not_count():
    recipe = recipe_of(
        StageSpec("one", "exact-dedup"), StageSpec("two", "exact-dedup"), StageSpec("x", "rules")
    )
    assert [spec.name for spec in specs_on_route(recipe)] == ["one"]


def test_a_filter_runs_early_when_it_spares_more_than_it_costs():
    recipe = recipe_of(
        StageSpec("cheap", "rules", RULE),
        StageSpec("dear", "rules", RULE),
        StageSpec("lines", "c4-lines"),
        StageSpec("near", "near-dedup"),
    )
    measured = [
        totals("cheap", 1.0, 100, 40),  # 0.01 a byte, drops 60 %
        totals("dear", 10.0, 40, 36),  # 0.25 a byte, drops 10 %
        totals("lines", 3.6, 36, 18),  # 0.1 a byte, cuts half
        totals("near", 5.4, 18, 18),  # 0.3 a byte, its resolve aside
    ]
    # after the filters: 0.1 + 0.5 × 0.3 = 0.25 a byte; 0.25 > 0.1 × 0.25, and 0.01 < 0.6 × 0.25
    assert early_filters(recipe, measured) == ("cheap",)


def test_a_filter_that_drops_nothing_never_pays_but_admission_always_runs():
    recipe = recipe_of(
        StageSpec("admission", "admission"),
        StageSpec("idle", "rules", RULE),
        StageSpec("near", "near-dedup", near=NearDedup()),
    )
    measured = [totals("admission", 1.0, 100, 100), totals("idle", 0.0, 100, 100)]
    assert early_filters(recipe, measured) == ("admission",)  # near was not reached
    measured.append(totals("near", 1.0, 100, 100))
    assert early_filters(recipe, measured) == ("admission",)


def test_a_model_that_is_gone_is_named(tmp_path: Path):
    quality = Quality(model="mine.bin")
    recipe = recipe_of(
        StageSpec("quality", "quality", quality=quality), StageSpec("exact", "exact-dedup")
    )
    with pytest.raises(ConfigError, match=r"mine\.bin does not exist[^$]*--files"):
        build_route(recipe, (), tmp_path, tmp_path / "models")


def test_a_model_is_trained_where_it_stands_before_dedup(tmp_path: Path):
    quality = Quality(labelled_set="builtin:web-en", epochs=1, dimensions=4)
    recipe = recipe_of(
        StageSpec("quality", "quality", quality=quality), StageSpec("exact", "exact-dedup")
    )
    route = build_route(recipe, (), tmp_path, tmp_path / "models")
    assert len(route.steps) == 2
    assert (tmp_path / "models" / "quality.bin").exists()
