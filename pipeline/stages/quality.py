"""The quality classifier: a fastText model, given, or trained on a labelled set.

fastText: Joulin et al. 2017, Bag of Tricks for Efficient Text Classification. Training uses one
thread and a seed, so that the same set gives the same model, byte for byte.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.config import did_you_mean
from pipeline.errors import ConfigError, RunError
from pipeline.models.fasttext_export import mapped_model
from pipeline.models.fasttext_model import (
    IDEOGRAPHS,
    LABEL,
    FastTextModel,
    label_probabilities,
    open_model,
)
from pipeline.recipes.recipe import Quality as Settings
from pipeline.stages.stage import Documents, Failures

BUILT_IN = "builtin:"


@dataclass(frozen=True, slots=True)
class QualityFilter:
    """Drops documents to which the model gives less than ``threshold`` of ``keep_label``."""

    name: str
    settings: Settings
    model: FastTextModel

    @property
    def reasons(self) -> tuple[str, ...]:
        return ("low_quality",)

    def failures(self, documents: Documents) -> Failures:
        out = np.zeros((len(documents), 1), np.bool_)
        if not documents.alive.any():
            return out
        kept = label_probabilities(
            self.model,
            documents.text,
            documents.alive,
            self.settings.keep_label,
            self.settings.space_ideographs,
        )
        out[:, 0] = documents.alive & (kept < self.settings.threshold)
        return out


def load_quality_filter(
    name: str, settings: Settings, model_path: Path, exports: Path | None = None
) -> QualityFilter:
    """The filter with its model mapped; a ConfigError when the model cannot serve.

    The arrays to be mapped are made in the folder ``exports`` when they are not there yet; beside
    the model when none is given.
    """
    try:
        model = open_model(mapped_model(model_path, exports or model_path.parent))
    except ConfigError as error:
        raise ConfigError(f"stage {name}: {error}") from error
    if settings.keep_label not in model.labels:
        raise ConfigError(
            f"stage {name}: the model has no label {settings.keep_label!r}; "
            f"set quality.keep_label ({did_you_mean(settings.keep_label, list(model.labels))})"
        )
    return QualityFilter(name, settings, model)


def train_quality_model(name: str, settings: Settings, base: Path, out: Path) -> int:
    """Train on the labelled set of ``settings`` and save to ``out``; returns its documents.

    The set is JSON Lines of ``{"label": …, "text": …}``, plain or .gz, relative to ``base``.
    """
    import fasttext

    training_file = out.with_suffix(".txt")
    count = _write_training_file(name, settings, base, training_file)
    model = fasttext.train_supervised(
        input=str(training_file),
        dim=settings.dimensions,
        wordNgrams=settings.word_ngrams,
        epoch=settings.epochs,
        bucket=settings.buckets,
        lr=settings.learning_rate,
        seed=settings.seed,
        thread=1,
        verbose=0,
    )
    unfinished = out.with_suffix(".tmp")
    model.save_model(str(unfinished))
    if not _is_whole(unfinished, model):  # the library does not tell of a full disk
        raise RunError(
            f"stage {name}: the model could not be written whole to {out.parent}; "
            "is the disk full? Free some space and run the same command again"
        )
    unfinished.replace(out)
    training_file.unlink()
    return count


def _is_whole(path: Path, model: Any) -> bool:
    import fasttext

    try:
        saved = fasttext.load_model(str(path))
    except ValueError:
        return False
    matrices = ("get_input_matrix", "get_output_matrix")
    return all(np.array_equal(getattr(saved, m)(), getattr(model, m)()) for m in matrices)


def labelled_set_path(labelled_set: str, base: Path) -> Path:
    """Where a labelled set lies: beside the recipe, or among those that come with us."""
    if not labelled_set.startswith(BUILT_IN):
        return base / labelled_set
    name = labelled_set.removeprefix(BUILT_IN)
    return Path(str(resources.files("pipeline.recipes") / f"labelled-{name}.jsonl.gz"))


def _lines(texts: pa.Array, settings: Settings) -> pa.Array:
    """Texts as the model reads them: one line each, ideographs apart where the recipe says so."""
    lines = pc.replace_substring_regex(texts, r"\s", " ")
    if not settings.space_ideographs:
        return lines
    return pc.replace_substring_regex(lines, f"({IDEOGRAPHS})", r" \1 ")


def _write_training_file(name: str, settings: Settings, base: Path, target: Path) -> int:
    source = labelled_set_path(settings.labelled_set, base)
    if not source.exists():
        raise ConfigError(f"stage {name}: labelled set {source} does not exist")
    labels, texts = _labelled_rows(source)
    if not labels:
        raise ConfigError(f"stage {name}: labelled set {source} is empty")
    lines = _lines(pa.array(texts, pa.large_string()), settings).to_pylist()
    with target.open("w", encoding="utf-8") as training:
        for label, line in zip(labels, lines, strict=True):
            training.write(f"{LABEL}{label} {line}\n")
    return len(labels)


def _labelled_rows(source: Path) -> tuple[list[str], list[str]]:
    labels, texts = [], []
    opener = gzip.open if source.suffix == ".gz" else open
    with opener(source, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
                label, text = row["label"], row["text"]
            except (ValueError, KeyError, TypeError) as error:
                raise _bad_line(source, number, line) from error
            if not isinstance(label, str) or not isinstance(text, str):
                raise _bad_line(source, number, line)
            labels.append(label)
            texts.append(text)
    return labels, texts


def _bad_line(source: Path, number: int, line: str) -> ConfigError:
    expected = '{"label": "…", "text": "…"}'
    return ConfigError(f"{source}: line {number}: expected {expected}, found {line[:60]!r}")
