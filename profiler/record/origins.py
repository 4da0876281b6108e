"""Which whole shard a sampled document was drawn from, so that it is not taken for its own copy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.engines.local.plan import Plan
from pipeline.reading.inputs import SAMPLE_MANIFEST, is_manifest
from profiler.record.sample import Sample, load_sample


def origins(
    plan: Plan, shards: Sequence[str], positions: npt.NDArray[np.int64]
) -> list[str | None]:
    """The source shard of each document, by the run's shard and the place in it.

    A shard of a folder with a manifest is the drawn documents of its sources, one source after
    the other. A run that draws on the fly reads the sources themselves. Whole shards: None.
    """
    drawn = {shard.name: Path(shard.path) for shard in plan.shards}
    samples = {
        folder: load_sample(folder)
        for folder in {path.parent for path in drawn.values()}
        if is_manifest(folder / SAMPLE_MANIFEST)
    }
    found: list[str | None] = []
    for shard, position in zip(shards, positions.tolist(), strict=True):
        sample = samples.get(drawn[shard].parent)
        if sample is not None:
            found.append(source_at(sample, drawn[shard].name, position))
        else:
            found.append(shard if plan.sample < 1 else None)
    return found


def source_at(sample: Sample, file: str, position: int) -> str | None:
    """The source of the document at a place of one file of a sample; None beyond its end."""
    end = 0
    for source in sample.inputs:
        if source.file != file:
            continue
        end += source.drawn_documents
        if position < end:
            return source.path
    return None
