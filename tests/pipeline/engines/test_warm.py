"""After warming, a run compiles nothing: compiling would be charged to a stage."""

from __future__ import annotations

import importlib
import os
import pkgutil
import subprocess
import sys

import numpy as np
from numba.core.dispatcher import Dispatcher

import pipeline.kernels
from pipeline.engines.local.chain import Chain, ShardSource, TextSource, run_chain
from pipeline.engines.local.pool import MEMORY_REUSE
from pipeline.engines.local.warm import warm_kernels
from pipeline.inspector import Uninspected
from pipeline.observer import Unobserved
from pipeline.reading.inputs import find_shards
from pipeline.reading.shard import open_shard
from pipeline.recipes.catalog import build_stage, load_recipe
from pipeline.stages.build import build_dedup
from pipeline.stages.joining import Room

PER_BATCH = ("admission", "rules", "c4-lines")


def compiled() -> dict[str, int]:
    """Signatures that each kernel has been compiled for in this process."""
    counts = {}
    for module in pkgutil.iter_modules(pipeline.kernels.__path__, "pipeline.kernels."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, Dispatcher):
                counts[f"{module.name}.{name}"] = len(value.signatures)
    return counts


def test_a_run_after_warming_compiles_nothing(sample_corpus, tmp_path):
    recipe = load_recipe("web-multi")
    stages = [build_stage(spec, recipe) for spec in recipe.stages if spec.kind in PER_BATCH]
    dedups = [build_dedup(spec) for spec in recipe.stages if spec.kind not in PER_BATCH]
    warm_kernels(stages, dedups)
    before = compiled()

    observer = Unobserved(tmp_path)
    inspector = Uninspected(tmp_path, "", 1, 0, [], {})
    exact, near = dedups[0], dedups[1]
    exact_sketches, near_sketches = [], []
    for number, file in enumerate(find_shards([sample_corpus / "shards"])):
        folder, again_folder = tmp_path / str(number), tmp_path / f"{number}-again"
        folder.mkdir()
        again_folder.mkdir()
        source = ShardSource(open_shard(file), file.name, 8_000_000)
        chain = Chain(folder, number, file.name, stages, exact, True, None)
        run_chain(chain, source, observer, inspector, lambda text_bytes: None)
        rows = np.arange(10, dtype=np.int64)
        again = TextSource(folder / "text.arrow", file.name, "exact", rows, rows % 2 == 0)
        chain = Chain(again_folder, number, file.name, [], near, False, None)
        run_chain(chain, again, observer, inspector, lambda text_bytes: None)
        exact_sketches.append(folder / "sketch.parquet")
        near_sketches.append(again_folder / "sketch.parquet")
    exact.resolve(Room(tmp_path, 10_000_000), exact_sketches)
    near.resolve(Room(tmp_path, 10_000_000), near_sketches)

    assert sum(before.values()) >= 15  # the warming has compiled
    assert compiled() == before


FAULTS = """
import resource, sys
import numpy as np
from pipeline.engines.local.warm import warm_memory
if sys.argv[1] == "warm":
    warm_memory()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
blocks = [np.ones(8 << 20, np.uint8) for _ in range(6)]
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def test_warmed_memory_is_there_when_a_batch_asks_for_it():
    """In pages of 4 KiB, so that each touch of new memory counts."""
    pages = {"GLIBC_TUNABLES": "", "NUMPY_MADVISE_HUGEPAGE": "0"}
    environment = os.environ | MEMORY_REUSE | pages

    def faults(how: str) -> int:
        command = [sys.executable, "-c", FAULTS, how]
        found = subprocess.run(command, env=environment, capture_output=True, check=True)
        return int(found.stdout)

    cold, warm = faults("cold"), faults("warm")
    assert warm < cold / 4, (cold, warm)
