"""The Huffman tree of fastText's hierarchical softmax."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_UNSEEN = 10**15  # the library's count of a node that is not made yet

Numbers = npt.NDArray[np.int32]


def label_tree(counts: npt.NDArray[np.int64] | None) -> tuple[Numbers, Numbers]:
    """Children (2 n - 1, 2) and parent (2 n - 1,) of each node; -1 for none; empty without counts.

    Nodes 0 … n - 1 are the labels, in descending order of their counts; the root is the last one.
    Of a leaf and an inner node with equal counts the inner node is taken first, as the library
    does.
    """
    if counts is None:
        return np.empty((0, 2), np.int32), np.empty(0, np.int32)
    labels = len(counts)
    nodes = 2 * labels - 1
    weights = [int(count) for count in counts] + [_UNSEEN] * (nodes - labels)
    children = np.full((nodes, 2), -1, np.int32)
    parents = np.full(nodes, -1, np.int32)
    leaf, inner = labels - 1, labels
    for node in range(labels, nodes):
        for side in (0, 1):
            if leaf >= 0 and weights[leaf] < weights[inner]:
                chosen, leaf = leaf, leaf - 1
            else:
                chosen, inner = inner, inner + 1
            children[node, side] = chosen
            parents[chosen] = node
        weights[node] = weights[children[node, 0]] + weights[children[node, 1]]
    return children, parents
