"""Files that stages leave for later ones: named, counted and sized before they are removed."""

from __future__ import annotations

import glob
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.engines.local.plan import Leg, Plan, Workspace
from profiler.record.schema import IntermediateFiles

CARRIER = "intermediate"
_LEG_FILES = {"text.arrow": CARRIER, "rows.npy": CARRIER, "sketch.parquet": None}  # None: dedup's


def intermediate_files(
    plan: Plan, workspace: Workspace, docs_out: int, bytes_out: int
) -> tuple[IntermediateFiles, ...]:
    """What lies in the workspace, by kind of file and by pass over the shards, in their order.

    ``docs_out`` and ``bytes_out`` are what leaves the whole recipe: the last pass's rows stand for
    that. A resumed run has all of them, since finished work stays until the record is made.
    """
    found = list(_models(plan, workspace))
    for leg in plan.legs:
        folders = [workspace.shard(leg.number, shard.number) for shard in plan.shards]
        stands_for = (docs_out, bytes_out) if leg.sketched is None else _sketched(folders)
        for name, stage in _LEG_FILES.items():
            paths = [folder / name for folder in folders]
            found += _rows(name, stage or _dedup(leg), leg.number, _sizes(paths), stands_for)
        if leg.sketched is not None:
            found += _resolution(workspace.resolution(leg.number), leg, stands_for)
    return tuple(found)


def _resolution(folder: Path, leg: Leg, stands_for: tuple[int, int]) -> Iterator[IntermediateFiles]:
    """What resolving left, and what it had and removed: both are files of the dedup."""
    outcome = folder / "outcome.json"
    if not outcome.exists():
        return
    scratch = json.loads(outcome.read_text(encoding="utf-8"))["scratch_bytes"]
    for name in sorted(scratch):
        yield from _rows(name, _dedup(leg), leg.number, [scratch[name]], stands_for)
    for name, paths in (
        ("members.npy", [folder / "members.npy"]),
        ("keep.npy", sorted(folder.glob("keep-*.npy"))),
    ):
        yield from _rows(name, _dedup(leg), leg.number, _sizes(paths), stands_for)


def _models(plan: Plan, workspace: Workspace) -> Iterator[IntermediateFiles]:
    """Models trained for this run (one that the recipe brings is input), and their arrays."""
    for spec in plan.recipe.stages:
        if spec.kind != "quality":
            continue
        path = workspace.model(spec.name)
        yield from _rows(path.name, spec.name, None, _sizes([path]), (0, 0))
        stem = Path(spec.quality.model).stem if spec.quality.model else spec.name
        arrays = sorted(workspace.models.glob(f"{glob.escape(stem)}-*.arrays/*"))
        yield from _rows(f"{stem}.arrays", spec.name, None, _sizes(arrays), (0, 0))


def _rows(
    name: str, stage: str, leg: int | None, sizes: list[int], stands_for: tuple[int, int]
) -> Iterator[IntermediateFiles]:
    if sizes:
        yield IntermediateFiles(name, stage, leg, len(sizes), sum(sizes), *stands_for)


def _sizes(paths: Iterable[Path]) -> list[int]:
    return [path.stat().st_size for path in paths if path.exists()]


def _sketched(folders: Iterable[Path]) -> tuple[int, int]:
    """Documents that reached the dedup at a pass's end, and their text."""
    docs = size = 0
    for folder in folders:
        if (folder / "sketch.parquet").exists():
            table = pq.read_table(folder / "sketch.parquet", columns=["bytes"], use_threads=False)
            docs += table.num_rows
            size += pc.sum(table.column("bytes")).as_py() or 0
    return docs, size


def _dedup(leg: Leg) -> str:
    return leg.sketched.name if leg.sketched is not None else CARRIER
