"""Whether a finished record is what a run of the same shards under the same options would give."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pipeline.errors import RunError
from pipeline.reading.inputs import SAMPLE_MANIFEST, ShardFile, find_shards, is_manifest
from pipeline.recipes.catalog import load_recipe
from profiler.measurement import Options
from profiler.record.sample import load_sample
from profiler.record.schema import Input, Run

WORST_CLOCK_SECONDS = 1.0  # a run tells its start in whole seconds


def check_same_run(folder: Path, run: Run, shards: Sequence[str | Path], options: Options) -> None:
    """RunError that says what differs: state, recipe, seed, sample or inputs.

    A shard that was written after the run began is read and compared by its digest; of others name
    and size are enough.
    """
    files = find_shards(shards)
    differing = [
        name
        for name, differs in (
            (f"state ({run.state})", run.state != "complete"),
            ("recipe", run.recipe != json.loads(json.dumps(load_recipe(options.recipe).to_dict()))),
            (f"seed ({run.seed})", run.seed != options.seed),
            ("sample", not _same_share(run, _share_of(files, options.sample))),
        )
        if differs
    ]
    differing += _differing_inputs(run, files)
    if differing:
        raise RunError(
            f"{folder}: holds a record of another {', '.join(differing)}; name another run folder "
            "in the plan, or delete that one to profile again"
        )


def _share_of(files: Sequence[ShardFile], sample: float) -> float | None:
    """The share of documents that a run over these files takes of the whole shards behind them."""
    folders = {file.path.parent for file in files}
    drawn = [each for each in folders if is_manifest(each / SAMPLE_MANIFEST)]
    earlier = load_sample(drawn[0]).fraction if drawn else None
    if sample >= 1:
        return earlier
    return sample if earlier is None else earlier * sample


def _same_share(run: Run, share: float | None) -> bool:
    found = None if run.sampled is None else run.sampled.fraction
    if found is None or share is None:
        return found == share
    return math.isclose(found, share)


def _differing_inputs(run: Run, files: Sequence[ShardFile]) -> list[str]:
    recorded = {each.path: each for each in run.inputs}
    missing = [name for name in recorded if name not in {file.name for file in files}]
    changed = [
        file.name
        for file in files
        if file.name not in recorded or not _same_content(file, recorded[file.name], run)
    ]
    names = [*missing, *changed]
    if not names:
        return []
    others = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
    return [f"input ({names[0]}{others})"]


def _same_content(file: ShardFile, recorded: Input, run: Run) -> bool:
    if file.bytes != recorded.bytes:
        return False
    began = datetime.fromisoformat(run.started_at).timestamp() + WORST_CLOCK_SECONDS
    if file.path.stat().st_mtime <= began:
        return True
    with file.path.open("rb") as stored:
        return hashlib.file_digest(stored, "sha256").hexdigest() == recorded.sha256
