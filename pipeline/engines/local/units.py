"""Units of work that a worker does: each leaves one finished folder, renamed into place."""

from __future__ import annotations

import functools
import importlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from pipeline.document import Mask
from pipeline.engines.local.chain import (
    Chain,
    Report,
    ShardSource,
    Source,
    TextSource,
    run_chain,
    write_outcome,
)
from pipeline.engines.local.drawn import DrawnSource
from pipeline.engines.local.plan import Leg, Plan, ShardPlan, Workspace
from pipeline.inspector import Inspector, InspectorFactory, Uninspected
from pipeline.observer import (
    Observer,
    ObserverFactory,
    Phase,
    Session,
    Unobserved,
    Volume,
    during,
)
from pipeline.reading.draw import draw_of
from pipeline.reading.shard import Shard, open_shard
from pipeline.stages.build import build_dedup, build_stage
from pipeline.stages.dedup import Dedup, keep_mask, save_members
from pipeline.stages.joining import Room
from pipeline.stages.quality import train_quality_model
from pipeline.stages.stage import Filter, Transform


@dataclass
class Units:
    """The units of one plan, with the stages built once per process."""

    plan: Plan
    workspace: Workspace

    @functools.cached_property
    def observer_factory(self) -> ObserverFactory:
        return load_factory(self.plan.observer) if self.plan.observer else Unobserved

    @functools.cached_property
    def inspector_factory(self) -> InspectorFactory:
        return load_factory(self.plan.inspector) if self.plan.inspector else Uninspected

    @functools.cached_property
    def stages(self) -> dict[str, Filter | Transform]:
        """Every filter and transform of the recipe, by name and in order."""
        recipe = self.plan.recipe
        return {
            spec.name: build_stage(spec, recipe, self._model_path, self.workspace.models)
            for leg in self.plan.legs
            for spec in leg.chain
        }

    def train_models(self, observer: Observer) -> None:
        """Train the models that the recipe does not bring and that are not there yet."""
        for spec in self.plan.recipe.stages:
            path = self.workspace.model(spec.name)
            if spec.kind != "quality" or spec.quality.model or path.exists():
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            base = Path(self.plan.recipe_directory)
            observer.begin(Phase(spec.name, "train"))
            count = 0
            try:
                count = train_quality_model(spec.name, spec.quality, base, path)
            finally:
                observer.end(Volume(count, count))

    def run_leg(
        self, number: int, shard: int, own: Observer, report: Report, progress: Progress
    ) -> None:
        """One leg over one shard. ``own`` is the process's observer: told of the books' cost."""
        planned = self.plan.shards[shard]
        with ExitStack() as unit:
            with during(own, Phase("coordinate", "open unit", planned.name)):
                leg = self.plan.legs[number]
                target = self.workspace.shard(number, shard)
                if target.exists():  # by a worker that was killed before it could say so
                    return
                directory = unit.enter_context(self._unit(target))
                sessions = unit.enter_context(ExitStack())
                observer = sessions.enter_context(self.observer_factory(directory))
                inspector = sessions.enter_context(self._inspection(directory, planned, number))
            opened = self._open(planned, observer, progress) if number == 0 else None
            observer.begin(Phase("intermediate", "open", planned.name))
            source = self._source(leg, planned, opened)
            chain = self._chain(leg, planned, directory)
            observer.end(Volume())
            run_chain(chain, source, observer, inspector, report)
            with during(own, Phase("profiling", "close books", planned.name)):
                sessions.close()
                if opened is not None:
                    write_outcome(directory, {"tally": asdict(opened.tally)})
                # What they hold is freed in this phase.
                del opened, source, chain, inspector, observer, sessions
                unit.close()

    def _inspection(self, directory: Path, planned: ShardPlan, leg: int) -> Session[Inspector]:
        plan = self.plan
        stages = list(self.stages.values())
        return self.inspector_factory(
            directory, planned.name, plan.seed, leg, stages, plan.inspector_settings
        )

    def _chain(self, leg: Leg, planned: ShardPlan, directory: Path) -> Chain:
        return Chain(
            directory,
            planned.number,
            planned.name,
            [self.stages[spec.name] for spec in leg.chain],
            build_dedup(leg.sketched) if leg.sketched else None,
            leg.rewrites and leg.sketched is not None,
            self._keep_path(planned) if leg.sketched is None else None,
        )

    def resolve(self, number: int) -> None:
        """Resolve the sketches of a leg over all shards; leaves members and a mask per shard."""
        leg = self.plan.legs[number]
        if leg.sketched is None:
            raise ValueError(f"leg {number} has no sketches to resolve")
        dedup = build_dedup(leg.sketched)
        with self._unit(self.workspace.resolution(number)) as directory:
            with self.observer_factory(directory) as observer:
                observer.begin(Phase(dedup.name, "resolve"))
                (directory / SCRATCH).mkdir()
                observer.end(self._resolve(dedup, number, directory))
            scratch = {each.name: each.stat().st_size for each in (directory / SCRATCH).iterdir()}
            write_outcome(directory, {"scratch_bytes": scratch})
            shutil.rmtree(directory / SCRATCH)

    def _resolve(self, dedup: Dedup, number: int, directory: Path) -> Volume:
        paths = {
            shard.number: self.workspace.shard(number, shard.number) / "sketch.parquet"
            for shard in self.plan.shards
            if not self.workspace.skipped(shard.number).exists()
        }
        if not paths:
            return Volume()
        rows = {shard: pq.read_metadata(path).num_rows for shard, path in paths.items()}
        room = Room(directory / SCRATCH, self.plan.memory_bytes)
        members = dedup.resolve(room, list(paths.values()))
        save_members(members, directory / "members.npy")
        kept = 0
        for shard, count in rows.items():
            mask = keep_mask(members, shard, count)
            np.save(directory / f"keep-{shard:06d}.npy", mask)
            kept += int(np.count_nonzero(mask))
        return Volume(sum(rows.values()), kept)

    def _open(self, planned: ShardPlan, observer: Observer, progress: Progress) -> Shard:
        observer.begin(Phase("read", "open", planned.name))
        shard = open_shard(
            planned.file(), self.plan.columns, progress, self.plan.largest_text_bytes
        )
        observer.end(Volume())
        return shard

    def _source(self, leg: Leg, planned: ShardPlan, opened: Shard | None) -> Source:
        if opened is not None:
            source = ShardSource(opened, planned.name, self.plan.batch_bytes)
            if self.plan.sample >= 1:
                return source
            return DrawnSource(source, draw_of(self.plan.seed, self.plan.sample))
        assert leg.applied is not None
        text_leg = self.workspace.text_leg(self.plan.legs, leg.number - 1)
        earlier = self.workspace.shard(leg.number - 1, planned.number)
        resolution = self.workspace.resolution(leg.number - 1)
        keep: Mask = np.load(resolution / f"keep-{planned.number:06d}.npy", allow_pickle=False)
        rows_file = earlier / "rows.npy"
        rows: npt.NDArray[np.int64] = (
            np.load(rows_file, allow_pickle=False)
            if rows_file.exists()
            else np.arange(len(keep), dtype=np.int64)
        )
        text = self.workspace.shard(text_leg, planned.number) / "text.arrow"
        return TextSource(text, planned.name, leg.applied.name, rows, keep)

    def _keep_path(self, planned: ShardPlan) -> Path | None:
        if not self.plan.keep_directory:
            return None
        return Path(self.plan.keep_directory) / f"{planned.name}.kept.parquet"

    def _model_path(self, stage: str) -> Path:
        spec = next(each for each in self.plan.recipe.stages if each.name == stage)
        if spec.quality.model:
            return Path(self.plan.recipe_directory) / spec.quality.model
        return self.workspace.model(stage)

    @contextmanager
    def _unit(self, target: Path) -> Iterator[Path]:
        """A folder that takes its name only when the work in it is whole."""
        unfinished = target.with_name(f".{target.name}.{os.getpid()}")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        try:
            yield unfinished
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        os.rename(unfinished, target)


Progress = Callable[[int], None]
SCRATCH = "scratch"  # of a resolve: removed when it is done


def load_factory(name: str) -> Any:
    """The object that "module:attribute" names."""
    module, attribute = name.split(":")
    return getattr(importlib.import_module(module), attribute)
