"""Does text look like written language? The mean log-probability of its letter pairs.

The model is a table of transitions between 27 states, a to z and the gap between words, counted in
a text and smoothed by adding one. Case is folded; any run of other ASCII characters is one gap;
a character beyond ASCII ends the chain, and the pairs on both its sides are not counted.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.document import Mask, TextView
from pipeline.kernels.compiled import inlined, kernel

STATES = 27
GAP = 26
_NONE = 27
_ROW = 32  # states to a row of the tables of pairs
_UNIT = 1 << 24  # log-probabilities are added as whole multiples of 2**-24, in any order
MIN_PAIRS = 50

Transitions = npt.NDArray[np.float64]


def learn_transitions(text: bytes) -> Transitions:
    """Natural logarithm of P(next | this) in ``text``, add-one smoothed, shape (27, 27)."""
    counts = np.ones((STATES, STATES))
    _count_pairs(np.frombuffer(text, np.uint8), _state_table(), counts)
    probabilities = counts / counts.sum(axis=1, keepdims=True)
    return np.asarray(np.log(probabilities))


def mean_log_probability(
    view: TextView, alive: Mask, transitions: Transitions
) -> npt.NDArray[np.float64]:
    """Mean log-probability per pair of each document, shape (n,).

    NaN for documents with fewer than 50 pairs, and for those that are not alive.
    """
    scores = np.full(len(view), np.nan)
    pairs = np.zeros((_ROW, _ROW), np.uint8)
    pairs[:STATES, :STATES] = 1
    pairs[GAP, GAP] = 0
    costs = np.zeros((_ROW, _ROW), np.int32)
    costs[:STATES, :STATES] = np.rint(-transitions * _UNIT)
    costs[GAP, GAP] = 0
    tables = (_state_table(), pairs.ravel(), costs.ravel())
    _score(view.data, view.offsets, alive, *tables, scores)
    return scores


def _state_table() -> npt.NDArray[np.uint8]:
    """State of each byte: 0 to 25 letters, 26 gap, 27 part of a character beyond ASCII."""
    table = np.full(256, GAP, np.uint8)
    table[ord("a") : ord("z") + 1] = np.arange(26)
    table[ord("A") : ord("Z") + 1] = np.arange(26)
    table[0x80:] = _NONE
    return table


@inlined
def _is_pair(before, state):  # type: ignore[no-untyped-def]
    known = before != np.uint8(27) and state != np.uint8(27)
    return known and not (before == np.uint8(26) and state == np.uint8(26))


@kernel
def _count_pairs(data, states, counts):  # type: ignore[no-untyped-def]
    before = np.uint8(GAP)
    for byte in data:
        state = states[byte]
        if _is_pair(before, state):
            counts[before, state] += 1
        before = state


@kernel
def _score(data, offsets, alive, states, is_pair, costs, scores):  # type: ignore[no-untyped-def]
    for document in range(len(offsets) - 1):
        if not alive[document]:
            continue
        before = np.int64(GAP)
        total = 0
        pairs = 0
        for at in range(offsets[document], offsets[document + 1]):
            state = np.int64(states[data[at]])
            pair = before * _ROW + state
            total += costs[pair]
            pairs += is_pair[pair]
            before = state
        if pairs >= MIN_PAIRS:
            scores[document] = -total / _UNIT / pairs
