"""From sums of rows to labels and probabilities, as fastText's library shows them.

Source: fastText's C++ library: probabilities go through log(p + 1e-5) and back, in single
precision; the hierarchical softmax walks a Huffman tree; one-vs-all reads a table of 513 sigmoids.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.document import Mask, TextView
from pipeline.kernels.compiled import allocating_kernel, inlined, kernel
from pipeline.kernels.fasttext_rows import Shape, Table, rows_of
from pipeline.kernels.fasttext_sums import room_in, scratch_for, sum_document
from pipeline.kernels.fasttext_words import Lexicon, Text, cutting_of
from pipeline.kernels.pointers import keep_apart, pointer_to

SOFTMAX = 0
TREE = 1
ONE_VS_ALL = 2

BEST = -1
_FLOOR = 1e-5
_SIGMOID_LIMIT = 8.0
_SIGMOID_STEPS = 512


class Outputs(NamedTuple):
    """The output side of a model with n labels.

    ``rows`` is the output matrix, its row i times ``scales[i]``; it is empty when the rows of the
    input were folded with it: their sums are the outputs then. ``children`` and ``parents`` are
    the tree of the hierarchical softmax: nodes 0 … n - 1 are labels, the last one is the root,
    inner node k belongs to output k - n.
    """

    rows: npt.NDArray[np.float32]
    scales: npt.NDArray[np.float32]
    children: npt.NDArray[np.int32]
    parents: npt.NDArray[np.int32]
    sigmoids: npt.NDArray[np.float32]
    labels: int
    loss: int


class Model(NamedTuple):
    """A classifier as the kernels read it."""

    lexicon: Lexicon
    table: Table
    shape: Shape
    outputs: Outputs


def score_documents(
    model: Model, text: Text, view: TextView, alive: Mask, wanted: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """Label and probability of each document: those of ``wanted``, or with BEST of the best label.

    Shape (n,) both; -1 and 0 where the library shows nothing, and for documents not alive.
    """
    labels = np.empty(len(view), np.int32)
    shown = np.empty(len(view), np.float32)
    folded = len(model.outputs.rows) == 0  # into the input; else sums are those of the library
    sums = np.zeros(model.table.rows.shape[1], np.float64 if folded else np.float32)
    longest = int(view.lengths[alive].max(initial=0))
    scratch = scratch_for(longest, sums, model.shape)
    _score(view.data, view.offsets, alive, text, *model, wanted, scratch, sums, labels, shown)
    return labels, shown


def sigmoid_table() -> npt.NDArray[np.float32]:
    """The library's table of the logistic function from -8 to 8."""
    at = np.arange(_SIGMOID_STEPS + 1, dtype=np.float32) * np.float32(2 * _SIGMOID_LIMIT)
    at = at / np.float32(_SIGMOID_STEPS) - np.float32(_SIGMOID_LIMIT)
    table: npt.NDArray[np.float32]
    table = (1.0 / (1.0 + np.exp(-at).astype(np.float64))).astype(np.float32)
    table.flags.writeable = False
    return table


@inlined
def _shown_log(probability):  # type: ignore[no-untyped-def]
    return np.float32(math.log(np.float64(np.float32(probability)) + _FLOOR))


@inlined
def _output(outputs, hidden, number):  # type: ignore[no-untyped-def]
    """One output: an element of folded sums, or the product of an output row and the average."""
    if len(outputs.rows) == 0:
        return np.float32(hidden[number])
    row = outputs.rows[number]
    total = np.float32(0)
    for j in range(len(hidden)):
        total += np.float32(hidden[j]) * row[j]
    return np.float32(total * outputs.scales[number])


@kernel
def _softmax(outputs, hidden, values):  # type: ignore[no-untyped-def]
    highest = _output(outputs, hidden, 0)
    for label in range(outputs.labels):
        values[label] = _output(outputs, hidden, label)
        highest = max(highest, values[label])
    total = np.float32(0)
    for label in range(outputs.labels):
        values[label] = np.float32(math.exp(np.float64(values[label] - highest)))
        total += values[label]
    for label in range(outputs.labels):
        values[label] /= total


@inlined
def _sigmoid(sigmoids, value):  # type: ignore[no-untyped-def]
    limit = np.float32(_SIGMOID_LIMIT)
    if not value >= -limit:  # true of what is no number as well
        return np.float32(0)
    if value > limit:
        return np.float32(1)
    scaled = (value + limit) * np.float32(_SIGMOID_STEPS) / limit / np.float32(2)
    return sigmoids[np.int64(scaled)]


