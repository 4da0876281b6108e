"""The way of a document to dedup: the stages of a record's recipe, and which filters pay.

A census looks for copies among all documents, and most are none. Keys are computed after the
transforms, as in the run, but a filter need not run on every document: it runs again on the hits
anyhow. It is worth its time beforehand when it drops more work than it costs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ConfigError, CorpuscostError, RunError
from pipeline.recipes.catalog import recorded_recipe
from pipeline.recipes.recipe import DEDUP_KINDS, Recipe, StageSpec
from pipeline.stages.build import build_dedup, build_stage
from pipeline.stages.dedup import Dedup
from pipeline.stages.quality import train_quality_model
from pipeline.stages.stage import Filter, Transform
from profiler.record.schema import Run, StageTotals


@dataclass(frozen=True, slots=True)
class Barrier:
    """A dedup on the way, and its number among the dedups that count: 0 for the first."""

    number: int
    dedup: Dedup
    kind: str


Step = Filter | Transform | Barrier


@dataclass(frozen=True, slots=True)
class Route:
    """Stages in their order up to the last dedup that counts.

    ``early`` names the filters that run on all documents, before it is known which are hits.
    """

    steps: tuple[Step, ...]
    early: frozenset[str]

    @property
    def barriers(self) -> tuple[Barrier, ...]:
        return tuple(step for step in self.steps if isinstance(step, Barrier))


def counted_dedups(recipe: Recipe) -> tuple[StageSpec, ...]:
    """The first dedup of each kind, in order: those that probes have keys of."""
    firsts: dict[str, StageSpec] = {}
    for spec in recipe.stages:
        if spec.kind in DEDUP_KINDS:
            firsts.setdefault(spec.kind, spec)
    return tuple(firsts.values())


def recipe_of(run: Run, where: Path) -> Recipe:
    """The recipe of a record, which must have a dedup.

    Raises RunError when there is none, or when this program cannot read the recipe.
    """
    try:
        recipe = recorded_recipe(run.recipe, f"{where}: recipe")
    except ConfigError as error:
        raise RunError(
            f"the recipe of the run cannot be rebuilt by this version: {error}\n"
            "profile again, or use the version of corpuscost that made the run"
        ) from error
    if not counted_dedups(recipe):
        raise RunError(
            f"{where}: recipe {recipe.name!r} has no dedup stage, so the run has no probes to "
            "count copies of; profile with a recipe that has one"
        )
    return recipe


def build_route(recipe: Recipe, early: Sequence[str], files: Path, models: Path) -> Route:
    """The stages, ready to work.

    ``files`` is the folder that model files and labelled sets of the recipe are relative to;
    models that have to be trained are kept in ``models``. Raises ConfigError for one that is
    not there.
    """
    steps: list[Step] = []
    for spec in specs_on_route(recipe):
        if spec.kind in DEDUP_KINDS:
            number = sum(isinstance(step, Barrier) for step in steps)
            steps.append(Barrier(number, build_dedup(spec), spec.kind))
        else:
            steps.append(_stage(spec, recipe, files, models))
    return Route(tuple(steps), frozenset(early))


def specs_on_route(recipe: Recipe) -> tuple[StageSpec, ...]:
    """Lines of the recipe up to the last dedup that counts; a later dedup of a kind is none."""
    counted = counted_dedups(recipe)
    last = max(recipe.stages.index(spec) for spec in counted)
    return tuple(
        spec
        for spec in recipe.stages[: last + 1]
        if spec.kind not in DEDUP_KINDS or spec in counted
    )


def early_filters(recipe: Recipe, totals: Sequence[StageTotals]) -> tuple[str, ...]:
    """Filters whose cost per byte is under what they spare of the work that comes after them.

    From the run's own CPU and volumes: going back from the last dedup with the cost h per byte of
    all that follows, a filter of cost c that drops the share d pays when c < d·h, and then
    h becomes c + (1 - d)·h. The choice changes no count, only the time. Admission always runs: it
    keeps giant documents away.
    """
    measured = {stage.stage: stage for stage in totals}
    ahead = 0.0
    early: list[str] = []
    for spec in reversed(specs_on_route(recipe)):
        stage = measured.get(spec.name)
        if stage is None or not stage.bytes_in:
            continue
        if spec.kind in DEDUP_KINDS:
            ahead += _cost(stage.phase_cpu_seconds, "sketch", stage.bytes_in)
            continue
        cost = stage.cpu_seconds / stage.bytes_in
        left = stage.bytes_out / stage.bytes_in
        if spec.kind == "c4-lines":
            ahead = cost + left * ahead
        elif spec.kind == "admission" or cost < (1 - left) * ahead:
            ahead = cost + left * ahead
            early.append(spec.name)
    return tuple(reversed(early))


def _cost(phases: Mapping[str, float], phase: str, volume: int) -> float:
    return phases.get(phase, 0.0) / volume


def _stage(spec: StageSpec, recipe: Recipe, files: Path, models: Path) -> Filter | Transform:
    if spec.kind != "quality":
        return build_stage(spec, recipe, lambda name: models / f"{name}.bin")
    path = models / f"{spec.name}.bin"
    try:
        if spec.quality.model:
            path = _present(files / spec.quality.model)
        elif not path.exists():
            models.mkdir(parents=True, exist_ok=True)
            train_quality_model(spec.name, spec.quality, files, path)
        return build_stage(spec, recipe, lambda _: path, models)
    except CorpuscostError as error:
        raise ConfigError(
            f"{error}\nstage {spec.name!r} runs before dedup, so a census needs its model: name "
            "the folder that the recipe lay in with --files"
        ) from error


def _present(path: Path) -> Path:
    if not path.is_file():
        raise ConfigError(f"model file {path} does not exist")
    return path
