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
from pipeline.document import text_array
from pipeline.errors import ConfigError, RunError
from pipeline.recipes.recipe import Quality as Settings
from pipeline.stages.stage import Documents, Failures

BUILT_IN = "builtin:"
_LABEL = "__label__"


@dataclass(frozen=True, slots=True)
class QualityFilter:
    """Drops documents to which the model gives less than ``threshold`` of ``keep_label``."""

    name: str
    settings: Settings
    model: Any

    @property
    def reasons(self) -> tuple[str, ...]:
        return ("low_quality",)

    def failures(self, documents: Documents) -> Failures:
        out = np.zeros((len(documents), 1), np.bool_)
        rows = np.flatnonzero(documents.alive)
        if len(rows) == 0:
            return out
        texts = text_array(documents.text).filter(pa.array(documents.alive))
        lines = _lines(texts, self.settings).to_pylist()
        labels, scores = self.model.predict(lines, k=-1)
        wanted = _LABEL + self.settings.keep_label
        out[rows, 0] = [
            dict(zip(names, values, strict=True)).get(wanted, 0.0) < self.settings.threshold
            for names, values in zip(labels, scores, strict=True)
        ]
        return out


def load_quality_filter(name: str, settings: Settings, model_path: Path) -> QualityFilter:
    """The filter with its model; a ConfigError when the model cannot serve."""
    import fasttext

    try:
        model = fasttext.load_model(str(model_path))
    except ValueError as error:
        raise ConfigError(f"stage {name}: {model_path} is no fastText model ({error})") from error
    known = [label.removeprefix(_LABEL) for label in model.get_labels()]
    if settings.keep_label not in known:
        raise ConfigError(
            f"stage {name}: the model has no label {settings.keep_label!r}; "
            f"set quality.keep_label ({did_you_mean(settings.keep_label, known)})"
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
    return pc.replace_substring_regex(lines, r"([\p{Han}\p{Hiragana}\p{Katakana}])", r" \1 ")


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
            training.write(f"{_LABEL}{label} {line}\n")
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
