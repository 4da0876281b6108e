"""fastText: the quality stage of the default recipe beside the library, with the same model."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from phases import MOST_BYTES
from running import run_ours, run_peer
from table import Row, kept_note
from texts import Corpus, fresh, survivors

from pipeline.recipes.catalog import load_recipe, recipe_directory
from pipeline.stages.build import build_stage
from pipeline.stages.quality import train_quality_model


def classifying(corpus: Corpus, folder: Path) -> Iterator[Row]:
    """Both read the texts, fold white space and give every document its probability."""
    recipe = load_recipe("web-en")
    spec = next(spec for spec in recipe.stages if spec.kind == "quality")
    model = folder / "quality.bin"
    if not model.exists():
        train_quality_model(spec.name, spec.quality, recipe_directory("web-en"), model)
    stage = build_stage(spec, recipe, lambda _: model)
    part = corpus.prefix(MOST_BYTES)
    documents = part.documents()

    def work() -> dict[str, Any]:
        return {"kept": survivors(fresh(documents), [stage])}

    yield from _beside("fastText, dim 100, bigrams", "quality", work, part, folder, model)


def _beside(
    phase: str,
    name: str,
    work: Callable[[], dict[str, Any]],
    part: Corpus,
    folder: Path,
    model: Path,
) -> Iterator[Row]:
    ours = run_ours(work)
    documents, size = len(part.ids), part.text_bytes
    yield Row(phase, "corpuscost", documents, size, ours.cpu_seconds)
    path = folder / "prefix.jsonl"
    part.write_lines(path)
    try:
        theirs = run_peer("fasttext", name, path, folder, model=str(model.resolve()))
    except subprocess.CalledProcessError as error:
        print(f"{phase}: fasttext failed with status {error.returncode}")
        return
    note = kept_note(ours.result["kept"], theirs.result["kept"], documents)
    ratio = theirs.cpu_seconds / ours.cpu_seconds
    yield Row(phase, "fasttext", documents, size, theirs.cpu_seconds, ratio, note)
