"""fastText: the quality stage of the default recipe beside the library, with the same model."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from phases import MOST_BYTES
from running import packaged, run_ours, run_peer
from table import Row, kept_note
from texts import Corpus, fresh, survivors

from pipeline.models.fasttext_export import mapped_model
from pipeline.models.fasttext_model import open_model, predict_labels
from pipeline.recipes.catalog import load_recipe, recipe_directory
from pipeline.stages.build import build_stage
from pipeline.stages.quality import train_quality_model


def classifying(corpus: Corpus, folder: Path) -> Iterator[Row]:
    """Both read the texts, fold white space and give every document its probability."""
    part = corpus.prefix(MOST_BYTES)
    documents = part.documents()
    recipe = load_recipe("web-en")
    spec = next(spec for spec in recipe.stages if spec.kind == "quality")
    large = replace(spec.quality, dimensions=100, buckets=2_000_000, word_ngrams=2)
    for phase, settings in (
        ("fastText, dim 100, bigrams", large),
        ("fastText, as the recipe has it", spec.quality),
    ):
        model = folder / f"quality-{settings.dimensions}-{settings.buckets}.bin"
        if not model.exists():
            train_quality_model(spec.name, settings, recipe_directory("web-en"), model)
        stage = build_stage(replace(spec, quality=settings), recipe, lambda _, path=model: path)

        def work(stage: Any = stage) -> dict[str, Any]:
            return {"kept": survivors(fresh(documents), [stage])}

        yield from _beside(phase, "quality", work, part, folder, model)


def languages(corpus: Corpus, folder: Path) -> Iterator[Row]:
    """The most probable language of each whole text, by the model lid.176.ftz."""
    source = packaged("language", folder, "lid.176.ftz")
    model = open_model(mapped_model(source, folder))
    part = corpus.prefix(MOST_BYTES)
    documents = part.documents()

    def work() -> dict[str, Any]:
        labels, _ = predict_labels(model, documents.text, documents.alive)
        return {"labels": ["__label__" + model.labels[label] for label in labels]}

    yield from _beside("language id, lid.176", "language", work, part, folder, source)


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
    if "kept" in theirs.result:
        note = kept_note(ours.result["kept"], theirs.result["kept"], documents)
    else:
        pairs = zip(ours.result["labels"], theirs.result["labels"], strict=True)
        note = f"{sum(one == other for one, other in pairs):,} of {documents:,} labels the same"
    ratio = theirs.cpu_seconds / ours.cpu_seconds
    yield Row(phase, "fasttext", documents, size, theirs.cpu_seconds, ratio, note)
