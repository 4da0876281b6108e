"""A fastText classifier over mapped arrays: labels and probabilities of a batch, as the library's.

Bojanowski et al. 2017, Enriching Word Vectors with Subword Information; Joulin et al. 2017, Bag of
Tricks for Efficient Text Classification. White space of every kind separates words, line feeds too:
a document is one line to the model.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.document import Mask, TextView
from pipeline.errors import RunError
from pipeline.kernels.characters import kept_table
from pipeline.kernels.fasttext_rows import Shape, Table
from pipeline.kernels.fasttext_scores import (
    BEST,
    Model,
    Outputs,
    score_documents,
    sigmoid_table,
)
from pipeline.kernels.fasttext_words import Lexicon, Text, text_rules

LABEL = "__label__"
IDEOGRAPHS = r"[\p{Han}\p{Hiragana}\p{Katakana}]"
_PAGE_BYTES = 4096
_FIRST_APART, _LAST_APART = 0x2E80, 0x3FFFF

Labels = npt.NDArray[np.int32]
Probabilities = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FastTextModel:
    """A model's arrays, mapped; ``labels`` in the model's order, without their prefix."""

    labels: tuple[str, ...]
    arrays: Model


def open_model(folder: Path) -> FastTextModel:
    """Map what ``mapped_model`` wrote; a RunError when it is damaged."""
    try:
        facts = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        return _model(folder, facts)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(
            f"{folder}: damaged ({error}); delete the folder and run the same command again"
        ) from error


def _model(folder: Path, facts: dict[str, Any]) -> FastTextModel:
    def mapped(name: str) -> npt.NDArray[Any]:
        return _mapped(folder / f"{name}.npy")

    names = tuple(label.removeprefix(LABEL) for label in facts["labels"])
    outputs = Outputs(
        *(mapped("output"), mapped("scales"), mapped("children"), mapped("parents")),
        sigmoid_table(),
        len(names),
        facts["loss"],
    )
    lexicon = Lexicon(mapped("slots"), mapped("spans"), mapped("letters"))
    found_by = (mapped("stands_for"), mapped("kept"), mapped("kept_before"))
    table = Table(mapped("rows"), *found_by)
    return FastTextModel(names, Model(lexicon, table, Shape(**facts["shape"]), outputs))


def _mapped(path: Path) -> npt.NDArray[Any]:
    """An array, read-only; one without elements cannot be mapped, so small ones are read."""
    mode: Literal["r"] | None = "r" if path.stat().st_size > _PAGE_BYTES else None
    array = np.asarray(np.load(path, mode, allow_pickle=False))
    array.flags.writeable = False
    return array


def predict_labels(
    model: FastTextModel, view: TextView, alive: Mask, space_ideographs: bool = False
) -> tuple[Labels, Probabilities]:
    """The best label of each document, as a row of ``model.labels``, and its probability.

    Shape (n,) both; -1 and 0 for documents that are not alive or in which the model knows nothing.
    Probabilities are those of the library's ``predict``: up to 1.00001. With ``space_ideographs``
    every Han and Kana character is a word.
    """
    return score_documents(model.arrays, _text(space_ideographs), view, alive, BEST)


def label_probabilities(
    model: FastTextModel, view: TextView, alive: Mask, label: str, space_ideographs: bool = False
) -> Probabilities:
    """The probability of one label in each document, shape (n,); 0 where ``predict_labels`` has -1.

    Raises ValueError when the model has no such label.
    """
    wanted = model.labels.index(label)
    return score_documents(model.arrays, _text(space_ideographs), view, alive, wanted)[1]


@functools.cache
def _text(space_ideographs: bool) -> Text:
    if not space_ideographs:
        return text_rules()
    return text_rules(kept_table(f"ideographs-arrow-{pa.__version__}", _ideographs))


def _ideographs() -> npt.NDArray[np.uint8]:
    """The characters that recipes set apart, by the expression that training uses for it."""
    points = range(_FIRST_APART, _LAST_APART + 1)
    characters = pa.array(
        [chr(point) if not 0xD800 <= point < 0xE000 else "" for point in points], pa.string()
    )
    found = pc.match_substring_regex(characters, IDEOGRAPHS)
    table = np.zeros(_LAST_APART + 1, np.uint8)
    table[_FIRST_APART:] = found.to_numpy(zero_copy_only=False)
    return table
