"""A model file of fastText, .bin or .ftz, read where it lies; nothing of it is copied.

Layout (little-endian), source: the C++ library, file format version 12: magic, version, the
arguments, the dictionary with the buckets that pruning left, input matrix, output matrix; each
matrix dense, or as codes of a product quantiser (Jégou et al. 2011) with quantised norms or none.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.errors import ConfigError
from pipeline.kernels.fasttext_words import Entries, entries_in

MAGIC = 793712314
VERSION = 12
SUPERVISED = 3
HIERARCHICAL, NEGATIVE, SOFTMAX_LOSS, ONE_VS_ALL_LOSS = 1, 2, 3, 4
CENTROIDS = 256
_ARGUMENTS = (
    "dim",
    "ws",
    "epoch",
    "minCount",
    "neg",
    "wordNgrams",
    "loss",
    "model",
    "bucket",
    "minn",
    "maxn",
    "lrUpdateRate",
)


@dataclass(frozen=True, slots=True)
class Quantiser:
    """Centroids of each part of a row: all parts have ``part_size`` columns, save the last."""

    columns: int
    part_size: int
    centroids: npt.NDArray[np.float32]

    @property
    def parts(self) -> int:
        return -(-self.columns // self.part_size)

    def decode(self, codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Rows of ``codes``, shape (n, parts), as floats, shape (n, columns)."""
        rows = np.empty((len(codes), self.columns), np.float32)
        for part in range(self.parts):
            first = part * self.part_size
            last = min(first + self.part_size, self.columns)
            held = self.centroids[first * CENTROIDS : last * CENTROIDS]
            rows[:, first:last] = held.reshape(CENTROIDS, last - first)[codes[:, part]]
        return rows


@dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix of a model: ``stored`` has floats, or codes that ``quantiser`` turns into floats."""

    rows: int
    columns: int
    stored: npt.NDArray[Any]
    quantiser: Quantiser | None = None
    norms: npt.NDArray[np.float32] | None = None

    def directions(self, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """The rows of these numbers, before they are multiplied by their norms."""
        part = self.stored[numbers]
        return part if self.quantiser is None else self.quantiser.decode(part)

    def scales(self, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """What those rows are multiplied by: ones where norms are not apart."""
        return np.ones(len(numbers), np.float32) if self.norms is None else self.norms[numbers]


@dataclass(frozen=True, slots=True)
class FastTextFile:
    """A classifier as its file holds it.

    Entries of the dictionary are words, then labels; their places are those in ``data``.
    ``pruned`` has a row (bucket, number) per bucket that pruning left; None when none was pruned.
    """

    path: Path
    arguments: dict[str, int]
    words: int
    labels: int
    data: npt.NDArray[np.uint8]
    entries: Entries
    pruned: npt.NDArray[np.int32] | None
    input: Matrix
    output: Matrix

    def entry(self, number: int) -> bytes:
        start, end = self.entries.starts[number], self.entries.ends[number]
        return self.data[start:end].tobytes()


@dataclass(slots=True)
class _Reader:
    """The bytes of a file, and how far they are read."""

    path: Path
    data: npt.NDArray[np.uint8]
    at: int = 0

    def array(self, dtype: str, count: int, what: str) -> npt.NDArray[Any]:
        size = np.dtype(dtype).itemsize * count
        if count < 0 or self.at + size > len(self.data):
            raise self.fault(
                f"{what} should take {size:,} bytes, but the file ends after {len(self.data):,}",
                "it is cut short or damaged; copy or train it again",
            )
        part = self.data[self.at : self.at + size].view(dtype)
        self.at += size
        return part

    def number(self, dtype: str, what: str) -> int:
        return int(self.array(dtype, 1, what)[0])

    def expect(self, right: bool, what: str, found: object, expected: str) -> None:
        if not right:
            raise self.fault(
                f"{what} is {found}, expected {expected}",
                "the file is damaged, or from a library that writes another format",
            )

    def fault(self, what: str, advice: str) -> ConfigError:
        return ConfigError(
            f"{self.path} is no fastText model that can be used: "
            f"up to byte {self.at:,}: {what}; {advice}"
        )


def read_fasttext_file(path: Path) -> FastTextFile:
    """Map a model file and check it; a ConfigError names file, place and fault."""
    try:
        data = np.asarray(np.memmap(path, np.uint8, "r"))
    except (OSError, ValueError) as error:  # ValueError: the file is empty
        raise ConfigError(f"{path} is no fastText model: it cannot be read ({error})") from error
    reader = _Reader(path, data)
    arguments = _read_arguments(reader)
    words, labels, entries, pruned = _read_dictionary(reader)
    columns = arguments["dim"]
    quantised = reader.number("u1", "the mark of a quantised input")
    source = _read_matrix(reader, bool(quantised), columns, "the input matrix")
    quantised_output = reader.number("u1", "the mark of a quantised output") and quantised
    output = _read_matrix(reader, bool(quantised_output), columns, "the output matrix")
    reader.expect(output.rows == labels, "rows of the output matrix", output.rows, f"{labels:,}")
    _check_buckets(reader, arguments, words, pruned, source)
    return FastTextFile(path, arguments, words, labels, data, entries, pruned, source, output)


def _read_arguments(reader: _Reader) -> dict[str, int]:
    magic = reader.number("<i4", "the magic number")
    reader.expect(magic == MAGIC, "the magic number", magic, str(MAGIC))
    version = reader.number("<i4", "the version")
    reader.expect(version in (11, 12), "the version", version, "11 or 12")
    values = reader.array("<i4", len(_ARGUMENTS), "the arguments").tolist()
    arguments = dict(zip(_ARGUMENTS, values, strict=True))
    reader.array("<f8", 1, "the sampling threshold")
    kind, loss = arguments["model"], arguments["loss"]
    reader.expect(kind == SUPERVISED, "the kind of model", kind, f"{SUPERVISED}, a classifier")
    losses = (HIERARCHICAL, NEGATIVE, SOFTMAX_LOSS, ONE_VS_ALL_LOSS)
    reader.expect(loss in losses, "the loss", loss, "1 to 4")
    for name, lowest in (("dim", 1), ("wordNgrams", 0), ("bucket", 0), ("minn", 0), ("maxn", 0)):
        value = arguments[name]
        reader.expect(value >= lowest, name, value, f"{lowest} or more")
    if version == 11:
        arguments["maxn"] = 0  # the library: older classifiers have no subwords
    return arguments


def _read_dictionary(
    reader: _Reader,
) -> tuple[int, int, Entries, npt.NDArray[np.int32] | None]:
    size, words, labels = reader.array("<i4", 3, "the sizes of the dictionary").tolist()
    right = words >= 0 and labels >= 1 and words + labels == size
    found = f"{words:,} words and {labels:,} labels"
    reader.expect(right, f"a dictionary of {size:,}", found, "words and labels that add up")
    reader.array("<i8", 1, "the number of tokens")
    pruned = reader.number("<i8", "the number of buckets that pruning left")
    entries = _read_entries(reader, size, words)
    if pruned < 0:
        return words, labels, entries, None
    pairs = reader.array("<i4", 2 * pruned, "the buckets that pruning left")
    return words, labels, entries, pairs.reshape(-1, 2)


def _read_entries(reader: _Reader, size: int, words: int) -> Entries:
    base = reader.at
    reader.array("u1", 10 * size, "the dictionary")  # the least that it can take
    entries = entries_in(reader.data[base:], size)
    reader.at = base + entries.size_bytes
    read = len(entries.kinds)
    if read < size:
        raise reader.fault(
            f"the dictionary ends after {read:,} of {size:,} entries", "the file is cut short"
        )
    right = bool((entries.kinds[:words] == 0).all() and (entries.kinds[words:] == 1).all())
    reader.expect(right, "the order of the dictionary", "mixed", f"{words:,} words, then labels")
    return entries._replace(starts=entries.starts + base, ends=entries.ends + base)


def _read_matrix(reader: _Reader, quantised: bool, columns: int, what: str) -> Matrix:
    with_norms = quantised and reader.number("u1", f"{what}: the mark of norms")
    rows, found = reader.array("<i8", 2, f"{what}: its shape").tolist()
    reader.expect(rows >= 0 and found == columns, f"{what}: columns", found, f"{columns:,}")
    if not quantised:
        stored = reader.array("<f4", rows * columns, what).reshape(rows, columns)
        return Matrix(rows, columns, stored)
    size = reader.number("<i4", f"{what}: the number of codes")
    codes = reader.array("u1", size, f"{what}: its codes")
    quantiser = _read_quantiser(reader, columns, what)
    parts = quantiser.parts
    reader.expect(size == rows * parts, f"{what}: codes", f"{size:,}", f"{rows * parts:,}")
    norms = _read_norms(reader, rows, what) if with_norms else None
    return Matrix(rows, columns, codes.reshape(rows, parts), quantiser, norms)


def _read_norms(reader: _Reader, rows: int, what: str) -> npt.NDArray[np.float32]:
    codes = reader.array("u1", rows, f"{what}: codes of norms")
    return _read_quantiser(reader, 1, f"{what}: norms").decode(codes.reshape(-1, 1))[:, 0]


def _read_quantiser(reader: _Reader, columns: int, what: str) -> Quantiser:
    found = reader.array("<i4", 4, f"{what}: the shape of its quantiser").tolist()
    size = found[2]
    right = size >= 1 and found == [
        columns,
        -(-columns // size),
        size,
        columns % size or size,
    ]
    reader.expect(right, f"{what}: quantiser", found, f"parts of {columns:,} columns")
    centroids = reader.array("<f4", columns * CENTROIDS, f"{what}: centroids")
    return Quantiser(columns, size, centroids)


def _check_buckets(
    reader: _Reader,
    arguments: dict[str, int],
    words: int,
    pruned: npt.NDArray[np.int32] | None,
    source: Matrix,
) -> None:
    """No word, subword or n-gram may lead to a row that is not there."""
    buckets = arguments["bucket"]
    hashed = arguments["wordNgrams"] > 1 or arguments["maxn"] > 0
    reader.expect(buckets > 0 or not hashed, "bucket", buckets, "more than 0 for n-grams")
    needed = words + (buckets if hashed else 0)
    if pruned is not None:
        reader.expect(source.quantiser is not None, "a pruned input", "dense", "a quantised one")
        inside = (pruned >= 0).all() and (pruned[:, 0] < max(buckets, 1)).all()
        reader.expect(bool(inside), "a bucket that pruning left", "outside", f"0 to {buckets:,}")
        needed = words + (int(pruned[:, 1].max()) + 1 if len(pruned) else 0)
    reader.expect(
        source.rows >= needed, "rows of the input matrix", f"{source.rows:,}", f"{needed:,} or more"
    )
