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
_CHUNK = 4096  # bytes whose costs and pairs are added in one number, pairs above bit 44
_PAIR_BIT = 44
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
    costs = np.zeros((_ROW, _ROW), np.uint64)
    costs[:STATES, :STATES] = np.rint(-transitions * _UNIT) + (1 << _PAIR_BIT)
    costs[GAP, GAP] = 0
    _score(view.data, view.offsets, alive, _state_table(), costs.ravel(), scores)
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


@inlined
def _state_at(data, at, states):  # type: ignore[no-untyped-def]
    return np.uint64(states[data[at]])


@inlined
def _cost(costs, before, state):  # type: ignore[no-untyped-def]
    return costs[before * np.uint64(_ROW) + state]


@inlined
def _chunk_costs(data, begin, end, states, costs, before):  # type: ignore[no-untyped-def]
    """Σ costs of the pairs that end in a chunk, and its last state; four bytes at a time, each
    with a sum of its own, so that no addition waits for the one before."""
    first = second = third = fourth = np.uint64(0)
    at = begin
    while at + 4 <= end:
        one = _state_at(data, at, states)
        two = _state_at(data, at + 1, states)
        three = _state_at(data, at + 2, states)
        four = _state_at(data, at + 3, states)
        first += _cost(costs, before, one)
        second += _cost(costs, one, two)
        third += _cost(costs, two, three)
        fourth += _cost(costs, three, four)
        before = four
        at += 4
    while at < end:
        one = _state_at(data, at, states)
        first += _cost(costs, before, one)
        before = one
        at += 1
    return first + second + third + fourth, before


@kernel
def _score(data, offsets, alive, states, costs, scores):  # type: ignore[no-untyped-def]
    for document in range(len(offsets) - 1):
        if not alive[document]:
            continue
        before = np.uint64(GAP)
        total = pairs = np.uint64(0)
        end = offsets[document + 1]
        for begin in range(offsets[document], end, _CHUNK):
            both, before = _chunk_costs(
                data, begin, min(begin + _CHUNK, end), states, costs, before
            )
            total += both & np.uint64((1 << _PAIR_BIT) - 1)
            pairs += both >> np.uint64(_PAIR_BIT)
        if pairs >= MIN_PAIRS:
            scores[document] = -np.float64(total) / _UNIT / pairs
