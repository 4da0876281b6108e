"""Languages of a batch, told apart by their primary subtag ("zh-TW" is "zh"), and its scripts."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.document import Mask
from pipeline.kernels.scripts import SCRIPTS


def language_codes(languages: pa.Array) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Per document the row of its language in the list returned with it, -1 where unknown."""
    encoded = languages.dictionary_encode()
    names = [_primary(value) for value in encoded.dictionary.to_pylist()]
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    unknown = np.array([*(name == "" for name in names), True])
    return np.where(unknown[codes], -1, codes), names


def is_one_of(languages: pa.Array, wanted: tuple[str, ...], unknown: bool) -> Mask:
    """Which documents are in a wanted language; ``unknown`` is the answer where none is given."""
    codes, names = language_codes(languages)
    answers = np.array([*(name in wanted for name in names), unknown], np.bool_)
    return answers[codes]


def in_scripts(codes: npt.NDArray[np.uint8], names: tuple[str, ...]) -> Mask:
    """Which documents are in one of the scripts; ``codes`` are rows of SCRIPTS.

    By a table: numpy's ``isin`` takes longer than a rule does on a small batch.
    """
    return _script_answers(names)[codes]


@functools.cache
def _script_answers(names: tuple[str, ...]) -> Mask:
    return np.array([name in names for name in SCRIPTS], np.bool_)


def _primary(tag: str | None) -> str:
    return (tag or "").replace("_", "-").split("-")[0].strip().lower()
