"""The cheapest order: against orders walked one by one, document by document."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiler.scaling.order import Block, best_order, order_cpu_seconds, volumes_after


def block_of(masks, sizes, needs, cpu_seconds, calls=1.0):
    """A block from documents: the filters that would drop each, and its bytes."""
    count = len(needs)
    dropped = np.zeros((2, 1 << count))
    np.add.at(dropped, (0, masks), 1.0)
    np.add.at(dropped, (1, masks), sizes)
    docs, volume = volumes_after(dropped[0]), volumes_after(dropped[1])
    return Block(
        tuple("abcdefghijkl"[:count]),
        np.array(needs, np.bool_),
        docs,
        volume,
        np.array(cpu_seconds, np.float64),
        np.array(calls),
        np.array(float(len(masks))),
    )


def walked(masks, sizes, needs, cpu_seconds, order, calls=1.0):
    """What an order costs when the documents are walked: no table of sets is used."""
    alive = list(range(len(masks)))
    counted = set()
    total = 0.0
    for number in order:
        for component in np.flatnonzero(needs[number]):
            if component in counted:
                continue
            counted.add(component)
            call, present, document, byte = cpu_seconds[component]
            total += call * calls + present * len(masks) + document * len(alive)
            total += byte * sum(sizes[each] for each in alive)
        alive = [each for each in alive if not masks[each] >> number & 1]
    return total


def test_sets_leave_what_none_of_them_drops():
    dropped = np.array([10.0, 1.0, 2.0, 4.0])  # by none, by a, by b, by both
    assert volumes_after(dropped).tolist() == [17.0, 12.0, 11.0, 10.0]


def test_the_dropping_filter_comes_first_when_costs_are_equal():
    masks = [1] * 10 + [2] * 80 + [0] * 10
    costs = [[0, 0, 1.0, 0]] * 2
    block = block_of(masks, [1] * 100, [[1, 0], [0, 1]], costs)
    assert best_order(block) == (1, 0)
    assert order_cpu_seconds(block, (1, 0)).tolist() == [100.0, 20.0]
    assert order_cpu_seconds(block, (0, 1)).tolist() == [100.0, 90.0]


def test_dependence_decides_what_alone_would_not():
    """b drops more than c, but only what a drops as well: after a it spares nothing."""
    masks = [0b011] * 50 + [0b100] * 20 + [0] * 30
    costs = [[0, 0, 0.01, 0], [0, 0, 1.0, 0], [0, 0, 1.0, 0]]
    block = block_of(masks, [1] * 100, np.eye(3), costs)
    assert best_order(block) == (0, 2, 1)


def test_what_is_shared_is_paid_by_the_first():
    """Alone c is cheap, but it makes all documents be counted that a and b share anyway."""
    masks = [0b001] * 50 + [0] * 50
    needs = [[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1]]  # a and b share the second component
    costs = [[0, 0, 1.0, 0], [0, 0, 10.0, 0], [0, 0, 1.0, 0], [0, 0, 2.0, 0]]
    block = block_of(masks, [1] * 100, needs, costs)
    assert order_cpu_seconds(block, (0, 1, 2)).tolist() == [1100.0, 50.0, 100.0]
    assert order_cpu_seconds(block, (1, 0, 2)).tolist() == [1100.0, 100.0, 100.0]
    assert best_order(block) == (0, 1, 2)


def test_cost_by_batch_does_not_depend_on_the_order():
    block = block_of([1, 0], [5, 5], np.eye(2), [[3.0, 0.5, 0, 0]] * 2, calls=4.0)
    assert order_cpu_seconds(block, (0, 1)).tolist() == [13.0, 13.0]
    assert best_order(block) == (0, 1)


def test_equal_orders_stay_as_they_are():
    block = block_of([0] * 5, [1] * 5, np.eye(4), [[0, 0, 1.0, 1.0]] * 4)
    assert best_order(block) == (0, 1, 2, 3)


@st.composite
def made_up(draw):
    count = draw(st.integers(2, 5))
    components = draw(st.integers(count, count + 3))
    needs = np.zeros((count, components), np.bool_)
    needs[np.arange(count), np.arange(count)] = True
    shared = draw(st.lists(st.booleans(), min_size=count * 3, max_size=count * 3))
    needs[:, count:] = np.array(shared).reshape(count, 3)[:, : components - count]
    costs = draw(
        st.lists(st.tuples(*[st.integers(0, 9)] * 4), min_size=components, max_size=components)
    )
    masks = draw(st.lists(st.integers(0, 2**count - 1), min_size=1, max_size=30))
    sizes = draw(st.lists(st.integers(0, 50), min_size=len(masks), max_size=len(masks)))
    return masks, sizes, needs, costs


@given(made_up())
@settings(deadline=None, max_examples=40)
def test_the_search_finds_the_least_of_all_orders(given_block):
    block = block_of(*given_block)
    orders = list(permutations(range(len(block))))
    costs = {order: walked(*given_block, order) for order in orders}
    for order in orders:
        assert order_cpu_seconds(block, order).sum() == pytest.approx(costs[order], abs=1e-9)
    assert costs[best_order(block)] == pytest.approx(min(costs.values()), abs=1e-9)


def test_draws_stand_in_front():
    dropped = np.array([[10.0, 1.0, 2.0, 4.0], [1.0, 0.0, 0.0, 0.0]])
    left = volumes_after(dropped)
    block = Block(
        ("a", "b"), np.eye(2, dtype=bool), left, left, np.ones((2, 2, 4)), np.ones(2), np.ones(2)
    )
    assert order_cpu_seconds(block, (0, 1)).tolist() == [[36.0, 26.0], [4.0, 4.0]]


def test_twelve_filters_are_searched_in_seconds():
    random = np.random.default_rng(1)
    masks = random.integers(0, 2**12, 200)
    costs = np.stack([np.zeros(12)] * 2 + [random.random(12), np.zeros(12)], axis=1)
    block = block_of(masks, np.ones(200), np.eye(12), costs)
    order = best_order(block)
    assert sorted(order) == list(range(12))
    cost = order_cpu_seconds(block, order).sum()
    others = [random.permutation(12) for _ in range(300)]
    assert all(cost <= order_cpu_seconds(block, other).sum() + 1e-9 for other in others)
