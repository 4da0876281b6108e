"""A fastText model as a folder of arrays: written once, mapped and so shared by all workers.

What is linear in the rows of the input matrix is worked out beforehand. Codes of a quantiser
become the floats that they stand for. A word's row becomes the sum of its own and its subwords'
rows. Where there are fewer labels than columns, rows are multiplied with the output matrix
(folded), so that the sum over a text is a few outputs and not a hundred columns. One-vs-all reads
a table that jumps: its rows stay as they are, and are added up exactly as the library does it.

Folded sums are in double precision; the library's, in single precision, are off by 0.0005 in a
document of 5 MB.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.errors import ConfigError, RunError
from pipeline.kernels.fasttext_rows import Shape, Table
from pipeline.kernels.fasttext_scores import ONE_VS_ALL, SOFTMAX, TREE
from pipeline.kernels.fasttext_subwords import known_word_sums
from pipeline.kernels.fasttext_words import Lexicon, end_hash, lexicon_of
from pipeline.models.fasttext_file import (
    HIERARCHICAL,
    SOFTMAX_LOSS,
    FastTextFile,
    read_fasttext_file,
)
from pipeline.models.label_tree import label_tree

FORMAT = 3
_CHUNK_FLOATS = 4_000_000
_LINE_FLOATS = 16  # float32 in a cache line
_END = b"</s>"
_LOSSES = {HIERARCHICAL: TREE, SOFTMAX_LOSS: SOFTMAX}

Floats = npt.NDArray[np.float32]


def mapped_model(source: Path, folder: Path) -> Path:
    """The arrays made from a .bin or .ftz file: a folder in ``folder``, written when not yet there.

    Its name holds size and time of the source, so that a changed model is exported anew; it takes
    that name when it is whole. Raises ConfigError for a file that is no classifier of fastText,
    and RunError when the arrays cannot be written.
    """
    target = folder / f"{source.stem}-{_key(source)}.arrays"
    if target.is_dir():
        return target
    unfinished = folder / f".{target.name}.{os.getpid()}"
    model = read_fasttext_file(source)
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        _write(model, unfinished)
        _take_name(unfinished, target)
    except OSError as error:
        raise RunError(
            f"{target}: the arrays of {source} cannot be written ({error}); free some space, "
            "or use a folder that can be written to, and run the same command again"
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return target


def _key(source: Path) -> str:
    try:
        found = source.stat()
    except OSError as error:
        raise ConfigError(f"{source} is no fastText model: it cannot be read ({error})") from error
    made_from = f"{FORMAT} {found.st_size} {found.st_mtime_ns}"
    return hashlib.sha256(made_from.encode()).hexdigest()[:16]


def _take_name(unfinished: Path, target: Path) -> None:
    try:
        unfinished.rename(target)
    except OSError:
        if not target.is_dir():  # else another process was faster, with the same arrays
            raise


def _write(model: FastTextFile, folder: Path) -> None:
    loss = _LOSSES.get(model.arguments["loss"], ONE_VS_ALL)
    whole = np.arange(model.labels)
    output, scales = model.output.directions(whole), model.output.scales(whole)
    _check_finite(model, "output", 0, output)
    folded = loss != ONE_VS_ALL and _width(model.labels) < _width(model.input.columns)
    lexicon = _lexicon(model)
    shape = _shape(model, loss)
    kept, kept_before = _kept_buckets(model)
    stands_for = np.ones(model.words, np.int32)
    _write_rows(folder / "rows.npy", model, output * scales[:, None] if folded else None)
    if shape.max_chars > 0 and shape.summed:
        _write_sums(folder / "rows.npy", lexicon, shape, (stands_for, kept, kept_before))
    children, parents = label_tree(model.entries.counts[model.words :] if loss == TREE else None)
    arrays = {
        **lexicon._asdict(),
        "stands_for": stands_for,
        "kept": kept,
        "kept_before": kept_before,
        "output": _widened(output[:0] if folded else output),
        "scales": scales,
        "children": children,
        "parents": parents,
    }
    for name, array in arrays.items():
        with (folder / f"{name}.npy").open("wb") as stream:
            np.save(stream, array, allow_pickle=False)
    entries = range(model.words, model.words + model.labels)
    labels = [model.entry(number).decode("utf-8", "replace") for number in entries]
    facts = {"shape": shape._asdict(), "loss": loss, "labels": labels}
    (folder / "model.json").write_text(json.dumps(facts), encoding="utf-8")


def _lexicon(model: FastTextFile) -> Lexicon:
    entries = range(model.words + model.labels)
    spans = np.concatenate(([0], np.cumsum(model.entries.ends - model.entries.starts)))
    letters = np.frombuffer(b"".join(map(model.entry, entries)), np.uint8)
    return lexicon_of(spans, letters)


def _shape(model: FastTextFile, loss: int) -> Shape:
    arguments = model.arguments
    bare = model.pruned is not None and len(model.pruned) == 0  # pruning left words only
    return Shape(
        words=model.words,
        buckets=arguments["bucket"],
        word_ngrams=1 if bare else arguments["wordNgrams"],
        min_chars=max(1, arguments["minn"]),
        max_chars=0 if bare else arguments["maxn"],
        end_entry=next((i for i in range(model.words) if model.entry(i) == _END), -1),
        end_hash=end_hash(),
        summed=loss != ONE_VS_ALL,
    )


def _kept_buckets(model: FastTextFile) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int32]]:
    """Marks of the buckets that pruning left, and how many are before each 64."""
    if model.pruned is None or len(model.pruned) == 0:
        return np.zeros(0, np.uint64), np.zeros(0, np.int32)
    marks = np.zeros(-(-model.arguments["bucket"] // 64) * 64, np.bool_)
    marks[model.pruned[:, 0]] = True
    kept = np.packbits(marks, bitorder="little").view("<u8")
    counts = marks.reshape(-1, 64).sum(axis=1)
    return kept, (np.cumsum(counts) - counts).astype(np.int32)


def _row_order(model: FastTextFile) -> npt.NDArray[np.int64]:
    """Where each row comes from: words, then buckets; those that pruning left in their order."""
    if model.pruned is None or len(model.pruned) == 0:
        return np.arange(model.input.rows)
    _, first = np.unique(model.pruned[::-1, 0], return_index=True)
    numbers = model.pruned[::-1, 1][first]  # of equal buckets the last counts, as in the library
    return np.concatenate((np.arange(model.words), model.words + numbers.astype(np.int64)))


def _width(columns: int) -> int:
    """Columns of a row that shares as few cache lines as it can; the added ones are 0."""
    if columns < _LINE_FLOATS:
        return max(2, 1 << (columns - 1).bit_length())
    return -(-columns // _LINE_FLOATS) * _LINE_FLOATS


def _widened(rows: Floats) -> Floats:
    wide = np.zeros((len(rows), _width(rows.shape[1])), np.float32)
    wide[:, : rows.shape[1]] = rows
    return wide


def _write_rows(path: Path, model: FastTextFile, folding: Floats | None) -> None:
    """The input matrix, decoded, folded and widened, a part at a time."""
    order = _row_order(model)
    columns = model.input.columns if folding is None else len(folding)
    header = {
        "descr": "<f4",
        "fortran_order": False,
        "shape": (len(order), _width(columns)),
    }
    with path.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, header)
        for first, last in _chunks(len(order), model.input.columns):
            rows = model.input.directions(order[first:last])
            if model.input.norms is not None:
                rows = rows * model.input.scales(order[first:last])[:, None]
            _check_finite(model, "input", first, rows)
            if folding is not None:
                rows = (rows.astype(np.float64) @ folding.T).astype(np.float32)
            stream.write(_widened(rows).data)


def _write_sums(
    path: Path,
    lexicon: Lexicon,
    shape: Shape,
    finding: tuple[npt.NDArray[np.int32], npt.NDArray[np.uint64], npt.NDArray[np.int32]],
) -> None:
    """In place of the words' rows: sums of the rows of each word and its subwords."""
    rows = np.load(path, "r", allow_pickle=False)
    table = Table(np.asarray(rows), *finding)
    with path.open("r+b") as stream:
        stream.seek(rows.offset)
        for first, last in _chunks(shape.words, rows.shape[1]):
            sums = known_word_sums(lexicon, table, shape, first, last)
            stream.write(sums.astype(np.float32).data)


def _chunks(rows: int, columns: int) -> Iterator[tuple[int, int]]:
    step = max(1, _CHUNK_FLOATS // columns)
    for first in range(0, rows, step):
        yield first, min(first + step, rows)


def _check_finite(model: FastTextFile, what: str, first: int, rows: Floats) -> None:
    faulty = np.flatnonzero(~np.isfinite(rows).all(axis=1))
    if len(faulty):
        raise ConfigError(
            f"{model.path} is no fastText model that can be used: row {first + faulty[0]:,} of the "
            f"{what} matrix has a value that is no finite number; train the model again with a "
            "lower learning rate, or copy it again"
        )
