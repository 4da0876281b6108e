"""Recipes by name or file, and the filters that they describe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipeline.config import did_you_mean, read_toml, structure
from pipeline.errors import ConfigError
from pipeline.recipes.checks import recipe_converter
from pipeline.recipes.recipe import Recipe, StageSpec
from pipeline.stages.admission import Admission, admission
from pipeline.stages.c4_lines import C4Lines, c4_lines
from pipeline.stages.rules import RuleFilter, rule_filter

_FOLDER = Path(__file__).parent


def built_in() -> dict[str, str]:
    """Name and description of each recipe that comes with the package."""
    return {path.stem: str(read_toml(path)["description"]) for path in _files()}


def recipe_text(name_or_path: str) -> str:
    """The TOML of a recipe, comments and all."""
    return _path_of(name_or_path).read_text(encoding="utf-8")


def recipe_directory(name_or_path: str) -> Path:
    """The folder that files named in a recipe (models, labelled sets) are relative to."""
    return _path_of(name_or_path).parent.resolve()


def load_recipe(name_or_path: str) -> Recipe:
    """A recipe by its built-in name or from a TOML file, its list files read in.

    Raises ConfigError that lists every fault of the file.
    """
    path = _path_of(name_or_path)
    return structure(read_toml(path), Recipe, str(path), recipe_converter(path.parent))


def recorded_recipe(data: dict[str, Any], where: str) -> Recipe:
    """The recipe of a record (``Recipe.to_dict``): its lists are in it, no file is read."""
    plain = json.loads(json.dumps(data))
    return structure(plain, Recipe, where, recipe_converter(None))


def build_stage(spec: StageSpec, recipe: Recipe) -> RuleFilter | Admission | C4Lines:
    """The filter or transform of a stage of kind admission, rules or c4-lines."""
    if spec.kind == "admission":
        return admission(spec, recipe)
    if spec.kind == "rules":
        return rule_filter(spec, recipe)
    if spec.kind == "c4-lines":
        return c4_lines(spec, recipe)
    raise ValueError(f"stage {spec.name!r}: kind {spec.kind!r} is no filter of one batch")


def _files() -> list[Path]:
    return sorted(_FOLDER.glob("*.toml"))


def _path_of(name_or_path: str) -> Path:
    named = {path.stem: path for path in _files()}
    if name_or_path in named:
        return named[name_or_path]
    path = Path(name_or_path)
    if path.suffix == ".toml" or path.exists():
        return path
    raise ConfigError(
        f"recipe {name_or_path!r}: no built-in recipe and no file of that name; "
        f"{did_you_mean(name_or_path, list(named))}"
    )
