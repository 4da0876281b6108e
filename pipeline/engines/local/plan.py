"""What a run will do: its recipe cut into legs, its shards, and where everything lies."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cattrs

from pipeline.errors import RunError
from pipeline.reading.shard import ColumnNames, ShardFile
from pipeline.recipes.recipe import DEDUP_KINDS, Recipe, StageSpec


@dataclass(frozen=True, slots=True)
class Leg:
    """Stages between two barriers: apply the last dedup, run a chain, sketch for the next one."""

    number: int
    applied: StageSpec | None
    chain: tuple[StageSpec, ...]
    sketched: StageSpec | None

    @property
    def rewrites(self) -> bool:
        """Whether this leg leaves a text file; a later one that edits no text leaves rows."""
        return self.number == 0 or any(spec.kind == "c4-lines" for spec in self.chain)


@dataclass(frozen=True, slots=True)
class ShardPlan:
    """A shard and what tells whether it has changed since."""

    number: int
    name: str
    path: str
    bytes: int
    format: str
    modified_ns: int

    def file(self) -> ShardFile:
        return ShardFile(Path(self.path), self.name, self.bytes, self.format)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a worker needs to know; written once as work/plan.json."""

    recipe: Recipe
    recipe_directory: str
    shards: tuple[ShardPlan, ...]
    columns: ColumnNames
    seed: int
    version: str
    batch_bytes: int = 8_000_000
    memory_bytes: int = 4_000_000_000
    workers: int = 1
    keep_directory: str = ""
    skip_bad_shards: bool = False
    sample: float = 1.0  # each document goes on from reading with this probability
    observer: str = ""  # "module:factory"; empty for a run that nobody watches
    inspector: str = ""
    inspector_settings: dict[str, str] = field(default_factory=dict)

    @property
    def legs(self) -> tuple[Leg, ...]:
        """The recipe cut after each dedup's sketch."""
        legs: list[Leg] = []
        applied: StageSpec | None = None
        chain: list[StageSpec] = []
        for spec in self.recipe.stages:
            if spec.kind in DEDUP_KINDS:
                legs.append(Leg(len(legs), applied, tuple(chain), spec))
                applied, chain = spec, []
            else:
                chain.append(spec)
        legs.append(Leg(len(legs), applied, tuple(chain), None))
        return tuple(legs)

    @property
    def largest_text_bytes(self) -> int | None:
        """The size above which the first stage drops every document; None when it drops none so."""
        first = self.recipe.stages[:1]
        admits = any(spec.kind == "admission" for spec in first)
        return self.recipe.max_document_bytes if admits else None

    def identity(self) -> dict[str, Any]:
        """What must be the same for a run to be taken up again."""
        return {
            "recipe": json.loads(json.dumps(self.recipe.to_dict())),
            "seed": self.seed,
            "sample": self.sample,
            "version": self.version,
            "input": [[s.name, s.bytes, s.modified_ns] for s in self.shards],
            "columns": cattrs.unstructure(self.columns),
            "keep": self.keep_directory,
            "inspection": self.inspector_settings,
        }


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folders of a run in progress. A folder that exists is finished."""

    root: Path

    @property
    def plan_file(self) -> Path:
        return self.root / "plan.json"

    @property
    def processes(self) -> Path:
        return self.root / "processes"

    def shard(self, leg: int, shard: int) -> Path:
        return self.root / f"leg-{leg}" / f"{shard:06d}"

    def skipped(self, shard: int) -> Path:
        return self.root / "skipped" / f"{shard:06d}.json"

    def resolution(self, leg: int) -> Path:
        """What resolving the sketches of a leg gave."""
        return self.root / f"resolve-{leg}"

    @property
    def models(self) -> Path:
        """Models that were trained, and what is mapped of those and of given ones."""
        return self.root / "models"

    def model(self, stage: str) -> Path:
        return self.models / f"{stage}.bin"

    def text_leg(self, legs: tuple[Leg, ...], leg: int) -> int:
        """The last leg up to ``leg`` that left a text file."""
        return max(each.number for each in legs[: leg + 1] if each.rewrites)


def write_plan(plan: Plan, workspace: Workspace) -> None:
    """Start a run's workspace, or take up one whose plan has the same identity.

    Raises RunError that names what differs: recipe, seed, sample, version, input, columns or keep.
    """
    path = workspace.plan_file
    if path.exists():
        earlier = read_plan(workspace).identity()
        differing = [key for key, value in plan.identity().items() if earlier[key] != value]
        if differing:
            raise RunError(
                f"{workspace.root.parent}: holds an unfinished run of another "
                f"{', '.join(differing)}; give another --out, or delete that folder"
            )
    workspace.processes.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".tmp")
    unfinished.write_text(json.dumps(cattrs.unstructure(plan)), encoding="utf-8")
    unfinished.replace(path)


def read_plan(workspace: Workspace) -> Plan:
    """The plan of a workspace; a RunError when it is damaged."""
    try:
        data = json.loads(workspace.plan_file.read_text(encoding="utf-8"))
        return cattrs.structure(data, Plan)
    except Exception as error:
        raise RunError(
            f"{workspace.plan_file}: damaged ({error}); delete the folder and profile again"
        ) from error