@kernel
def _flat(outputs, hidden, wanted, values):  # type: ignore[no-untyped-def]
    """The wanted label, or the best, of softmax or one-vs-all; of equals the last is the best.

    Returns the label and the logarithm of its probability.
    """
    keep_apart()
    if outputs.loss == SOFTMAX:
        _softmax(outputs, hidden, values)
    else:
        for label in range(outputs.labels):
            values[label] = _sigmoid(outputs.sigmoids, _output(outputs, hidden, label))
    if wanted != BEST:
        return wanted, _shown_log(values[wanted])
    best, best_log = 0, _shown_log(values[0])
    for label in range(1, outputs.labels):
        value = _shown_log(values[label])
        if value >= best_log:
            best, best_log = label, value
    return best, best_log


@inlined
def _branch(outputs, hidden, node):  # type: ignore[no-untyped-def]
    """Logarithms of going left and right at an inner node."""
    value = _output(outputs, hidden, node - outputs.labels)
    grown = np.float32(1) + np.float32(math.exp(np.float64(-value)))
    right = np.float32(1.0 / np.float64(grown))
    return _shown_log(1.0 - np.float64(right)), _shown_log(right)


@kernel
def _best_leaf(outputs, hidden, nodes, scores):  # type: ignore[no-untyped-def]
    """The best label of the tree, left before right, passing over what cannot be better."""
    keep_apart()
    lowest = _shown_log(np.float32(0))
    best, best_score = -1, np.float32(0)
    nodes[0], scores[0] = 2 * outputs.labels - 2, np.float32(0)
    depth = 1
    while depth > 0:
        depth -= 1
        node, score = nodes[depth], scores[depth]
        if score < lowest or (best >= 0 and score < best_score):
            continue
        if node < outputs.labels:
            best, best_score = node, score
            continue
        left, right = _branch(outputs, hidden, node)
        nodes[depth], scores[depth] = outputs.children[node, 1], score + right
        nodes[depth + 1], scores[depth + 1] = outputs.children[node, 0], score + left
        depth += 2
    return best, best_score


@kernel
def _leaf(outputs, hidden, wanted, nodes):  # type: ignore[no-untyped-def]
    """The score of one label of the tree; (-1, 0) when the library would not show it."""
    keep_apart()
    lowest = _shown_log(np.float32(0))
    depth = 0
    node = wanted
    while outputs.parents[node] >= 0:
        nodes[depth] = node
        node = outputs.parents[node]
        depth += 1
    score = np.float32(0)
    while depth > 0:
        depth -= 1
        left, right = _branch(outputs, hidden, node)
        is_left = outputs.children[node, 0] == nodes[depth]
        score += left if is_left else right
        if score < lowest:
            return -1, np.float32(0)
        node = nodes[depth]
    return wanted, score


@allocating_kernel
def _score(  # type: ignore[no-untyped-def]
    data, offsets, alive, text, lexicon, table, shape, outputs, wanted, scratch, sums, labels, shown
):
    """Fill ``labels`` and ``shown``; ``sums`` is room for a row, in the precision of adding up."""
    values = np.empty(outputs.labels, np.float32)
    nodes = np.empty(2 * outputs.labels + 2, np.int32)
    scores = np.empty(2 * outputs.labels + 2, np.float32)
    cutting, rows, room = cutting_of(text, lexicon), rows_of(table, shape), room_in(scratch)
    bytes_of, total = pointer_to(data), pointer_to(sums)
    for document in range(len(offsets) - 1):
        labels[document], shown[document] = -1, 0
        if not alive[document]:
            continue
        start, end = offsets[document], offsets[document + 1]
        count = sum_document(bytes_of, start, end, cutting, rows, shape, room, total)
        if count == 0:
            continue
        share = np.float32(1.0 / count)
        for j in range(len(sums)):
            sums[j] *= share
        if outputs.loss != TREE:
            label, score = _flat(outputs, sums, wanted, values)
        elif wanted == BEST:
            label, score = _best_leaf(outputs, sums, nodes, scores)
        else:
            label, score = _leaf(outputs, sums, wanted, nodes)
        labels[document] = label
        shown[document] = np.float32(math.exp(np.float64(score))) if label >= 0 else np.float32(0)
