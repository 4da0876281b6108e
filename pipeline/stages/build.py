"""From a line of the recipe to the stage that does the work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipeline.recipes.recipe import Recipe, StageSpec
from pipeline.stages.dedup import Dedup
from pipeline.stages.exact_dedup import ExactDedup
from pipeline.stages.near_dedup import NearDedup
from pipeline.stages.quality import load_quality_filter
from pipeline.stages.stage import Filter, Transform


def build_stage(
    spec: StageSpec,
    recipe: Recipe,
    model_path: Callable[[str], Path],
    exports: Path | None = None,
) -> Filter | Transform:
    """The filter or transform of a recipe line; ``model_path`` tells where a model lies.

    What a model is exported to is kept in ``exports``, or beside the model.
    """
    if spec.kind == "quality":
        return load_quality_filter(spec.name, spec.quality, model_path(spec.name), exports)
    from pipeline.recipes.catalog import build_stage as build_rules

    return build_rules(spec, recipe)


def build_dedup(spec: StageSpec) -> Dedup:
    """The dedup of a recipe line."""
    if spec.kind == "exact-dedup":
        return ExactDedup(spec.name, spec.exact)
    if spec.kind == "near-dedup":
        return NearDedup(spec.name, spec.near)
    raise ValueError(f"stage {spec.name}: {spec.kind} is no dedup")
