"""Profile sample shards: run a recipe over them under the meter, and keep the record."""

from __future__ import annotations

import datetime
import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.engines.local.plan import Plan, ShardPlan, Workspace
from pipeline.engines.local.run import RunProgress, run_plan
from pipeline.errors import ConfigError, RunError
from pipeline.kernels.compiled import CACHE_DIRECTORY, CACHE_VARIABLE, cache_base
from pipeline.reading.inputs import SAMPLE_MANIFEST, find_shards, is_manifest
from pipeline.reading.shard import ColumnNames
from pipeline.recipes.catalog import load_recipe, recipe_directory
from profiler.machine import describe_machine, describe_versions
from profiler.processes import UsageKeeper
from profiler.record.build import Circumstances, build_record
from profiler.record.gather import gather
from profiler.record.sample import load_sample, source_of
from profiler.record.schema import Design, SampledFrom
from profiler.record.store import RUN_FILE, Record, save
from profiler.scaling.growth import with_growth
from profiler.trial import chosen_shards

WORK = "work"
BUILT_IN_MODEL_WARNING = (
    "the quality model was trained on the labelled set that comes with the program: what it "
    "costs is real, what it says of your text means little; name a model of yours in the recipe"
)


@dataclass(frozen=True, slots=True)
class Options:
    """How to profile; the defaults are those of the command line."""

    recipe: str = "web-en"
    workers: int | None = None  # as many as there are vCPUs
    seed: int = 1
    keep: Path | None = None
    columns: ColumnNames = ColumnNames()  # noqa: RUF009  (frozen)
    skip_bad_shards: bool = False
    sample: float = 1.0  # each document goes on from reading with this probability
    design: Design | None = None  # None: documents of a sample, else whole shards
    tokenizer: Path | None = None
    batch_bytes: int = 8_000_000
    memory_bytes: int = 4_000_000_000
    keep_work: bool = False


def profile(
    inputs: Sequence[str | Path],
    out: str | Path,
    options: Options | None = None,
    progress: RunProgress | None = None,
) -> Record:
    """Run the recipe over all shards of ``inputs`` and write the record into ``out``.

    A run that was stopped goes on where it was. Raises ShardError, ConfigError or RunError with
    the next step; a run whose documents or bytes do not close is saved as failed and raises too.
    """
    options = options or Options()
    started = time.perf_counter()
    parent_cpu_before = time.process_time()
    out = Path(out)
    if (out / RUN_FILE).exists():
        raise RunError(f"{out}: holds a finished run; give another --out, or delete that folder")
    started_at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    plan = make_plan(inputs, options)
    sampled = _sampled_from(plan)
    workspace = Workspace(out / WORK)
    resumed = workspace.plan_file.exists()
    run_plan(plan, workspace, UsageKeeper(), progress)
    circumstances = Circumstances(
        machine=dict(describe_machine()),
        versions=describe_versions(),
        started_at=started_at,
        wall_seconds=time.perf_counter() - started,
        warnings=tuple(_warnings(plan, resumed)),
        design=options.design,
        sampled=sampled,
    )
    gathered = gather(plan, workspace, time.process_time() - parent_cpu_before)
    record = with_growth(build_record(plan, workspace, gathered, circumstances))
    save(record, out)
    if record.run.state == "failed":
        faults = "\n  ".join(record.run.ledger["faults"][:10])
        raise RunError(f"{out}: the ledger does not close; this is a fault of ours\n  {faults}")
    if not options.keep_work:
        shutil.rmtree(workspace.root)
    return record


def make_plan(inputs: Sequence[str | Path], options: Options) -> Plan:
    """What a run over these inputs will do."""
    if not 0 < options.sample <= 1:
        raise ConfigError(f"sample {options.sample}: expected more than 0 and at most 1")
    shards = tuple(
        ShardPlan(
            number=number,
            name=file.name,
            path=str(file.path.resolve()),
            bytes=file.bytes,
            format=file.format,
            modified_ns=file.path.stat().st_mtime_ns,
        )
        for number, file in enumerate(find_shards(inputs))
    )
    return Plan(
        recipe=load_recipe(options.recipe),
        recipe_directory=str(recipe_directory(options.recipe)),
        shards=shards,
        columns=options.columns,
        seed=options.seed,
        version=describe_versions()["corpuscost"],
        batch_bytes=options.batch_bytes,
        memory_bytes=options.memory_bytes,
        workers=options.workers or len(os.sched_getaffinity(0)),
        keep_directory=str(options.keep.resolve()) if options.keep else "",
        skip_bad_shards=options.skip_bad_shards,
        sample=options.sample,
        observer="profiler.meter:Meter",
        inspector="profiler.inspection:Inspection",
        inspector_settings=_tokenizer_setting(options.tokenizer)
        | chosen_shards(options.seed, [shard.name for shard in shards]),
    )


def _sampled_from(plan: Plan) -> SampledFrom | None:
    """What the shards were drawn from before, when they all lie in one folder with a manifest."""
    folders = {Path(shard.path).parent for shard in plan.shards}
    samples = sorted(each for each in folders if is_manifest(each / SAMPLE_MANIFEST))
    if not samples:
        return None
    if len(folders) > 1:
        raise ConfigError(
            f"{samples[0]}: a drawn sample, and the inputs lie in other folders too; profile each "
            "folder in a run of its own, or draw one sample from all of the shards"
        )
    names = [Path(shard.path).name for shard in plan.shards]
    return source_of(load_sample(samples[0]), names)


def _tokenizer_setting(path: Path | None) -> dict[str, str]:
    """The setting for a tokenizer file, which is tried before any work begins."""
    if path is None:
        return {}
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise ConfigError(
            "--tokenizer needs an extra package: pip install 'corpuscost[tokenizer]'"
        ) from error
    try:
        Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare Exception
        raise ConfigError(
            f"{path}: no tokenizer.json of Hugging Face tokenizers: {error}"
        ) from error
    return {"tokenizer": str(path.resolve())}


def _warnings(plan: Plan, resumed: bool) -> list[str]:
    warnings = []
    if any(spec.quality.labelled_set.startswith("builtin:") for spec in plan.recipe.stages):
        warnings.append(BUILT_IN_MODEL_WARNING)
    if CACHE_DIRECTORY is None:
        warnings.append(
            f"{cache_base()}: cannot be written, so the kernels were compiled for this run alone "
            f"(about 30 CPU-seconds); set {CACHE_VARIABLE} to a folder that can"
        )
    if resumed:
        warnings.append("the run was stopped and taken up again; its wall time is the last part's")
    return warnings
